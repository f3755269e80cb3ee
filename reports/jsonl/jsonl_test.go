package jsonl

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"habeas/reports"
	"habeas/reports/reportstest"
)

func TestEveryKeyComesBackByteForByte(t *testing.T) {
	var out bytes.Buffer
	if err := reportstest.Play(New(&out)); err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(out.Bytes()) {
		t.Error("not UTF-8")
	}
	lines := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n"))
	entries := reportstest.Entries()
	if len(lines) != len(entries)+2 {
		t.Fatalf("%d lines for %d objects", len(lines), len(entries))
	}
	for i, e := range entries {
		var o Object
		if err := json.Unmarshal(lines[i+1], &o); err != nil {
			t.Fatal(err)
		}
		key := o.Key
		if o.KeyBase64 != "" {
			b, err := base64.StdEncoding.DecodeString(o.KeyBase64)
			if err != nil {
				t.Fatal(err)
			}
			key = string(b)
		}
		if key != e.Key {
			t.Errorf("key %q came back as %q", e.Key, key)
		}
		if (o.Owner == nil) != (e.Owner.ID == "") || o.Findings == nil || o.Reasons == nil {
			t.Errorf("%q: %s", e.Key, lines[i+1])
		}
	}
	var run struct {
		Record string
		reports.Run
	}
	if err := json.Unmarshal(lines[0], &run); err != nil || run.Record != "run" || run.Schema != reports.SchemaVersion {
		t.Errorf("%v %+v", err, run)
	}
	var sum struct {
		Record string
		reports.Summary
	}
	if err := json.Unmarshal(lines[len(lines)-1], &sum); err != nil || sum.Record != "summary" || sum.Listed != int64(len(entries)) {
		t.Errorf("%v %+v", err, sum)
	}
}
