package erasure

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"

	"habeas/reports/filelock"
	"habeas/reports/keptfile"
)

// Line is one step of an apply.
type Line struct {
	Items    []int     `json:"items,omitempty"` // numbers of Plan.Items
	State    State     `json:"state,omitempty"` // "" announces: they are about to be deleted
	At       time.Time `json:"at"`
	Detail   string    `json:"detail,omitempty"`   // why not, in words of ours
	Appeared int       `json:"appeared,omitempty"` // versions of the key that were not in the plan
	Hidden   bool      `json:"hidden,omitempty"`   // a delete marker stands before what must stay
}

// Journal keeps the steps of one plan's apply. Append returns when they are on
// disk. One goroutine uses it.
type Journal interface {
	Lines() ([]Line, error)
	Append(lines ...Line) error
}

// FileJournal is a Journal in a file beside the plan: JSON Lines, the first names
// the plan. A last line that a crash left unfinished is dropped.
type FileJournal struct {
	file  *os.File
	lock  *filelock.Lock
	lines []Line
}

var _ Journal = (*FileJournal)(nil)

type journalHead struct {
	Schema int    `json:"schema"`
	Kind   string `json:"habeas"`
	Plan   string `json:"plan_sha256"`
}

const (
	journalKind    = "erasure journal"
	maxJournal     = 1 << 30
	maxJournalLine = 4 << 20
)

// OpenJournal opens the journal at path for the plan of that hash, or makes it,
// 0600. It fails while another process applies the plan, and if the journal is
// another plan's.
func OpenJournal(path, plan string) (*FileJournal, error) {
	lock, err := filelock.Try(path + ".lock")
	if errors.Is(err, filelock.ErrInUse) {
		return nil, refuse("another habeas is carrying out this plan: wait for it")
	}
	if err != nil {
		return nil, err
	}
	j := &FileJournal{lock: lock}
	if j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err == nil {
		err = j.load(plan)
	}
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

// ReadJournal reads the lines of a journal without locking it; none if there is
// no file.
func ReadJournal(path, plan string) ([]Line, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, _, err := readJournal(f, plan)
	return lines, err
}

func (j *FileJournal) load(plan string) error {
	lines, whole, err := readJournal(j.file, plan)
	if err != nil {
		return err
	}
	if err := j.file.Truncate(whole); err != nil {
		return err
	}
	if _, err := j.file.Seek(whole, io.SeekStart); err != nil {
		return err
	}
	j.lines = lines
	if whole == 0 {
		return j.write(journalHead{SchemaVersion, journalKind, plan})
	}
	return nil
}

func readJournal(f *os.File, plan string) (lines []Line, whole int64, err error) {
	damaged := refuse("the plan's journal is damaged: keep it, and make a new plan with `habeas erase plan`")
	in := bufio.NewReaderSize(io.LimitReader(f, maxJournal), 64<<10)
	for n := 0; ; n++ {
		b, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return lines, whole, nil // what follows the last line break was never finished
		}
		if err != nil {
			return nil, 0, err
		}
		if len(b) > maxJournalLine {
			return nil, 0, damaged
		}
		if n == 0 {
			var h journalHead
			if err := keptfile.Decode(b, &h); err != nil || h.Schema != SchemaVersion || h.Kind != journalKind {
				return nil, 0, damaged
			}
			if h.Plan != plan {
				return nil, 0, refuse("the journal beside the plan is another plan's: move it away, or name the plan's own folder")
			}
		} else {
			var l Line
			if err := keptfile.Decode(b, &l); err != nil {
				return nil, 0, damaged
			}
			lines = append(lines, l)
		}
		whole += int64(len(b))
	}
}

// Lines gives what was written so far.
func (j *FileJournal) Lines() ([]Line, error) { return j.lines, nil }

// Append writes lines with one sync.
func (j *FileJournal) Append(lines ...Line) error {
	all := make([]any, len(lines))
	for i := range lines {
		all[i] = lines[i]
	}
	if err := j.write(all...); err != nil {
		return err
	}
	j.lines = append(j.lines, lines...)
	return nil
}

func (j *FileJournal) write(lines ...any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	for _, l := range lines {
		if err := enc.Encode(l); err != nil {
			return err
		}
	}
	if _, err := j.file.Write(buf.Bytes()); err != nil {
		return err
	}
	return j.file.Sync()
}

// Close lets the plan go.
func (j *FileJournal) Close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	return errors.Join(err, j.lock.Release())
}

// Outcome is where one item stands.
type Outcome struct {
	State     State
	At        time.Time
	Detail    string
	Announced bool // a deletion was announced, and may have been made
	Hidden    bool
	Appeared  int
}

// outcomes replays lines over the items of p.
func outcomes(p *Plan, lines []Line) ([]Outcome, error) {
	out := make([]Outcome, len(p.Items))
	for i := range p.Items {
		out[i].State = Open
		if !p.Items[i].Delete {
			out[i] = Outcome{State: Kept, At: p.Made, Detail: p.Items[i].Keep}
		}
	}
	for _, l := range lines {
		for _, n := range l.Items {
			if n < 1 || n > len(out) || !p.Items[n-1].Delete {
				return nil, refuse("the plan's journal is damaged: keep it, and make a new plan with `habeas erase plan`")
			}
			o := &out[n-1]
			if l.State == "" {
				o.Announced = true
				continue
			}
			o.State, o.At, o.Detail, o.Hidden, o.Appeared = l.State, l.At, l.Detail, l.Hidden, max(o.Appeared, l.Appeared)
		}
	}
	return out, nil
}
