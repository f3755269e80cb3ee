package textscan

import "golang.org/x/sys/cpu"

// hasVectors says that the processor knows AVX2. Without it, and on other
// processors, the plain loops give the same masks more slowly.
var hasVectors = cpu.X86.HasAVX2

// maskVector writes n words to dst for 64*n bytes at text.
//
//go:noescape
func maskVector(dst *uint64, text *byte, n int, t *nibbles)

// maskStarts writes n words to dst for 64*n bytes at text, and reads three bytes
// more.
//
//go:noescape
func maskStarts(dst *uint64, text *byte, n int, t *starts)

// classify writes the masks of an Index for 64*n bytes at text: n words of each, the
// first at dst, those of the next mask stride words behind.
//
//go:noescape
func classify(dst *uint64, stride int, text *byte, n int, t *nibbles)
