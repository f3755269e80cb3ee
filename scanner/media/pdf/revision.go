package pdf

import (
	"bytes"
	"fmt"

	"habeas/scanner/media"
)

// maxRevisions is how many earlier revisions are read.
const maxRevisions = 32

// revisions hands out what earlier revisions of the file (7.5.6) say that the
// last does not: every save may append, and what it replaced is still there.
func (f *Format) revisions(last *walk) {
	ends := last.d.earlier()
	for i, size := range ends {
		if !last.ok() {
			return
		}
		if i == maxRevisions {
			last.v.Problem("revision", media.LimitCount)
			return
		}
		d := open(last.d.src, size, last.d.budget)
		if d.rebuilt || d.crypt != nil && d.crypt.locked {
			continue // no revision that ever stood alone
		}
		w := &walk{v: last.v, r: last.r, d: d, under: fmt.Sprintf("revision[%d]/", len(ends)-i), told: last.told, visited: map[uint32]bool{}}
		w.structure()
		f.texts(w)
		f.draw(w)
		w.notes()
		last.err = w.err
	}
}

// earlier are the sizes of the file before each of the appended revisions, the
// newest first.
func (d *document) earlier() []int64 {
	var ends []int64
	for i := 1; i < len(d.sections); i++ {
		from, to := d.sections[i]+d.base, d.sections[i-1]+d.base
		if from >= to {
			return ends // the first page comes first: no revision
		}
		if end := d.endAfter(from, to); end > 0 {
			ends = append(ends, end)
		}
	}
	return ends
}

// endAfter is where the revision ends whose cross-reference is at from; 0 if it
// has no end before to.
func (d *document) endAfter(from, to int64) int64 {
	const step = 64 << 10
	for at := from; at < to; at += step {
		b := d.src.at(at, int(min(step+64, to-at)))
		if i := bytes.Index(b, []byte("%%EOF")); i >= 0 {
			return at + int64(i) + int64(len("%%EOF"))
		}
	}
	return 0
}
