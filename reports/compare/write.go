package compare

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"habeas/reports"
)

// Scans are the two that are compared.
type Scans struct {
	Old, New *reports.Run
	Objects  iter.Seq2[Object, error] // of Objects, with OptionsFor(Old, New)
}

// line is an object as JSON has it.
type line struct {
	Record    string        `json:"record"` // "object"
	Status    Status        `json:"status"`
	Source    string        `json:"source"`
	Key       string        `json:"key"`
	KeyBase64 string        `json:"key_base64,omitempty"`
	Version   string        `json:"version,omitempty"`
	Owner     string        `json:"owner,omitempty"`
	Tenant    string        `json:"tenant,omitempty"`
	Moved     bool          `json:"moved,omitempty"`
	Coverage  [2]string     `json:"coverage"` // before and after; "" where it is not
	Findings  []findingLine `json:"findings"`
}

type findingLine struct {
	Status Status `json:"status"`
	*reports.Finding
}

// WriteJSON writes JSON Lines: a line of the two runs, one for each object that is
// not the same, and the totals, which count those too. Its order is that of the
// objects.
func (s *Scans) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	o := OptionsFor(s.Old, s.New)
	head := struct {
		Record string       `json:"record"`
		Old    *reports.Run `json:"old"`
		New    *reports.Run `json:"new"`
		Values bool         `json:"values"`
	}{"diff", s.Old, s.New, o.Values}
	if err := enc.Encode(head); err != nil {
		return err
	}
	sum := NewCounts()
	for x, err := range s.Objects {
		if err != nil {
			return err
		}
		sum.Add(&x)
		if x.Status == Same {
			continue
		}
		if err := enc.Encode(lineOf(&x)); err != nil {
			return err
		}
	}
	return enc.Encode(struct {
		Record string `json:"record"`
		*Counts
	}{"summary", sum})
}

func lineOf(x *Object) line {
	e := x.Entry()
	l := line{Record: "object", Status: x.Status, Source: e.Source, Key: e.Key, Version: e.Version, Owner: e.Owner.ID, Tenant: e.Owner.Tenant,
		Moved: x.Moved, Findings: []findingLine{}}
	if !utf8.ValidString(e.Key) {
		l.KeyBase64 = base64.StdEncoding.EncodeToString([]byte(e.Key))
	}
	if x.Old != nil {
		l.Coverage[0] = string(x.Old.Coverage)
	}
	if x.New != nil {
		l.Coverage[1] = string(x.New.Coverage)
	}
	for _, f := range x.Findings {
		l.Findings = append(l.Findings, findingLine{f.Status, f.Finding})
	}
	return l
}

// maxListed is how many objects WriteText names; WriteJSON has them all.
const maxListed = 100

// WriteText writes totals, and the first objects that are not the same.
func (s *Scans) WriteText(w io.Writer) error {
	var list strings.Builder
	sum, listed, more := NewCounts(), 0, int64(0)
	for x, err := range s.Objects {
		if err != nil {
			return err
		}
		sum.Add(&x)
		switch {
		case x.Status == Same:
		case listed == maxListed:
			more++
		default:
			listed++
			list.WriteString(textOf(&x))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "before  %s\nafter   %s\n", runText(s.Old), runText(s.New))
	o := OptionsFor(s.Old, s.New)
	if !o.Values {
		b.WriteString("The scans used different fingerprint keys: a value that took another's place counts as still there.\n")
	}
	b.WriteByte('\n')
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\tnew\tgone\tchanged\tstill there\n")
	fmt.Fprintf(t, "objects\t%d\t%d\t%d\t%d\n", sum.Objects[New], sum.Objects[Gone], sum.Objects[Changed], sum.Objects[Same])
	fmt.Fprintf(t, "findings\t%d\t%d\t\t%d\n", sum.Findings[New], sum.Findings[Gone], sum.Findings[Same])
	for _, k := range sortedKinds(sum) {
		fmt.Fprintf(t, "  %s\t%d\t%d\t\t%d\n", reports.Show(k), sum.Kinds[k][New], sum.Kinds[k][Gone], sum.Kinds[k][Same])
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if sum.Moved > 0 {
		fmt.Fprintf(&b, "objects with another owner than before: %d\n", sum.Moved)
	}
	b.WriteString(list.String())
	if more > 0 {
		fmt.Fprintf(&b, "\nand %d objects more; --json has them all\n", more)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func sortedKinds(c *Counts) []string {
	var out []string
	for k := range c.Kinds {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func runText(r *reports.Run) string {
	var names []string
	for _, n := range r.Sources {
		names = append(names, reports.Show(n))
	}
	text := strings.Join(names, ", ") + ", as of " + r.AsOf.UTC().Format("2006-01-02 15:04 UTC")
	if !r.Complete {
		text += ", INCOMPLETE: what the scan did not reach looks new or gone"
	}
	return text
}

// maxFindings is how many findings of one object WriteText names.
const maxFindings = 20

// textOf is an object with its findings that came and went.
func textOf(x *Object) string {
	e := x.Entry()
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s  %s", x.Status, clip(reports.Show(e.Key)))
	if e.Version != "" {
		fmt.Fprintf(&b, " @%s", clip(reports.Show(e.Version)))
	}
	if x.Moved {
		fmt.Fprintf(&b, ", now of %s", ownerText(e.Owner))
	}
	if x.Old != nil && x.New != nil && x.Old.Coverage != x.New.Coverage {
		fmt.Fprintf(&b, ", %s before and %s now", x.Old.Coverage, x.New.Coverage)
	}
	b.WriteByte('\n')
	n := 0
	for _, f := range x.Findings {
		if f.Status == Same {
			continue
		}
		if n++; n > maxFindings {
			continue
		}
		sign := "+"
		if f.Status == Gone {
			sign = "-"
		}
		fmt.Fprintf(&b, "  %s %s  %s  %s\n", sign, reports.Show(f.Finding.Kind), clip(reports.Show(f.Finding.Mask)), clip(reports.Show(f.Finding.Part)))
	}
	if n > maxFindings {
		fmt.Fprintf(&b, "  and %d more\n", n-maxFindings)
	}
	return b.String()
}

func ownerText(o reports.Owner) string {
	switch {
	case o.ID == "":
		return "nobody"
	case o.Tenant == "":
		return clip(reports.Show(o.ID))
	}
	return clip(reports.Show(o.Tenant)) + "/" + clip(reports.Show(o.ID))
}

// clip keeps 120 characters.
func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > 120 {
			return s[:i] + "…"
		}
	}
	return s
}
