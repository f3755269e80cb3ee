//go:build freebsd || dragonfly

package sandbox

// limitOf is a limit in the type that this system counts in.
func limitOf(v uint64) int64 { return int64(v) }
