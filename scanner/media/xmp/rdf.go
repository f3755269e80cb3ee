package xmp

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"habeas/detectors"
	"habeas/scanner/media"
)

// Bounds of what one packet may unfold to; packets in the wild stay far below.
const (
	maxTags     = 1 << 18  // tags
	maxNames    = 32 << 20 // bytes of all names together
	maxPath     = 2 << 10  // bytes of one path
	maxBindings = 256      // namespaces declared at one place
	// maxAncestors is how many document ids of photoshop:DocumentAncestors are
	// kept: pasted layers make them grow to hundreds of thousands, and none is
	// anybody's data.
	maxAncestors = 1_000
)

// walk turns RDF into tags. The property that is being read is w.path.
type walk struct {
	t        tokens
	v        media.Visitor
	tags     []detectors.Tag
	pictures []picture
	path     []byte
	block    []byte // of names
	buf      []byte // the packet as it was read
	ns       []binding
	seen     int // tokens and attributes
	names    int // bytes of names in tags

	deep, many, large bool // limits that were met
}

// binding is a namespace declaration in force.
type binding struct {
	prefix string // the document's
	name   string // ours
	depth  int    // of the element that declares it
}

// next is the next token, within the limit of a packet.
func (w *walk) next() kind {
	k := w.t.next()
	if w.seen++; k == start {
		w.seen += len(w.t.attrs)
		w.declare()
	}
	if w.seen > media.MaxXMLTokens {
		w.many = true
		w.t.i = len(w.t.s)
		w.t.open = w.t.open[:0]
		return eof
	}
	return k
}

// declare brings the namespaces of the element that begins into force, and puts
// those of elements that ended out of it.
func (w *walk) declare() {
	depth := len(w.t.open)
	if w.t.self {
		depth++
	}
	n := len(w.ns)
	for n > 0 && w.ns[n-1].depth >= depth {
		n--
	}
	w.ns = w.ns[:n]
	for _, a := range w.t.attrs {
		prefix, ok := strings.CutPrefix(a.name, "xmlns")
		if !ok || prefix != "" && prefix[0] != ':' {
			continue
		}
		if len(w.ns) == maxBindings {
			w.many = true
			return
		}
		prefix = strings.TrimPrefix(prefix, ":")
		w.ns = append(w.ns, binding{prefix, prefixFor(unescape(a.value), prefix), depth})
	}
}

// resolve gives a name with our prefix. A prefix that was never declared counts
// as what it looks like: such packets come from broken writers.
func (w *walk) resolve(name string, isAttr bool) (prefix, local string) {
	prefix, local = split(name)
	if prefix == "" && isAttr {
		switch local {
		case "about", "ID", "nodeID", "resource", "parseType", "datatype": // before RDF 1.0
			return "rdf", local
		}
		return "", local
	}
	for i := len(w.ns) - 1; i >= 0; i-- {
		if w.ns[i].prefix == prefix {
			return w.ns[i].name, local
		}
	}
	return sanitise(prefix), local
}

// document looks for RDF in whatever wraps it.
func (w *walk) document() {
	for {
		switch w.next() {
		case eof:
			return
		case start:
			switch ns, local := w.resolve(w.t.name, false); {
			case local == "RDF" && !w.t.self:
				w.children(w.node, nil)
			case ns == "rdf" && local == "Description":
				w.node()
			}
		}
	}
}

// children calls element for each child of the element that has just begun, with
// the child's start as the current token; element reads to the child's end.
// Text goes to chars.
func (w *walk) children(element func(), chars func(string)) {
	depth := len(w.t.open)
	if depth > media.MaxXMLDepth {
		w.deep = true
		element, chars = w.skip, nil
	}
	for len(w.t.open) >= depth {
		switch w.next() {
		case eof:
			return
		case start:
			element()
		case text:
			if chars != nil {
				s := w.t.text
				if !w.t.raw {
					s = unescape(s)
				}
				chars(s)
			}
		}
	}
}

// skip passes over the element that has just begun.
func (w *walk) skip() {
	if w.t.self {
		return
	}
	depth := len(w.t.open)
	for len(w.t.open) >= depth {
		if w.next() == eof {
			return
		}
	}
}

// node reads rdf:Description, or an element of another type in its place: its
// attributes and its children are properties of what w.path stands for.
func (w *walk) node() {
	self := w.t.self
	for _, a := range w.t.attrs {
		w.field(a)
	}
	if !self {
		w.children(w.property, nil)
	}
}

// field reads an attribute that is a property.
func (w *walk) field(a attr) {
	if strings.HasPrefix(a.name, "xml") && (a.name == "xmlns" || a.name[3:4] == ":" || strings.HasPrefix(a.name, "xmlns:")) {
		return
	}
	ns, local := w.resolve(a.name, true)
	if ns == "rdf" {
		if local == "value" {
			w.emit(unescape(a.value))
		}
		return
	}
	n := len(w.path)
	if w.push(ns, local) {
		w.emit(unescape(a.value))
	}
	w.path = w.path[:n]
}

// property reads an element that is a property. Containers and nodes where a
// property belongs, and struct fields where a node belongs, are broken RDF that
// is around, and clear enough.
func (w *walk) property() {
	ns, local := w.resolve(w.t.name, false)
	if ns == "rdf" {
		switch local {
		case "Bag", "Seq", "Alt":
			w.container(local)
			return
		case "Description":
			w.node()
			return
		case "value": // the value itself; what stands beside it are qualifiers
			w.value()
			return
		}
	}
	n := len(w.path)
	if w.push(ns, local) {
		w.value()
	} else {
		w.skip()
	}
	w.path = w.path[:n]
}

// push makes a path longer by a name; the caller cuts it again.
func (w *walk) push(ns, local string) bool {
	if len(w.path) > maxPath {
		w.large = true
		return false
	}
	if len(w.path) > 0 {
		w.path = append(w.path, '/')
	}
	if ns != "" {
		w.path = append(append(w.path, ns...), ':')
	}
	if local = sanitise(local); local == "" {
		local = "_"
	}
	w.path = append(w.path, local...)
	return true
}

// value reads what the element that has just begun holds, and gives its language.
func (w *walk) value() (lang string) {
	self, parse := w.t.self, ""
	for _, a := range w.t.attrs {
		if a.name == "xml:lang" {
			lang = a.value
			continue
		}
		switch ns, local := w.resolve(a.name, true); {
		case ns == "rdf" && local == "resource":
			w.emit(unescape(a.value))
		case ns == "rdf" && local == "parseType":
			parse = a.value
		default:
			w.field(a)
		}
	}
	if self {
		return lang
	}
	switch parse {
	case "Resource":
		w.children(w.property, nil)
	case "Collection":
		w.items(w.node)
	default:
		w.content(parse == "Literal")
	}
	return lang
}

// content reads text, or the elements that stand instead of it. Of a literal,
// which is XML again, it is the text that counts.
func (w *walk) content(literal bool) {
	var chars textBuffer
	element := w.property
	if literal {
		element = func() {
			if !w.t.self {
				w.children(element, chars.add)
			}
		}
	}
	w.children(element, chars.add)
	w.emit(chars.string())
}

// textBuffer joins text that comes in pieces; one piece, the rule, is not copied.
type textBuffer struct {
	one  string
	more []byte
}

func (b *textBuffer) add(s string) {
	switch {
	case b.more != nil:
		b.more = append(b.more, s...)
	case strings.Trim(b.one, blanks) == "":
		b.one = s
	case strings.Trim(s, blanks) != "":
		b.more = append(append(make([]byte, 0, 2*(len(b.one)+len(s))), b.one...), s...)
	}
}

func (b *textBuffer) string() string {
	if b.more != nil {
		return string(b.more)
	}
	return b.one
}

// container reads rdf:Bag, rdf:Seq or rdf:Alt.
func (w *walk) container(local string) {
	if w.t.self {
		return
	}
	first, done := len(w.tags), false
	ancestors := strings.HasSuffix(string(w.path), "photoshop:DocumentAncestors")
	n := 0
	w.items(func() {
		if n++; ancestors && n > maxAncestors {
			w.skip()
			return
		}
		from := len(w.tags)
		if lang := w.value(); local == "Alt" && strings.EqualFold(lang, "x-default") && !done {
			done = true
			w.toFront(first, from, n)
		}
	})
}

// items calls item for each child, with its index at the end of the path.
func (w *walk) items(item func()) {
	i, n := 0, len(w.path)
	w.children(func() {
		i++
		w.path = append(strconv.AppendInt(append(w.path[:n], '['), int64(i), 10), ']')
		item()
		w.path = w.path[:n]
	}, nil)
}

// toFront makes item n, whose tags begin at from, the first of the container
// whose tags begin at first.
func (w *walk) toFront(first, from, n int) {
	if n == 1 || from == first || from == len(w.tags) {
		return
	}
	// The path still ends in the index of this item.
	at := strings.LastIndexByte(string(w.path), '[')
	for i := first; i < len(w.tags); i++ {
		name := w.tags[i].Name
		end := at + strings.IndexByte(name[at:], ']')
		index, err := strconv.Atoi(name[at+1 : end])
		if err != nil {
			continue
		}
		if index++; i >= from {
			index = 1
		}
		w.tags[i].Name = name[:at+1] + strconv.Itoa(index) + name[end:]
	}
	moved := slices.Clone(w.tags[from:])
	copy(w.tags[first+len(moved):], w.tags[first:from])
	copy(w.tags[first:], moved)
}

// emit makes a tag of a value of the current property.
func (w *walk) emit(value string) {
	value = valid(strings.Trim(value, blanks))
	if value == "" || len(w.path) == 0 {
		return
	}
	if len(w.tags) == maxTags || w.names+len(w.path) > maxNames {
		w.many = true
		return
	}
	name := w.name()
	if w.picture(name, value) {
		return
	}
	w.names += len(name)
	w.tags = append(w.tags, detectors.Tag{Group: "XMP", Name: name, Value: value})
}

// name is the path as a string. Names are cut from blocks: one allocation for
// each would be most of those that a packet takes. What stands in a block does not
// change before the walk ends, and with it the use of its names.
func (w *walk) name() string {
	if len(w.path) > cap(w.block)-len(w.block) {
		w.block = make([]byte, 0, max(len(w.path), min(2*cap(w.block), maxKept), nameBlock))
	}
	from := len(w.block)
	w.block = append(w.block, w.path...)
	return unsafe.String(&w.block[from], len(w.path))
}

// nameBlock holds the names of some 80 properties, bytes.
const nameBlock = 4 << 10

// valid makes UTF-8 of a value that is not: bytes that break the rules are those
// of Latin-1, in all packets that were seen.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			r = rune(s[i])
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}
