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
