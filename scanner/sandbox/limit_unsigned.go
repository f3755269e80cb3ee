//go:build unix && !freebsd && !dragonfly

package sandbox

// limitOf is a limit in the type that this system counts in.
func limitOf(v uint64) uint64 { return v }
