package pdf

import (
	"bytes"
	"maps"
	"slices"

	"habeas/scanner/media"
)

// How a file without a usable cross-reference is searched for its objects.
const (
	maxSearch   = 256 << 20 // bytes
	searchChunk = 256 << 10
	searchEdge  = 64 // longer than "4294967295 65535 obj" with blanks
)

// rebuild finds the objects of the file by their first words. Later ones replace
// earlier ones of the same number, as a reader of the whole file would have it.
func (d *document) rebuild() {
	if d.rebuilt {
		return
	}
	d.rebuilt = true
	d.xref = map[uint32]entry{}
	clear(d.packed)
	r := rebuilder{d: d}
	size := min(d.size, maxSearch)
	if size < d.size {
		d.note(media.LimitBytes)
	}
	for off := int64(0); off < size && d.src.err == nil; off += searchChunk {
		from := max(off-searchEdge, 0)
		b := d.src.at(from, int(min(off+searchChunk, size)-from))
		r.chunk(bytes.Clone(b), from)
	}
	if len(d.xref) == 0 {
		d.note(media.Corrupt)
	}
	r.finish()
	d.readCrypt()
	for _, num := range slices.Backward(r.packed) { // the newest first
		s := d.openPacked(num)
		for inner, p := range s.place {
			if _, has := d.xref[inner]; !has {
				d.add(float64(inner), entry{off: int64(num), gen: uint32(p.index), packed: true})
			}
		}
	}
	if _, ok := d.dict(d.trailer["Root"])["Pages"]; !ok {
		r.findRoot()
	}
}

// rebuilder is one search.
type rebuilder struct {
	d        *document
	done     int64    // everything before it was seen
	last     uint32   // the object that was found last
	packed   []uint32 // object streams
	xrefs    []uint32 // streams of cross-references
	catalogs []uint32
	trailers []int64
}

// words are what the search looks at; each but obj belongs to the object before.
var words = [][]byte{[]byte("obj"), []byte("/ObjStm"), []byte("/XRef"), []byte("/Catalog"), []byte("trailer")}

// chunk searches b, which stands at off.
func (r *rebuilder) chunk(b []byte, off int64) {
	next := make([]int, len(words))
	find := func(w, from int) {
		if i := bytes.Index(b[from:], words[w]); i >= 0 {
			next[w] = from + i
		} else {
			next[w] = len(b)
		}
	}
	for w := range words {
		find(w, 0)
	}
	for {
		w := 0
		for i := range next {
			if next[i] < next[w] {
				w = i
			}
		}
		at := next[w]
		if at == len(b) {
			return
		}
		find(w, at+1)
		if off+int64(at) < r.done {
			continue
		}
		r.done = off + int64(at) + 1
		switch w {
		case 0:
			r.object(b, at, off)
		case 1:
			r.packed = append(r.packed, r.last)
		case 2:
			r.xrefs = append(r.xrefs, r.last)
		case 3:
			r.catalogs = append(r.catalogs, r.last)
		case 4:
			r.trailers = append(r.trailers, off+int64(at)+int64(len("trailer")))
		}
	}
}

// object takes "12 0 obj", whose last word stands at b[at:].
func (r *rebuilder) object(b []byte, at int, off int64) {
	back := func(p int) (value uint64, start int, ok bool) {
		for p > 0 && isSpace(b[p-1]) {
			p--
		}
		end, scale := p, uint64(1)
		for p > 0 && b[p-1] >= '0' && b[p-1] <= '9' && end-p < 10 {
			p--
			value += uint64(b[p]-'0') * scale
			scale *= 10
		}
		return value, p, p < end
	}
	gen, p, ok := back(at)
	if !ok || p == 0 || !isSpace(b[p-1]) {
		return
	}
	num, p, ok := back(p)
	if !ok || num > 1<<31 {
		return
	}
	if _, has := r.d.xref[uint32(num)]; !has && len(r.d.xref) >= maxObjects {
		r.d.note(media.LimitCount)
		return
	}
	r.last = uint32(num)
	r.d.xref[r.last] = entry{off: off + int64(p) - r.d.base, gen: uint32(min(gen, 1<<16))}
}

// finish puts the trailer together, from the last that says where the root is.
func (r *rebuilder) finish() {
	take := func(t dict) {
		for k, v := range t {
			switch k {
			case "Root", "Info", "Encrypt", "ID":
				r.d.trailer[k] = v
			}
		}
	}
	r.d.trailer = dict{}
	r.d.crypt = nil
	for _, num := range r.xrefs[max(len(r.xrefs)-16, 0):] {
		if s := r.d.stream(ref{num: num}); s != nil {
			take(s.dict)
		}
	}
	for _, at := range r.trailers[max(len(r.trailers)-16, 0):] {
		r.d.parseAt(at, 1<<10, func(l *lexer) {
			if o, _ := l.object(); !l.short {
				t, _ := o.(dict)
				take(t)
			}
		})
	}
}

// findRoot takes the last catalog that has pages.
func (r *rebuilder) findRoot() {
	for i := range min(len(r.catalogs), 64) {
		num := r.catalogs[len(r.catalogs)-1-i]
		if _, ok := r.d.dict(ref{num: num})["Pages"]; ok {
			r.d.trailer["Root"] = ref{num: num}
			return
		}
	}
	// It may be packed.
	for _, p := range r.packed[max(len(r.packed)-64, 0):] {
		for _, num := range slices.Sorted(maps.Keys(r.d.openPacked(p).place)) {
			if m := r.d.dict(ref{num: num}); m["Type"] == name("Catalog") && m["Pages"] != nil {
				r.d.trailer["Root"] = ref{num: num}
				return
			}
		}
	}
}
