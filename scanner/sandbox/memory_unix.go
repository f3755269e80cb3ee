//go:build unix && !openbsd

package sandbox

import "golang.org/x/sys/unix"

// limitMemory is the limit that stops a process from growing.
const limitMemory = unix.RLIMIT_AS
