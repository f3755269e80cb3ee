//go:build unix && !linux

package sandbox

// confine sets what limits there are.
func confine(addresses uint64) error { return setLimits(addresses) }
