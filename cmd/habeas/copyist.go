package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"habeas/reports"
	"habeas/reports/access"
	"habeas/scanner"
	"habeas/scanner/media"
	"habeas/scanner/pixels/cover"
	"habeas/scanner/plain"
	"habeas/scanner/sandbox"
	"habeas/scanner/strip"
)

// What is asked of a worker for copies: the first byte of each request.
const (
	askStrip = 's'
	askCover = 'c'
	askText  = 't'
)

// serveCopies answers what copyist asks.
func serveCopies(e *scanner.Examiner) func(request []byte, content io.ReaderAt, size int64) []byte {
	s := &strip.Stripper{Examiner: e, Runner: scanner.InProcess{Examiner: e}}
	return func(q []byte, content io.ReaderAt, size int64) []byte {
		switch {
		case len(q) == 0:
		case q[0] == askStrip:
			return strip.Answer(s, q[1:], content, size)
		case q[0] == askCover:
			return cover.Answer(e, q[1:], content, size)
		case q[0] == askText:
			return plain.Answer(e, q[1:], content, size)
		}
		return nil
	}
}

// copyist has worker processes take objects apart of which changed copies are to
// be made: this process puts bytes together and parses none of them. Its methods
// may be called from many goroutines.
type copyist struct {
	local  func(request []byte, content io.ReaderAt, size int64) []byte // in this process; nil with workers
	others *sandbox.Servant
	// documents know a compiled parser of PDF, which takes its time to start.
	documents func() *sandbox.Servant
	end       func()
}

// newCopyist gives one that looks at objects in the way of l. close it.
func (a *app) newCopyist(inProcess bool, l look) (*copyist, error) {
	l.pixels = nil // of a copy, what it shows stays
	if inProcess {
		return &copyist{local: serveCopies(examiner(l)), end: func() {}}, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, stopped("this program can't find its own file to start workers: use --in-process")
	}
	command := append([]string{self, workerName}, l.arguments()...)
	c := &copyist{others: sandbox.NewServant(append(command[:len(command):len(command)], "--copies"))}
	var documents *sandbox.Servant
	remove := func() {}
	c.documents = sync.OnceValue(func() *sandbox.Servant {
		var dir string
		dir, remove = a.compiledFolder()
		with := command[:len(command):len(command)]
		if compileFor(command, dir) {
			with = append(with, "--compiled", dir)
		}
		documents = sandbox.NewServant(append(with, "--copies"))
		return documents
	})
	c.end = func() {
		_ = c.others.Close() // they have no more to say
		if documents != nil {
			_ = documents.Close()
		}
		remove()
	}
	return c, nil
}

func (c *copyist) close() { c.end() }

// AskAbout asks the worker for content of its kind.
func (c *copyist) AskAbout(ctx context.Context, request []byte, content io.ReaderAt, size int64) ([]byte, error) {
	if c.local != nil {
		w := &firstFailure{r: content}
		reply := c.local(request, w, size)
		return reply, errors.Join(ctx.Err(), w.err)
	}
	head, err := media.ReadUpTo(content, 0, 1<<10, size)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(head, []byte("%PDF-")) {
		return c.documents().AskAbout(ctx, request, content, size)
	}
	return c.others.AskAbout(ctx, request, content, size)
}

// firstFailure keeps the first failed read, which a parser may take for damage.
type firstFailure struct {
	r   io.ReaderAt
	err error
}

// ReadAt implements io.ReaderAt.
func (f *firstFailure) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.r.ReadAt(p, off)
	if err != nil && f.err == nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

// stripWorker is what a strip.Remote asks.
type stripWorker struct{ c *copyist }

var _ strip.Worker = stripWorker{}

// AskAbout implements strip.Worker.
func (w stripWorker) AskAbout(ctx context.Context, request []byte, content io.ReaderAt, size int64) ([]byte, error) {
	return w.c.AskAbout(ctx, append([]byte{askStrip}, request...), content, size)
}

// planner plans and proves what is stripped.
func (c *copyist) planner() strip.Planner {
	return &strip.Remote{Worker: stripWorker{c}, Lost: lost}
}

// lost tells the errors that are an object's own: its worker died of it, or it
// asks for more than a worker can be told.
func lost(err error) bool {
	return errors.Is(err, sandbox.ErrServant) || errors.Is(err, sandbox.ErrRequest)
}

// errLost is what a person is told of a copy whose worker died.
var errLost = errors.New("the process that makes its copy died of it, or took too long")

// render lets a package make copies of another kind.
type render struct{ c *copyist }

var _ access.Renderer = render{}

// Cover implements access.Renderer.
func (r render) Cover(ctx context.Context, e *reports.Entry, content io.ReaderAt, size int64, boxes []reports.Box) ([]byte, string, error) {
	regions := make([]cover.Region, len(boxes))
	for i, b := range boxes {
		regions[i] = cover.Region{X: b.X, Y: b.Y, W: b.W, H: b.H}
	}
	message, err := cover.Message(e.Key, regions)
	if err != nil {
		return nil, "", errors.New("where others are in it is no place in a picture")
	}
	reply, err := r.c.AskAbout(ctx, append([]byte{askCover}, message...), content, size)
	if lost(err) {
		return nil, "", errLost
	}
	if err != nil {
		return nil, "", err
	}
	c, err := cover.Parse(reply)
	switch {
	case err != nil:
		return nil, "", errLost
	case c.Pages:
		return nil, "", errors.New("it shows other people, and a file of several pictures can't be covered")
	case c.Reason == media.LimitPixels || c.Reason == media.LimitBytes:
		return nil, "", errors.New("its picture is too large to be covered")
	case c.Reason == media.Unsupported:
		return nil, "", errors.New("it shows other people, and files of its type can't be covered")
	case c.Reason != "":
		return nil, "", errors.New("its picture can't be decoded")
	}
	return c.Content, c.Type, nil
}

// Text implements access.Renderer.
func (r render) Text(ctx context.Context, e *reports.Entry, content io.ReaderAt, size int64) ([]byte, error) {
	reply, err := r.c.AskAbout(ctx, append([]byte{askText}, e.Key...), content, size)
	if lost(err) {
		return nil, errLost
	}
	if err != nil {
		return nil, err
	}
	t, err := plain.Parse(reply)
	switch {
	case err != nil:
		return nil, errLost
	case t.Reason != "":
		return nil, errors.New("it says something of other people, and not all of its text can be read")
	}
	return t.Text, nil
}
