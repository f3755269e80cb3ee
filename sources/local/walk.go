package local

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"

	"habeas/sources"
)

// Objects lists the files in byte order of their whole keys.
func (s *Source) Objects(ctx context.Context, after string) iter.Seq2[sources.Object, error] {
	return func(yield func(sources.Object, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(sources.Object{}, err)
			return
		}
		p, err := s.place()
		if err != nil {
			yield(sources.Object{}, err)
			return
		}
		w := &walk{source: s, after: after, yield: yield}
		if modesTell {
			w.reachable, _ = s.reachable() // an error leaves objects without an answer of their own
		}
		if p.file != "" {
			w.only(p)
			return
		}
		defer w.close()
		w.run(ctx, p.Root)
	}
}

// walk goes through a tree in byte order of the whole keys. Within a folder that
// is the order of the names if the name of each folder in it ends in '/': "a.b"
// comes before "a/", and "a/" before "a0". So names of folders are held with
// that '/', and only one name of each folder on the way is being looked at:
//
//	""        held: a.b, [a/], a0
//	"a/"      held: b, [c/]
//	"a/c/"    held: [d]            the key is a/c/d
type walk struct {
	source *Source
	after  string
	yield  func(sources.Object, error) bool
	path   []byte   // key of the current folder with its '/', "" at the top
	stack  []folder // from the top down to the current folder
	over   bool     // nothing more may be yielded
	buf    []byte   // see entries

	reachable bool // every user of the machine can get into the source
}

// folder is one level of the walk.
type folder struct {
	root  *os.Root // nil while closed to spare descriptors
	info  fs.FileInfo
	start int      // length of walk.path without this folder
	names []string // sorted, still to come
	more  bool     // the folder has names after those
	last  string   // the last of the names that were read
	shut  bool     // others than its user and group can't get in, or not into one above it
}

func (w *walk) emit(o sources.Object, err error) {
	if !w.over && !w.yield(o, err) {
		w.over = true
	}
}

// end ends the listing with an error.
func (w *walk) end(err error) {
	w.emit(sources.Object{}, err)
	w.over = true
}

func (w *walk) close() {
	for i := 1; i < len(w.stack); i++ { // the first is the source's own
		if r := w.stack[i].root; r != nil {
			r.Close()
		}
	}
}

// only lists the one file of a source that is a file.
func (w *walk) only(p *place) {
	key := w.source.key()
	if key <= w.after {
		return
	}
	info, err := p.Lstat(p.file)
	switch {
	case err != nil:
		w.end(atStart(err))
	case !info.Mode().IsRegular():
		w.emit(sources.Object{Source: w.source.name, Key: key}, notRegular())
	default:
		w.emitFile(key, info, false)
	}
}

// emitFile yields the object of a regular file. shut says that others can't get
// into its folder.
func (w *walk) emitFile(key string, info fs.FileInfo, shut bool) {
	o := w.source.object(key, info)
	o.Audience = audience(info, w.reachable, shut)
	w.emit(o, nil)
}

func (w *walk) run(ctx context.Context, root *os.Root) {
	w.stack = append(w.stack, folder{root: root})
	if err := w.read(&w.stack[0], w.after); err != nil {
		w.end(atStart(err))
	}
	for len(w.stack) > 0 && !w.over {
		if err := ctx.Err(); err != nil {
			w.end(err)
			return
		}
		f := &w.stack[len(w.stack)-1]
		if len(f.names) == 0 {
			if f.more {
				w.readOn(f)
			} else {
				w.leave()
			}
			continue
		}
		name := f.names[0]
		f.names = f.names[1:]
		dir, err := w.dir(f)
		switch {
		case err != nil:
			w.end(err)
		case dir == nil:
			f.names, f.more = nil, false // the folder is gone, and all in it
		case strings.HasSuffix(name, "/"):
			w.enter(dir, name)
		default:
			w.file(f, dir, name)
		}
	}
}

// file yields the object of a name that was no folder when its folder was read.
func (w *walk) file(f *folder, dir *os.Root, name string) {
	key := string(w.path) + name
	info, err := dir.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		// Gone since: as if it had never been there.
	case err != nil:
		w.emit(sources.Object{Source: w.source.name, Key: key}, failed(err))
	case info.IsDir():
		// Its files come later in the order than it would have.
		if i, found := slices.BinarySearch(f.names, name+"/"); !found {
			f.names = slices.Insert(f.names, i, name+"/")
		}
	case !info.Mode().IsRegular():
		w.emit(sources.Object{Source: w.source.name, Key: key, Modified: info.ModTime().UTC(), Account: account(info)}, notRegular())
	default:
		w.emitFile(key, info, f.shut)
	}
}

// enter makes the folder name of dir the current one. name ends in '/'.
func (w *walk) enter(dir *os.Root, name string) {
	if len(w.stack) > w.source.depth {
		w.unread(name, &sources.Error{Code: sources.CodeTooDeep, Hint: "move the folder up and scan it by itself"})
		return
	}
	info, err := dir.Lstat(strings.TrimSuffix(name, "/"))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return // gone since; what took its place came too late for this listing
	}
	if err != nil {
		w.unread(name, failed(err))
		return
	}
	sub, err := openFolder(dir, name, info)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		w.unread(name, asError(err))
		return
	}
	next := folder{root: sub, info: info, start: len(w.path), shut: w.stack[len(w.stack)-1].shut || info.Mode()&othersSearch == 0}
	rest, _ := strings.CutPrefix(w.after, string(w.path)+name)
	if len(rest) == len(w.after) {
		rest = "" // after lies before this folder
	}
	err = w.read(&next, rest)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // removed while it was open
	}
	if err != nil {
		w.unread(name, failed(err))
	}
	w.path = append(w.path, name...)
	w.stack = append(w.stack, next)
	if i := len(w.stack) - 1 - w.source.open; i > 0 && w.stack[i].root != nil {
		w.stack[i].root.Close()
		w.stack[i].root = nil
	}
}

// openFolder opens the folder name of dir, if it is the one that info describes.
// name ends in '/'.
func openFolder(dir *os.Root, name string, info fs.FileInfo) (*os.Root, error) {
	// The dot makes os.Root ask for a folder: what has become a FIFO then fails
	// instead of waiting.
	sub, err := dir.OpenRoot(name + ".")
	if err != nil {
		return nil, err
	}
	now, err := sub.Stat(".")
	if err == nil && !sameFile(info, now) {
		err = changed() // os.Root follows links that stay inside; we do not
	}
	if err != nil {
		sub.Close()
		return nil, err
	}
	return sub, nil
}

func asError(err error) *sources.Error {
	var e *sources.Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, errNotFolder) {
		return &sources.Error{Code: sources.CodeChanged, Err: sources.ErrChanged}
	}
	return failed(err)
}

// unread tells that a folder could not be read, or not whole. name ends in '/'.
func (w *walk) unread(name string, err *sources.Error) {
	key := string(w.path) + name
	if key > w.after {
		w.emit(sources.Object{Source: w.source.name, Key: key}, err)
		return
	}
	if key == w.after {
		return // said before
	}
	// The listing goes on inside the folder, after the place where it could be
	// told in order.
	e := &sources.Error{Code: sources.CodeListing, Fatal: true, Err: err,
		Hint: "a folder that the listing was to go on in can't be read any more: make it readable, or start anew"}
	if err.Code == sources.CodeDenied {
		e.Code = sources.CodeDeniedListing
	}
	w.end(e)
}

// leave goes back to the folder above.
func (w *walk) leave() {
	last := len(w.stack) - 1
	f := w.stack[last]
	if last > 0 && f.root != nil {
		f.root.Close()
	}
	w.path = w.path[:f.start]
	w.stack[last] = folder{}
	w.stack = w.stack[:last]
}

// dir gives the open root of the current folder f; nil if the folder is gone.
func (w *walk) dir(f *folder) (*os.Root, error) {
	if f.root != nil {
		return f.root, nil
	}
	sub, err := openFolder(w.stack[0].root, string(w.path), f.info)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotFolder) || errors.Is(err, sources.ErrChanged) {
		return nil, nil
	}
	if err != nil {
		return nil, &sources.Error{Code: sources.CodeListing, Fatal: true, Err: err, Hint: "a folder became unreadable while it was listed: scan again"}
	}
	f.root = sub
	return sub, nil
}

// read reads the first names of f whose keys come after rest, a key relative to
// f. A folder that rest lies in is among them.
func (w *walk) read(f *folder, rest string) error {
	from, inclusive := rest, false
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		from, inclusive = rest[:i+1], true
	}
	var err error
	f.names, f.more, err = names(f.root, from, inclusive, w.source.batch, w.entries())
	if len(f.names) > 0 {
		f.last = f.names[len(f.names)-1]
	}
	return err
}

// readOn reads the next names of f, whose first ones were yielded.
func (w *walk) readOn(f *folder) {
	dir, err := w.dir(f)
	if err == nil && dir == nil {
		f.more = false
		return
	}
	if err == nil {
		f.names, f.more, err = names(dir, f.last, false, w.source.batch, w.entries())
	}
	if errors.Is(err, fs.ErrNotExist) {
		f.more = false
		return
	}
	if err != nil {
		w.end(&sources.Error{Code: sources.CodeListing, Fatal: true, Err: err, Hint: "a large folder became unreadable while it was listed: scan again"})
		return
	}
	if len(f.names) > 0 {
		f.last = f.names[len(f.names)-1]
	}
}

// entries is room for entries of a folder.
func (w *walk) entries() []byte {
	if w.buf == nil {
		w.buf = make([]byte, 32<<10)
	}
	return w.buf
}

// entry is one name in a folder.
type entry struct {
	name   string
	folder bool
	unsure bool // folder is not known
}

// names gives the first names in dir after from (or from itself if inclusive),
// sorted, at most limit; more says that there are others. Names of folders end
// in '/'. Beside an error stand the names that were read before it.
func names(dir *os.Root, from string, inclusive bool, limit int, buf []byte) (list []string, more bool, err error) {
	f, err := dir.Open(".")
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	upTo := "" // names after it are known not to be among the first
	for {
		batch, err := some(f, buf)
		for _, e := range batch {
			name := e.name
			// A folder's '/' can move it behind from, but only if from starts so.
			if name < from && !strings.HasPrefix(from, name) || more && name > upTo {
				continue
			}
			if e.unsure {
				// Not ReadDir: it gives up a whole folder for one broken entry.
				info, err := dir.Lstat(name)
				e.folder = err == nil && info.IsDir()
			}
			if e.folder {
				name += "/"
			}
			if name < from || name == from && !inclusive {
				continue
			}
			if list = append(list, name); len(list) >= 2*limit {
				list, upTo, more = cut(list, limit, more)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			list, _, more = cut(list, limit, more)
			return list, more, err
		}
	}
	list, _, more = cut(list, limit, more)
	return list, more, nil
}

// cut sorts list, drops doubles, which a folder may show while it changes, and
// keeps the first limit names.
func cut(list []string, limit int, more bool) (first []string, last string, _ bool) {
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > limit {
		clear(list[limit:])
		list, more = list[:limit], true
	}
	if len(list) > 0 {
		last = list[len(list)-1]
	}
	return list, last, more
}
