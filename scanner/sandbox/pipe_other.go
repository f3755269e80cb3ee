//go:build !linux

package sandbox

// widen has no way to enlarge a pipe here.
func widen(...any) {}
