package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"habeas/sources"
)

// content is one version of one file.
type content struct {
	ctx     context.Context // of Open, which bounds every read: sources.Content says so
	file    file
	version version
	object  sources.Object
}

// file is an open regular file. Its methods may be called from many goroutines.
type file interface {
	io.ReaderAt
	io.Closer
	now() (version, error)
	nextData(off, size int64) (start, end int64, err error)
}

// osFile is a file of any system.
type osFile struct{ *os.File }

func (f osFile) now() (version, error) {
	info, err := f.Stat()
	if err != nil {
		return version{}, err
	}
	return versionOf(info), nil
}

func (f osFile) nextData(off, size int64) (start, end int64, err error) {
	return nextData(f.File, off, size)
}

var (
	_ sources.Content = (*content)(nil)
	_ Sparse          = (*content)(nil)
)

// Sparse is an ability of every Content of this package: telling holes, which
// read as zeros and cost nothing, from data. A 10 GB file of one written page
// has one range of 4 KiB.
type Sparse interface {
	// NextData gives the first range [start, end) with data at or after off. Both
	// are Size() if there is none. Where the system can't tell, all is data. Data
	// may be zeros too.
	NextData(off int64) (start, end int64, err error)
}

// Open opens o, if the file still is the version that o was listed as. An empty
// o.ETag stands for whatever version there is.
func (s *Source) Open(ctx context.Context, o sources.Object) (sources.Content, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := s.place()
	if err != nil {
		return nil, err
	}
	path := s.path(p, o.Key)
	if f, v, opened := p.openAtOnce(path, o.ETag); f != nil {
		opened.Source, opened.Key = s.name, o.Key
		return &content{ctx: ctx, file: f, version: v, object: opened}, nil
	}
	f, info, err := s.openFile(p.Root, path, o.ETag)
	if err != nil {
		return nil, err
	}
	opened := s.object(o.Key, info)
	// Attributes are a help; a file whose attributes can't be read still can.
	if opened.Meta, err = userMeta(f); err != nil {
		opened.Meta = nil
	}
	return &content{ctx: ctx, file: osFile{f}, version: versionOf(info), object: opened}, nil
}

// Refresh gives the object that now has o's key.
func (s *Source) Refresh(ctx context.Context, o sources.Object) (sources.Object, error) {
	if err := ctx.Err(); err != nil {
		return sources.Object{}, err
	}
	p, err := s.place()
	if err != nil {
		return sources.Object{}, err
	}
	path := s.path(p, o.Key)
	if path == "" {
		return sources.Object{}, &sources.Error{Code: sources.CodeVanished}
	}
	info, err := p.Lstat(path)
	switch {
	case err != nil:
		return sources.Object{}, failedPath(err)
	case info.IsDir():
		return sources.Object{}, &sources.Error{Code: sources.CodeVanished} // folders are no objects
	case !info.Mode().IsRegular():
		return sources.Object{}, notRegular()
	}
	return s.object(o.Key, info), nil
}

// path is where in p the object of key is; "" if this source has no such key.
func (s *Source) path(p *place, key string) string {
	if p.file == "" {
		if isKey(key) {
			return key
		}
	} else if key == s.key() {
		return p.file
	}
	return ""
}

// isKey reports whether a listing can have given key. Other spellings of a path
// would be a second key for the same file.
func isKey(key string) bool {
	for name := range strings.SplitSeq(key, "/") {
		if name == "" || name == "." || name == ".." || strings.IndexByte(name, 0) >= 0 {
			return false
		}
		if os.PathSeparator != '/' && strings.IndexByte(name, os.PathSeparator) >= 0 {
			return false
		}
	}
	return true
}

// openFile opens the regular file at path below dir, if its ETag is etag or etag
// is empty.
func (s *Source) openFile(dir *os.Root, path, etag string) (*os.File, fs.FileInfo, error) {
	if path == "" {
		return nil, nil, &sources.Error{Code: sources.CodeVanished}
	}
	// Opening a device can do things, so look first.
	info, err := dir.Lstat(path)
	if err != nil {
		return nil, nil, failedPath(err)
	}
	if err := check(info, etag); err != nil {
		return nil, nil, err
	}
	f, err := dir.OpenFile(path, openFlags, 0)
	if err != nil {
		return nil, nil, failedPath(err)
	}
	// And again: another file may have taken the name, or a link a folder's place.
	now, err := f.Stat()
	if err == nil && versionOf(now) != versionOf(info) {
		err = changed()
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, now, nil
}

// failedPath is failed where a folder on the way may have become something else.
func failedPath(err error) error {
	e := failed(err)
	if errors.Is(err, errNotFolder) {
		e.Code = sources.CodeVanished
	}
	return e
}

func check(info fs.FileInfo, etag string) error {
	if !info.Mode().IsRegular() {
		if etag != "" {
			return changed()
		}
		return notRegular()
	}
	if etag != "" && versionOf(info).String() != etag {
		return changed()
	}
	return nil
}

func (c *content) Size() int64 { return c.version.size }

func (c *content) Object() sources.Object { return c.object }

func (c *content) Close() error { return c.file.Close() }

// ReadAt reads at most up to the size at Open. What was read counts only if the
// file still is the same version afterwards.
func (c *content) ReadAt(b []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, fmt.Errorf("local: read at negative offset %d", off)
	}
	want := b[:min(int64(len(b)), max(0, c.version.size-off))]
	n, err := 0, error(nil)
	if len(want) > 0 {
		n, err = c.file.ReadAt(want, off)
	}
	if serr := c.same(); serr != nil {
		return 0, serr
	}
	switch {
	case n < len(want) && (err == nil || err == io.EOF):
		return 0, changed() // the system gave less than it says is there
	case n < len(want):
		return n, failed(err)
	case len(want) < len(b):
		return n, io.EOF
	}
	return n, nil
}

// same fails unless the file is what it was at Open.
func (c *content) same() error {
	now, err := c.file.now()
	if errors.Is(err, fs.ErrClosed) {
		return fs.ErrClosed
	}
	if err != nil {
		return failed(err)
	}
	if now != c.version {
		return changed()
	}
	return nil
}

// NextData implements Sparse.
func (c *content) NextData(off int64) (start, end int64, err error) {
	if err := c.ctx.Err(); err != nil {
		return 0, 0, err
	}
	if off < 0 {
		return 0, 0, fmt.Errorf("local: data after negative offset %d", off)
	}
	if off >= c.version.size {
		return c.version.size, c.version.size, c.same()
	}
	start, end, err = c.file.nextData(off, c.version.size)
	if err != nil {
		return 0, 0, failed(err)
	}
	return min(start, c.version.size), min(end, c.version.size), c.same()
}
