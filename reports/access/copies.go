package access

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"habeas/reports"
)

// maxText bounds a text that is covered in memory, in bytes.
const maxText = 64 << 20

// copyOf writes the copy of one object, if there is to be one, and checks it.
func (b *builder) copyOf(ctx context.Context, it *item) error {
	b.out.Objects++
	if it.Own {
		b.out.Own++
	}
	it.state = "none"
	switch why, stays := b.Withhold[Ref(it.Entry)]; {
	case stays:
		it.why = "withheld: " + why
	case !it.Own && b.Portable:
		it.why = "was not provided by the person"
	case !it.Own && !it.Copy:
		it.why = "an upload of another account: the values about the person are in findings.jsonl"
	case it.Entry.Size == 0 && it.Entry.Type == "":
		it.why = "could not be read"
	default:
		return b.handOut(ctx, it)
	}
	b.out.Withheld++
	return nil
}

func (b *builder) handOut(ctx context.Context, it *item) error {
	o, err := b.Source.Open(ctx, it.Entry, false)
	if err != nil {
		return err
	}
	defer o.Close()
	hide := b.toHide(it)
	made := handout{content: o, size: o.Size(), mime: it.Entry.Type}
	it.state = "original"
	if len(hide) > 0 || isText(it.Entry.Type) {
		made, err = b.covered(ctx, it, o, hide)
		if err != nil {
			return b.noCopy(ctx, it, err)
		}
		if made.changed || len(hide) > 0 {
			it.state = cmp.Or(made.state, "covered")
			it.why = made.why
		}
	}
	leak, err := b.inspect(ctx, it, made.content, made.size, made.mime)
	if err == nil && leak != nil && it.state == "covered" && isDocument(made.mime) {
		// Its metadata is out, and its pages still tell of others.
		if made, err = b.textCopy(ctx, it, o); err != nil {
			return b.noCopy(ctx, it, err)
		}
		it.state, it.why = made.state, made.why
		leak, err = b.inspect(ctx, it, made.content, made.size, made.mime)
	}
	if err != nil {
		return err
	}
	name := fmt.Sprintf("files/%06d%s", it.number, ending(made.mime))
	content, size := made.content, made.size
	if leak != nil {
		leak.Member, leak.Object = name, it.Entry.Key
		if it.state == "original" && !b.DropLeaks {
			b.leaks = append(b.leaks, leak)
		}
		return b.noCopy(ctx, it, errors.New("what it says of others can't be covered"))
	}
	if len(b.leaks) > 0 {
		return nil // nothing will be sealed: the rest is looked at to name all places at once
	}
	h := sha256.New()
	if err := b.archive.copy(name, io.TeeReader(io.NewSectionReader(content, 0, size), h), size); err != nil {
		return err
	}
	it.file, it.sum, it.size = name, hex.EncodeToString(h.Sum(nil)), size
	b.out.Copies++
	if it.state != "original" {
		b.out.Covered++
	}
	return nil
}

// noCopy notes why there is no copy. The end of the whole run is no such reason.
func (b *builder) noCopy(ctx context.Context, it *item, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	it.state, it.why = "none", reports.Show(err.Error())
	b.out.Withheld++
	return nil
}

// toHide are the findings of the content that must not be in the copy. What the
// key, the metadata and the tags of the object say is in no copy.
func (b *builder) toHide(it *item) []*reports.Finding {
	var hide []*reports.Finding
	for k := range it.treat {
		f := &it.Entry.Findings[k]
		switch it.treat[k] {
		case cover:
			if f.Fingerprint != "" && b.allowed[f.Fingerprint] {
				continue
			}
		case never:
		default:
			continue
		}
		if !slices.Contains([]string{"key", "meta", "tag", "object"}, f.Part) {
			hide = append(hide, f)
		}
	}
	return hide
}

// handout is what goes into the package for an object.
type handout struct {
	content io.ReaderAt
	size    int64
	mime    string
	changed bool
	state   string // "covered" if empty
	why     string // what the person should know of the copy
}

func handOutBytes(b []byte, mime, state, why string) handout {
	return handout{bytes.NewReader(b), int64(len(b)), mime, true, state, why}
}

// covered is the content without what is to be hidden: the file itself without it
// where that can be done, else the picture coded anew with regions filled, else
// the text of the document alone.
func (b *builder) covered(ctx context.Context, it *item, o Opened, hide []*reports.Finding) (handout, error) {
	mime := it.Entry.Type
	if isText(mime) {
		return b.coverText(it, o, mime, hide)
	}
	boxed := slices.ContainsFunc(hide, func(f *reports.Finding) bool { return f.Box != nil || inPixels(f.Part) })
	var err error
	if !boxed {
		var h handout
		if h.content, h.size, err = b.Strip.Strip(ctx, it.Entry, o, o.Size(), hide); err == nil {
			h.mime, h.changed = mime, true
			return h, nil
		}
	}
	switch {
	case isPicture(mime):
		p, to, err := b.Render.Cover(ctx, it.Entry, o, o.Size(), boxesOf(hide))
		if err != nil {
			return handout{}, err
		}
		why := ""
		if to != mime {
			why = "a picture of another format than the upload: it was coded anew to cover others"
		}
		return handOutBytes(p, to, "", why), nil
	case isDocument(mime):
		return b.textCopy(ctx, it, o)
	case strings.HasPrefix(mime, "video/"):
		return handout{}, errors.New("it is a video that shows or names other people, and videos are not coded anew to cover them")
	case strings.HasPrefix(mime, "audio/"):
		return handout{}, errors.New("it is a recording that names other people where it can't be taken out")
	case err != nil:
		return handout{}, err
	}
	return handout{}, errors.New("it shows other people, and files of its type can't be covered")
}

// textCopy is the text of a document with the values of others covered.
func (b *builder) textCopy(ctx context.Context, it *item, o Opened) (handout, error) {
	text, err := b.Render.Text(ctx, it.Entry, o, o.Size())
	if err != nil {
		return handout{}, err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return handout{}, errors.New("it says something of other people, and has no text of its own to hand out")
	}
	h, err := b.coverText(it, textOf{bytes.NewReader(text)}, "text/plain", nil)
	h.changed, h.state, h.why = true, "text", "only its text, with other people covered: layout, pictures and metadata are left out"
	return h, err
}

// textOf is a text as an object.
type textOf struct{ *bytes.Reader }

// Close implements io.Closer.
func (textOf) Close() error { return nil }

// Value implements Opened: a text that was made has no findings of a record.
func (textOf) Value(string) (Value, bool) { return Value{}, false }

// inPixels reports whether a part was read off a picture.
func inPixels(part string) bool {
	return slices.ContainsFunc(strings.Split(part, "/"), func(s string) bool { return s == "pixels" || strings.HasPrefix(s, "pixels[") })
}

func boxesOf(hide []*reports.Finding) []reports.Box {
	var boxes []reports.Box
	for _, f := range hide {
		if f.Box != nil {
			boxes = append(boxes, *f.Box)
		}
	}
	return boxes
}

// coverText replaces values in a text by labels: at the places that the record
// names, and wherever else one of the values stands.
func (b *builder) coverText(it *item, o Opened, mime string, hide []*reports.Finding) (handout, error) {
	if o.Size() > maxText {
		return handout{}, errors.New("it is too large a text to be covered")
	}
	text := make([]byte, o.Size())
	if n, err := o.ReadAt(text, 0); n < len(text) {
		return handout{}, errors.Join(errors.New("it could not be read to its end"), err)
	}
	hits, err := b.search.all(text)
	if err != nil || len(hits) == maxHits {
		return handout{}, errors.New("it holds too many values to cover")
	}
	type cut struct {
		off, end int64
		label    []byte
	}
	var cuts []cut
	for _, h := range hits {
		label := []byte(labelOf(h.p.secret))
		if h.p.wide != nil {
			label = wide(string(label), h.p.wide)
		}
		cuts = append(cuts, cut{h.off, h.end, label})
	}
	for _, f := range hide {
		if f.Start != nil && f.End != nil && *f.Start >= 0 && *f.Start < *f.End && *f.End <= int64(len(text)) {
			cuts = append(cuts, cut{*f.Start, *f.End, []byte(b.labelAt(it, f))})
		}
	}
	slices.SortStableFunc(cuts, func(a, b cut) int { return int(a.off - b.off) })
	var out bytes.Buffer
	pos := int64(0)
	for _, c := range cuts {
		if c.off < pos { // within the one before, or over its end
			if c.end > pos {
				pos = c.end
			}
			continue
		}
		out.Write(text[pos:c.off])
		out.Write(c.label)
		pos = c.end
	}
	out.Write(text[pos:])
	return handout{bytes.NewReader(out.Bytes()), int64(out.Len()), mime, len(cuts) > 0, "", ""}, nil
}

// labelOf is what stands for a value.
func labelOf(s secret) string {
	if s.label == "" {
		return "[" + strings.ReplaceAll(s.kind, "_", " ") + " removed]"
	}
	return "[" + s.label + "]"
}

func (b *builder) labelAt(it *item, f *reports.Finding) string {
	for k := range it.treat {
		if &it.Entry.Findings[k] == f {
			return labelOf(secret{kind: f.Kind, label: b.labels[b.personOf(f, it.values[k])]})
		}
	}
	return labelOf(secret{kind: f.Kind})
}

// inspect looks at a copy as a scan would, and for every value that is hidden.
// A leak without a place in the package is returned.
func (b *builder) inspect(ctx context.Context, it *item, content io.ReaderAt, size int64, mime string) (*Leak, error) {
	found, err := b.Check.Check(ctx, content, size)
	if err != nil {
		return nil, err
	}
	theirs := map[string]bool{}
	for k := range it.treat {
		f := &it.Entry.Findings[k]
		if it.treat[k] == cover && f.Fingerprint == "" && f.Kind == "gps" {
			theirs["gps"] = true
		}
	}
	for _, f := range found {
		switch {
		case f.Invalid:
		case f.Kind == "face" && f.Text == "" && isText(mime): // a box without a name, and no picture to it
		case b.Never(f.Kind),
			b.hidden[f.Fingerprint] != "" && !b.allowed[f.Fingerprint],
			b.hidden[f.Variant] != "" && !b.allowed[f.Fingerprint],
			personal(f.Kind) && !b.allowed[f.Fingerprint] && !b.Mine[f.Fingerprint] && !b.isLabel(f),
			theirs[f.Kind]:
			return &Leak{Part: f.Part, Kind: f.Kind}, nil
		}
	}
	var leak *Leak
	err = b.search.in(content, size, isText(mime), func(h hit) bool {
		leak = &Leak{Kind: h.p.secret.kind}
		return false
	})
	return leak, err
}

// isLabel reports whether a finding is nothing but labels of ours: a table's
// column of names still is one when they are covered.
func (b *builder) isLabel(f Found) bool {
	rest := labelForm.ReplaceAllString(f.Text, "")
	return rest != f.Text && !strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

var labelForm = regexp.MustCompile(`\[?(Person \d+|[a-z ]+ removed)\]?`)
