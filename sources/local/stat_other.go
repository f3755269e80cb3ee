//go:build !linux && !darwin

package local

import "io/fs"

func inodeAndChange(fs.FileInfo) (inode uint64, ctime int64) { return 0, 0 }
