package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// Same names what f is, for f to be found again in another scan of the same
// object: kind, role, block, field and, if values is true, the value by its
// fingerprint, a position by its cell and month, a region by its box. Where in
// the bytes it stands does not matter: a line added above changes nothing. Two
// findings of one object may be the same, as two rows of a table; then their
// number counts.
//
// Fingerprints of different keys differ, so values is false where the keys do.
// Without values it is no secret: it tells nothing that the report does not.
func (f *Finding) Same(values bool) string {
	fields := []string{f.Kind, f.Role, unnumbered(f.Part), f.Tag}
	if values {
		fields = append(fields, f.Fingerprint)
		if f.Cell != nil {
			fields = append(fields, degrees(f.Cell.Lat), degrees(f.Cell.Lon), f.Month)
		}
		if b := f.Box; b != nil {
			fields = append(fields, share(b.X), share(b.Y), share(b.W), share(b.H))
		}
	}
	return Digest(fields...)
}

// unnumbered empties the brackets of a path: "csv/line[12]/email" is row 12 today.
func unnumbered(path string) string {
	if !strings.Contains(path, "[") {
		return path
	}
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(path, "[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteByte('[')
		path = strings.TrimLeft(after, "0123456789")
	}
}

// Digest is a short name of fields, 128 bits of SHA-256 in hex. It hides nothing
// that can be guessed.
func Digest(fields ...string) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(strconv.Itoa(len(f)))
		b.WriteByte(':')
		b.WriteString(f)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:16])
}

func degrees(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
func share(x float64) string   { return strconv.FormatFloat(x, 'f', 4, 64) }
