package html

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"html/template"

	"habeas/reports"
)

// Thumbnail is a small picture of an object, without metadata. JPEG is nil where
// there is none, and Reason says why in the vocabulary of coverage.
type Thumbnail struct {
	JPEG   []byte
	W, H   int // pixels
	Reason string
}

// thumbView is a small picture as a page shows it.
type thumbView struct {
	Src     template.URL
	W, H    int
	Alt     string
	Missing string // why there is none
}

// thumbnail is nil without pictures.
func (h *Handler) thumbnail(e *reports.Entry) (*thumbView, error) {
	if h.options.Thumbnail == nil {
		return nil, nil
	}
	t, err := h.options.Thumbnail(e)
	if err != nil || t == nil {
		return nil, err
	}
	if t.JPEG == nil {
		return &thumbView{Missing: cmp.Or(reasonWords(t.Reason), "it could not be read")}, nil
	}
	regions, filled := 0, 0
	for i := range e.Findings {
		if f := &e.Findings[i]; f.Box != nil {
			regions++
			if h.options.Redacted && f.Party != reports.PartyOwner {
				filled++
			}
		}
	}
	v := &thumbView{W: t.W, H: t.H, Alt: "Small copy of the picture"}
	if regions > 0 {
		v.Alt += fmt.Sprintf(" with %s, %s filled", countWords(int64(regions), "region", "regions"), number(int64(filled)))
	}
	v.Src = template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(t.JPEG)) // letters, digits, + / =
	return v, nil
}

// pictures says which small pictures there are.
func (h *Handler) pictures() string {
	switch {
	case h.options.Thumbnail == nil:
		return ""
	case h.options.Redacted:
		return "small pictures, redacted"
	}
	return "small pictures, not redacted"
}
