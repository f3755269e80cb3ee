//go:build !unix

package sandbox

import (
	"os"
	"syscall"
)

// confine does nothing: there are no limits that a process can set for itself.
// It still is a process of its own, with an empty environment.
func confine(uint64) error { return nil }

// confineHelper does nothing either.
func confineHelper() error { return nil }

// pollable leaves f as it is.
func pollable(f *os.File) *os.File { return f }

// ownGroup needs nothing.
func ownGroup() *syscall.SysProcAttr { return nil }
