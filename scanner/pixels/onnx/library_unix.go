//go:build (linux || darwin) && (amd64 || arm64)

package onnx

import (
	"errors"

	"github.com/ebitengine/purego"
)

// open loads the library and gives the OrtGetApiBase in it, and how to call what
// is in it.
func open(path string) (base uintptr, call func(uintptr, ...uintptr) uintptr, err error) {
	lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return 0, nil, errors.New("onnx: the system does not load the library; it needs glibc 2.28 or newer")
	}
	if base, err = purego.Dlsym(lib, "OrtGetApiBase"); err != nil {
		return 0, nil, errors.New("onnx: the library is no ONNX Runtime")
	}
	return base, syscallN, nil
}

// syscallN calls fn. What its arguments point to stays where it is meanwhile.
//
//go:uintptrescapes
func syscallN(fn uintptr, args ...uintptr) uintptr {
	r, _, _ := purego.SyscallN(fn, args...)
	return r
}
