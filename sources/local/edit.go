package local

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"habeas/sources"
)

// target is a file that is about to be edited.
type target struct {
	dir  *os.Root // its folder
	name string   // in dir
	file *os.File
	info fs.FileInfo
	etag string
}

func (t *target) close() {
	t.file.Close()
	t.dir.Close()
}

// same fails with ErrChanged unless the name still is the file that was checked.
func (t *target) same() error {
	info, err := t.dir.Lstat(t.name)
	if err != nil {
		return failed(err)
	}
	return check(info, t.etag)
}

// Remove deletes the file of o for good, and makes that last before it returns.
// The system knows no conditional deletion: a version that takes the name
// between the last check and the deletion, some microseconds, goes with it.
func (s *Source) Remove(ctx context.Context, o sources.Object) error {
	t, err := s.target(ctx, o)
	if err != nil {
		return err
	}
	defer t.close()
	if err := t.same(); err != nil {
		return err
	}
	if err := t.dir.Remove(t.name); err != nil {
		return failed(err)
	}
	return lasting(t.dir)
}

// Replace puts size bytes of r in the place of o's content: written to a
// temporary file in the same folder, then renamed over it, so that a crash leaves
// the old file or the new one whole. Mode, user, group, modification time and
// extended attributes stay; if one can't be kept, nothing is replaced.
func (s *Source) Replace(ctx context.Context, o sources.Object, r io.Reader, size int64) error {
	t, err := s.target(ctx, o)
	if err != nil {
		return err
	}
	defer t.close()
	temp, err := t.write(ctx, r, size)
	if err != nil {
		return err
	}
	if err = t.same(); err == nil {
		if rerr := t.dir.Rename(temp, t.name); rerr != nil {
			err = failed(rerr)
		}
	}
	if err != nil {
		return errors.Join(err, t.dir.Remove(temp))
	}
	return lasting(t.dir)
}

// target opens what o names for an edit, and checks that it may be edited.
func (s *Source) target(ctx context.Context, o sources.Object) (*target, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := s.place()
	if err != nil {
		return nil, err
	}
	path := s.path(p, o.Key)
	if path == "" {
		return nil, &sources.Error{Code: sources.CodeVanished}
	}
	if o.ETag == "" {
		return nil, changed() // an edit must name its version
	}
	i := strings.LastIndexByte(path, '/') + 1
	dir, err := p.OpenRoot(path[:i] + ".")
	if err != nil {
		return nil, failedPath(err)
	}
	f, info, err := s.openFile(dir, path[i:], o.ETag)
	if err != nil {
		dir.Close()
		return nil, err
	}
	t := &target{dir: dir, name: path[i:], file: f, info: info, etag: o.ETag}
	if n := hardLinks(info); n > 1 && !s.opts.HardLinks {
		t.close()
		return nil, &sources.Error{Code: sources.CodeDenied, Hint: "the file has further names (hard links) that would keep its content: edit them all by hand, or allow hard links"}
	}
	return t, nil
}

// write makes a temporary file beside t with size bytes of r and all that t is
// to keep, on disk. It leaves nothing behind if it fails.
func (t *target) write(ctx context.Context, r io.Reader, size int64) (name string, err error) {
	var random [12]byte
	rand.Read(random[:]) // never fails
	name = ".habeas-" + hex.EncodeToString(random[:]) + ".tmp"
	f, err := t.dir.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", failed(err)
	}
	if err = fill(ctx, f, r, size); err == nil {
		err = t.keep(f, name)
	}
	if cerr := f.Close(); err == nil && cerr != nil {
		err = failed(cerr)
	}
	if err != nil {
		return "", errors.Join(err, t.dir.Remove(name))
	}
	return name, nil
}

// fill writes exactly size bytes of r to f.
func fill(ctx context.Context, f *os.File, r io.Reader, size int64) error {
	in := &reader{ctx, r}
	n, err := io.Copy(f, io.LimitReader(in, size))
	switch {
	case err != nil:
		return unwritten(err)
	case n < size:
		return unwritten(io.ErrUnexpectedEOF)
	}
	var one [1]byte
	switch n, err := io.ReadFull(in, one[:]); {
	case n > 0:
		return unwritten(errTooLong)
	case err != io.EOF:
		return unwritten(err)
	}
	return nil
}

var errTooLong = errors.New("more bytes came than were announced")

// unwritten hides the text of err, which may come from a reader of anything.
func unwritten(err error) error {
	return &sources.Error{Code: sources.CodeUnavailable, Err: err,
		Hint: "the new content could not be read or written whole, so the old one stays: check the disk's free space and try again"}
}

// keep gives f, which is name in the folder of t, what t has besides content, and
// syncs it.
func (t *target) keep(f *os.File, name string) error {
	const mode = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	steps := []func() error{
		func() error { return keepOwner(f, t.info) },
		func() error { return f.Chmod(t.info.Mode() & mode) }, // a change of owner clears the set-user bits
		func() error { return keepAttributes(f, t.file) },
		func() error { return t.dir.Chtimes(name, t.info.ModTime(), t.info.ModTime()) }, // os.File can't
		f.Sync,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return failed(err)
		}
	}
	return nil
}

// lasting syncs dir, whose entries were just changed.
func lasting(dir *os.Root) error {
	if err := syncFolder(dir); err != nil {
		return &sources.Error{Code: sources.CodeUnavailable, Err: err, Hint: "the edit is done, but a power cut now could undo it: check the disk"}
	}
	return nil
}

// reader fails once its context ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r *reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}
