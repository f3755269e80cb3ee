//go:build !((linux || darwin || windows) && (amd64 || arm64))

package onnx

import "errors"

// open has no way to load a library here.
func open(string) (base uintptr, call func(uintptr, ...uintptr) uintptr, err error) {
	return 0, nil, errors.New("onnx: there is no ONNX Runtime for this system")
}
