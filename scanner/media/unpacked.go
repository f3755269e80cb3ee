package media

import (
	"cmp"
	"errors"
	"io"
)

// How much of a long unpacked stream is held in memory: its start, which every
// format looks at again, and the pages used last.
const (
	unpackedPage = 1 << 20
	unpackedHead = 4  // pages of the start, kept
	unpackedMost = 32 // pages at once
)

// Unpacked reads a packed stream at any place and holds only a part of it: what
// lies ahead is unpacked, what lies behind and is no longer held is unpacked
// again from the start. Each pass costs the object's Budget, through the Inflater
// that open makes, so that reading back and forth ends in limit.bytes. One
// goroutine at a time uses it.
type Unpacked struct {
	open func() (io.Reader, error)
	size int64

	in    io.Reader // nil: the stream must be opened
	next  int64     // page that in stands at
	err   error     // with which the stream ended last
	pages map[int64][]byte
	used  []int64 // pages behind the head, least recently used first
}

var _ io.ReaderAt = (*Unpacked)(nil)

// NewUnpacked is the content of size bytes that a stream made by open yields.
// What is read of it may be shorter, if size was a lie: reads there give
// io.ErrUnexpectedEOF.
func NewUnpacked(size int64, open func() (io.Reader, error)) *Unpacked {
	return &Unpacked{open: open, size: size, pages: map[int64][]byte{}}
}

// Section is all of it.
func (u *Unpacked) Section() *io.SectionReader { return io.NewSectionReader(u, 0, u.size) }

// ReadAt implements io.ReaderAt. Its errors are those of the stream.
func (u *Unpacked) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		if at < 0 || at >= u.size {
			return n, io.EOF
		}
		page, err := u.page(at / unpackedPage)
		i := at % unpackedPage
		if i < int64(len(page)) {
			n += copy(p[n:], page[i:])
			continue
		}
		return n, cmp.Or(err, u.err, io.ErrUnexpectedEOF)
	}
	return n, nil
}

// page gives one page, shorter where the stream ends, with an error where it
// broke off.
func (u *Unpacked) page(k int64) ([]byte, error) {
	if b, ok := u.pages[k]; ok {
		u.touch(k)
		return b, nil
	}
	if u.in == nil || k < u.next {
		in, err := u.open()
		if err != nil {
			return nil, err
		}
		u.in, u.next = in, 0
	}
	for {
		b := u.pages[u.next] // unpacked once more
		if b == nil {
			b = u.room()
		}
		n, err := io.ReadFull(u.in, b[:min(unpackedPage, u.size-u.next*unpackedPage)])
		b = b[:n]
		if n > 0 {
			u.pages[u.next] = b
			u.touch(u.next)
		}
		found := u.next == k
		u.next++
		if err != nil {
			u.in = nil // it is not read on from here
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			u.err = err
		}
		if found && n > 0 {
			return b, err
		}
		if err != nil {
			return nil, err
		}
	}
}

// touch marks a page as the one used last.
func (u *Unpacked) touch(k int64) {
	if k < unpackedHead {
		return
	}
	for i, x := range u.used {
		if x == k {
			u.used = append(u.used[:i], u.used[i+1:]...)
			break
		}
	}
	u.used = append(u.used, k)
}

// room is memory for one more page: new, or that of the page used longest ago.
func (u *Unpacked) room() []byte {
	if len(u.pages) < unpackedMost || len(u.used) == 0 {
		return make([]byte, unpackedPage)
	}
	k := u.used[0]
	b := u.pages[k][:unpackedPage]
	delete(u.pages, k)
	u.used = u.used[1:]
	return b
}
