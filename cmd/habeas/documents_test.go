package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/scanner"
)

// namedRunner records what it is given and says that it leaves some of it.
type namedRunner struct {
	name   string
	leaves []string
	log    *[]string
}

func (r namedRunner) Run(_ context.Context, job scanner.Job, _ io.ReaderAt) (scanner.Result, error) {
	*r.log = append(*r.log, r.name+" "+job.Key)
	res := scanner.Result{Coverage: reports.Complete}
	if slices.Contains(r.leaves, job.Key) {
		res = scanner.Result{Coverage: reports.Skipped, Reasons: []reports.Reason{{Code: scanner.ReasonElsewhere, Part: "zip"}}}
		res.OnRelease(func() { *r.log = append(*r.log, "released "+job.Key) })
	}
	return res, nil
}

// What the others leave is examined by the workers for documents, and only that.
func TestDocumentsGoToTheirWorkers(t *testing.T) {
	var log []string
	d := documents{
		Runner: namedRunner{name: "others", leaves: []string{"b.zip"}, log: &log},
		start:  func() (scanner.Runner, error) { return namedRunner{name: "documents", log: &log}, nil },
	}
	for _, key := range []string{"a.PDF", "b.zip", "c.jpg"} {
		res, err := d.Run(t.Context(), scanner.Job{Subject: scanner.Subject{Key: key}}, strings.NewReader(""))
		if err != nil || len(res.Reasons) > 0 {
			t.Errorf("%s: reasons %v, error %v", key, res.Reasons, err)
		}
	}
	want := []string{"documents a.PDF", "others b.zip", "released b.zip", "documents b.zip", "others c.jpg"}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
