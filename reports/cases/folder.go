package cases

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"habeas/reports/filelock"
)

// Folder is where cases are kept, one file each.
type Folder struct{ path string }

// Errors of a Folder. Their text says what to do next.
var (
	ErrExists = errors.New("there is a case of this id already: choose another one")
	ErrNone   = errors.New("there is no case of this id: `habeas case list` shows them")
)

// maxCase bounds a case file, in bytes.
const maxCase = 16 << 20

// NewFolder keeps cases in path, which is made, 0700, with the first case.
func NewFolder(path string) Folder { return Folder{path} }

func (f Folder) file(id string) string { return filepath.Join(f.path, id+".case.json") }

// Load reads a case. It fails with ErrNone if there is none.
func (f Folder) Load(id string) (*Case, error) {
	if !ValidID(id) {
		return nil, ErrNone
	}
	file, err := os.Open(f.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxCase+1))
	if err != nil {
		return nil, err
	}
	c := &Case{}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if len(b) > maxCase || dec.Decode(c) != nil {
		return nil, fmt.Errorf("the file of case %s is damaged: restore it from a copy", id)
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.ID != id {
		return nil, fmt.Errorf("the file of case %s holds another case: restore it from a copy", id)
	}
	return c, nil
}

// Create keeps a new case. It fails with ErrExists if there is one of this id.
func (f Folder) Create(c *Case) error {
	if err := c.Check(); err != nil {
		return err
	}
	return f.locked(func() error {
		if _, err := os.Lstat(f.file(c.ID)); err == nil {
			return ErrExists
		}
		return f.save(c)
	})
}

// Update changes a case: nobody else does meanwhile, and if fn fails nothing is
// changed.
func (f Folder) Update(id string, fn func(*Case) error) (*Case, error) {
	var c *Case
	err := f.locked(func() error {
		var err error
		if c, err = f.Load(id); err != nil {
			return err
		}
		if err := fn(c); err != nil {
			return err
		}
		if err := c.Check(); err != nil {
			return err
		}
		return f.save(c)
	})
	return c, err
}

// List gives all cases in order of id. A damaged file is an error.
func (f Folder) List() ([]*Case, error) {
	all, err := os.ReadDir(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []*Case
	for _, d := range all {
		id, ok := strings.CutSuffix(d.Name(), ".case.json")
		if !ok || !ValidID(id) {
			continue
		}
		c, err := f.Load(id)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *Case) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

func (f Folder) locked(fn func() error) error {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return err
	}
	l, err := filelock.Wait(filepath.Join(f.path, ".lock"))
	if err != nil {
		return err
	}
	defer l.Release()
	return fn()
}

// save writes through a temporary name: the old file or the new one is there.
func (f Folder) save(c *Case) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.path, ".case-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(b, '\n'))
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), f.file(c.ID))
}
