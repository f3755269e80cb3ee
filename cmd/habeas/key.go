package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"habeas/reports"
	"habeas/scanner"
)

// keyPath is where the fingerprint key is unless --key names another place.
func (a *app) keyPath(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	dir, ok := a.configFolder()
	if !ok {
		return "", usage("there is no home folder to keep the fingerprint key in: name a file with --key")
	}
	return filepath.Join(dir, "key"), nil
}

// configFolder is the user's own folder for what habeas keeps between runs; false
// if there is no home folder.
func (a *app) configFolder() (string, bool) {
	dir := a.env["XDG_CONFIG_HOME"]
	if dir == "" || !filepath.IsAbs(dir) {
		home := a.env["HOME"]
		if home == "" {
			home = a.env["USERPROFILE"]
		}
		if home == "" {
			return "", false
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "habeas"), true
}

// loadKey reads the fingerprint key, and makes one, 0600, at first use. made
// tells whether it did. The file holds 64 hexadecimal digits.
func loadKey(path string) (key []byte, made bool, err error) {
	b, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(path)
		return key, true, err
	}
	if err != nil {
		return nil, false, err
	}
	key, err = hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) < scanner.MinKey {
		return nil, false, usage("%s is not a fingerprint key (64 hexadecimal digits): name another file with --key, or move it away to have a new one made", reports.Show(path))
	}
	return key, false, nil
}

func makeKey(path string) ([]byte, error) {
	key := make([]byte, scanner.MinKey)
	rand.Read(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// To a temporary name and linked, so that two first scans agree on one key.
	tmp, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(hex.EncodeToString(key) + "\n")
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(tmp.Name(), path); errors.Is(err, fs.ErrExist) {
		again, _, err := loadKey(path)
		return again, err
	} else if err != nil {
		return nil, err
	}
	return key, nil
}

// readSmall reads a file that is known to be small; a larger one is cut, and
// then refused by whoever parses it.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, 4096)
	n, err := f.Read(b)
	if n == 0 && err != nil {
		return nil, nil
	}
	return b[:n], nil
}
