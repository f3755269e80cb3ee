package html

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"habeas/reports"
)

// Bounds of a page, so that a browser stays quick and memory stays flat.
const (
	pageObjects  = 500     // on a page
	pageBytes    = 1500000 // of objects on a page, unless one object alone has more
	blockRows    = 100     // rows, an object's head being one, of a block that the browser lays out by itself
	showFindings = 200     // of one object
)

// objectList writes objects in pages, each in blocks. A finished page waits in a
// file, since what stands above it is known only when the last object is: the
// only page of most owners stays in memory.
type objectList struct {
	h     *Handler
	up    string // from a page to the top folder
	base  string // file that fragments are named after
	pages []listPage
	page  bytes.Buffer // the last page
	block bytes.Buffer
	// of the block that is being filled
	rows, first int
}

// listPage is one page of a list.
type listPage struct {
	First, Last int // numbers of its objects, from 1
	Filters     filters
	frag        string // file name; "" while it is in memory
}

// add writes one object; file is the page it landed on, counted from 1.
func (l *objectList) add(e *reports.Entry, number int, whose, owners string) (page int, err error) {
	v := l.h.newObjectView(e, fmt.Sprintf("o%d", number), l.up)
	v.Whose, v.Owners = whose, owners
	if whose == "" { // on the page of a person only some of the object is told
		if v.Thumb, err = l.h.thumbnail(e); err != nil {
			return 0, err
		}
	}
	var one bytes.Buffer
	if err := l.h.tmpl.ExecuteTemplate(&one, "object", v); err != nil {
		return 0, err
	}
	if err := l.turn(number, one.Len()); err != nil {
		return 0, err
	}
	p := &l.pages[len(l.pages)-1]
	if l.rows > 0 && l.rows+1+len(v.Findings) > blockRows {
		if err := l.flush(number - 1); err != nil {
			return 0, err
		}
	}
	if l.rows == 0 {
		l.first = number
	}
	l.rows += 1 + len(v.Findings)
	p.Last = number
	p.Filters.add(e)
	_, err = one.WriteTo(&l.block)
	return len(l.pages), err
}

// turn begins a page where there is none, or the last one is full.
func (l *objectList) turn(number, size int) error {
	if n := len(l.pages); n > 0 {
		p := &l.pages[n-1]
		if number-p.First < pageObjects && l.page.Len()+l.block.Len()+size <= pageBytes {
			return nil
		}
		if err := l.flush(number - 1); err != nil {
			return err
		}
		p.frag = fmt.Sprintf("%s-%d.part", l.base, n)
		if err := l.h.file(p.frag, func(w io.Writer) error { _, err := l.page.WriteTo(w); return err }); err != nil {
			return err
		}
	}
	l.pages = append(l.pages, listPage{First: number, Last: number})
	return nil
}

// flush ends a block at object last.
func (l *objectList) flush(last int) error {
	if l.rows == 0 {
		return nil
	}
	l.rows = 0
	if err := l.h.tmpl.ExecuteTemplate(&l.page, "block-top", blockTitle(l.first, last)); err != nil {
		return err
	}
	if _, err := l.block.WriteTo(&l.page); err != nil {
		return err
	}
	return l.h.tmpl.ExecuteTemplate(&l.page, "block-bottom", nil)
}

func blockTitle(first, last int) string {
	if first == last {
		return fmt.Sprintf("Object %d", first)
	}
	return fmt.Sprintf("Objects %d to %d", first, last)
}

// end finishes the last block.
func (l *objectList) end() error {
	if n := len(l.pages); n > 0 {
		return l.flush(l.pages[n-1].Last)
	}
	return nil
}

// copy writes the objects of page n, from 1, and forgets them.
func (l *objectList) copy(w io.Writer, n int) error {
	if n > len(l.pages) {
		return nil
	}
	p := l.pages[n-1]
	if p.frag == "" {
		_, err := l.page.WriteTo(w)
		return err
	}
	name := filepath.Join(l.h.tmp, filepath.FromSlash(p.frag))
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, f); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Remove(name)
}

// pageLinks is the way between the pages of a list.
type pageLinks struct {
	Page, Pages int
	Prev, Next  string
	Links       []pageLink
}

type pageLink struct {
	Number int
	File   string // "" for the page itself
	Gap    bool   // pages before it are left out
}

// newPageLinks links the first, the last and the nearest pages.
func newPageLinks(page, pages int, file func(int) string) pageLinks {
	l := pageLinks{Page: page, Pages: pages}
	if page > 1 {
		l.Prev = file(page - 1)
	}
	if page < pages {
		l.Next = file(page + 1)
	}
	last := 0
	for n := 1; n <= pages; n++ {
		if n != 1 && n != pages && (n < page-2 || n > page+2) {
			continue
		}
		one := pageLink{Number: n, Gap: n != last+1}
		if n != page {
			one.File = file(n)
		}
		l.Links = append(l.Links, one)
		last = n
	}
	return l
}
