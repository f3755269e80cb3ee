package sandbox

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// confine gives up what a parser has no use for.
func confine(addresses uint64) error {
	if err := setLimits(addresses); err != nil {
		return err
	}
	// These hold for single threads, or may be refused by whatever confines us
	// already; none of them is the fence, so a failure is none of ours.
	for _, op := range [][2]uintptr{
		{unix.PR_SET_NO_NEW_PRIVS, 1},
		{unix.PR_SET_DUMPABLE, 0},
		{unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL)},
	} {
		if _, _, e := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, op[0], op[1], 0, 0, 0, 0); e == syscall.ENOTSUP {
			// A program that loads C libraries knows not all of its threads.
			_ = unix.Prctl(int(op[0]), op[1], 0, 0, 0)
		}
	}
	return nil
}
