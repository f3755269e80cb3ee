package detectors

// Glance is what one pass over the bytes of a value tells of it. Most values of a
// photo are short words and numbers, and one pass for all detectors tells that
// none of them finds anything there.
type Glance struct {
	Len     int       // bytes of the value
	Digits  int       // of 0-9
	Letters int       // of a-z and A-Z
	High    bool      // bytes beyond ASCII
	seen    [2]uint64 // bit b: byte b stands in it; letters also as small ones
}

// GlanceAt looks at a value.
func GlanceAt(value string) Glance {
	g := Glance{Len: len(value)}
	for i := 0; i < len(value); i++ {
		b := value[i]
		if b >= 0x80 {
			g.High = true
			continue
		}
		g.seen[b>>6] |= 1 << (b & 63)
		if b-'0' < 10 {
			g.Digits++
		} else if b|0x20-'a' < 26 {
			g.Letters++
		}
	}
	g.seen[1] |= g.seen[1] & capitals << 32
	return g
}

// capitals are the bits of A-Z in the second word of seen.
const capitals = (1<<26 - 1) << ('A' - 64)

// ByteSet is a set of bytes of ASCII. The zero value is empty; make one with Bytes.
type ByteSet [2]uint64

// Bytes is the set of the bytes of s that are ASCII.
func Bytes(s string) (set ByteSet) {
	for i := 0; i < len(s); i++ {
		if b := s[i]; b < 0x80 {
			set[b>>6] |= 1 << (b & 63)
		}
	}
	return set
}

// Any reports whether a byte of set stands in the value.
func (g *Glance) Any(set ByteSet) bool { return g.seen[0]&set[0]|g.seen[1]&set[1] != 0 }

// All reports whether all bytes of set do: false for a value that holds no word of
// these bytes. A small letter also stands for its capital.
func (g *Glance) All(set ByteSet) bool { return set[0]&^g.seen[0]|set[1]&^g.seen[1] == 0 }

// Glancer is an optional ability of a Detector that reads the value of every
// field, whatever its name. The scanner shows Detect only the fields of which
// MayHold is true, in their order, and does not call it for a part that has
// neither one nor Text. It does not ask about long values.
type Glancer interface {
	Detector
	// MayHold is false only where Detect finds nothing in a field of such a value.
	MayHold(g *Glance) bool
}
