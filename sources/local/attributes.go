//go:build linux || darwin

package local

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// maxAttributes bounds the bytes of a list of names and of one value: the limits
// of Linux (XATTR_LIST_MAX, XATTR_SIZE_MAX). Longer ones are an error.
const maxAttributes = 64 << 10

// attributes calls fn with each extended attribute of f.
func attributes(f *os.File, fn func(name string, value []byte) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	cerr := conn.Control(func(fd uintptr) { err = eachAttribute(int(fd), fn) })
	return errors.Join(cerr, err)
}

func eachAttribute(fd int, fn func(name string, value []byte) error) error {
	size, err := unix.Flistxattr(fd, nil)
	if err == unix.ENOTSUP || err == unix.EPERM || size == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	list := make([]byte, min(size+4096, maxAttributes)) // room for some that come meanwhile
	if size, err = unix.Flistxattr(fd, list); err != nil {
		return err
	}
	value := make([]byte, maxAttributes)
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list[:size]), "\x00"), "\x00") {
		n, err := unix.Fgetxattr(fd, name, value)
		if err == errNoAttribute {
			continue
		}
		if err != nil {
			return err
		}
		if err := fn(name, value[:n]); err != nil {
			return err
		}
	}
	return nil
}

// userMeta gives the attributes in the namespace that Linux leaves to users,
// without "user.": where it came from, who uploaded it. macOS keeps its own
// book-keeping in the same place as users do, so there is none of it.
func userMeta(f *os.File) (map[string]string, error) {
	var meta map[string]string
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	cerr := conn.Control(func(fd uintptr) { meta, err = userMetaOf(int(fd)) })
	return meta, errors.Join(cerr, err)
}

// userMetaOf is userMeta of a descriptor.
func userMetaOf(fd int) (map[string]string, error) {
	if runtime.GOOS != "linux" {
		return nil, nil
	}
	var meta map[string]string
	err := eachAttribute(fd, func(name string, value []byte) error {
		if name, ok := strings.CutPrefix(name, "user."); ok {
			if meta == nil {
				meta = map[string]string{}
			}
			meta[name] = string(value)
		}
		return nil
	})
	return meta, err
}

// keepAttributes copies the extended attributes, access lists among them. Those
// that the system's security makes itself for each file are left to it.
func keepAttributes(to, from *os.File) error {
	conn, err := to.SyscallConn()
	if err != nil {
		return err
	}
	return attributes(from, func(name string, value []byte) error {
		var err error
		cerr := conn.Control(func(fd uintptr) { err = unix.Fsetxattr(int(fd), name, value, 0) })
		if err != nil && (strings.HasPrefix(name, "security.") || strings.HasPrefix(name, "com.apple.")) {
			err = nil
		}
		if err := errors.Join(cerr, err); err != nil {
			return fmt.Errorf("keep an extended attribute: %w", err)
		}
		return nil
	})
}
