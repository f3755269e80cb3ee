//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// ownFile reports whether the file is this user's.
func ownFile(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
