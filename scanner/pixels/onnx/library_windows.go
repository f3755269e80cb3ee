//go:build windows && (amd64 || arm64)

package onnx

import (
	"errors"
	"syscall"
)

// open loads the library and gives the OrtGetApiBase in it, and how to call what
// is in it.
func open(path string) (base uintptr, call func(uintptr, ...uintptr) uintptr, err error) {
	lib, err := syscall.LoadLibrary(path)
	if err != nil {
		return 0, nil, errors.New("onnx: the system does not load the library")
	}
	if base, err = syscall.GetProcAddress(lib, "OrtGetApiBase"); err != nil {
		return 0, nil, errors.New("onnx: the library is no ONNX Runtime")
	}
	return base, syscallN, nil
}

// syscallN calls fn. What its arguments point to stays where it is meanwhile.
//
//go:uintptrescapes
func syscallN(fn uintptr, args ...uintptr) uintptr {
	r, _, _ := syscall.SyscallN(fn, args...)
	return r
}
