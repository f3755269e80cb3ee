// Package audit is the log of what was done with personal data: one line of JSON
// for each act, appended and synced before the act is done, each line carrying
// the hash of the one before it.
//
//	log, err := audit.Open(path)
//	err = log.Append(audit.Entry{Time: now, Actor: "ana", Action: "reveal", Case: "C-12", Objects: ids, Count: len(ids)})
//
// Append first, act second: if Append fails, the act must not happen.
//
// A line is an Entry with "seq" (1, 2, 3, …) and "prev", the SHA-256 of the line
// before it without its line break, in hex; the first has that of nothing. The
// file FILE.head keeps number and hash of the last line, so that lines cut off at
// the end are missed too. Verify finds every line that was changed, moved,
// inserted or cut. Whoever may write both files can make a new chain: what shows
// that is a Head kept elsewhere, as every receipt of an erasure does.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"habeas/reports/filelock"
)

// ErrBroken says that the log is not what it was when it was written. Nothing is
// appended to it; Verify tells what is wrong.
var ErrBroken = errors.New("the audit log was cut or changed: run `habeas audit verify`, keep the file, and name another one with --audit to go on")

// Head names the last line of a chain.
type Head struct {
	Seq  int64  `json:"seq"` // its number, from 1; 0 is the head of an empty log
	Hash string `json:"hash"`
}

// String is "12:9f86d0…": what --expect takes.
func (h Head) String() string { return fmt.Sprintf("%d:%s", h.Seq, h.Hash) }

// ParseHead reads what String writes.
func ParseHead(s string) (Head, error) {
	i := bytes.IndexByte([]byte(s), ':')
	if i > 0 {
		n, err := strconv.ParseInt(s[:i], 10, 64)
		sum, err2 := hex.DecodeString(s[i+1:])
		if err == nil && err2 == nil && n > 0 && len(sum) == sha256.Size {
			return Head{Seq: n, Hash: s[i+1:]}, nil
		}
	}
	return Head{}, errors.New("a head of an audit log is written NUMBER:HASH, as `habeas audit verify` prints it")
}

// line is an Entry as it stands in the file.
type line struct {
	Seq int64 `json:"seq"`
	Entry
	Prev string `json:"prev"`
}

// none is the hash that the first line carries.
var none = hashOf(nil)

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Log is an open log. Append may be called by one goroutine at a time; other
// processes may append meanwhile.
type Log struct {
	path   string
	file   *os.File
	head   *os.File
	end    int64 // bytes of the file that are known and whole
	last   Head
	behind int // entries since the head was synced
}

// Open opens the log at path, or makes it, 0600 in a folder of 0700. A last line
// that a crash left unfinished is dropped by the next Append, which says so in an
// entry of its own. It fails with ErrBroken if the end is not what the head says.
func Open(path string) (*Log, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	h, err := openHead(path)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, errors.Join(err, h.Close())
	}
	l := &Log{path: path, file: f, head: h, last: Head{Hash: none}}
	err = l.locked(func() error {
		_, err := l.catchUp()
		return err
	})
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// openHead opens the head file, which is made before the log: a log without one
// has lost it.
func openHead(path string) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0:
		return os.OpenFile(path+".head", os.O_RDWR|os.O_CREATE, 0o600)
	case err != nil:
		return nil, err
	}
	h, err := os.OpenFile(path+".head", os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrBroken
	}
	return h, err
}

// Close closes the files; every entry is on disk already.
func (l *Log) Close() error {
	var err error
	if l.behind > 0 {
		err = l.syncHead()
	}
	return errors.Join(err, l.file.Close(), l.head.Close())
}

// Head names the last line that this Log has seen.
func (l *Log) Head() Head { return l.last }

// Entries gives the entries whose action begins with prefix, in order, after
// checking the whole chain. It fails with ErrBroken if the chain does not hold.
func (l *Log) Entries(prefix string) ([]Entry, error) {
	var all []Entry
	err := l.locked(func() error {
		if _, err := l.catchUp(); err != nil {
			return err
		}
		c := &chain{last: Head{Hash: none}}
		_, err := c.read(io.NewSectionReader(l.file, 0, l.end), func(one *line, _ Head) {
			if strings.HasPrefix(one.Action, prefix) {
				all = append(all, one.Entry)
			}
		})
		if err == nil && (len(c.problems) > 0 || c.last != l.last) {
			err = ErrBroken
		}
		return err
	})
	return all, err
}

// Append writes entries, in their order, and returns when they are on disk. If it
// fails, none of them may be taken for written and what they announce must not
// be done. At most 64 go at once.
func (l *Log) Append(entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	if len(entries) > maxBatch {
		return fmt.Errorf("more than %d audit entries at once", maxBatch)
	}
	for i := range entries {
		if err := entries[i].check(); err != nil {
			return err
		}
	}
	return l.locked(func() error {
		torn, err := l.catchUp()
		if err != nil {
			return err
		}
		if torn > 0 {
			if err := l.file.Truncate(l.end); err != nil {
				return err
			}
			first := entries[0]
			note := Entry{Time: first.Time, Actor: first.Actor, Action: "audit.recovered", Command: first.Command, Count: 1,
				Why: "a crash left the last line unfinished: it was dropped", Detail: map[string]string{"bytes": strconv.FormatInt(torn, 10)}}
			entries = append([]Entry{note}, entries...)
		}
		return l.write(entries)
	})
}

// write appends lines with one sync, then moves the head.
func (l *Log) write(entries []Entry) error {
	var buf bytes.Buffer
	last := l.last
	for _, e := range entries {
		e.Time = e.Time.UTC().Truncate(time.Second)
		b, err := json.Marshal(line{Seq: last.Seq + 1, Entry: e, Prev: last.Hash})
		if err != nil {
			return err
		}
		if len(b) > maxLine {
			return errors.New("audit entry is too long")
		}
		buf.Write(b)
		buf.WriteByte('\n')
		last = Head{Seq: last.Seq + 1, Hash: hashOf(b)}
	}
	if _, err := l.file.Write(buf.Bytes()); err != nil {
		return err
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	if err := writeHead(l.head, last); err != nil {
		return err
	}
	// A head that a power cut sets back a little is no loss: see maxAhead.
	if l.behind += len(entries); l.behind >= maxBatch {
		if err := l.syncHead(); err != nil {
			return err
		}
	}
	l.end += int64(buf.Len())
	l.last = last
	return nil
}

func (l *Log) syncHead() error {
	l.behind = 0
	return l.head.Sync()
}

// locked runs fn while no other process appends.
func (l *Log) locked(fn func() error) error {
	lock, err := filelock.Wait(l.path + ".lock")
	if err != nil {
		return err
	}
	return errors.Join(fn(), lock.Release())
}

// catchUp reads what others appended since, checks it against the chain and the
// head, and brings the head up to it. It gives the number of bytes of an unfinished last line.
func (l *Log) catchUp() (torn int64, err error) {
	info, err := l.file.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() < l.end {
		return 0, ErrBroken
	}
	head, err := readHead(l.head)
	if err != nil {
		return 0, err
	}
	c := &chain{last: l.last}
	n, err := c.read(io.NewSectionReader(l.file, l.end, info.Size()-l.end), nil)
	if err != nil {
		return 0, err
	}
	if len(c.problems) > 0 || c.endsWrong(head) != "" {
		return 0, ErrBroken
	}
	l.last = c.last
	l.end += n
	if head != l.last {
		// A crash came between a line and its head.
		if err := writeHead(l.head, l.last); err != nil {
			return 0, err
		}
	}
	return info.Size() - l.end, nil
}
