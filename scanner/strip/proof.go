package strip

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"habeas/scanner/media"
)

// Proof is what shows that a file lost what was asked for and nothing else.
type Proof struct {
	Before  File     `json:"before"`
	After   File     `json:"after"`
	Content *Content `json:"content,omitempty"` // the same before and after
	Kept    string   `json:"kept_sha256"`       // of all bytes outside of Places, the same before and after
	Places  int      `json:"places"`            // stretches that changed
	Changed int64    `json:"changed"`           // bytes in them, before
	Left    int      `json:"left"`              // findings of the kinds in a look at the result: 0
	Again   int      `json:"again"`             // places that stripping the result once more would change: 0
}

// File is a size and a hash.
type File struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Prove checks a plan against the whole content: what the file shows must hash the
// same before and after, and a second plan must find nothing to do. It fails with
// a *media.Refusal otherwise.
func (s *Stripper) Prove(ctx context.Context, req Request, content io.ReaderAt, plan *Plan) (*Proof, error) {
	p, err := s.proved(ctx, req, content, plan)
	if err != nil {
		return nil, err
	}
	return hashed(content, plan, p)
}

// proved is the part of a proof for which content is taken apart.
func (s *Stripper) proved(ctx context.Context, req Request, content io.ReaderAt, plan *Plan) (*proved, error) {
	before, after, err := s.shown(content, plan)
	if err != nil {
		return nil, err
	}
	if before != after {
		return nil, media.Refuse("", "what it shows would not stay the same")
	}
	p := &proved{}
	if before.What != "" {
		p.Content = &before
	}
	again := req
	again.Size = plan.After.Size()
	second, err := s.Plan(ctx, again, plan.After)
	if err != nil {
		return nil, err
	}
	if p.Left = len(second.Removed); p.Left > 0 {
		return nil, media.Refuse("", "something of it is still found")
	}
	if len(second.Cuts) > 0 {
		a, err := fileOf(plan.After, plan.After.Size())
		if err != nil {
			return nil, err
		}
		b, err := fileOf(second.After, second.After.Size())
		if err != nil {
			return nil, err
		}
		if a != b {
			return nil, media.Refuse("", "stripping it once more would change it again")
		}
	}
	return p, nil
}

// shown hashes what content shows before and after, in the same way: a decoder may
// refuse a file for what is taken out of it.
func (s *Stripper) shown(content io.ReaderAt, plan *Plan) (before, after Content, err error) {
	if before, err = ContentOf(s.Examiner, plan.Format, content, plan.Size); err != nil {
		return before, after, err
	}
	if after, err = ContentOf(s.Examiner, plan.Format, plan.After, plan.After.Size()); err != nil || before.What == after.What {
		return before, after, err
	}
	if before, err = codedOf(s.Examiner, plan.Format, content, plan.Size); err != nil {
		return before, after, err
	}
	after, err = codedOf(s.Examiner, plan.Format, plan.After, plan.After.Size())
	return before, after, err
}

// hashed completes a proof with what bytes alone show.
func hashed(content io.ReaderAt, plan *Plan, shown *proved) (*Proof, error) {
	p := &Proof{Places: len(plan.Cuts), Content: shown.Content, Left: shown.Left, Again: shown.Again}
	for _, c := range plan.Cuts {
		p.Changed += c.N
	}
	var err error
	if p.Before, err = fileOf(content, plan.Size); err != nil {
		return nil, err
	}
	if p.After, err = fileOf(plan.After, plan.After.Size()); err != nil {
		return nil, err
	}
	p.Kept, err = kept(content, plan.Size, plan.Cuts)
	return p, err
}

func fileOf(r io.ReaderAt, size int64) (File, error) {
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(r, 0, size))
	return File{Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// kept hashes what lies outside of the cuts.
func kept(r io.ReaderAt, size int64, cuts []media.Cut) (string, error) {
	h := sha256.New()
	at := int64(0)
	for _, c := range append(cuts[:len(cuts):len(cuts)], media.Cut{Off: size}) {
		if _, err := io.Copy(h, io.NewSectionReader(r, at, c.Off-at)); err != nil {
			return "", err
		}
		at = c.Off + c.N
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
