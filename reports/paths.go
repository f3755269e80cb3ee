package reports

import (
	"path"
	"strings"
)

// Paths says where objects lie, as the tools of a repository want it: files below
// its root by their path from there.
type Paths struct {
	// Root is the absolute path of the folder, as sources name folders; "" for none.
	Root string
}

// Of is the path of an object with slashes, in the bytes of the key, and whether it
// lies below Root. An object that does not has its whole name: s3://bucket/key,
// /mnt/uploads/key.
func (p Paths) Of(source, key string) (where string, below bool) {
	if rest, ok := strings.CutPrefix(source, "s3://"); ok {
		bucket, _, _ := strings.Cut(rest, "/") // what follows is a prefix of the key
		return "s3://" + bucket + "/" + key, false
	}
	source, root := slashes(source), strings.TrimSuffix(slashes(p.Root), "/")
	whole := strings.TrimSuffix(source, "/") + "/" + key
	if path.Base(source) == key { // the source is this file
		whole = source
	}
	if p.Root == "" {
		return whole, false
	}
	if rest, ok := strings.CutPrefix(whole, root+"/"); ok && rest != "" {
		return rest, true
	}
	return whole, false
}

// Source is the name of a source as Of has those of objects: its path from Root, "."
// for Root itself, else its whole name.
func (p Paths) Source(name string) string {
	if strings.HasPrefix(name, "s3://") || p.Root == "" {
		return name
	}
	name, root := slashes(name), strings.TrimSuffix(slashes(p.Root), "/")
	if name == root {
		return "."
	}
	if rest, ok := strings.CutPrefix(name, root+"/"); ok && rest != "" {
		return rest
	}
	return name
}

// slashes turns the path of a Windows volume or share into one with slashes.
func slashes(p string) string {
	if strings.HasPrefix(p, `\\`) || len(p) > 2 && p[1] == ':' && p[2] == '\\' {
		return strings.ReplaceAll(p, `\`, "/")
	}
	return p
}

// URI is the reference of RFC 3986 to an object: a relative one if it lies below
// Root, else absolute. Every byte but unreserved ones and slashes is encoded, and
// so are the dots of "." and "..": no key leads out of its folder.
func (p Paths) URI(source, key string) string {
	where, below := p.Of(source, key)
	switch {
	case below:
		return encode(where)
	case strings.HasPrefix(where, "s3://"):
		return "s3://" + encode(strings.TrimPrefix(where, "s3://"))
	}
	return "file://" + encode("/"+strings.TrimPrefix(where, "/"))
}

func encode(p string) string {
	steps := strings.Split(p, "/")
	for i, s := range steps {
		if s == "." || s == ".." {
			steps[i] = strings.ReplaceAll(s, ".", "%2E")
			continue
		}
		var b strings.Builder
		for _, c := range []byte(s) {
			if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
				b.WriteByte(c)
				continue
			}
			b.WriteString("%" + strings.ToUpper(hex2(c)))
		}
		steps[i] = b.String()
	}
	return strings.Join(steps, "/")
}

// Line is the line of the object that f stands in, from 1, where its place says
// it: "csv/line[12]/email". It is 0 where the place does not, and where it tells of
// a file within the object.
func (f *Finding) Line() int {
	steps := strings.Split(f.Part, "/")
	if len(steps) < 2 {
		return 0
	}
	digits, ok := strings.CutPrefix(steps[1], "line[")
	digits, end := strings.CutSuffix(digits, "]")
	if !ok || !end || len(digits) == 0 || len(digits) > 9 {
		return 0
	}
	n := 0
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// Severity is how loud a tool of programmers says a finding, in the words that
// SARIF has for it.
type Severity string

const (
	Error   Severity = "error"   // confidence from 0.8
	Warning Severity = "warning" // from 0.5
	Note    Severity = "note"
)

// Severity goes by the confidence alone.
func (f *Finding) Severity() Severity {
	switch {
	case f.Confidence >= 0.8:
		return Error
	case f.Confidence >= 0.5:
		return Warning
	}
	return Note
}
