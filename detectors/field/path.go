// Package field has what the detectors of metadata share: paths of XMP
// properties, and what makes the value of a name field a person's name. It holds
// no state, and every function may be called from many goroutines.
package field

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// Key is the name of a tag for look-up in a table: lower case, without the
// positions of list items. "mwg-rs:Regions/mwg-rs:RegionList[2]/mwg-rs:Name"
// becomes "mwg-rs:regions/mwg-rs:regionlist/mwg-rs:name".
func Key(name string) string {
	if len(name) > maxKept {
		return makeKey(name)
	}
	slot := &kept[maphash.String(seed, name)%uint64(len(kept))]
	if k := slot.Load(); k != nil && k.name == name {
		return k.key
	}
	k := &keptKey{name: strings.Clone(name)}
	k.key = makeKey(k.name)
	slot.Store(k)
	return k.key
}

// Photos name the same few hundred fields again and again, and five detectors
// ask for the key of each: those seen last are kept, one a slot. It is a memo of
// a pure function and of bounded size; nothing can tell that it is there.
var (
	kept [2048]atomic.Pointer[keptKey]
	seed = maphash.MakeSeed()
)

// maxKept is the length of the longest name that is kept, in bytes.
const maxKept = 256

type keptKey struct{ name, key string }

func makeKey(name string) string {
	if strings.IndexByte(name, '[') < 0 {
		return strings.ToLower(name)
	}
	var b strings.Builder
	b.Grow(len(name))
	for rest := name; ; {
		open := strings.IndexByte(rest, '[')
		if open < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:open])
		shut := strings.IndexByte(rest[open:], ']')
		if shut < 0 {
			break
		}
		rest = rest[open+shut+1:]
	}
	return strings.ToLower(b.String())
}

// Parent is the path of the structure that the field stands in, list positions
// kept, so that fields of one item share it; "" for a field at the top.
func Parent(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i]
	}
	return ""
}

// Last is the last step of a Key with its prefix: "mwg-rs:name".
func Last(key string) string { return key[strings.LastIndexByte(key, '/')+1:] }

// Local is the last step of a Key without its prefix: "name".
func Local(key string) string {
	last := Last(key)
	return last[strings.LastIndexByte(last, ':')+1:]
}

// Prefix is the namespace prefix of the last step of a Key: "mwg-rs".
func Prefix(key string) string {
	last := Last(key)
	if i := strings.LastIndexByte(last, ':'); i >= 0 {
		return last[:i]
	}
	return ""
}

// Item cuts a path after its first step whose local name is local, in lower
// case, and gives the local names of the steps behind it as a Key: for
// "regionlist", "mwg-rs:Regions/mwg-rs:RegionList[2]/mwg-rs:Area/stArea:x" gives
// "mwg-rs:Regions/mwg-rs:RegionList[2]" and "area/x". ok tells whether there is
// such a step.
func Item(name, local string) (item, rest string, ok bool) {
	if len(name) > maxKept {
		return cutItem(name, local)
	}
	slot := &keptItems[(maphash.String(seed, name)^maphash.String(seed, local))%uint64(len(keptItems))]
	k := slot.Load()
	if k == nil || k.name != name || k.local != local {
		k = &keptItem{name: strings.Clone(name), local: local}
		k.item, k.rest, k.ok = cutItem(k.name, local)
		slot.Store(k)
	}
	return k.item, k.rest, k.ok
}

// keptItems are what Item gave last, as kept is for Key.
var keptItems [1024]atomic.Pointer[keptItem]

type keptItem struct {
	name, local string
	item, rest  string
	ok          bool
}

func cutItem(name, local string) (item, rest string, ok bool) {
	for from := 0; from < len(name); {
		to := len(name)
		if i := strings.IndexByte(name[from:], '/'); i >= 0 {
			to = from + i
		}
		if Local(Key(name[from:to])) == local {
			if to == len(name) {
				return name, "", true
			}
			return name[:to], locals(Key(name[to+1:])), true
		}
		from = to + 1
	}
	return "", "", false
}

// locals drops the prefix of each step.
func locals(key string) string {
	steps := strings.Split(key, "/")
	for i, s := range steps {
		steps[i] = s[strings.LastIndexByte(s, ':')+1:]
	}
	return strings.Join(steps, "/")
}
