// Package filelock keeps two processes from writing the same file: an advisory
// lock on a file beside it, which the system drops when the process ends,
// however it ends.
package filelock

import (
	"errors"
	"os"
)

// ErrInUse says that another process holds the lock.
var ErrInUse = errors.New("another process is using the file")

// Lock is a lock that is held. It is for one goroutine.
type Lock struct{ f *os.File }

// Try takes the lock file at path, which is made, 0600, if there is none. It
// fails with ErrInUse at once if another process, or another Lock of this one,
// holds it.
func Try(path string) (*Lock, error) { return acquire(path, false) }

// Wait takes the lock file at path as Try does, and waits for it.
func Wait(path string) (*Lock, error) { return acquire(path, true) }

func acquire(path string, wait bool) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f, wait); err != nil {
		f.Close()
		return nil, err
	}
	return &Lock{f}, nil
}

// Release lets the lock go. The file stays: removing it would let two processes
// lock two files of the same name.
func (l *Lock) Release() error { return l.f.Close() }
