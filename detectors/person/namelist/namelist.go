// Package namelist knows given and family names of many languages. It can tell
// that a word is one; it can't list them.
package namelist

import (
	_ "embed"
	"unicode"
	"unicode/utf8"
)

// table holds a word of four bytes for each name, sorted: its Hash without the
// lowest two bits, which are a Use.
//
//go:embed names.bin
var table string

// Use is what a name is used as; both bits may be set.
type Use uint8

const (
	Given  Use = 1 << iota // Ana
	Family                 // Silva
)

// Of tells whether word, in any case, is a name, and of which use; 0 if it is
// none. One word in 20,000 that is none is taken for one. It allocates nothing.
func Of(word []byte) Use {
	hash := Hash(word)
	lo, hi := 0, len(table)/4
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if at(mid)|3 < hash&^3 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(table)/4 && at(lo)&^3 == hash&^3 {
		return Use(at(lo) & 3)
	}
	return 0
}

func at(i int) uint32 {
	return uint32(table[4*i]) | uint32(table[4*i+1])<<8 | uint32(table[4*i+2])<<16 | uint32(table[4*i+3])<<24
}

// Hash is the FNV-1a of word in lower case, 32 bits.
func Hash(word []byte) uint32 {
	hash := uint32(2166136261)
	for i := 0; i < len(word); {
		r, n := rune(word[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(word[i:])
			r = unicode.ToLower(r)
		} else if r-'A' < 26 && r >= 'A' {
			r += 'a' - 'A'
		}
		hash = (hash ^ uint32(byte(r))) * 16777619
		if r >= utf8.RuneSelf {
			hash = (hash ^ uint32(byte(r>>8))) * 16777619
			hash = (hash ^ uint32(byte(r>>16))) * 16777619
		}
		i += n
	}
	return hash
}
