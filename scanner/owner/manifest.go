package owner

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// manifest is a rule that looks objects up by key in what the application
// exported. It holds 24 bytes for each row, whatever the key's length: 24 MB for
// a million.
type manifest struct {
	name      string // as in the rules file
	rows      []row  // sorted by hash; equal ones in order of the file
	hasSource bool   // some rows are of one source only
	hasOthers bool   // some rows are of all sources
	versions  bool   // some rows are of one version only
	people    *people
}

// row is one row: whose a key is.
type row struct {
	hash  [16]byte // of source, key and version
	owner uint32   // in people
	line  uint32   // in the file, from 1
}

// maxRows bounds the rows of a manifest: 1.2 GB in memory.
const maxRows = 50_000_000

// maxRecord bounds the bytes of a row, so that a quote that is never closed does
// not take the file for one field.
const maxRecord = 1 << 20

// rowHash is 128 bits of SHA-256 over the three, each with its length: nobody can
// make two keys that share it.
func rowHash(source, key, version string) (h [16]byte) {
	b := make([]byte, 0, 256)
	for _, s := range []string{source, key, version} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	copy(h[:], sum[:])
	return h
}

func (m *manifest) String() string { return "manifest " + m.name }
func (m *manifest) spec() string   { return m.String() }

// ask looks for rows of the object's very version first, then for those of any,
// and in both for rows of its source first. The first that there are count; if
// they name several owners, all are answers.
func (m *manifest) ask(o *object, answer func(Owner)) {
	sources := []string{}
	if m.hasSource {
		sources = sourceNames(o.Source)
	}
	versions := []string{""}
	if m.versions && o.Version != "" {
		versions = []string{o.Version, ""}
	}
	for _, version := range versions {
		for _, source := range sources {
			if m.rowsOf(source, o.Key, version, answer) {
				return
			}
		}
		if m.hasOthers && m.rowsOf("", o.Key, version, answer) {
			return
		}
	}
}

func (m *manifest) rowsOf(source, key, version string, answer func(Owner)) bool {
	hash := rowHash(source, key, version)
	i, found := slices.BinarySearchFunc(m.rows, hash, func(r row, h [16]byte) int { return slices.Compare(r.hash[:], h[:]) })
	if !found {
		return false
	}
	rule := m.String()
	for j := i; j < len(m.rows) && m.rows[j].hash == hash; j++ {
		if j > i {
			if slices.ContainsFunc(m.rows[i:j], func(r row) bool { return r.owner == m.rows[j].owner }) {
				continue
			}
			rule = fmt.Sprintf("%s, line %d", m, m.rows[j].line)
		}
		who := m.people.list[m.rows[j].owner]
		answer(Owner{ID: who.id, Tenant: who.tenant, Rule: rule})
		if j-i > maxAnswers {
			break
		}
	}
	return true
}

// sourceNames are what a manifest may call a source: its name, and of a part of a
// bucket the bucket, as URL or bare.
func sourceNames(name string) []string {
	names := []string{name}
	if scheme, rest, ok := strings.Cut(name, "://"); ok {
		bucket, _, _ := strings.Cut(rest, "/")
		names = append(names, scheme+"://"+bucket, bucket)
	}
	return slices.Compact(names)
}

// Fields of a row.
const (
	fieldKey = iota
	fieldKeyBase64
	fieldSource
	fieldVersion
	fieldOwner
	fieldTenant
	fieldEmail
	fieldPhone
	fieldName
	fieldSerial
	fieldContact
	fieldCreated
	fieldClosed
	fieldLastSeen
	fieldCount
)

// fieldNames are the names of columns and JSON members. The first of each is the
// one that the manual and errors use.
func fieldNames(field int) []string {
	return [fieldCount][]string{
		{"key"},
		{"key_base64"},
		{"source", "bucket"},
		{"version_id", "version"},
		{"owner_id", "owner"},
		{"tenant", "tenant_id"},
		{"email", "emails"},
		{"phone", "phones"},
		{"name", "names"},
		{"serial", "serials", "device_serial", "device_serials"},
		{"contact"},
		{"created", "created_at"},
		{"closed_at", "closed"},
		{"last_seen", "last_seen_at"},
	}[field]
}

// fieldOf tells what a column is; -1 for one that is not looked at. Case, '_', '-'
// and blanks make no difference.
func fieldOf(name string) int {
	fold := func(s string) string {
		return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s))
	}
	name = fold(name)
	for field := range fieldCount {
		if slices.ContainsFunc(fieldNames(field), func(s string) bool { return fold(s) == name }) {
			return field
		}
	}
	return -1
}

// fields are the values of one row. A list has several where the format can say
// so.
type fields [fieldCount][]string

func (f *fields) one(field int) string {
	if len(f[field]) == 0 {
		return ""
	}
	return f[field][0]
}

// problem is an error of a file, at a line.
type problem struct {
	file string
	line int
	err  error
}

func (p *problem) Error() string {
	if p.line == 0 {
		return fmt.Sprintf("%q: %v", p.file, p.err)
	}
	return fmt.Sprintf("%q line %d: %v", p.file, p.line, p.err)
}

func (p *problem) Unwrap() error { return p.err }

// manifestOptions say how to read a manifest.
type manifestOptions struct {
	name      string // as errors and reports show it
	format    string // "csv" or "jsonl"
	delimiter rune
	columns   map[string]int // field by column name, beside the usual names
	decode    bool           // keys are URL-encoded
}

// loader takes the rows of a manifest in.
type loader struct {
	opts   manifestOptions
	people *people
	m      *manifest

	members map[string]int // fields of JSON members seen so far
}

// readManifest reads a whole manifest. The rule is nil if it has no column of
// keys: then it only tells who owners are.
func readManifest(r io.Reader, opts manifestOptions, p *people) (rule, error) {
	digest := sha256.New()
	l := &loader{opts: opts, people: p, m: &manifest{name: opts.name, people: p}}
	read := l.readCSV
	if opts.format == "jsonl" {
		read = l.readJSONL
	}
	hasKeys, err := read(io.TeeReader(r, digest))
	if err != nil {
		return nil, err
	}
	// How it was read decides what it says as much as its bytes do.
	columns := []string{}
	for name, field := range opts.columns {
		columns = append(columns, fmt.Sprintf("%q:%d", name, field))
	}
	slices.Sort(columns)
	p.digests = append(p.digests, fmt.Sprintf("%s %s %q %v %v", hex.EncodeToString(digest.Sum(nil)), opts.format, opts.delimiter, opts.decode, columns))
	if !hasKeys {
		return nil, nil
	}
	slices.SortFunc(l.m.rows, func(a, b row) int {
		return cmp.Or(slices.Compare(a.hash[:], b.hash[:]), cmp.Compare(a.line, b.line))
	})
	return l.m, nil
}

func (l *loader) fail(line int, err error) error { return &problem{l.opts.name, line, err} }

// add takes one row in.
func (l *loader) add(line int, f *fields, hasKey bool) error {
	who := person{f.one(fieldOwner), f.one(fieldTenant)}
	if !isID(who.id) {
		return l.fail(line, errors.New("no owner_id, or one that can't be: give the row one, or leave the row out"))
	}
	if who.tenant != "" && !isID(who.tenant) {
		return l.fail(line, errors.New("the tenant can't be one: give the row another, or none"))
	}
	facts, err := factsOf(f)
	if err != nil {
		return l.fail(line, err)
	}
	n := l.people.number(who)
	if err := l.people.learn(n, facts); err != nil {
		return l.fail(line, err)
	}
	if !hasKey {
		return nil
	}
	key, err := l.key(f)
	if err != nil {
		return l.fail(line, err)
	}
	if len(l.m.rows) == maxRows {
		return l.fail(line, fmt.Errorf("more than %d rows: scan the sources one by one, each with its own manifest", maxRows))
	}
	source, version := f.one(fieldSource), f.one(fieldVersion)
	l.m.hasSource = l.m.hasSource || source != ""
	l.m.hasOthers = l.m.hasOthers || source == ""
	l.m.versions = l.m.versions || version != ""
	l.m.rows = append(l.m.rows, row{rowHash(source, key, version), n, uint32(min(line, 1<<32-1))})
	return nil
}

// key gives the exact bytes of a row's key.
func (l *loader) key(f *fields) (string, error) {
	key := f.one(fieldKey)
	if text := f.one(fieldKeyBase64); text != "" {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return "", errors.New("key_base64 is not base64 (RFC 4648, section 4)")
		}
		if key != "" && key != string(b) {
			return "", errors.New("key and key_base64 differ: give one of them")
		}
		return string(b), nil
	}
	if key == "" {
		return "", errors.New("no key: give the row one, or leave the row out")
	}
	if l.opts.decode {
		decoded, err := url.PathUnescape(key)
		if err != nil {
			return "", errors.New("the key is not URL-encoded, though the rule says decode")
		}
		return decoded, nil
	}
	return key, nil
}

// factsOf reads what a row says of its owner.
func factsOf(f *fields) (*facts, error) {
	facts := &facts{contact: strings.TrimSpace(f.one(fieldContact))}
	for field, list := range map[int]*[]string{
		fieldEmail: &facts.emails, fieldPhone: &facts.phones, fieldName: &facts.names, fieldSerial: &facts.serials,
	} {
		for _, v := range f[field] {
			if !utf8.ValidString(v) {
				return nil, fmt.Errorf("%s is not UTF-8: export the file as UTF-8", fieldNames(field)[0])
			}
			if v = strings.TrimSpace(v); v != "" {
				*list = append(*list, v)
			}
		}
	}
	for field, at := range map[int]*time.Time{
		fieldCreated: &facts.created, fieldClosed: &facts.closed, fieldLastSeen: &facts.lastSeen,
	} {
		text := strings.TrimSpace(f.one(field))
		if text == "" {
			continue
		}
		t, ok := parseTime(text)
		if !ok {
			return nil, fmt.Errorf("%s is no date: write 2024-05-31, or 2024-05-31T12:00:00Z (RFC 3339)", fieldNames(field)[0])
		}
		*at = t
	}
	return facts, nil
}

// parseTime reads RFC 3339 with 'T' or a blank, or a date. Without a zone it is
// UTC.
func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
