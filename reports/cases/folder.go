package cases

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"habeas/reports/keptfile"
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
	c := &Case{}
	switch err := keptfile.Read(f.file(id), maxCase, c); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNone
	case errors.Is(err, keptfile.ErrDamaged):
		return nil, fmt.Errorf("the file of case %s is damaged: restore it from a copy", id)
	case err != nil:
		return nil, err
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
	return keptfile.Alone(filepath.Join(f.path, ".lock"), fn)
}

func (f Folder) save(c *Case) error { return keptfile.Write(f.file(c.ID), c, nil) }
