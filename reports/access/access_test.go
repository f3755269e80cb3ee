package access

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"habeas/reports"
)

// uploads are objects in memory: their content, and the values of their findings.
type uploads struct {
	blank   bool // documents have no text
	content map[string][]byte
	values  map[string]Value
	fail    error
}

type opened struct {
	*bytes.Reader
	of *uploads
}

func (o opened) Close() error                  { return nil }
func (o opened) Size() int64                   { return o.Reader.Size() }
func (o opened) Value(id string) (Value, bool) { v, ok := o.of.values[id]; return v, ok }

func (u *uploads) Open(_ context.Context, e *reports.Entry, _ bool) (Opened, error) {
	return opened{bytes.NewReader(u.content[e.Key]), u}, u.fail
}

var address = regexp.MustCompile(`[a-z.]+@example\.(org|com)`)

// Check finds addresses. Their fingerprint is the address itself.
func (u *uploads) Check(_ context.Context, r io.ReaderAt, size int64) ([]Found, error) {
	b, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, m := range address.FindAllString(string(b), -1) {
		found = append(found, Found{Kind: "email", Fingerprint: m, Text: m, Part: "text"})
	}
	return found, nil
}

// Strip takes the values out by their bytes, or refuses.
func (u *uploads) Strip(_ context.Context, _ *reports.Entry, r io.ReaderAt, size int64, drop []*reports.Finding) (io.ReaderAt, int64, error) {
	b, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil || bytes.HasPrefix(b, []byte("sealed")) {
		return nil, 0, errors.Join(err, errors.New("it can't be stripped"))
	}
	for _, f := range drop {
		b = bytes.ReplaceAll(b, []byte(u.values[f.ID].Text), nil)
	}
	return bytes.NewReader(b), int64(len(b)), nil
}

// Cover gives a picture that shows nothing, and refuses one.
func (u *uploads) Cover(_ context.Context, e *reports.Entry, _ io.ReaderAt, _ int64, _ []reports.Box) ([]byte, string, error) {
	if e.Type == "image/tiff" {
		return nil, "", errors.New("it has several pages")
	}
	return []byte("covered"), "image/jpeg", nil
}

// Text takes the content for text.
func (u *uploads) Text(_ context.Context, _ *reports.Entry, r io.ReaderAt, size int64) ([]byte, error) {
	if u.blank {
		return nil, nil
	}
	return io.ReadAll(io.NewSectionReader(r, 0, size))
}

func span(text, value string) (*int64, *int64) {
	i := int64(strings.Index(text, value))
	j := i + int64(len(value))
	return &i, &j
}

func email(u *uploads, id, value string, party reports.Party) reports.Finding {
	u.values[id] = Value{Text: value}
	return reports.Finding{ID: id, Kind: "email", Fingerprint: value, Party: party, Mask: "***", Part: "text", Confidence: 0.9, Why: "a reason", Detector: "email"}
}

// corpus is one account with a text, a table, a file with metadata, and an upload
// of another account that mentions the person.
func corpus() (*uploads, Config) {
	letter := "Dear Jane,\nwrite to mark.moe@example.com or to jane@example.org.\nMARK.MOE@example.com, too.\n"
	u := &uploads{content: map[string][]byte{"users/jane/letter.txt": []byte(letter), "users/jane/photo.bin": []byte("meta:mark.moe@example.com;data"),
		"users/bob/list.csv": []byte("jane@example.org,carl.coe@example.com")}, values: map[string]Value{}}
	mine, theirs := email(u, "1", "jane@example.org", reports.PartyOwner), email(u, "2", "mark.moe@example.com", reports.PartyThird)
	mine.Start, mine.End = span(letter, "jane@example.org")
	theirs.Start, theirs.End = span(letter, "mark.moe@example.com")
	inKey := email(u, "3", "mark.moe@example.com", reports.PartyThird)
	inKey.Part = "key"
	card := reports.Finding{ID: "6", Kind: "payment_card", Party: reports.PartyUnknown, Mask: "***1111", Part: "text", Detector: "payment"}
	u.values["6"] = Value{Text: "4111 1111 1111 1111"}
	gps := reports.Finding{ID: "7", Kind: "gps", Party: reports.PartyUnknown, Part: "exif", Tag: "GPSLatitude", Confidence: 0.99, Why: "fields", Detector: "geo", Month: "2026-05"}
	u.values["7"] = Value{Position: &reports.Position{Lat: 38.7, Lon: -9.4, Time: "2026-05-04T10:00:00Z"}}
	inOther, stranger := email(u, "4", "jane@example.org", reports.PartyThird), email(u, "5", "carl.coe@example.com", reports.PartyUnknown)
	entry := func(key, owner, mime string, fs ...reports.Finding) *reports.Entry {
		return &reports.Entry{Source: "/up", Key: key, ETag: "e", Size: int64(len(u.content[key])), Modified: time.Unix(1777777777, 0), Type: mime,
			Coverage: reports.Complete, Owner: reports.Owner{ID: owner}, Findings: fs}
	}
	return u, Config{Tool: "habeas test", Case: "DSR-1", Regime: "GDPR", AsOf: time.Unix(1777777777, 0), Mine: map[string]bool{"jane@example.org": true},
		Objects: []Object{
			{Entry: entry("users/bob/list.csv", "bob", "text/csv", inOther, stranger), Matched: map[string]bool{"4": true}},
			{Entry: entry("users/jane/letter.txt", "jane", "text/plain", mine, theirs, inKey), Own: true},
			{Entry: entry("users/jane/photo.bin", "jane", "application/octet-stream", email(u, "8", "mark.moe@example.com", reports.PartyThird), card, gps), Own: true},
		},
		Source: u, Check: u, Strip: u, Render: u, Never: func(kind string) bool { return kind == "payment_card" }, Shuffle: func(int, func(i, j int)) {},
		Coverage: &reports.Summary{Listed: 3, Coverage: map[string]int64{"complete": 3}}}
}

// written is a package as its files by name.
func written(t *testing.T, c Config) (map[string]string, *Outcome) {
	t.Helper()
	var b bytes.Buffer
	out, err := Write(t.Context(), &b, c)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files, out
}

func TestPackage(t *testing.T) {
	_, c := corpus()
	files, out := written(t, c)
	want := "Dear Jane,\nwrite to [Person 1] or to jane@example.org.\n[Person 1], too.\n"
	if files["files/000002.txt"] != want {
		t.Errorf("the letter is %q", files["files/000002.txt"])
	}
	if files["files/000003.bin"] != "meta:;data" {
		t.Errorf("the stripped file is %q", files["files/000003.bin"])
	}
	for name, text := range files {
		for _, secret := range []string{"mark.moe", "MARK.MOE", "carl.coe", "4111", "users/bob", "list.csv", `"bob"`} {
			if strings.Contains(text, secret) {
				t.Errorf("%s says %q", name, secret)
			}
		}
	}
	if out.Own != 2 || out.Copies != 2 || out.Covered != 2 || out.Values != 3 || out.Hidden != 3 || out.NeverShown != 1 || out.People != 1 || out.Positions != 1 {
		t.Errorf("%+v", out)
	}
	for _, say := range []string{"Yes, we hold", "2 uploads", "Person 1"} {
		if !strings.Contains(files["README.txt"], say) || !strings.Contains(files["answer.html"], say) && say != "Person 1" {
			t.Errorf("the answer does not say %q", say)
		}
	}
	if !strings.Contains(files["locations.geojson"], "-9.4,\n          38.7") {
		t.Errorf("positions: %s", files["locations.geojson"])
	}
	checkSums(t, files)
	checkSchemas(t, files)
	again, _ := written(t, c)
	if fmt.Sprint(again) != fmt.Sprint(files) {
		t.Error("the same inputs give other bytes")
	}
}

func checkSums(t *testing.T, files map[string]string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(files["SHA256SUMS"]) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		got := sha256.Sum256([]byte(files[name]))
		if hex.EncodeToString(got[:]) != sum {
			t.Errorf("the sum of %s is another", name)
		}
		n++
	}
	if n != len(files)-1 {
		t.Errorf("%d sums of %d files", n, len(files))
	}
}

// checkSchemas validates every JSON file against the schema of its name, and that
// a schema can refuse.
func checkSchemas(t *testing.T, files map[string]string) {
	t.Helper()
	all, err := Schemas()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range all {
		if files["schema/"+name] != string(text) {
			t.Errorf("schema %s is not in the package", name)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource(name, doc); err != nil {
			t.Fatal(err)
		}
		s, err := c.Compile(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(map[string]any{"surprise": 1}) == nil {
			t.Errorf("schema %s takes anything", name)
		}
		kind := strings.TrimSuffix(name, ".schema.json")
		rows := []string{files[kind+".json"]}
		if lines, ok := files[kind+".jsonl"]; ok {
			rows = strings.Split(strings.TrimSpace(lines), "\n")
		}
		for _, row := range rows {
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(row))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(v); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestPortable(t *testing.T) {
	_, c := corpus()
	c.Portable = true
	files, _ := written(t, c)
	for _, row := range strings.Split(strings.TrimSpace(files["findings.jsonl"]), "\n") {
		var f findingRow
		if err := json.Unmarshal([]byte(row), &f); err != nil {
			t.Fatal(err)
		}
		if f.Basis != "provided" || f.State != "shown" || f.Confidence != 0 || f.Why != "" {
			t.Errorf("not what the person provided: %s", row)
		}
	}
	if strings.Contains(files["objects.jsonl"], "another") || files["files/000002.txt"] == "" {
		t.Error("an object of another account, or no copy of the person's")
	}
	checkSchemas(t, files)
}

func TestWhatStopsAPackage(t *testing.T) {
	leaks := map[string]func(*uploads, *Config){
		"an address that no finding told of": func(u *uploads, _ *Config) {
			u.content["users/jane/photo.bin"] = []byte("meta:;data lea.loe@example.com")
			u.values["8"] = Value{}
		},
		"a value that a copy holds in other letters": func(u *uploads, c *Config) {
			c.Objects[2].Entry.Findings = nil
			u.content["users/jane/photo.bin"] = wide("from Mark.Moe@Example.com", binary.LittleEndian)
		},
		"a value in UTF-16 of the other order": func(u *uploads, c *Config) {
			c.Objects[2].Entry.Findings = nil
			u.content["users/jane/photo.bin"] = wide("from mark.moe@example.com", binary.BigEndian)
		},
	}
	for name, plant := range leaks {
		u, c := corpus()
		c.Objects[2].Entry.Findings = c.Objects[2].Entry.Findings[2:]
		plant(u, &c)
		var leaks Leaks
		if _, err := Write(t.Context(), io.Discard, c); !errors.As(err, &leaks) || len(leaks) != 1 {
			t.Errorf("%s: %v", name, err)
		} else if text := leaks.Error(); !strings.Contains(text, "files/000003.bin (users/jane/photo.bin)") || strings.Contains(text, "moe") || strings.Contains(text, "loe") {
			t.Errorf("%s: %s", name, text)
		}
	}
	_, c := corpus()
	c.Objects[2].Entry.Findings, c.DropLeaks = nil, true
	files, out := written(t, c)
	if _, there := files["files/000003.bin"]; there || out.Withheld != 2 {
		t.Errorf("a copy that shows somebody else is not dropped: %+v", out)
	}
	u, c := corpus()
	u.fail = errors.New("gone")
	if _, err := Write(t.Context(), io.Discard, c); !errors.Is(err, u.fail) {
		t.Errorf("an object that can't be read: %v", err)
	}
	c.Objects = nil
	if _, err := Write(t.Context(), io.Discard, c); !errors.Is(err, ErrNothing) {
		t.Errorf("no objects: %v", err)
	}
}

func TestAPersonCalledAsOneOfOurWords(t *testing.T) {
	u, c := corpus()
	u.values["2"], u.values["3"], u.values["8"] = Value{Text: "Modified"}, Value{Text: "Modified"}, Value{Text: "Modified"}
	u.content["users/jane/letter.txt"] = []byte("Modified wrote to jane@example.org; UNMODIFIED")
	c.Objects[1].Entry.Findings[1].Start = nil
	c.Objects[2].Entry.Findings[0].Fingerprint, c.Objects[1].Entry.Findings[2].Fingerprint = "x", "x"
	files, _ := written(t, c)
	if files["files/000002.txt"] != "[Person 1] wrote to jane@example.org; UN[Person 1]" {
		t.Errorf("%q", files["files/000002.txt"])
	}
}

func TestWithoutACopy(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*uploads, *Config)
		why    string
	}{
		"what can't be stripped": {func(u *uploads, c *Config) { u.content["users/jane/photo.bin"] = []byte("sealed") }, "it can't be stripped"},
		"an officer's decision": {func(u *uploads, c *Config) {
			c.Withhold = map[string]string{Ref(c.Objects[2].Entry): "an officer decided"}
		}, "withheld: an officer decided"},
		"what is left after stripping": {func(u *uploads, c *Config) {
			u.content["users/jane/photo.bin"] = []byte("meta:mark.moe@example.com;lea.loe@example.com")
		}, "can't be covered"},
	} {
		u, cfg := corpus()
		c.change(u, &cfg)
		files, out := written(t, cfg)
		if _, there := files["files/000003.bin"]; there || !strings.Contains(files["objects.jsonl"], c.why) || out.Withheld != 2 {
			t.Errorf("%s: %+v\n%s", name, out, files["objects.jsonl"])
		}
	}
}

func TestDecisions(t *testing.T) {
	u, c := corpus()
	c.Release, c.Objects[0].Copy = map[string]bool{"2": true}, true
	files, _ := written(t, c)
	if files["files/000002.txt"] != string(u.content["users/jane/letter.txt"]) {
		t.Errorf("released: %q", files["files/000002.txt"])
	}
	if files["files/000001.csv"] != "jane@example.org,[Person 1]" {
		t.Errorf("a copy of another's upload: %q", files["files/000001.csv"])
	}
	_, c = corpus()
	c.Cover, c.Mine = map[string]bool{"1": true}, nil
	c.Objects = c.Objects[1:2]
	files, _ = written(t, c)
	if strings.Contains(files["files/000001.txt"], "jane@example.org") {
		t.Errorf("covered: %q", files["files/000001.txt"])
	}
}

// A street that stands in fields of two kinds is covered in both, or neither would
// be.
func TestPlaceThatIsAnAddress(t *testing.T) {
	u, cfg := corpus()
	u.content["users/jane/file"] = []byte("meta:9 Example Street;data")
	place, address := email(u, "20", "9 Example Street", reports.PartyUnknown), email(u, "21", "9 Example Street", reports.PartyUnknown)
	place.Kind, place.Fingerprint, place.Part = "place", "p", "meta/data"
	address.Kind, address.Fingerprint, address.Part = "address", "a", "meta/data"
	e := &reports.Entry{Source: "/up", Key: "users/jane/file", ETag: "e", Size: 6, Type: "application/octet-stream", Coverage: reports.Complete, Findings: []reports.Finding{place, address}}
	cfg.Objects = []Object{{Entry: e, Own: true}}
	files, out := written(t, cfg)
	for name, text := range files {
		if strings.Contains(text, "9 Example Street") {
			t.Errorf("%s shows it", name)
		}
	}
	if out.Hidden != 2 {
		t.Errorf("%d covered", out.Hidden)
	}
}

// What can't be stripped is handed out as another file: a picture coded anew, the
// text of a document; and where neither can be, the package says why.
func TestCopiesOfAnotherType(t *testing.T) {
	for _, c := range []struct{ name, mime, content, file, copy, why string }{
		{"photo of a telephone", "image/heic", "sealed picture", "files/000001.jpg", "covered", "another format than the upload"},
		{"pages", "image/tiff", "sealed pages", "", "none", "it has several pages"},
		{"document", "application/pdf", "sealed: write to jane@example.org, not to mark.moe@example.com", "files/000001.txt", "text", "only its text"},
		{"document whose pages tell of others", "application/pdf", "open: mark.moe@example.com and jane@example.org, x carl.coe@example.com", "", "none", "can't be covered"},
		{"document without text", "application/msword", "", "", "none", "no text of its own"},
		{"video", "video/mp4", "sealed video", "", "none", "videos are not coded anew"},
		{"recording", "audio/mpeg", "sealed sound", "", "none", "a recording"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, cfg := corpus()
			theirs := email(u, "2", "mark.moe@example.com", reports.PartyThird)
			theirs.Part = "meta/data"
			if c.mime == "application/msword" {
				u.content["users/jane/file"] = []byte("sealed")
				u.blank = true
			} else {
				u.content["users/jane/file"] = []byte(c.content)
			}
			e := &reports.Entry{Source: "/up", Key: "users/jane/file", ETag: "e", Size: 6, Type: c.mime, Coverage: reports.Complete, Findings: []reports.Finding{theirs}}
			cfg.Objects = []Object{{Entry: e, Own: true}}
			files, _ := written(t, cfg)
			if !strings.Contains(files["objects.jsonl"], `"copy":"`+c.copy+`"`) || !strings.Contains(files["objects.jsonl"], c.why) {
				t.Errorf("objects.jsonl says %s", files["objects.jsonl"])
			}
			if c.file == "" {
				return
			}
			if got, there := files[c.file]; !there || strings.Contains(got, "mark.moe") {
				t.Errorf("%s: %t, %q", c.file, there, got)
			}
			if c.copy == "text" && !strings.Contains(files[c.file], "jane@example.org") {
				t.Errorf("the person's own value went: %q", files[c.file])
			}
		})
	}
}

func TestSearch(t *testing.T) {
	s := newSearch([]secret{{text: "Zoë Müller"}, {text: "mark.moe@example.com"}, {text: "Ana"}})
	for name, b := range map[string][]byte{
		"as it is": []byte("x Zoë Müller y"), "lower case": []byte("zoë müller"), "upper case": []byte("ZOË MÜLLER"), "UTF-16": wide("Zoë Müller", binary.LittleEndian),
		"Latin-1": []byte("Zo\xeb M\xfcller"), "address in other case": []byte("MARK.moe@EXAMPLE.com"),
		"over the edge of a window": append(bytes.Repeat([]byte{'x'}, searchStep-4), "mark.moe@example.com"...),
	} {
		hits, err := s.all(b)
		if err != nil || len(hits) != 1 {
			t.Errorf("%s: %d hits, %v", name, len(hits), err)
		}
	}
	for text, want := range map[string]int{"Ana and Zoe Muller": 1, "Anabel, banana, ana": 1, "an a": 0, "Änana": 0} {
		if hits, err := s.all([]byte(text)); err != nil || len(hits) != want {
			t.Errorf("%s: %d hits of a short name, want %d", text, len(hits), want)
		}
	}
	if err := s.in(strings.NewReader("Ana"), 3, false, func(hit) bool { t.Error("a short name is looked for in bytes"); return true }); err != nil {
		t.Error(err)
	}
}
