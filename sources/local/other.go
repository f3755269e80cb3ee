//go:build !linux && !darwin

package local

import (
	"io/fs"
	"os"
	"syscall"
)

const openFlags = os.O_RDONLY

// modesTell is false: access lists decide here, which are not read.
const modesTell = false

const errNotFolder = syscall.ENOTDIR

func account(fs.FileInfo) string { return "" }

func hardLinks(fs.FileInfo) uint64 { return 1 }

// sameFile leaves it to os.Root, which does not tell inodes here.
func sameFile(_, _ fs.FileInfo) bool { return true }

func keepOwner(*os.File, fs.FileInfo) error { return nil }

func keepAttributes(_, _ *os.File) error { return nil }

func userMeta(*os.File) (map[string]string, error) { return nil, nil }

func syncFolder(*os.Root) error { return nil }

func nextData(_ *os.File, off, size int64) (start, end int64, err error) { return off, size, nil }
