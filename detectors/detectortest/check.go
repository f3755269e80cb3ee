package detectortest

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
)

var kinds = []detectors.Kind{
	detectors.GPS, detectors.Place, detectors.Address, detectors.Name, detectors.Face,
	detectors.Email, detectors.Phone, detectors.URL, detectors.DeviceSerial, detectors.IP,
	detectors.MAC, detectors.UserAgent, detectors.CookieID, detectors.PaymentCard,
	detectors.IBAN, detectors.BankAccount, detectors.PaymentTxn, detectors.NationalID, detectors.Passport,
	detectors.DrivingLicence, detectors.DateOfBirth, detectors.Credential, detectors.HiddenCopy,
}

var roles = []string{
	detectors.RoleCreator, detectors.RoleOwner, detectors.RolePerson, detectors.RoleCopyright,
	detectors.RoleAuthor, detectors.RoleEditor, detectors.RoleSender, detectors.RoleRecipient,
	detectors.RoleContact,
}

// checkInfo holds what a detector says of itself against the contract.
func checkInfo(info detectors.Info) (problems []string) {
	complain := func(ok bool, what string) {
		if !ok {
			problems = append(problems, "Info: "+what)
		}
	}
	complain(info.Name != "" && strings.ToLower(info.Name) == info.Name && !strings.ContainsAny(info.Name, " \t\n"), "Name is one word in lower case")
	complain(info.Version >= 1, "Version starts at 1")
	complain(len(info.Kinds) > 0, "Kinds is empty")
	for _, k := range info.Kinds {
		complain(slices.Contains(kinds, k), fmt.Sprintf("%q is no kind of the vocabulary", k))
	}
	complain(info.Finds != "" && !strings.Contains(info.Finds, "\n"), "Finds is one line")
	complain(info.Example != "" && !strings.Contains(info.Example, "\n"), "Example is one line")
	return problems
}

// run gives the findings that would be reported, and whatever about any finding,
// or about the part after the call, breaks the contract.
func run(d detectors.Detector, p *detectors.Part, decoded bool) (found []detectors.Finding, problems []string) {
	// The detector gets its own copy, which is overwritten afterwards: a finding
	// that still points into it shows.
	own := *p
	own.Text = bytes.Clone(p.Text)
	own.Tags = cloneTags(p.Tags)
	own.Regions = slices.Clone(p.Regions)
	own.Cells = slices.Clone(p.Cells)
	all, err := detectErr(d, &own)
	if err != nil {
		problems = append(problems, "Detect failed: "+err.Error())
	}
	if !bytes.Equal(own.Text, p.Text) || !sameTags(own.Tags, p.Tags) || !slices.Equal(own.Regions, p.Regions) || !slices.Equal(own.Cells, p.Cells) {
		problems = append(problems, "the part was changed")
	}
	for i := range own.Text {
		own.Text[i] = 0xFF
	}
	info := d.Info()
	for i := range all {
		for _, what := range checkFinding(&all[i], p, info, decoded) {
			problems = append(problems, fmt.Sprintf("%s of rule %q: %s", all[i].Kind, all[i].Rule, what))
		}
	}
	return reported(all), append(problems, checkGlance(d, p, all)...)
}

// checkGlance checks that a detector which looks at values before fields loses
// nothing by it.
func checkGlance(d detectors.Detector, p *detectors.Part, all []detectors.Finding) []string {
	g, ok := d.(detectors.Glancer)
	if !ok || len(p.Tags) == 0 {
		return nil
	}
	few := *p
	few.Tags = slices.DeleteFunc(cloneTags(p.Tags), func(t detectors.Tag) bool {
		at := detectors.GlanceAt(t.Value)
		return !g.MayHold(&at)
	})
	if !sameSet(all, detect(d, &few)) {
		return []string{"MayHold refuses a value in which Detect finds something"}
	}
	return nil
}

func detect(d detectors.Detector, p *detectors.Part) []detectors.Finding {
	all, _ := detectErr(d, p)
	return all
}

func detectErr(d detectors.Detector, p *detectors.Part) (all []detectors.Finding, err error) {
	err = d.Detect(p, func(f detectors.Finding) { all = append(all, f) })
	return all, err
}

func reported(all []detectors.Finding) []detectors.Finding {
	return slices.DeleteFunc(slices.Clone(all), func(f detectors.Finding) bool { return f.Confidence < Reported })
}

func cloneTags(tags []detectors.Tag) []detectors.Tag {
	out := slices.Clone(tags)
	for i := range out {
		out[i].Value = strings.Clone(out[i].Value)
		out[i].Nums = slices.Clone(out[i].Nums)
	}
	return out
}

func sameTags(a, b []detectors.Tag) bool {
	return slices.EqualFunc(a, b, func(x, y detectors.Tag) bool {
		return x.Group == y.Group && x.Name == y.Name && x.Value == y.Value &&
			slices.EqualFunc(x.Nums, y.Nums, func(m, n float64) bool { return math.Float64bits(m) == math.Float64bits(n) })
	})
}

// quotes is the one complaint that chance can raise: a value may be a word of ours.
const quotes = "Why quotes the value"

// checkFinding holds one finding against the contract.
func checkFinding(f *detectors.Finding, p *detectors.Part, info detectors.Info, decoded bool) (problems []string) {
	complain := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	complain(slices.Contains(info.Kinds, f.Kind), "a kind that Info does not name")
	complain(f.Kind == detectors.Name || f.Role == "", "only a name has a role")
	complain(f.Kind != detectors.Name || slices.Contains(roles, f.Role), "a name needs a role of the vocabulary")
	complain(f.Confidence >= 0 && f.Confidence <= 1, "confidence %v is not within 0 to 1", f.Confidence)
	complain(f.Rule != "", "no Rule")
	complain(f.Why != "", "no Why")
	complain(utf8.ValidString(f.Why) && utf8.ValidString(f.Value), "Why and Value are UTF-8")
	for _, v := range []string{f.Value, f.Canonical} {
		complain(utf8.RuneCountInString(v) < 4 || !strings.Contains(strings.ToLower(f.Why), strings.ToLower(v)), quotes)
	}
	place := f.Position != nil
	complain(place == (f.Kind == detectors.GPS && !f.Invalid), "a valid gps, and nothing else, has a Position")
	if place {
		q := f.Position
		complain(math.Abs(q.Lat) <= 90 && math.Abs(q.Lon) <= 180, "Position out of range")
		complain(q.Precision >= 0 && !math.IsInf(q.Precision, 0), "Precision is not a length")
		complain(q.Altitude == nil || !math.IsNaN(*q.Altitude) && !math.IsInf(*q.Altitude, 0), "Altitude is not a number")
	}
	complain(f.Box == nil || f.Kind == detectors.Face, "only a face has a Box")
	if b := f.Box; b != nil {
		const slack = 1e-9
		complain(b.X >= 0 && b.Y >= 0 && b.W > 0 && b.H > 0 && b.X+b.W <= 1+slack && b.Y+b.H <= 1+slack, "Box leaves the image")
	}
	complain(f.Value != "" || place || f.Kind == detectors.Face || f.Kind == detectors.GPS || f.Kind == detectors.Credential, "no Value")
	return append(problems, checkPlace(f, p, decoded)...)
}

// checkPlace checks that a finding says where in the part it is.
func checkPlace(f *detectors.Finding, p *detectors.Part, decoded bool) []string {
	if f.Tag != "" {
		switch {
		case f.Start != 0 || f.End != 0:
			return []string{"a finding in a tag has no byte range"}
		case !slices.ContainsFunc(p.Tags, func(t detectors.Tag) bool { return t.Name == f.Tag || strings.HasPrefix(t.Name, f.Tag) }):
			return []string{"Tag is neither the name of a tag of the part nor the start of one"}
		}
		return nil
	}
	switch {
	case f.Start < 0 || f.End <= f.Start || f.End > len(p.Text):
		return []string{fmt.Sprintf("range [%d, %d) is not within the text of %d bytes", f.Start, f.End, len(p.Text))}
	case f.Kind == detectors.GPS || f.Kind == detectors.Credential && f.Value == "":
	case !decoded && f.Value != string(p.Text[f.Start:f.End]):
		return []string{"Value is not what stands in its byte range"}
	}
	return nil
}

// compare matches each wanted finding with one that was found.
func compare(want, found []detectors.Finding) (problems []string) {
	left := slices.Clone(found)
	for i := range want {
		w := &want[i]
		at := slices.IndexFunc(left, func(f detectors.Finding) bool { return len(differs(w, &f)) == 0 })
		if at >= 0 {
			left = slices.Delete(left, at, at+1)
			continue
		}
		why := "not found"
		for j := range left {
			if left[j].Kind == w.Kind && left[j].Value == w.Value {
				why = strings.Join(differs(w, &left[j]), ", ")
				left = slices.Delete(left, j, j+1)
				break
			}
		}
		problems = append(problems, fmt.Sprintf("wanted %s %s %q %s: %s", w.Kind, w.Role, w.Value, w.Tag, why))
	}
	for i := range left {
		f := &left[i]
		problems = append(problems, fmt.Sprintf("unwanted %s %s %q %s (rule %s, confidence %.2f)", f.Kind, f.Role, f.Value, f.Tag, f.Rule, f.Confidence))
	}
	return problems
}

// differs tells in what f is not w.
func differs(w, f *detectors.Finding) (what []string) {
	is := func(same bool, format string, args ...any) {
		if !same {
			what = append(what, fmt.Sprintf(format, args...))
		}
	}
	is(w.Kind == f.Kind, "kind is %s", f.Kind)
	is(w.Role == f.Role, "role is %q", f.Role)
	is(w.Value == f.Value, "value is %q", f.Value)
	is(w.Dummy == f.Dummy, "dummy is %t", f.Dummy)
	is(w.Invalid == f.Invalid, "invalid is %t", f.Invalid)
	is(w.Canonical == "" || w.Canonical == f.Canonical, "canonical is %q", f.Canonical)
	is(w.Tag == "" || w.Tag == f.Tag, "tag is %q", f.Tag)
	is(w.Rule == "" || w.Rule == f.Rule, "rule is %q", f.Rule)
	is(f.Confidence >= w.Confidence, "confidence is %.2f", f.Confidence)
	is(w.Start == 0 && w.End == 0 || w.Start == f.Start && w.End == f.End, "range is [%d, %d)", f.Start, f.End)
	is(w.Position == nil || samePosition(w.Position, f.Position), "position is %s", showPosition(f.Position))
	is(w.Box == nil || sameBox(w.Box, f.Box), "box is %+v", f.Box)
	return what
}

// samePosition allows a hundred millionth of a degree. What w leaves out is not
// compared.
func samePosition(w, f *detectors.Position) bool {
	return f != nil && near(w.Lat, f.Lat, 1e-8) && near(w.Lon, f.Lon, 1e-8) &&
		(w.Altitude == nil || f.Altitude != nil && near(*w.Altitude, *f.Altitude, 1e-6)) &&
		(w.Time.IsZero() || w.Time.Equal(f.Time)) &&
		(w.Precision == 0 || near(w.Precision, f.Precision, w.Precision/50))
}

func showPosition(p *detectors.Position) string {
	if p == nil {
		return "missing"
	}
	s := fmt.Sprintf("%.8f %.8f at %s, precision %g", p.Lat, p.Lon, p.Time.Format("2006-01-02T15:04:05.999Z07:00"), p.Precision)
	if p.Altitude != nil {
		s += fmt.Sprintf(", altitude %g", *p.Altitude)
	}
	return s
}

func sameBox(w, f *detectors.Box) bool {
	return f != nil && near(w.X, f.X, 1e-6) && near(w.Y, f.Y, 1e-6) && near(w.W, f.W, 1e-6) && near(w.H, f.H, 1e-6)
}

func near(a, b, by float64) bool { return math.Abs(a-b) <= by }

// shift moves the byte ranges of findings.
func shift(found []detectors.Finding, by int) []detectors.Finding {
	out := slices.Clone(found)
	for i := range out {
		if out[i].Tag == "" {
			out[i].Start += by
			out[i].End += by
		}
	}
	return out
}

// sameSet tells whether two lists hold the same findings in any order.
func sameSet(a, b []detectors.Finding) bool {
	return len(a) == len(b) && reflect.DeepEqual(keys(a), keys(b))
}

func keys(found []detectors.Finding) []string {
	var out []string
	for i := range found {
		f := &found[i]
		out = append(out, fmt.Sprintf("%08d %08d %s %s %q %q %s %t %t", f.Start, f.End, f.Kind, f.Role, f.Value, f.Canonical, f.Rule, f.Dummy, f.Invalid))
	}
	slices.Sort(out)
	return out
}
