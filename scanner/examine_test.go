package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/sources"
)

// examine gives a line for the coverage and one for each finding.
func examine(t *testing.T, e *Examiner, s Subject, content string) string {
	t.Helper()
	res, err := e.Examine(t.Context(), Job{Subject: s, Size: int64(len(content))}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return dump(res)
}

func dump(res Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", res.Format, res.Coverage)
	for _, r := range res.Reasons {
		fmt.Fprintf(&b, " %s@%s", r.Code, r.Part)
	}
	for _, f := range res.Findings {
		fmt.Fprintf(&b, "\n%s %s=%s", f.Part, f.Kind, f.Value)
		if f.Tag != "" {
			fmt.Fprintf(&b, " in %s", f.Tag)
		} else {
			fmt.Fprintf(&b, " %d+%d-%d", f.Off, f.Start, f.End)
		}
	}
	return b.String()
}

func TestExamine(t *testing.T) {
	nested := "pic\ntext sub email:n\n"
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", " complete"},
		{"unknown", "nothing known", " skipped unsupported@"},
		{"root", "box\ntext  email:r\n", "box complete\nbox email=r 10+0-7"},
		{"path", "box\ntext com email:r\n", "box complete\nbox/com email=r 13+0-7"},
		{"tags in order", "box\ntag b T2 email:1 email:0\ntag a T1 email:2\n",
			"box complete\nbox/b email=0 in T2\nbox/b email=1 in T2\nbox/a email=2 in T1"},
		{"nested in place", fmt.Sprintf("box\nnest x %d\n%stext y email:r\n", len(nested), nested),
			"box complete\nbox/x/pic/sub email=n 27+0-7\nbox/y email=r 42+0-7"},
		{"nested unpacked", fmt.Sprintf("box\npacked x %d\n%s", len(nested), nested), "box complete\nbox/x/pic/sub email=n -1+0-7"},
		{"metadata block keeps its path", fmt.Sprintf("box\nnest app1/exif %d\n%s", len(nested), nested), "box complete\nbox/app1/exif/sub email=n 35+0-7"},
		{"nested unknown", "box\nnest thumb 3\nabc", "box partial unsupported@box/thumb"},
		{"nested empty", "box\nnest thumb 0\ntext  email:r\n", "box complete\nbox email=r 23+0-7"},
		{"problem", "box\nproblem a corrupt\ntext b email:r\n", "box partial corrupt@box/a\nbox/b email=r 29+0-7"},
		{"ends with a problem", "box\ntext b email:r\nstop c truncated\n", "box partial truncated@box/c\nbox/b email=r 11+0-7"},
		{"corrupt at the root", "box\nstop  corrupt\n", "box failed corrupt@box"},
		{"encrypted as a whole", "box\nstop  encrypted\n", "box skipped encrypted@box"},
		{"format fails", "box\ntext b email:r\nfail\n", "box partial corrupt@box\nbox/b email=r 11+0-7"},
		{"format panics", "box\ntext b email:r\npanic\n", "box failed crashed@\nbox/b email=r 11+0-7"},
		{"detector panics", "box\ntext b email:r burst\n", "box failed crashed@\nbox/b email=r 11+0-7"},
		{"detector gives up", "box\ntext b email:r giveup\n", "box partial limit.time@box/b\nbox/b email=r 11+0-7"},
		{"unsure", "box\ntext b email:r:0.39 email:s:0.4 email:t:NaN\n", "box complete\nbox/b email=s 11+13-24"},
		{"chunk", "box\nchunk 8 8 email:a email:b email:c \n", "box complete\nbox email=b 0+8-15"},
		{"deaf", "box\ndeaf\ntext b email:r\npanic\n", "box failed crashed@\nbox/b email=r 16+0-7"},
		{"settled", "box\ntag b T payment_card:4111111111111111:0.9 phone:1111111111:0.5\n", "box complete\nbox/b payment_card=4111111111111111 in T"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, examine(t, testExaminer(), Subject{}, c.content)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestExamineSubject(t *testing.T) {
	s := Subject{Key: "a/ email:k \xff", Meta: map[string]string{"b": "email:2", "a": "email:1", "z": "\xfe"}, Tags: map[string]string{"t": "email:3"}}
	want := "box complete\nkey email=k -1+3-10\nmeta email=1 in a\nmeta email=2 in b\ntag email=3 in t\nbox email=r 10+0-7"
	if d := cmp.Diff(want, examine(t, testExaminer(), s, "box\ntext  email:r\n")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(" skipped unsupported@\nkey email=k -1+0-7", examine(t, testExaminer(), Subject{Key: "email:k"}, "?")); d != "" {
		t.Error(d)
	}
}

// A name may say what content is that breaks off before it shows.
func TestExamineCutStart(t *testing.T) {
	e := testExaminer()
	for _, c := range []struct{ name, key, content, want string }{
		{"known by its name", "a.flac", "f", " failed truncated@"},
		{"nothing says what it is", "a", "f", " skipped unsupported@"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, examine(t, e, Subject{Key: c.key}, c.content)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestExamineRegions(t *testing.T) {
	var got []string
	e := testExaminer()
	e.Detectors = []detectors.Detector{regions{&got}}
	examine(t, e, Subject{Key: "k", Regions: []string{"FR"}}, "box\ntext  x\n")
	if d := cmp.Diff([]string{"key FR", "object FR", "box FR"}, got); d != "" {
		t.Error(d)
	}
}

// regions notes the regions of each part.
type regions struct{ got *[]string }

func (regions) Info() detectors.Info { return detectors.Info{Name: "regions"} }
func (r regions) Detect(p *detectors.Part, _ func(detectors.Finding)) error {
	*r.got = append(*r.got, p.Path+" "+strings.Join(p.Regions, ","))
	return nil
}

func TestExamineLimits(t *testing.T) {
	deep := "pic\ntext x email:deep\n"
	for range 12 {
		deep = fmt.Sprintf("box\nnest d %d\n%s", len(deep), deep)
	}
	many := "box\n" + strings.Repeat("text  email:m\n", 50)
	for _, c := range []struct {
		name, content string
		limits        Limits
		want          string
	}{
		{"depth", deep, Limits{}, "box partial limit.depth@box" + strings.Repeat("/d/box", 8) + "/d"},
		{"members", many, Limits{Members: 2}, "box partial limit.entries@box\nbox email=m 10+0-7\nbox email=m 24+0-7"},
		{"findings", many, Limits{Findings: 2}, "box partial limit.findings@box\nbox email=m 10+0-7\nbox email=m 24+0-7"},
		{"text", many, Limits{Text: 15}, "box partial limit.bytes@box\nbox email=m 10+0-7"},
		{"reads", "box\ntext  email:m\n" + strings.Repeat("tag  x y\n", 10_000), Limits{Reads: 9_000}, "box partial limit.bytes@\nbox email=m 10+0-7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := testExaminer()
			e.Limits = c.limits
			if d := cmp.Diff(c.want, examine(t, e, Subject{}, c.content)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestExamineTime(t *testing.T) {
	for _, deaf := range []string{"", "deaf\n"} {
		now := time.Unix(0, 0)
		e := testExaminer()
		e.Now = func() time.Time { now = now.Add(time.Second); return now }
		got := examine(t, e, Subject{}, "box\n"+deaf+"text  email:m\n"+strings.Repeat("text  x\n", 200))
		if !strings.HasPrefix(got, "box partial limit.time@") || !strings.Contains(got, "email=m") {
			t.Errorf("%q: %s", deaf, got)
		}
	}
}

// waiting says that all its time was spent on waiting.
type waiting struct {
	io.ReaderAt
	since *time.Time
	crowd int
}

func (w *waiting) Waited() time.Duration { return w.since.Sub(time.Unix(0, 0)) }
func (w *waiting) Crowd() error          { w.crowd++; return nil }

func TestExaminePacer(t *testing.T) {
	now := time.Unix(0, 0)
	e := testExaminer()
	e.Now = func() time.Time { now = now.Add(time.Second); return now }
	content := "box\ntext  " + strings.Repeat("email:m ", 1_500) + "\n" + strings.Repeat("text  x\n", 200)
	w := &waiting{ReaderAt: strings.NewReader(content), since: &now}
	res, err := e.Examine(t.Context(), Job{Size: int64(len(content))}, w)
	if err != nil || len(res.Reasons) > 0 || len(res.Findings) != 1_500 || w.crowd != 1 {
		t.Errorf("%v, %v, %d findings, crowded %d times", err, res.Reasons, len(res.Findings), w.crowd)
	}
}

// What is found twice and dropped must not take a second place among the crowded:
// only one is given back.
func TestExamineCrowdsOnce(t *testing.T) {
	e := testExaminer()
	e.Views = func(p *detectors.Part, look func(*detectors.Part, Placer)) {
		look(&detectors.Part{Path: p.Path, Text: p.Text, Off: -1}, func(f detectors.Finding) (detectors.Finding, bool) { return f, true })
	}
	content := "box\n" + strings.Repeat("text  "+strings.Repeat("email:m ", 700)+"\n", 3)
	now := time.Unix(0, 0)
	w := &waiting{ReaderAt: strings.NewReader(content), since: &now}
	res, err := e.Examine(t.Context(), Job{Size: int64(len(content))}, w)
	if err != nil || len(res.Findings) != 2_100 || w.crowd != 1 {
		t.Errorf("%v, %d findings, crowded %d times", err, len(res.Findings), w.crowd)
	}
}

// badAt fails at and behind an offset.
type badAt struct {
	io.ReaderAt
	off int64
	err error
}

func (r badAt) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) <= r.off {
		return r.ReaderAt.ReadAt(b, off)
	}
	n := 0
	if off < r.off {
		n, _ = r.ReaderAt.ReadAt(b[:r.off-off], off)
	}
	return n, r.err
}

func TestExamineFailedRead(t *testing.T) {
	broken := errors.New("broken")
	for _, deaf := range []string{"", "deaf\n"} {
		content := "box\n" + deaf + "text  email:r\n" + strings.Repeat("tag  x "+strings.Repeat("y", 100)+"\n", 200) + "panic\n"
		for _, c := range []struct{ fault, want error }{{broken, broken}, {io.EOF, sources.ErrChanged}, {io.ErrUnexpectedEOF, sources.ErrChanged}, {nil, sources.ErrChanged}} {
			for _, off := range []int64{0, 4, 5_000} {
				res, err := testExaminer().Examine(t.Context(), Job{Subject: Subject{Key: "email:k"}, Size: int64(len(content))}, badAt{strings.NewReader(content), off, c.fault})
				if !errors.Is(err, c.want) {
					t.Errorf("%q %v at %d: %v", deaf, c.fault, off, err)
				}
				if len(res.Findings) == 0 || res.Findings[0].Part != PartKey {
					t.Errorf("%q %v at %d: nothing of the key", deaf, c.fault, off)
				}
			}
		}
	}
}

func TestExamineCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	content := "box\ntext  email:r\n"
	if _, err := testExaminer().Examine(ctx, Job{Size: int64(len(content))}, strings.NewReader(content)); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestExamineViews(t *testing.T) {
	e := testExaminer()
	// In this encoding a colon is a double underscore, one byte longer.
	e.Views = func(p *detectors.Part, look func(*detectors.Part, Placer)) {
		plain := strings.Replace(string(p.Text), "__", ":", 1)
		look(&detectors.Part{Path: p.Path, Text: []byte(plain), Off: -1}, func(f detectors.Finding) (detectors.Finding, bool) {
			f.End++
			return f, f.Start == 0 // the other one is in the part as it is
		})
	}
	want := "box complete\nbox email=r 10+0-8\nbox email=s 10+9-16"
	if d := cmp.Diff(want, examine(t, e, Subject{}, "box\ntext  email__r email:s\n")); d != "" {
		t.Error(d)
	}
}

// An object that is left to another Examiner is not looked at any further.
func TestExamineLeaves(t *testing.T) {
	e := &Examiner{Formats: []media.Format{lines{name: "lines"}}, Detectors: []detectors.Detector{words{}}}
	got := examine(t, e, Subject{}, "lines\nproblem doc elsewhere\ntext more email:ana\n")
	if !strings.Contains(got, ReasonElsewhere) || strings.Contains(got, "=ana") {
		t.Errorf("got %s", got)
	}
}

func TestManyReasonsAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 1_000 {
		fmt.Fprintf(&b, "problem p%d corrupt\nproblem q%d truncated\n", i, i)
	}
	res, err := testExaminer().Examine(t.Context(), Job{Size: int64(b.Len() + 4)}, strings.NewReader("box\n"+b.String()))
	if err != nil || len(res.Reasons) > maxReasons+2 || len(res.Reasons) < maxReasons {
		t.Errorf("%v, %d reasons", err, len(res.Reasons))
	}
}

func TestLongPathsAreBounded(t *testing.T) {
	long := strings.Repeat("é\xff", 10_000)
	got := clean("start/" + long + "/end")
	if len(got) > maxPath || !strings.HasPrefix(got, "start/") || !strings.HasSuffix(got, "/end") || strings.ToValidUTF8(got, "") != got {
		t.Errorf("%d bytes: %.20q", len(got), got)
	}
}

func TestBudgetIsShared(t *testing.T) {
	var budgets []*media.Budget
	w := &walk{}
	for _, f := range []*frame{{w: w}, {w: w, depth: 1}} {
		budgets = append(budgets, media.BudgetOf(f))
	}
	if budgets[0] != budgets[1] {
		t.Error("two walks of one object have two budgets")
	}
}
