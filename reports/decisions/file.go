package decisions

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"
)

// magic is the value of the field "habeas", by which the file is known.
const magic = "decisions"

// Error is what is wrong with a file, and where. It quotes nothing of the file.
type Error struct {
	Line int // from 1
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// Read reads one file. What is wrong with it is an *Error. Unknown and repeated
// fields, two decisions about the same thing, and anything after the end are
// wrong.
func Read(r io.Reader) (*File, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	d := reader{text: b, json: json.NewDecoder(bytes.NewReader(b)), seen: map[target]int{}}
	switch {
	case len(b) > MaxBytes:
		return nil, &Error{1, fmt.Sprintf("the file is larger than %d bytes", MaxBytes)}
	case len(bytes.TrimSpace(b)) == 0:
		return nil, &Error{1, "the file is empty"}
	case !utf8.Valid(b):
		return nil, &Error{d.line(int64(invalidAt(b))), "not UTF-8"}
	}
	return d.file()
}

// invalidAt is the offset of the first byte that is not UTF-8.
func invalidAt(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

type reader struct {
	text []byte
	json *json.Decoder
	seen map[target]int // line of each
}

// line of a byte offset.
func (d *reader) line(off int64) int {
	return 1 + bytes.Count(d.text[:min(off, int64(len(d.text)))], []byte{'\n'})
}

func (d *reader) errorf(format string, args ...any) error {
	return &Error{d.line(d.json.InputOffset()), fmt.Sprintf(format, args...)}
}

// token is the next token; a syntax error is said without quoting the file.
func (d *reader) token() (json.Token, error) {
	t, err := d.json.Token()
	if err == nil {
		return t, nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, &Error{d.line(syntax.Offset), "not valid JSON"}
	}
	return nil, &Error{d.line(int64(len(d.text))), "the file ends too early"}
}

func (d *reader) delim(want json.Delim, what string) error {
	t, err := d.token()
	if err != nil {
		return err
	}
	if t != want {
		return d.errorf("%s is expected", what)
	}
	return nil
}

func (d *reader) string(name string) (string, error) {
	t, err := d.token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", d.errorf("%s is no text", name)
	}
	return s, nil
}

// object reads "{", each field through its function, and "}".
func (d *reader) object(what string, fields map[string]func() error) error {
	if err := d.delim('{', what); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.json.More() {
		name, err := d.string("the name of a field")
		if err != nil {
			return err
		}
		read := fields[name]
		switch {
		case read == nil:
			return d.errorf("%s has a field that is not known", what)
		case seen[name]:
			return d.errorf("%s has the field %s twice", what, name)
		}
		seen[name] = true
		if err := read(); err != nil {
			return err
		}
	}
	return d.delim('}', "the end of "+what)
}

func (d *reader) file() (*File, error) {
	f := &File{}
	var schema, kind, asOf, list bool
	err := d.object("the file", map[string]func() error{
		"schema": func() error {
			schema = true
			if t, err := d.token(); err != nil {
				return err
			} else if t != float64(SchemaVersion) {
				return d.errorf("schema is not %d: the file is of another version of the program", SchemaVersion)
			}
			return nil
		},
		"habeas": func() error {
			kind = true
			if s, err := d.string("habeas"); err != nil {
				return err
			} else if s != magic {
				return d.errorf("the file holds no decisions")
			}
			return nil
		},
		"as_of": func() error {
			asOf = true
			s, err := d.string("as_of")
			if err != nil {
				return err
			}
			at, err := time.Parse(time.RFC3339, s)
			if err != nil {
				return d.errorf("as_of is no time of RFC 3339")
			}
			f.AsOf = at.UTC().Truncate(time.Second)
			return nil
		},
		"key_id": func() (err error) {
			f.KeyID, err = d.string("key_id")
			return err
		},
		"decisions": func() (err error) {
			list = true
			f.Decisions, err = d.list()
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	for _, m := range []struct {
		there bool
		name  string
	}{{schema, "schema"}, {kind, "habeas"}, {asOf, "as_of"}, {list, "decisions"}} {
		if !m.there {
			return nil, d.errorf("the file has no field %s", m.name)
		}
	}
	if _, err := d.json.Token(); !errors.Is(err, io.EOF) {
		return nil, d.errorf("something follows the end of the file")
	}
	sort(f.Decisions)
	return f, nil
}

func (d *reader) list() ([]Decision, error) {
	if err := d.delim('[', "a list of decisions"); err != nil {
		return nil, err
	}
	var out []Decision
	for d.json.More() {
		one, err := d.decision()
		if err != nil {
			return nil, err
		}
		if at, ok := d.seen[one.target()]; ok {
			return nil, d.errorf("the same was decided in line %d", at)
		}
		d.seen[one.target()] = d.line(d.json.InputOffset())
		out = append(out, one)
	}
	return out, d.delim(']', "the end of the list")
}

func (d *reader) decision() (Decision, error) {
	var one Decision
	text := func(name string, to *string) func() error {
		return func() (err error) {
			*to, err = d.string(name)
			return err
		}
	}
	var key, action string
	err := d.object("the decision", map[string]func() error{
		"source": text("source", &one.Source), "key_base64": text("key_base64", &key), "version": text("version", &one.Version),
		"etag": text("etag", &one.ETag), "finding": text("finding", &one.Finding), "decision": text("decision", &action),
		"reason": text("reason", &one.Reason), "note": text("note", &one.Note),
	})
	if err != nil {
		return one, err
	}
	b, err := base64.StdEncoding.Strict().DecodeString(key)
	if err != nil {
		return one, d.errorf("key_base64 is not base64")
	}
	one.Key, one.Action = string(b), Action(action)
	if wrong := one.check(); wrong != "" {
		return one, d.errorf("%s", wrong)
	}
	return one, nil
}

// head and row are the JSON of a file, which has a line for each decision.
type head struct {
	Schema int    `json:"schema"`
	Habeas string `json:"habeas"`
	AsOf   string `json:"as_of"`
	KeyID  string `json:"key_id"`
}

type row struct {
	Source    string `json:"source"`
	KeyBase64 []byte `json:"key_base64"`
	Version   string `json:"version,omitempty"`
	ETag      string `json:"etag,omitempty"`
	Finding   string `json:"finding,omitempty"`
	Decision  Action `json:"decision"`
	Reason    string `json:"reason,omitempty"`
	Note      string `json:"note,omitempty"`
}

// Write writes f, one decision a line, in order. The same decisions give the
// same bytes, which are those that a page exports. It fails on what Read would
// refuse.
func Write(w io.Writer, f *File) error {
	sorted := slices.Clone(f.Decisions)
	sort(sorted)
	b := bufio.NewWriter(w)
	top, err := encode(head{SchemaVersion, magic, f.AsOf.UTC().Format(time.RFC3339), f.KeyID})
	if err != nil {
		return err
	}
	b.Write(top[:len(top)-1])
	b.WriteString(`,"decisions":[`)
	for i, d := range sorted {
		if wrong := d.check(); wrong != "" {
			return fmt.Errorf("decision %d: %s", i+1, wrong)
		}
		if i > 0 && d.target() == sorted[i-1].target() {
			return fmt.Errorf("decision %d: the same is decided twice", i+1)
		}
		line, err := encode(row{d.Source, []byte(d.Key), d.Version, d.ETag, d.Finding, d.Action, d.Reason, d.Note})
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(line)
	}
	b.WriteString("\n]}\n")
	return b.Flush()
}

// encode is JSON without the escapes that only a page of HTML needs.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), err
}
