package pdf

import (
	"bytes"

	"habeas/scanner/media"
)

// maxObjects is how many objects of a document are known at most.
const maxObjects = 1 << 20

// entry says where an object is: at off, or in the object stream with the number
// off at place gen.
type entry struct {
	off    int64
	gen    uint32
	packed bool
}

// document is the structure of one revision of a file: ISO 32000-2, 7.5. What is
// broken is noted and gone around. One goroutine at a time uses it.
type document struct {
	src    *source
	size   int64 // bytes of the file that belong to the revision
	base   int64 // where "%PDF-" stands: offsets count from there
	budget *media.Budget

	xref     map[uint32]entry
	trailer  dict
	sections []int64 // of the cross-reference, the newest first
	crypt    *crypt  // nil if nothing is encrypted
	rebuilt  bool
	lenient  bool // objects that are not where they should be are none
	notes    map[media.Reason]bool

	packed  map[uint32]*objectStream
	loading map[uint32]bool
}

// note remembers damage of the structure.
func (d *document) note(r media.Reason) { d.notes[r] = true }

// open reads the cross-reference of the first size bytes. It always gives a
// document, if need be one of nothing.
func open(src *source, size int64, budget *media.Budget) *document {
	d := &document{
		src: src, size: size, budget: budget, xref: map[uint32]entry{}, trailer: dict{},
		notes: map[media.Reason]bool{}, packed: map[uint32]*objectStream{}, loading: map[uint32]bool{},
	}
	d.base = max(int64(bytes.Index(src.at(0, headerWithin+8), []byte("%PDF-"))), 0)
	start, ok := d.startXref()
	if !ok {
		d.note(media.Truncated)
	} else if !d.readChain(start) {
		d.note(media.Corrupt)
		ok = false
	}
	d.readCrypt()
	if _, root := d.dict(d.trailer["Root"])["Pages"]; !ok || !root {
		if ok {
			d.note(media.Corrupt)
		}
		d.rebuild()
	}
	return d
}

// tail is how much is searched for the last startxref: 1,024 bytes by the
// standard, more in files to which something was added.
const tail = 4 << 10

// startXref is the offset of the last cross-reference section, as the end says.
func (d *document) startXref() (int64, bool) {
	from := max(d.size-tail, 0)
	b := d.src.at(from, int(d.size-from))
	i := bytes.LastIndex(b, []byte("startxref"))
	if i < 0 {
		return 0, false
	}
	l := &lexer{b: b, pos: i + len("startxref"), content: true}
	o, ok := l.object()
	v, isNumber := o.(float64)
	if !bytes.Contains(b[i:], []byte("%%EOF")) { // the last line of every file (7.5.5)
		d.note(media.Truncated)
	}
	if !ok || !isNumber || v < 0 || v > float64(d.size) {
		return -1, true
	}
	return int64(v), true
}

// readChain reads the sections from the newest to the oldest. It is false if the
// newest can't be read.
func (d *document) readChain(off int64) bool {
	seen := map[int64]bool{}
	for first := true; ; first = false {
		if seen[off] || len(seen) > 1_000 {
			d.note(media.Corrupt)
			return true
		}
		seen[off] = true
		t, ok := d.readSection(off)
		if !ok {
			if !first {
				d.note(media.Corrupt)
			}
			return !first
		}
		if first {
			d.trailer = t
		}
		for k, v := range t {
			if _, has := d.trailer[k]; !has && (k == "Root" || k == "Info" || k == "Encrypt" || k == "ID") {
				d.trailer[k] = v // where the first page comes first, either may lack it
			}
		}
		d.sections = append(d.sections, off)
		if v, ok := t["XRefStm"].(float64); ok && !seen[int64(v)] {
			seen[int64(v)] = true
			if _, ok := d.readSection(int64(v)); !ok {
				d.note(media.Corrupt)
			}
		}
		prev, has := t["Prev"].(float64)
		if !has {
			return true
		}
		off = int64(max(min(prev, 1<<50), -1))
	}
}

// readSection reads a table or a stream of cross-references.
func (d *document) readSection(off int64) (dict, bool) {
	if off < 0 || off >= d.size {
		return nil, false
	}
	var t dict
	var ok bool
	l := d.parseAt(off+d.base, 4<<10, func(l *lexer) {
		l.content = true
		o, _ := l.object()
		if o != keyword("xref") {
			l.short = false
			return
		}
		t, ok = d.readTable(l)
	})
	if ok || l.pos > 4 && bytes.HasPrefix(bytes.TrimLeft(l.b, " \r\n\t\x00"), []byte("xref")) {
		return t, ok
	}
	o, _ := d.objectAt(off+d.base, nil)
	s, isStream := o.(*stream)
	if !isStream {
		return nil, false
	}
	return s.dict, d.readXrefStream(s)
}

// readTable reads the subsections of a table and its trailer (7.5.4). Only a
// reading that gets to the end counts: it may be called again with more bytes.
func (d *document) readTable(l *lexer) (dict, bool) {
	for {
		l.content = true
		o, _ := l.object()
		if o == keyword("trailer") {
			l.content = false
			t, _ := l.object()
			td, ok := t.(dict)
			return td, ok && !l.short
		}
		first, ok1 := o.(float64)
		o, _ = l.object()
		count, ok2 := o.(float64)
		if !ok1 || !ok2 || l.short || first < 0 || count < 0 {
			return nil, false
		}
		for i := 0.0; i < count; i++ {
			at, _ := l.object()
			gen, _ := l.object()
			kind, _ := l.object()
			if at == keyword("trailer") { // fewer than promised
				return nil, false
			}
			off, ok := at.(float64)
			if !ok || l.short {
				return nil, false
			}
			if i == 0 && first == 1 && kind == keyword("f") && gen == 65535.0 {
				first = 0 // a well-known mistake
			}
			if kind == keyword("n") && !d.add(first+i, entry{off: int64(min(off, 1<<50)), gen: uint32(number(gen))}) {
				return nil, false
			}
		}
	}
}

// add makes an object known unless a newer section has said where it is.
func (d *document) add(num float64, e entry) bool {
	if num < 0 || num > 1<<31 {
		return false
	}
	n := uint32(num)
	if _, has := d.xref[n]; has {
		return true
	}
	if len(d.xref) >= maxObjects {
		d.note(media.LimitCount)
		return true
	}
	d.xref[n] = e
	return true
}

// readXrefStream reads a stream of cross-references (7.5.8).
func (d *document) readXrefStream(s *stream) bool {
	w, _ := s.dict["W"].(array)
	if len(w) < 3 {
		return false
	}
	var width [3]int
	row := 0
	for i := range width {
		n := number(w[i])
		if n < 0 || n > 8 {
			return false
		}
		width[i] = int(n)
		row += int(n)
	}
	if row == 0 {
		return false
	}
	b, reason := d.decode(s)
	if reason != "" {
		d.note(reason)
	}
	index, _ := s.dict["Index"].(array)
	if len(index) < 2 {
		index = array{0.0, s.dict["Size"]}
	}
	field := func(i int, at []byte, missing uint64) uint64 {
		if width[i] == 0 {
			return missing
		}
		v := uint64(0)
		for _, c := range at[:width[i]] {
			v = v<<8 | uint64(c)
		}
		return v
	}
	for ; len(index) >= 2; index = index[2:] {
		first, count := number(index[0]), number(index[1])
		for i := int64(0); i < count && len(b) >= row; i++ {
			kind := field(0, b, 1)
			off := field(1, b[width[0]:], 0)
			gen := field(2, b[width[0]+width[1]:], 0)
			b = b[row:]
			if kind == 1 || kind == 2 {
				e := entry{off: int64(min(off, 1<<50)), gen: uint32(min(gen, 1<<31)), packed: kind == 2}
				if !d.add(float64(first+i), e) {
					return false
				}
			}
		}
	}
	return true
}

// parseAt lets parse read what stands at off, and again with more bytes where
// they ended too early. What it leaves is the lexer of the last try.
func (d *document) parseAt(off int64, n int, parse func(l *lexer)) *lexer {
	for {
		left := max(d.size-off, 0)
		n = int(min(int64(n), left, media.MaxBlock))
		l := &lexer{b: d.src.at(off, n)}
		parse(l)
		if !l.short || int64(n) == left || n == media.MaxBlock || len(l.b) < n {
			return l
		}
		n *= 4
	}
}

// objectAt reads the indirect object at off. Where want is set, it must have
// that number. Streams are told by what follows their dictionary.
func (d *document) objectAt(off int64, want *uint32) (o object, ok bool) {
	var id ref
	var at int64
	l := d.parseAt(off, 1<<10, func(l *lexer) {
		l.content = true
		num, _ := l.object()
		gen, _ := l.object()
		word, _ := l.object()
		l.content = false
		n, isNumber := num.(float64)
		if ok = isNumber && word == keyword("obj") && (want == nil || n == float64(*want)); !ok {
			return
		}
		id = ref{uint32(n), uint32(number(gen))}
		if d.crypt != nil {
			l.decrypt = func(b []byte) []byte { return d.crypt.text(id, b) }
		}
		o, _ = l.object()
		l.decrypt = nil
		if _, isDict := o.(dict); !isDict || l.short {
			return
		}
		word, _ = l.object()
		l.short = l.pos+2 > len(l.b) && off+int64(len(l.b)) < d.size // what follows is not ours
		if word == keyword("stream") {
			at = off + int64(afterStream(l))
		}
	})
	if l.deep {
		d.note(media.LimitDepth)
	}
	if l.many {
		d.note(media.LimitCount)
	}
	switch {
	case l.deep || l.many: // it ends there
	case l.short && len(l.b) == media.MaxBlock:
		d.note(media.LimitBytes)
	case l.short && ok:
		d.note(media.Truncated)
	case l.odd:
		d.note(media.Corrupt)
	}
	if at > 0 {
		return &stream{dict: o.(dict), off: at, size: -1, id: id}, ok
	}
	return o, ok
}

// afterStream is where the bytes of a stream begin (7.3.8.1).
func afterStream(l *lexer) int {
	p := l.pos
	for p < len(l.b) && (l.b[p] == ' ' || l.b[p] == '\t') {
		p++
	}
	if p < len(l.b) && l.b[p] == '\r' {
		p++
	}
	if p < len(l.b) && l.b[p] == '\n' {
		p++
	}
	return p
}

// resolve follows references to what they mean, nil if that is nothing.
func (d *document) resolve(o object) object {
	for range 16 {
		r, ok := o.(ref)
		if !ok {
			return o
		}
		o = d.load(r.num)
	}
	d.note(media.Corrupt)
	return nil
}

// dict is what o means if that is a dictionary or a stream, else nil.
func (d *document) dict(o object) dict {
	switch v := d.resolve(o).(type) {
	case dict:
		return v
	case *stream:
		return v.dict
	}
	return nil
}

func (d *document) array(o object) array {
	a, _ := d.resolve(o).(array)
	return a
}

func (d *document) stream(o object) *stream {
	s, _ := d.resolve(o).(*stream)
	return s
}

// load reads the object with that number.
func (d *document) load(num uint32) object {
	e, ok := d.xref[num]
	if !ok || d.loading[num] {
		return nil
	}
	d.loading[num] = true
	defer delete(d.loading, num)
	if e.packed {
		return d.unpack(uint32(e.off), num, e.gen)
	}
	o, ok := d.objectAt(e.off+d.base, &num)
	if !ok && d.base > 0 {
		o, ok = d.objectAt(e.off, &num)
	}
	if ok {
		return o
	}
	if !d.lenient {
		d.note(media.Corrupt)
	}
	if d.rebuilt || d.lenient || d.src.err != nil {
		return nil
	}
	d.rebuild()
	if e, ok = d.xref[num]; !ok || e.packed {
		return nil
	}
	o, _ = d.objectAt(e.off+d.base, &num)
	return o
}

// objectStream is a decoded object stream (7.5.7).
type objectStream struct {
	b     []byte
	place map[uint32]packedAt
}

// packedAt is where an object begins, and its number in the order of the stream.
type packedAt struct{ at, index int }

// maxPacked bounds the bytes of object streams that are kept decoded.
const maxPacked = 16 << 20

// unpack reads an object out of an object stream.
func (d *document) unpack(container, num, _ uint32) object {
	s := d.packed[container]
	if s == nil {
		s = d.openPacked(container)
		total := len(s.b)
		for _, o := range d.packed {
			total += len(o.b)
		}
		if total > maxPacked {
			clear(d.packed)
		}
		d.packed[container] = s
	}
	at, ok := s.place[num]
	if !ok {
		d.note(media.Corrupt)
		return nil
	}
	l := &lexer{b: s.b, pos: at.at}
	o, _ := l.object()
	if l.deep {
		d.note(media.LimitDepth)
	} else if l.many || l.odd || l.short && at.at < len(s.b) {
		d.note(media.Corrupt)
	}
	return o
}

// openPacked decodes an object stream, never nil.
func (d *document) openPacked(container uint32) *objectStream {
	out := &objectStream{place: map[uint32]packedAt{}}
	e, ok := d.xref[container]
	s := d.stream(ref{num: container})
	if !ok || e.packed || s == nil {
		d.note(media.Corrupt)
		return out
	}
	var reason media.Reason
	if out.b, reason = d.decode(s); reason != "" {
		d.note(reason)
	}
	first := number(d.resolve(s.dict["First"]))
	l := &lexer{b: out.b, content: true}
	for i := range min(number(d.resolve(s.dict["N"])), maxObjects) {
		num, ok1 := l.object()
		off, ok2 := l.object()
		n, isNumber := num.(float64)
		at := first + number(off)
		if !ok1 || !ok2 || !isNumber || at < 0 || at > int64(len(out.b)) {
			d.note(media.Corrupt)
			break
		}
		out.place[uint32(n)] = packedAt{int(at), int(i)}
	}
	return out
}
