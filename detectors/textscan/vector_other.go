//go:build !amd64

package textscan

const hasVectors = false

func maskVector(*uint64, *byte, int, *nibbles) {}
func maskStarts(*uint64, *byte, int, *starts)  {}

func classify(*uint64, int, *byte, int, *nibbles) {}
