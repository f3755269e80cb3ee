// Package ledger knows which files habeas made: records, reports, plans, receipts,
// packages. Each has a hash and a date by which it is to be destroyed, so that what
// was found of people does not pile up.
//
// The ledger is one JSON file, 0600. Add notes an output, All lists them, Destroy
// deletes one, if it still is what was noted.
package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"habeas/reports/keptfile"
)

// Output is one file or folder that was made.
type Output struct {
	Path      string    `json:"path"` // absolute
	Kind      string    `json:"kind"` // "record", "report", "plan", "receipt", "letter", …
	SHA256    string    `json:"sha256"`
	Made      time.Time `json:"made"`
	DestroyBy time.Time `json:"destroy_by"`
	Sources   []string  `json:"sources,omitempty"` // names of what it tells of
	Case      string    `json:"case,omitempty"`
}

// Errors of Destroy.
var (
	ErrChanged = errors.New("it is not what was noted: it was changed since")
	ErrGone    = errors.New("it is not there any more")
)

const (
	schema    = 1
	kind      = "outputs"
	maxLedger = 64 << 20
)

type file struct {
	Schema  int      `json:"schema"`
	Kind    string   `json:"habeas"`
	Outputs []Output `json:"outputs"` // in order of path
}

// All lists the outputs in the ledger at path, in order of path; none if there is
// no ledger.
func All(path string) ([]Output, error) {
	f, err := read(path)
	if err != nil {
		return nil, err
	}
	return f.Outputs, nil
}

func read(path string) (*file, error) {
	var f file
	switch err := keptfile.Read(path, maxLedger, &f); {
	case errors.Is(err, fs.ErrNotExist):
		return &file{Schema: schema, Kind: kind}, nil
	case errors.Is(err, keptfile.ErrDamaged) || err == nil && (f.Schema != schema || f.Kind != kind):
		return nil, errors.New("the ledger of outputs is damaged: move it away to begin a new one")
	case err != nil:
		return nil, err
	}
	return &f, nil
}

// Add notes o, in the place of what was noted of its path before. It fills in the
// hash from what is there now.
func Add(path string, o Output) error {
	var err error
	if o.Path, err = filepath.Abs(o.Path); err != nil {
		return err
	}
	if o.SHA256, err = Hash(o.Path); err != nil {
		return err
	}
	o.Made, o.DestroyBy = o.Made.UTC().Truncate(time.Second), o.DestroyBy.UTC().Truncate(time.Second)
	return change(path, func(f *file) error {
		i, found := slices.BinarySearchFunc(f.Outputs, o.Path, byPath)
		if found {
			f.Outputs[i] = o
		} else {
			f.Outputs = slices.Insert(f.Outputs, i, o)
		}
		return nil
	})
}

func byPath(o Output, path string) int { return strings.Compare(o.Path, path) }

// change edits the ledger, alone among all processes.
func change(path string, edit func(*file) error) error {
	return keptfile.Alone(path+".lock", func() error {
		f, err := read(path)
		if err != nil {
			return err
		}
		if err := edit(f); err != nil {
			return err
		}
		return keptfile.Write(path, f, nil)
	})
}

// Forget takes the output at a path out of the ledger.
func Forget(path, output string) error {
	return change(path, func(f *file) error {
		f.Outputs = slices.DeleteFunc(f.Outputs, func(o Output) bool { return o.Path == output })
		return nil
	})
}

// Destroy deletes o and takes it out of the ledger. Unless changed says otherwise
// it deletes only what has the hash that was noted: what somebody put into a folder
// of ours stays, and so does the folder.
func Destroy(path string, o Output, changed bool) error {
	now, err := Hash(o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.Join(ErrGone, Forget(path, o.Path))
	}
	if err != nil {
		return err
	}
	if now != o.SHA256 && !changed {
		return ErrChanged
	}
	info, err := os.Lstat(o.Path)
	if err != nil {
		return err
	}
	if info.IsDir() && now != o.SHA256 {
		return ErrChanged // never a folder with what we did not make
	}
	if err := os.RemoveAll(o.Path); err != nil {
		return err
	}
	for _, end := range beside {
		if err := os.Remove(o.Path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return Forget(path, o.Path)
}

// beside are what SQLite and our own locks leave next to a file.
var beside = [...]string{"-wal", "-shm", ".lock"}

// maxFiles bounds what one folder of ours may hold.
const maxFiles = 5_000_000

// Hash is the SHA-256 of a file, or of the names and hashes of all files in a
// folder. It follows no symbolic link.
func Hash(path string) (string, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().IsRegular() {
		return hashFile(path)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("it is neither a file nor a folder")
	}
	h := sha256.New()
	n := 0
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if n++; n > maxFiles {
			return fmt.Errorf("it holds more than %d files", maxFiles)
		}
		sum := "no file"
		if d.Type().IsRegular() {
			if sum, err = hashFile(p); err != nil {
				return err
			}
		}
		rel, err := filepath.Rel(path, p)
		fmt.Fprintf(h, "%d:%s %s\n", len(rel), filepath.ToSlash(rel), sum)
		return err
	})
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
