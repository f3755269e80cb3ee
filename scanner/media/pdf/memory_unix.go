//go:build unix

package pdf

import "golang.org/x/sys/unix"

// reserve gives n bytes of zeros that take no memory until they are written.
func reserve(n int) ([]byte, bool) {
	b, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	return b, err == nil
}

// unreserve gives back what reserve gave.
func unreserve(b []byte) {
	_ = unix.Munmap(b) // fails for what is none of reserve's only
}
