// Package keptfile keeps small files that several processes read and change: a
// reader finds the old file or the new one, never a half, and two changes never
// meet. The files are JSON and 0600, and what is not wholly understood is refused.
//
// Functions may be called from many goroutines.
package keptfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"

	"habeas/reports/filelock"
)

// ErrDamaged says that a file was read and is not what it should be: longer than
// allowed, no JSON, or with fields that are not known.
var ErrDamaged = errors.New("the file is damaged or of another version")

// Read decodes the file at path, of at most limit bytes, into v. It fails with
// fs.ErrNotExist if there is none, and with ErrDamaged if it is not wholly
// understood.
func Read(path string, limit int64, v any) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return err
	}
	if int64(len(b)) > limit || Decode(b, v) != nil {
		return ErrDamaged
	}
	return nil
}

// Decode decodes one JSON value and refuses fields that v does not have, and
// whatever follows.
func Decode(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows")
	}
	return nil
}

// Write encodes v into the file at path; commit is as for WriteBytes.
func Write(path string, v any, commit func() error) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return WriteBytes(path, append(b, '\n'), commit)
}

// WriteBytes writes b to path, 0600, through a temporary name and synced. commit,
// if not nil, is called just before the file takes its name; if it fails, path
// stays as it was.
func WriteBytes(path string, b []byte, commit func() error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".habeas-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if commit != nil {
		if err := commit(); err != nil {
			return err
		}
	}
	return os.Rename(tmp.Name(), path)
}

// Alone calls fn while no other call of Alone with the same lock file runs, in this
// process or another one. The folder of the lock file is made, 0700, if it is not
// there.
func Alone(lockFile string, fn func() error) error {
	if err := os.MkdirAll(filepath.Dir(lockFile), 0o700); err != nil {
		return err
	}
	lock, err := filelock.Wait(lockFile)
	if err != nil {
		return err
	}
	defer lock.Release()
	return fn()
}
