//go:build !amd64

package textscan

const hasVectors = false

func maskVector(*uint64, *byte, int, *nibbles)    {}
func maskTrigrams(*uint64, *byte, int, *trigrams) {}
