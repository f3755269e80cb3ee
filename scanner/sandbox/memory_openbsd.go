package sandbox

import "golang.org/x/sys/unix"

// limitMemory is the limit that stops a process from growing: OpenBSD has none of
// addresses.
const limitMemory = unix.RLIMIT_DATA
