//go:build unix && !linux

package sandbox

// confine sets what limits there are.
func confine() error { return setLimits() }
