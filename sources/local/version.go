package local

import (
	"io/fs"
	"strconv"
)

// version tells one state of a file from another.
type version struct {
	inode   uint64 // 0 where the system does not tell
	size    int64
	written int64 // modification time, ns since 1970
	changed int64 // change time, which programs can't set; 0 where the system does not tell
}

func versionOf(info fs.FileInfo) version {
	inode, ctime := inodeAndChange(info)
	return version{inode, info.Size(), info.ModTime().UnixNano(), ctime}
}

// String is the ETag: "inode-size-written-changed" in hexadecimal.
func (v version) String() string {
	b := make([]byte, 0, 64)
	b = strconv.AppendUint(b, v.inode, 16)
	for _, n := range []int64{v.size, v.written, v.changed} {
		b = append(b, '-')
		b = strconv.AppendUint(b, uint64(n), 16)
	}
	return string(b)
}
