// Package jsonl writes a scan as JSON Lines: one run, one line an object with
// its findings, one summary. The schema is reports.SchemaVersion, described in
// docs/schema.md.
package jsonl

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"time"
	"unicode/utf8"

	"habeas/reports"
)

// Handler writes to W, which the caller buffers and closes.
type Handler struct {
	enc *json.Encoder
}

var _ reports.Handler = (*Handler)(nil)

// New writes to w.
func New(w io.Writer) *Handler {
	enc := json.NewEncoder(w)
	// Keys and masks stay readable for grep; nobody pastes a line into HTML unescaped.
	enc.SetEscapeHTML(false)
	return &Handler{enc: enc}
}

// Object is the line of one object. Strings are valid UTF-8.
type Object struct {
	Record    string             `json:"record"` // "object"
	Source    string             `json:"source"`
	Key       string             `json:"key"`                  // where the key is not UTF-8, bytes that are not stand as U+FFFD
	KeyBase64 string             `json:"key_base64,omitempty"` // the exact bytes, where Key can't hold them
	Version   string             `json:"version,omitempty"`
	ETag      string             `json:"etag,omitempty"`
	Size      int64              `json:"size"`
	Modified  time.Time          `json:"modified"`
	Type      string             `json:"type,omitempty"`
	Format    string             `json:"format,omitempty"`
	Coverage  reports.Coverage   `json:"coverage"`
	Reasons   []reports.Reason   `json:"reasons"`
	Owner     *reports.Owner     `json:"owner"` // null if unattributed
	Conflicts []reports.Conflict `json:"conflicts,omitempty"`
	SidecarOf string             `json:"sidecar_of,omitempty"` // key of the file that it tells of
	Pictures  int                `json:"pictures,omitempty"`
	Unseen    int                `json:"pixels_unread,omitempty"` // of the pictures
	Exposure  reports.Audience   `json:"exposure"`                // who may read it: the exposures of the run say why
	Width     int                `json:"width,omitempty"`         // of a picture, pixels as stored, before EXIF orientation
	Height    int                `json:"height,omitempty"`
	Turn      int                `json:"orientation,omitempty"` // EXIF, 1 to 8
	Findings  []reports.Finding  `json:"findings"`
}

// Begin implements reports.Handler.
func (h *Handler) Begin(r *reports.Run) error {
	return h.enc.Encode(struct {
		Record string `json:"record"`
		*reports.Run
	}{"run", r})
}

// Entry implements reports.Handler.
func (h *Handler) Entry(e *reports.Entry) error {
	o := Object{Record: "object", Source: e.Source, Key: e.Key, Version: e.Version, ETag: e.ETag, Size: e.Size,
		Modified: e.Modified, Type: e.Type, Format: e.Format, Coverage: e.Coverage,
		Reasons: e.Reasons, Conflicts: e.Conflicts, SidecarOf: e.SidecarOf, Pictures: e.Pictures, Unseen: e.Unseen,
		Exposure: cmp.Or(e.Audience, reports.AudienceUnknown), Width: e.Width, Height: e.Height, Turn: e.Orientation, Findings: e.Findings}
	if !utf8.ValidString(e.Key) {
		o.KeyBase64 = base64.StdEncoding.EncodeToString([]byte(e.Key))
	}
	if e.Owner.ID != "" {
		o.Owner = &e.Owner
	}
	if o.Reasons == nil {
		o.Reasons = []reports.Reason{}
	}
	if o.Findings == nil {
		o.Findings = []reports.Finding{}
	}
	return h.enc.Encode(o)
}

// End implements reports.Handler.
func (h *Handler) End(s *reports.Summary) error {
	return h.enc.Encode(struct {
		Record string `json:"record"`
		*reports.Summary
	}{"summary", s})
}
