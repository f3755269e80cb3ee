//go:build unix

package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// setLimits sets the limits of the process. With no descriptor to be had there
// is no file, no socket, and so no network.
func setLimits(addresses uint64) error {
	limits := []struct {
		what  string
		which int
		value uint64
	}{
		{"core files", unix.RLIMIT_CORE, 0},
		{"open files", unix.RLIMIT_NOFILE, 0},
		{"addresses", limitMemory, addresses},
	}
	for _, l := range limits {
		if l.which == limitMemory && manyAddresses {
			continue
		}
		// Other systems than Linux may know no limit of addresses.
		if err := lower(l.which, l.value); err != nil && (l.which != limitMemory || runtime.GOOS == "linux") {
			return fmt.Errorf("limit %s: %w", l.what, err)
		}
	}
	return nil
}

// confineHelper sets the limits of a helper, which the program that it runs has
// from it: memory, and no file that is written.
func confineHelper() error {
	if err := lower(unix.RLIMIT_CORE, 0); err != nil {
		return fmt.Errorf("limit core files: %w", err)
	}
	if err := lower(unix.RLIMIT_FSIZE, 0); err != nil {
		return fmt.Errorf("limit the size of files: %w", err)
	}
	if !manyAddresses && runtime.GOOS == "linux" {
		return lower(limitMemory, DefaultAddresses)
	}
	return nil
}

// lower sets a limit, unless a lower one holds.
func lower(which int, value uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(which, &now); err != nil {
		return err
	}
	if uint64(now.Max) > value {
		now.Max = limitOf(value)
	}
	if uint64(now.Cur) > value {
		now.Cur = limitOf(value)
	}
	return unix.Setrlimit(which, &now)
}

// pollable makes f a file whose reads and writes hold no thread while they wait.
func pollable(f *os.File) *os.File {
	fd, err := unix.Dup(int(f.Fd()))
	if err != nil {
		return f
	}
	unix.CloseOnExec(fd)
	if unix.SetNonblock(fd, true) != nil {
		_ = unix.Close(fd)
		return f
	}
	return os.NewFile(uintptr(fd), f.Name())
}

// ownGroup keeps Ctrl-C at the terminal from the worker: the scan decides when
// it ends.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
