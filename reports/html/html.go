// Package html writes a scan as a folder of pages for a privacy officer: an
// overview, pages for each owner and each person who recurs, one for what belongs
// to nobody, and one for what was not read in full and why. On a page of objects
// the officer decides, and exports decisions.json (package decisions).
//
// The pages work from file:// without a network. A content security policy pins
// the style and the scripts by their hashes and forbids every request; scripts
// keep nothing in the browser and write to a page by text only. Without scripts
// everything can be read, and nothing decided. Everything from outside is escaped
// and what can't be seen in it is written out.
//
// Memory does not grow with the objects: it holds one page of one owner, a line
// for each owner, and what the overview adds up.
package html

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"habeas/reports"
	"habeas/reports/profile"
)

// marker is a file by which a folder is known as a report that may be replaced.
const marker = ".habeas-report"

// ErrForeign says that the folder holds something that is not a report.
var ErrForeign = errors.New("the folder exists and is not a habeas report: name another one with --report, or remove it")

// Check tells, before a scan, whether a report can be written to dir.
func Check(dir string) error {
	dir = filepath.Clean(dir)
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case len(entries) > 0:
		if _, err := os.Stat(filepath.Join(dir, marker)); err != nil {
			return ErrForeign
		}
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".habeas-report-*")
	if err != nil {
		return err
	}
	return os.Remove(tmp)
}

// Handler writes the pages into a new folder beside the wanted one and swaps
// them at End: a reader sees the old report or the new one, never a half.
type Handler struct {
	dir, tmp  string
	options   Options
	tmpl      *template.Template
	run       reports.Run
	owner     *ownerPages
	owners    []ownerRow
	lost      ownerRow // what belongs to nobody
	kinds     map[string]*kindCount
	people    *People
	coverage  coverageCounts
	conflicts []conflict
	timeline  timeline
	places    positions
	names     placeNames
	retention retention
	withData  int64 // objects with a counted finding
	third     int64 // counted findings about third parties
}

var (
	_ reports.Handler = (*Handler)(nil)
	_ reports.Grouped = (*Handler)(nil)
)

// Options of a report; the zero value is a plain one.
type Options struct {
	Record  string   // file of the record, for the commands that a page shows
	People  *People  // who recurs, after a replay; nil: no pages of people
	Changes *Changes // since an earlier scan; nil: none are shown

	// Thumbnail makes a small picture of an object, nil where it is none; nil for no
	// pictures at all. An error ends the report. Redacted says that it fills regions
	// that are not known to be the owner's.
	Thumbnail func(*reports.Entry) (*Thumbnail, error)
	Redacted  bool

	Controller *profile.Profile                    // nil: not known
	Accounts   func(reports.Owner) profile.Account // what is known of an owner, for retention; nil: nothing
}

// New prepares a report at dir. Close it, also after an error.
func New(dir string, o Options) (*Handler, error) {
	dir = filepath.Clean(dir)
	if err := Check(dir); err != nil {
		return nil, err
	}
	tmpl, err := templates()
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".habeas-report-*") // 0700
	if err != nil {
		return nil, err
	}
	h := &Handler{dir: dir, tmp: tmp, options: o, tmpl: tmpl, kinds: map[string]*kindCount{}, people: o.People,
		coverage: newCoverageCounts(), timeline: timeline{months: map[string]int64{}}, places: newPositions(false), names: placeNames{}}
	if err := errors.Join(os.Mkdir(filepath.Join(tmp, "owners"), 0o700), os.Mkdir(filepath.Join(tmp, "people"), 0o700), h.file(marker, func(io.Writer) error { return nil })); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// Close removes what End did not put in place.
func (h *Handler) Close() error {
	if h.tmp == "" {
		return nil
	}
	return os.RemoveAll(h.tmp)
}

// GroupByOwner implements reports.Grouped.
func (h *Handler) GroupByOwner() {}

// Begin implements reports.Handler.
func (h *Handler) Begin(r *reports.Run) error {
	h.run = *r
	h.places = newPositions(r.WithValues)
	h.retention = newRetention(profile.NewSchedule(h.options.Controller, r.AsOf, h.options.Accounts))
	return nil
}

// Entry implements reports.Handler.
func (h *Handler) Entry(e *reports.Entry) error {
	if h.owner == nil || !h.owner.holds(e.Owner) {
		if err := h.closeOwner(); err != nil {
			return err
		}
		h.owner = newOwnerPages(h, e.Owner)
	}
	h.count(e)
	return h.owner.add(e)
}

// count adds e to what the overview shows.
func (h *Handler) count(e *reports.Entry) {
	h.coverage.add(e)
	h.addConflict(e)
	h.timeline.add(e)
	h.retention.add(e)
	countKinds(h.kinds, e)
	any := false
	for i := range e.Findings {
		if f := &e.Findings[i]; f.Counted() {
			any = true
			h.places.add(f)
			if f.Party == reports.PartyThird {
				h.third++
			}
		}
	}
	if any {
		h.withData++
	}
}

func (h *Handler) closeOwner() error {
	if h.owner == nil {
		return nil
	}
	row, err := h.owner.close()
	if err != nil {
		return err
	}
	if row.ID != "" {
		h.owners = append(h.owners, row)
	} else {
		h.lost = row
	}
	h.owner = nil
	return nil
}

// End implements reports.Handler.
func (h *Handler) End(s *reports.Summary) error {
	if err := h.closeOwner(); err != nil {
		return err
	}
	if s.Unattributed == 0 {
		if _, err := newOwnerPages(h, reports.Owner{}).close(); err != nil {
			return err
		}
	}
	for _, write := range []func() error{
		h.writePeople,
		h.writeChanges,
		func() error { return h.writeCoverage(s) },
		func() error { return h.writeConflicts(s) },
		func() error { return h.writeIndex(s) },
		h.swap,
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// swap puts the finished folder in place of the old one.
func (h *Handler) swap() error {
	old := h.tmp + ".old"
	if err := os.Rename(h.dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// From here to the next rename there is no report: the old one comes back if it fails.
	if err := os.Rename(h.tmp, h.dir); err != nil {
		return errors.Join(err, os.Rename(old, h.dir))
	}
	h.tmp = ""
	return os.RemoveAll(old)
}

// page writes one file from one template.
func (h *Handler) page(name, tmpl string, data any) error {
	return h.file(name, func(w io.Writer) error { return h.tmpl.ExecuteTemplate(w, tmpl, data) })
}

func (h *Handler) file(name string, write func(io.Writer) error) error {
	f, err := h.create(name)
	if err != nil {
		return err
	}
	err = write(f)
	return errors.Join(err, f.close())
}

// outFile is a page that is being written, through a buffer.
type outFile struct {
	*bufio.Writer
	f *os.File
}

func (h *Handler) create(name string) (*outFile, error) {
	f, err := os.OpenFile(filepath.Join(h.tmp, filepath.FromSlash(name)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &outFile{bufio.NewWriterSize(f, 64<<10), f}, nil
}

func (o *outFile) close() error { return errors.Join(o.Flush(), o.f.Close()) }

// common is what every page shows.
type common struct {
	Run        *reports.Run
	Title      string
	Up         string // from the page to the top folder
	Decides    bool   // the page has objects to decide on
	HasPeople  bool   // there are pages of people
	HasChanges bool   // there is a page of changes
	Pictures   string // which small pictures there are; "" for none
}

func (h *Handler) common(title, up string) common {
	return common{Run: &h.run, Title: title, Up: up, HasPeople: h.people != nil && len(h.people.top) > 0, HasChanges: h.options.Changes != nil, Pictures: h.pictures()}
}

// ownerFile names an owner's pages by a hash: an owner id may be any bytes.
func ownerFile(o reports.Owner, page int) string {
	base := "unattributed"
	if o.ID != "" {
		sum := sha256.Sum256([]byte(o.Tenant + "\x00" + o.ID))
		base = "owners/" + hex.EncodeToString(sum[:8])
	}
	if page > 1 {
		base += fmt.Sprintf("-%d", page)
	}
	return base + ".html"
}

// shellWord quotes s for a shell, where it needs that.
func shellWord(s string) string {
	if s == "." {
		s = "FILE"
	}
	if !strings.ContainsFunc(s, func(r rune) bool {
		return !(r == '/' || r == '.' || r == '-' || r == '_' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z')
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
