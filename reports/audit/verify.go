package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// Problem is one place where the chain does not hold.
type Problem struct {
	Line int64  `json:"line"` // of the file, from 1; 0 for the file as a whole
	What string `json:"what"` // a sentence that quotes nothing
}

// Report is what Verify found.
type Report struct {
	Entries  int64     `json:"entries"`
	Head     Head      `json:"head"`
	First    time.Time `json:"first,omitzero"` // of the first entry
	Last     time.Time `json:"last,omitzero"`
	Torn     int64     `json:"torn_bytes,omitempty"` // of a last line that a crash left unfinished: no problem, the next entry says so
	Problems []Problem `json:"problems"`             // at most 100
}

// OK reports whether the log is whole.
func (r *Report) OK() bool { return len(r.Problems) == 0 }

const maxProblems = 100

// Verify reads the whole log at path and checks every line against the one
// before it, the end against the head file, and each of anchors, heads that were
// noted earlier and elsewhere, against the line it names. The error is of
// reading; what is wrong with the log is in the report.
func Verify(path string, anchors ...Head) (*Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r := &Report{}
	c := &chain{last: Head{Hash: none}}
	seen := map[int64]string{}
	for _, a := range anchors {
		seen[a.Seq] = ""
	}
	n, err := c.read(io.NewSectionReader(f, 0, info.Size()), func(l *line, h Head) {
		if r.Entries == 0 {
			r.First = l.Time
		}
		r.Entries++
		r.Last = l.Time
		if _, ok := seen[h.Seq]; ok {
			seen[h.Seq] = h.Hash
		}
	})
	if err != nil {
		return nil, err
	}
	r.Head, r.Torn = c.last, info.Size()-n
	if err := c.checkHead(path); err != nil {
		return nil, err
	}
	for _, a := range anchors {
		if seen[a.Seq] != a.Hash {
			c.problem(0, fmt.Sprintf("entry %d is not the one that was noted elsewhere", a.Seq))
		}
	}
	r.Problems = c.problems
	return r, nil
}

func (c *chain) checkHead(path string) error {
	h, err := os.Open(path + ".head")
	if errors.Is(err, os.ErrNotExist) {
		c.problem(0, "the head file is gone, so that lines cut off at the end would not be missed")
		return nil
	}
	if err != nil {
		return err
	}
	defer h.Close()
	head, err := readHead(h)
	if err != nil {
		return err
	}
	if what := c.endsWrong(head); what != "" {
		c.problem(0, what)
	}
	return nil
}

// chain checks lines one after the other.
type chain struct {
	last     Head
	line     int64
	tail     []Head // the last lines, for the comparison with the head file
	problems []Problem
}

func (c *chain) problem(line int64, what string) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, Problem{line, what})
	}
}

// read checks all whole lines of r and gives their length in bytes; what follows
// the last line break was never finished.
func (c *chain) read(r io.Reader, each func(*line, Head)) (int64, error) {
	c.tail = []Head{c.last}
	in := bufio.NewReaderSize(r, 64<<10)
	var whole, unfinished int64
	var buf []byte
	for {
		part, err := in.ReadSlice('\n')
		unfinished += int64(len(part))
		if unfinished <= maxLine+1 {
			buf = append(buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return whole, nil
		case err != nil:
			return 0, err
		}
		if unfinished > maxLine+1 {
			buf = buf[:0] // no entry is that long: empty, it is a problem
		}
		c.next(bytes.TrimSuffix(buf, []byte("\n")), each)
		whole += unfinished
		buf, unfinished = buf[:0], 0
	}
}

// next checks one line.
func (c *chain) next(b []byte, each func(*line, Head)) {
	c.line++
	var l line
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		c.problem(c.line, "the line is no entry")
		l.Seq = c.last.Seq + 1
	} else {
		switch {
		case l.Prev == c.last.Hash && l.Seq == c.last.Seq+1:
		case l.Seq == c.last.Seq+1:
			c.problem(c.line, "the entry before this one was changed")
		case l.Seq > c.last.Seq+1:
			c.problem(c.line, fmt.Sprintf("entries %d to %d are missing before it", c.last.Seq+1, l.Seq-1))
		default:
			c.problem(c.line, "the entry was moved or inserted here")
		}
	}
	c.last = Head{Seq: l.Seq, Hash: hashOf(b)}
	c.tail = append(c.tail, c.last)
	if len(c.tail) > 2*maxAhead {
		c.tail = slices.Delete(c.tail, 0, len(c.tail)-maxAhead)
	}
	if each != nil {
		each(&l, c.last)
	}
}

// maxAhead is how many lines the log may be ahead of its head: those since the head
// was last synced, of the append during which the machine went down, of the one
// before if the same crash tore its slot, and a note on each.
const maxAhead = 4 * (maxBatch + 1)

// endsWrong says what is wrong with the end of the log, given the head; "" if
// nothing is.
func (c *chain) endsWrong(head Head) string {
	if head.Seq > c.last.Seq {
		return fmt.Sprintf("the log ends with entry %d, and %d were written: the end was cut off", c.last.Seq, head.Seq)
	}
	if slices.Contains(c.tail, head) {
		return ""
	}
	return "the last entries are not those that were written"
}
