package scanner

import (
	"encoding/hex"
	"strings"
	"unsafe"
)

// keep holds the strings of findings, many in one piece of memory. The zero keep is
// ready; one goroutine at a time uses it.
type keep struct{ b []byte }

// The first strings of an object get memory of their own; further ones share some.
const (
	leastKeep = 256
	mostKeep  = 16 << 10
)

// own copies strings: the part that they are of is reused after the call, and a
// short value must not keep a long text alive.
func (k *keep) own(a, b, c string) (string, string, string) {
	n := len(a) + len(b) + len(c)
	if n > leastKeep {
		return strings.Clone(a), strings.Clone(b), strings.Clone(c)
	}
	k.room(n)
	from := len(k.b)
	k.b = append(append(append(k.b, a...), b...), c...)
	all := unsafe.String(unsafe.SliceData(k.b[from:]), n) // what is written is never written again
	return all[:len(a)], all[len(a) : len(a)+len(b)], all[len(a)+len(b):]
}

// room makes room for n bytes, at most leastKeep.
func (k *keep) room(n int) {
	if n > cap(k.b)-len(k.b) {
		k.b = make([]byte, 0, min(max(leastKeep, 2*cap(k.b)), mostKeep))
	}
}

// hex is b, at most leastKeep/2 bytes, in hex.
func (k *keep) hex(b []byte) string {
	n := hex.EncodedLen(len(b))
	k.room(n)
	from := len(k.b)
	k.b = hex.AppendEncode(k.b, b)
	return unsafe.String(unsafe.SliceData(k.b[from:]), n)
}
