// Package local is the source for a folder of this machine, or a single file.
//
// A key is the path below the folder with '/' between names: bytes, never
// decoded or normalised. Folders are no objects; an empty one is not listed.
//
// What it promises beyond the contract:
//   - Nothing outside the folder is read: every open goes through os.Root, and
//     what was opened is compared with what was listed, by inode. Symbolic links
//     are not followed at all, not even those that stay inside; only the path
//     that the user names may be one. FIFOs, sockets and devices are never
//     opened. All of them are listed beside a *sources.Error with code
//     not-regular.
//   - A folder that can't be read is listed as its path with a '/' at the end,
//     beside an error. So nothing is missing silently.
//   - A file that changes while it is read is noticed by its change time, which
//     no program can set back: ErrChanged.
//
// What it can't do: two writes of the same length within one tick of the
// system's clock (4 to 10 ms before Linux 6.13, ns since) look the same to it,
// as do writes through a memory map that the system has not yet noticed. On
// file systems that number inodes anew at will (some FUSE ones), files look
// changed. On Windows, size and times stand for inode and change time.
//
// Limits: 4,096 levels of folders, 64 of them open at a time; paths may be longer
// than PATH_MAX. Listing holds at most 524,288 names of each folder on the way
// to the current file, and reads larger folders more than once.
package local

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"habeas/sources"
)

// Options are the choices of a Source; the zero value is right for reading.
type Options struct {
	// HardLinks allows edits of files that have more than one name: Remove then
	// takes one name away, and Replace leaves the old content under the others.
	HardLinks bool
}

// Source lists and opens the files below one folder, or one file. Its methods
// may be called from many goroutines.
type Source struct {
	name string // absolute, cleaned
	opts Options

	batch int    // names of one folder that are held at a time; twice as many while reading it
	open  int    // folders of the walk that are open at a time
	depth int    // levels of folders that are entered
	top   string // the folder that everybody can reach, for tests; "" is the root of the file system

	mu   sync.Mutex
	root *place // nil until needed
}

// place is where the source points, once opened.
type place struct {
	*os.Root
	file string // name in Root of the only file; "" if the source is a folder

	self *os.File // the folder itself, for openAtOnce; nil where it can't be had
}

var (
	_ sources.Source      = (*Source)(nil)
	_ sources.Preflighter = (*Source)(nil)
	_ sources.Refresher   = (*Source)(nil)
	_ sources.Editor      = (*Source)(nil)
	_ sources.Placed      = (*Source)(nil)
	_ sources.Exposer     = (*Source)(nil)
	_ io.Closer           = (*Source)(nil)
)

// New gives the source of path: a folder, or a file, or a symbolic link to one.
// It does not look at the disk; Preflight says what is wrong there.
func New(path string, opts Options) (*Source, error) {
	if path == "" || strings.IndexByte(path, 0) >= 0 {
		return nil, errors.New("local: a path is missing, or has a NUL in it; \".\" is the current folder")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, &sources.Error{Code: sources.CodeNoSuchBucket, Fatal: true, Hint: "the current folder is gone: name the folder by its whole path", Err: err}
	}
	return &Source{
		name:  abs,
		opts:  opts,
		batch: 1 << 18, // names of 30 bytes: 24 MB while a folder is read
		open:  64,      // of the 1,024 descriptors that a process commonly has
		depth: 4096,    // a path of 4,096 bytes, which is all that common tools make, has fewer
	}, nil
}

// Name is the absolute, cleaned path.
func (s *Source) Name() string { return s.name }

// Close frees the handle of the folder. Methods called later open it again.
func (s *Source) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root == nil {
		return nil
	}
	err := s.root.Close()
	if s.root.self != nil {
		err = errors.Join(err, s.root.self.Close())
	}
	s.root = nil
	return err
}

// Preflight says whether the folder or file is there and may be read. Its error
// is a fatal *sources.Error with a hint.
func (s *Source) Preflight(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p, err := s.place()
	if err != nil {
		return err
	}
	if p.file != "" {
		f, err := p.OpenFile(p.file, openFlags, 0)
		if err != nil {
			return atStart(err)
		}
		return f.Close()
	}
	f, err := p.Open(".")
	if err != nil {
		return atStart(err)
	}
	defer f.Close()
	if _, err := f.Readdirnames(1); err != nil && err != io.EOF {
		return atStart(err)
	}
	return nil
}

// place opens where the source points, once. Failures are not kept: the next
// call tries again.
func (s *Source) place() (*place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root != nil {
		return s.root, nil
	}
	info, err := os.Stat(s.name)
	if err != nil {
		return nil, atStart(err)
	}
	real, err := filepath.EvalSymlinks(s.name)
	if err != nil {
		return nil, atStart(err)
	}
	file := ""
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, &sources.Error{Code: sources.CodeNotRegular, Fatal: true, Hint: "this is a pipe, a socket or a device: save its content to a file and name that"}
		}
		file, real = filepath.Base(real), filepath.Dir(real)
	}
	root, err := os.OpenRoot(real)
	if err != nil {
		return nil, atStart(err)
	}
	s.root = &place{Root: root, file: file}
	// Without it each open goes the way of os.Root, folder by folder.
	if s.root.self, err = root.Open("."); err != nil {
		s.root.self = nil
	}
	return s.root, nil
}

// key is the key of the only file, by the name that the user gave it.
func (s *Source) key() string { return filepath.Base(s.name) }

// atStart makes err the fatal error that says why nothing can be read.
func atStart(err error) error {
	e := &sources.Error{Code: code(err), Fatal: true, Err: err}
	switch {
	case e.Code == sources.CodeVanished || errors.Is(err, syscall.ENOTDIR):
		e.Code = sources.CodeNoSuchBucket
		e.Hint = "there is no such folder or file: check the path, and that the disk is mounted"
	case e.Code == sources.CodeDenied:
		e.Hint = "no right to read the folder or file, or a folder above it: grant read and search rights, or run as its user"
	case errors.Is(err, syscall.ELOOP):
		e.Code = sources.CodeNoSuchBucket
		e.Hint = "the path is a loop of symbolic links: name the folder itself"
	default:
		e.Hint = "the system can't read it: check the disk or the network mount"
	}
	return e
}

// failed makes err the error of one object.
func failed(err error) *sources.Error { return &sources.Error{Code: code(err), Err: err} }

// code is the reason code of an error of the system.
func code(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return sources.CodeDenied
	case errors.Is(err, fs.ErrNotExist):
		return sources.CodeVanished
	}
	return sources.CodeUnavailable
}

func changed() error { return &sources.Error{Code: sources.CodeChanged, Err: sources.ErrChanged} }

func notRegular() *sources.Error {
	return &sources.Error{Code: sources.CodeNotRegular, Hint: "scan what it points to"}
}

// object is the object of a regular file.
func (s *Source) object(key string, info fs.FileInfo) sources.Object {
	return sources.Object{
		Source:   s.name,
		Key:      key,
		ETag:     versionOf(info).String(),
		Size:     info.Size(),
		Modified: info.ModTime().UTC(),
		Account:  account(info),
	}
}
