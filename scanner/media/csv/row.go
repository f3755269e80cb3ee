package csv

import "bytes"

// maxQuoted bounds how far a quote reaches. One that is not closed by then is a
// sign like others, as that for inches.
const maxQuoted = 64 << 10

// rows splits text into rows, one a call of next.
type rows struct {
	delim  byte
	values []value   // of the row that next read
	last   bool      // the text ends where the object does
	loose  int       // quotes before it close nowhere
	stops  [256]bool // what ends a value without quotes: made for delim at the first
}

// value is one value of a row: its place without quotes and blanks, and whether
// quotes in it are doubled or have a backslash.
type value struct {
	start, end int
	escaped    bool
}

func (v value) empty() bool { return v.end <= v.start }

// of is what the value says.
func (v value) of(text []byte) []byte {
	b := text[v.start:v.end]
	if !v.escaped {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if i+1 < len(b) && b[i+1] == '"' && (b[i] == '"' || b[i] == '\\') {
			i++
		}
		out = append(out, b[i])
	}
	return out
}

// reset starts on another text.
func (r *rows) reset(last bool) { r.last, r.loose = last, 0 }

// next reads the row at i into values, and gives where the next one begins. whole
// is false where the row may go on behind the text.
func (r *rows) next(text []byte, i int) (end int, whole bool) {
	r.values = r.values[:0]
	for {
		v, after, closed := r.value(text, i)
		r.values = append(r.values, v)
		switch {
		case after >= len(text):
			return len(text), r.last && closed
		case text[after] == r.delim:
			i = after + 1
		case text[after] == '\n':
			return after + 1, true
		case after+1 == len(text): // "\r", which may be half of a line end
			return len(text), r.last
		case text[after+1] == '\n':
			return after + 2, true
		default:
			return after + 1, true
		}
	}
}

// value reads the value at i, and gives where the delimiter or the line end behind
// it is, len(text) if there is none. closed is false where its quote is open
// there.
func (r *rows) value(text []byte, i int) (v value, after int, closed bool) {
	start := i
	for start < len(text) && text[start] == ' ' {
		start++
	}
	if start < len(text) && text[start] == '"' && start >= r.loose {
		v, after, closed = r.quoted(text, start+1)
		if closed || !r.last && after-start <= maxQuoted {
			return v, after, closed
		}
		r.loose = after
	}
	after = i
	if !r.stops['\n'] {
		r.stops['\n'], r.stops['\r'], r.stops[r.delim] = true, true, true
	}
	for after < len(text) && !r.stops[text[after]] {
		after++
	}
	v = value{start: min(start, after), end: after}
	for v.end > v.start && (text[v.end-1] == ' ' || text[v.end-1] == '\t') {
		v.end--
	}
	return v, after, true
}

// quoted reads a value up to the quote that closes it. A quote that belongs to
// the value is doubled, or a backslash stands before it.
func (r *rows) quoted(text []byte, i int) (v value, after int, closed bool) {
	v.start = i
	stop := min(len(text), i+maxQuoted+1)
	for i < stop {
		n := bytes.IndexByte(text[i:stop], '"')
		if n < 0 {
			break
		}
		i += n
		if i+1 < len(text) && text[i+1] == '"' {
			v.escaped = true
			i += 2
			continue
		}
		if end, ok := r.ends(text, i+1); ok {
			v.end = i
			return v, end, true
		}
		v.escaped = v.escaped || i > v.start && text[i-1] == '\\'
		i++
	}
	v.end = stop
	return v, stop, false
}

// ends reports whether a quoted value may end before i, and gives where its
// delimiter or line end is.
func (r *rows) ends(text []byte, i int) (int, bool) {
	for i < len(text) && text[i] == ' ' {
		i++
	}
	if i >= len(text) {
		return i, r.last // else what follows decides
	}
	return i, text[i] == r.delim || text[i] == '\n' || text[i] == '\r'
}
