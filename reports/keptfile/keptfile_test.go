package keptfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

type counter struct {
	N int `json:"n"`
}

func TestChangesDoNotMeet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "n.json")
	const times = 50
	var wg sync.WaitGroup
	for range times {
		wg.Go(func() {
			err := Alone(path+".lock", func() error {
				var c counter
				if err := Read(path, 100, &c); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				c.N++
				return Write(path, c, nil)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var c counter
	if err := Read(path, 100, &c); err != nil || c.N != times {
		t.Errorf("%d, %v: want %d", c.N, err, times)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
}

func TestRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty":         "",
		"unknown field": `{"n":1,"m":2}`,
		"more follows":  `{"n":1} {"n":2}`,
		"cut":           `{"n":`,
		"too long":      `{"n":1` + strings.Repeat(" ", 100) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "n.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var c counter
			if err := Read(path, 100, &c); !errors.Is(err, ErrDamaged) {
				t.Errorf("%v, want ErrDamaged", err)
			}
		})
	}
}

func TestNothingHalf(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "n.json")
	if err := Write(path, counter{1}, nil); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	if err := Write(path, counter{2}, func() error { return refused }); !errors.Is(err, refused) {
		t.Errorf("%v, want the error of commit", err)
	}
	var c counter
	if err := Read(path, 100, &c); err != nil || c.N != 1 {
		t.Errorf("%d, %v: want what was there before", c.N, err)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("%d files, %v: want no other one", len(all), err)
	}
}
