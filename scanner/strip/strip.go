// Package strip takes data out of stored files without loss: what was asked for
// goes, every other byte stays. It decides what goes by kind, has the formats
// list the changes, and looks at the result with the same detectors as a scan
// until nothing of the kind is found, or refuses.
//
// Start with Stripper.Plan; kinds.go is the table of what belongs to which kind,
// coded.go shows that picture, sound and text stayed as they were.
package strip

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"habeas/detectors"
	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/media"
)

// Stripper makes plans. It may be used from many goroutines if its Runner may.
type Stripper struct {
	Examiner *scanner.Examiner // tells formats apart
	Runner   scanner.Runner    // looks for what is there, before and after
}

// Request is what should go from one object.
type Request struct {
	Kinds    []Kind
	Findings []Finding         // single ones, beside Kinds
	Clear    []string          // names of tags that go, wherever they stand
	Set      map[string]string // names of tags, and the text that they are to have
	Subject  scanner.Subject
	Size     int64 // bytes of the content
}

// Finding names one place: its Part and Tag as the record has them.
type Finding struct{ Part, Tag string }

// Removed is what was found before and is gone, without its value.
type Removed struct {
	Kind  detectors.Kind `json:"kind"`
	Part  string         `json:"part"`
	Tag   string         `json:"tag,omitempty"`
	Count int            `json:"count"`
}

// Plan is what Stripper.Plan decides for one object.
type Plan struct {
	Format   string
	Type     string // MIME type by content
	Coverage reports.Coverage
	Reasons  []reports.Reason
	Cuts     []media.Cut
	Size     int64 // before
	Removed  []Removed
	Outside  int // findings of the kinds in the key, the metadata and the tags of the object, which stay
	Seen     int // findings of the kinds in what the picture shows, which stay
	After    *media.Spliced
}

// Changes reports whether anything goes.
func (p *Plan) Changes() bool { return len(p.Cuts) > 0 }

// maxRounds bounds how often the result is looked at. A name that stands in one
// block several times is told once, so that each round may bring up another.
const maxRounds = 24

// Plan looks at content and decides what has to change. It fails with a
// *media.Refusal where what was asked for can't be taken out without loss, with
// the Runner's error where content can't be read.
func (s *Stripper) Plan(ctx context.Context, req Request, content io.ReaderAt) (*Plan, error) {
	job := scanner.Job{Subject: req.Subject, Size: req.Size}
	before, err := s.look(ctx, job, content)
	if err != nil {
		return nil, err
	}
	p := &policy{choice: choose(req.Kinds), fields: map[place]bool{}, blocks: map[string]bool{}}
	plan := &Plan{Format: before.Format, Type: before.Type, Coverage: before.Coverage, Reasons: before.Reasons, Size: req.Size}
	for _, f := range req.Findings {
		p.single = append(p.single, place{f.Part, f.Tag})
	}
	p.clear, p.set = req.Clear, req.Set
	p.mark(before.Findings, plan)
	if before.Coverage == reports.Skipped || before.Coverage == reports.Failed {
		return plan, media.Refuse("", "it could not be read, so that nothing can be said of what is in it")
	}
	plan.After, err = media.NewSpliced(content, req.Size, nil)
	if err != nil {
		return plan, err
	}
	if len(req.Clear)+len(req.Set) > 0 {
		return plan, s.rectify(ctx, req, content, plan, p)
	}
	for range maxRounds {
		stuck, err := s.round(content, plan, p)
		if err != nil {
			return plan, s.refused(err, p, plan)
		}
		if !plan.Changes() && !p.asked {
			return plan, nil
		}
		job.Size = plan.After.Size()
		after, err := s.look(ctx, job, plan.After)
		if err != nil {
			return plan, err
		}
		if after.Format != before.Format || worse(before, after) {
			return plan, media.Refuse("", "what is left would not be read as it was before")
		}
		left, more := p.widen(after.Findings, stuck)
		if left == "" {
			return plan, nil
		}
		if !more {
			return plan, media.Refuse(left, "it stands in the content itself, or where it can't be taken out alone")
		}
	}
	return plan, media.Refuse("", "something is still found after each attempt")
}

// round takes out of what is left what p drops now. It reports whether that is
// nothing.
func (s *Stripper) round(content io.ReaderAt, plan *Plan, p *policy) (stuck bool, err error) {
	cuts, _, err := s.Examiner.Cuts(plan.After, plan.After.Size(), p)
	if err != nil || len(cuts) == 0 {
		return true, err
	}
	// Counted from the object itself, whatever the rounds before did.
	if plan.Cuts, err = media.Compose(plan.Size, plan.Cuts, cuts); err != nil {
		return false, err
	}
	plan.After, err = media.NewSpliced(content, plan.Size, plan.Cuts)
	return false, err
}

// worse reports whether damage is told of that was not there before.
func worse(before, after scanner.Result) bool {
	if after.Coverage == reports.Complete || before.Coverage != reports.Complete {
		return false
	}
	return slices.ContainsFunc(after.Reasons, func(r reports.Reason) bool {
		return r.Code == string(media.Corrupt) || r.Code == string(media.Truncated)
	})
}

// refused keeps what says why, and calls damage by its name. Where nothing was
// found there is nothing to refuse.
func (s *Stripper) refused(err error, p *policy, plan *Plan) error {
	if r := media.AsRefusal(err); r != nil {
		if !p.asked && !p.all && !plan.Changes() {
			return nil
		}
		return err
	}
	if m, ok := errors.AsType[*media.Problem](err); ok {
		return media.Refuse(m.Path, "its structure makes no sense ("+string(m.Reason)+")")
	}
	return err
}

// look examines content; what it gives is kept without its values.
func (s *Stripper) look(ctx context.Context, job scanner.Job, content io.ReaderAt) (scanner.Result, error) {
	res, err := s.Runner.Run(ctx, job, content)
	for i := range res.Findings {
		res.Findings[i].Value, res.Findings[i].Canonical = "", ""
	}
	res.Release()
	return res, err
}

// place is where something was found.
type place struct{ part, tag string }

// policy is the Dropper of one object.
type policy struct {
	choice
	single []place
	asked  bool // something of what was asked for was found
	clear  []string
	set    map[string]string
	fields map[place]bool // tags that go
	blocks map[string]bool
}

var _ scanner.Dropper = (*policy)(nil)

// Drop implements scanner.Dropper.
func (p *policy) Drop(path, group, name string) bool {
	if name != "" {
		return p.field(group, name) || slices.Contains(p.clear, name) || p.fields[place{path, name}]
	}
	// A block is asked for by its kind even where no detector finds anything in
	// it: what can't go is refused then, and not passed over.
	p.asked = p.asked || p.block(path)
	return p.block(path) || p.blocks[path]
}

// mark notes what was found before.
func (p *policy) mark(found []scanner.Found, plan *Plan) {
	for i := range found {
		f := &found[i]
		at := place{f.Part, f.Tag}
		wanted := p.wants(f.Kind) && !f.Invalid || slices.Contains(p.single, at)
		switch {
		case !wanted:
		case outside(f.Part):
			plan.Outside++
		case seen(f):
			plan.Seen++
		default:
			p.asked = true
			p.target(f.Part, f.Tag)
			plan.add(f)
		}
	}
}

func (plan *Plan) add(f *scanner.Found) {
	for i := range plan.Removed {
		if r := &plan.Removed[i]; r.Kind == f.Kind && r.Part == f.Part && r.Tag == f.Tag {
			r.Count++
			return
		}
	}
	plan.Removed = append(plan.Removed, Removed{Kind: f.Kind, Part: f.Part, Tag: f.Tag, Count: 1})
}

// target has a tag go, or the whole block where there is none.
func (p *policy) target(part, tag string) {
	if tag == "" || tag == hiddenTag(tag) {
		p.whole(part)
		return
	}
	p.fields[place{part, tag}] = true
	if same := alike(part); same != "" {
		p.fields[place{same, tag}] = true
	}
}

// hiddenTag gives back the names of tags that stand for a copy itself, "" for
// others.
func hiddenTag(tag string) string {
	switch tag {
	case media.HiddenThumbnail, media.HiddenUncropped, media.HiddenPicture, media.HiddenOriginal, media.HiddenVideo, media.HiddenPlace:
		return tag
	}
	return ""
}

// whole has the block at a path go: with the name of the format of what is
// embedded at its end, and without.
func (p *policy) whole(part string) bool {
	if p.blocks[part] {
		return false
	}
	p.blocks[part] = true
	if i := strings.LastIndexByte(part, '/'); i > 0 {
		p.blocks[part[:i]] = p.blocks[part[:i]] || formatName(part[i+1:])
	}
	return true
}

// formatName tells the names that Walk puts behind the path of embedded content.
func formatName(s string) bool {
	switch s {
	case "jpeg", "png", "riff", "isobmff", "tiff", "gif", "jp2", "jxl", "photoshop", "bmp":
		return true
	}
	return false
}

// widen notes what is still found, for the next round. stuck says that the last
// one took nothing out: then a larger block around it has to go. left is a place
// of what is found, "" if there is none; more is false if all around it went
// already.
func (p *policy) widen(found []scanner.Found, stuck bool) (left string, more bool) {
	more = true
	p.fields = map[place]bool{} // items of lists have other numbers now
	for i := range found {
		f := &found[i]
		if !p.wants(f.Kind) && !slices.Contains(p.single, place{f.Part, f.Tag}) || f.Invalid || outside(f.Part) || seen(f) {
			continue
		}
		left = f.Part
		p.asked = true
		p.target(f.Part, f.Tag)
		if !stuck {
			continue
		}
		grew := false
		for part := f.Part; !grew && strings.Contains(part, "/"); part = part[:strings.LastIndexByte(part, '/')] {
			grew = p.whole(part)
		}
		more = more && grew
	}
	return left, more
}

// outside tells the parts that are no content: strip does not rename objects.
func outside(part string) bool {
	switch part {
	case scanner.PartKey, scanner.PartMeta, scanner.PartTag, scanner.PartObject:
		return true
	}
	return false
}

// seen tells what stands in the content itself: read off a picture, or in the
// text of a document.
func seen(f *scanner.Found) bool {
	for s := range strings.SplitSeq(f.Part, "/") {
		if s == "pixels" || strings.HasPrefix(s, "pixels[") {
			return true
		}
	}
	if f.Tag != "" {
		return false
	}
	return strings.HasPrefix(f.Part, "pdf/") || strings.HasPrefix(f.Part, "zip/ooxml/") || strings.HasPrefix(f.Part, "zip/odf/") ||
		strings.HasPrefix(f.Part, "isobmff/") && strings.HasSuffix(f.Part, "/text")
}

// alike is the path by which a format that keeps several blocks of one kind asks
// for all of them; "" for others. A PDF has its information and its XMP once for
// each revision, and XMP for pages and pictures too.
func alike(part string) string {
	for _, end := range []string{"/xmp", "/info"} {
		if strings.HasPrefix(part, "pdf/") && strings.HasSuffix(part, end) && part != "pdf"+end {
			return "pdf" + end
		}
	}
	return ""
}
