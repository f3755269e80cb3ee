package strip

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/media"
)

// here answers in this process what a worker would.
type here struct{ s *Stripper }

func (h here) AskAbout(_ context.Context, request []byte, content io.ReaderAt, size int64) ([]byte, error) {
	return Answer(h.s, request, content, size), nil
}

var errLost = errors.New("the worker died")

func isLost(err error) bool { return errors.Is(err, errLost) }

// A Remote decides what the Stripper behind it does, for every sample.
func TestRemoteDecidesAsTheStripper(t *testing.T) {
	s := newStripper()
	r := &Remote{Worker: here{s}, Lost: isLost}
	for _, sm := range samples(t) {
		for _, kind := range []Kind{GPS, Names, All} {
			req := Request{Kinds: []Kind{kind}, Size: int64(len(sm.object)),
				Subject: scanner.Subject{Key: "caf\xe9/" + sm.name, Meta: map[string]string{"by": who}, Tags: map[string]string{"a": "b"}}}
			want, wantErr := s.Plan(t.Context(), req, bytes.NewReader(sm.object))
			got, gotErr := r.Plan(t.Context(), req, bytes.NewReader(sm.object))
			if (wantErr == nil) != (gotErr == nil) || wantErr != nil && wantErr.Error() != gotErr.Error() {
				t.Fatalf("%s, %s: %v, not %v", sm.name, kind, gotErr, wantErr)
			}
			if wantErr != nil {
				continue
			}
			got.After, want.After = nil, nil
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s, %s: (-here +there)\n%s", sm.name, kind, diff)
			}
			if !want.Changes() {
				continue
			}
			if got, gotErr = r.Plan(t.Context(), req, bytes.NewReader(sm.object)); gotErr != nil {
				t.Fatal(gotErr)
			}
			want.After = got.After
			a, err := s.Prove(t.Context(), req, bytes.NewReader(sm.object), want)
			b, err2 := r.Prove(t.Context(), req, bytes.NewReader(sm.object), got)
			if diff := cmp.Diff(a, b); diff != "" || err != nil || err2 != nil {
				t.Errorf("%s, %s: %v, %v\n%s", sm.name, kind, err, err2, diff)
			}
		}
	}
}

// says is a worker that was taken over, or died.
type says struct {
	reply []byte
	err   error
}

func (w says) AskAbout(context.Context, []byte, io.ReaderAt, int64) ([]byte, error) {
	return w.reply, w.err
}

func TestRemoteDoesNotTrustItsWorker(t *testing.T) {
	object := []byte("0123456789")
	req := Request{Kinds: []Kind{All}, Size: 10}
	coded := func(v any) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, w := range map[string]says{
		"dead":                {nil, errLost},
		"no reply":            {nil, nil},
		"no JSON":             {[]byte("{"), nil},
		"nothing in it":       {coded(reply{}), nil},
		"over the end":        {coded(reply{Plan: &planned{Cuts: []media.Cut{{Off: 5, N: 50}}}}), nil},
		"backwards":           {coded(reply{Plan: &planned{Cuts: []media.Cut{{Off: 5, N: 1}, {Off: 1, N: 1}}}}), nil},
		"escapes in a format": {coded(reply{Plan: &planned{Format: "jpeg\x1b[2J"}}), nil},
		"a count below zero":  {coded(reply{Plan: &planned{Seen: -1}}), nil},
		"a coverage of lines": {coded(reply{Plan: &planned{Coverage: reports.Coverage("complete\nx")}}), nil},
	} {
		r := &Remote{Worker: w, Lost: isLost}
		if _, err := r.Plan(t.Context(), req, bytes.NewReader(object)); media.AsRefusal(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	away := errors.New("the bucket is gone")
	r := &Remote{Worker: says{nil, away}, Lost: isLost}
	if _, err := r.Plan(t.Context(), req, bytes.NewReader(object)); !errors.Is(err, away) {
		t.Errorf("a failed read became %v", err)
	}
}
