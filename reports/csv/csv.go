// Package csv writes a scan for spreadsheets: one row a finding, and one row for
// each object without findings, so that what was not read in full is never
// missing. Columns are described in docs/schema.md.
//
// A cell that a spreadsheet would take for a formula begins with an apostrophe.
package csv

import (
	"cmp"
	"encoding/base64"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"habeas/reports"
)

// Handler writes RFC 4180 with a header row.
type Handler struct {
	w   *csv.Writer
	row []string
}

var _ reports.Handler = (*Handler)(nil)

// New writes to w, which the caller closes.
func New(w io.Writer) *Handler { return &Handler{w: csv.NewWriter(w)} }

// Columns of the table, in order.
func Columns() []string {
	return []string{"source", "key", "key_base64", "version", "size", "modified", "type", "coverage", "reasons",
		"tenant", "owner", "owner_rule", "conflicts", "sidecar_of",
		"finding", "kind", "role", "party", "mask", "fingerprint", "part", "tag", "start", "end", "confidence", "why", "detector", "rule",
		"dummy", "invalid", "month", "cell_lat", "cell_lon", "box_x", "box_y", "box_w", "box_h", "value", "lat", "lon",
		"known", "suppressed", "exposure", "width", "height", "orientation"}
}

// Begin implements reports.Handler.
func (h *Handler) Begin(*reports.Run) error { return h.w.Write(Columns()) }

// Entry implements reports.Handler.
func (h *Handler) Entry(e *reports.Entry) error {
	object, later := objectCells(e), laterCells(e)
	if len(e.Findings) == 0 {
		return h.write(object, make([]string, len(Columns())-len(object)-len(later)), later)
	}
	for i := range e.Findings {
		if err := h.write(object, findingCells(&e.Findings[i]), later); err != nil {
			return err
		}
	}
	return nil
}

// End implements reports.Handler.
func (h *Handler) End(*reports.Summary) error {
	h.w.Flush()
	return h.w.Error()
}

func (h *Handler) write(object, finding, later []string) error {
	h.row = append(append(append(h.row[:0], object...), finding...), later...)
	for i, c := range h.row {
		h.row[i] = guard(c)
	}
	return h.w.Write(h.row)
}

// formula are the characters by which a cell becomes a formula in one program or
// another, among them the full-width forms that some take for the plain ones.
const formula = "=+-@\t\r\n＝＋－＠"

// guard keeps a spreadsheet from running a cell (CWE-1236). Blanks in front are no
// protection: programs drop them. A plain number may begin with a minus.
func guard(c string) string {
	rest := strings.TrimLeftFunc(c, func(r rune) bool { return unicode.IsSpace(r) && !strings.ContainsRune(formula, r) })
	if first, _ := utf8.DecodeRuneInString(rest); rest == "" || !strings.ContainsRune(formula, first) {
		return c
	}
	if rest == c && negative(c) {
		return c
	}
	return "'" + c
}

// negative reports whether c is a minus and a decimal number, and nothing else.
func negative(c string) bool {
	digits, ok := strings.CutPrefix(c, "-")
	if !ok || digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return false
	}
	_, err := strconv.ParseFloat(c, 64)
	return err == nil
}

func objectCells(e *reports.Entry) []string {
	shown := reports.Show(e.Key)
	exact := ""
	if shown != e.Key {
		exact = base64.StdEncoding.EncodeToString([]byte(e.Key))
	}
	var reasons, conflicts []string
	for _, r := range e.Reasons {
		reasons = append(reasons, join(r.Code, r.Part))
	}
	for _, c := range e.Conflicts {
		conflicts = append(conflicts, join(c.ID, c.Rule))
	}
	return []string{reports.Show(e.Source), shown, exact, reports.Show(e.Version), strconv.FormatInt(e.Size, 10),
		e.Modified.Format(time.RFC3339), reports.Show(e.Type), string(e.Coverage), strings.Join(reasons, "; "),
		reports.Show(e.Owner.Tenant), reports.Show(e.Owner.ID), reports.Show(e.Owner.Rule), strings.Join(conflicts, "; "), reports.Show(e.SidecarOf)}
}

// laterCells are of the object too. They came after others, whose places stay.
func laterCells(e *reports.Entry) []string {
	cells := []string{string(cmp.Or(e.Audience, reports.AudienceUnknown)), "", "", ""}
	for i, n := range []int{e.Width, e.Height, e.Orientation} {
		if n > 0 {
			cells[i+1] = strconv.Itoa(n)
		}
	}
	return cells
}

func join(a, b string) string {
	if b == "" {
		return reports.Show(a)
	}
	return reports.Show(a) + " (" + reports.Show(b) + ")"
}

func findingCells(f *reports.Finding) []string {
	cells := []string{f.ID, f.Kind, f.Role, string(f.Party), reports.Show(f.Mask), f.Fingerprint, reports.Show(f.Part), reports.Show(f.Tag),
		integer(f.Start), integer(f.End), float(f.Confidence), reports.Show(f.Why), f.Detector, f.Rule,
		strconv.FormatBool(f.Dummy), strconv.FormatBool(f.Invalid), f.Month}
	if f.Cell != nil {
		cells = append(cells, float(f.Cell.Lat), float(f.Cell.Lon))
	} else {
		cells = append(cells, "", "")
	}
	if f.Box != nil {
		cells = append(cells, float(f.Box.X), float(f.Box.Y), float(f.Box.W), float(f.Box.H))
	} else {
		cells = append(cells, "", "", "", "")
	}
	cells = append(cells, reports.Show(f.Value))
	if f.Position != nil {
		cells = append(cells, float(f.Position.Lat), float(f.Position.Lon))
	} else {
		cells = append(cells, "", "")
	}
	why := ""
	if f.Suppressed != nil {
		why = join(f.Suppressed.Reason, "until "+f.Suppressed.Expires)
	}
	return append(cells, strconv.FormatBool(f.Known), why)
}

func integer(p *int64) string {
	if p == nil {
		return ""
	}
	return strconv.FormatInt(*p, 10)
}

func float(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
