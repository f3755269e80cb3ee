package onnx

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWhatIsNoLibraryIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onnxruntime")
	if err := os.WriteFile(path, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, filepath.Join(t.TempDir(), "missing")} {
		if _, err := Load(p); err == nil {
			t.Errorf("%s was loaded", filepath.Base(p))
		}
	}
}

func TestValid(t *testing.T) {
	for name, c := range map[string]struct {
		t    Tensor
		want bool
	}{
		"fits":      {Tensor{[]int64{2, 3}, make([]float32, 6)}, true},
		"too short": {Tensor{[]int64{2, 3}, make([]float32, 5)}, false},
		"no shape":  {Tensor{nil, make([]float32, 1)}, true},
		"empty":     {Tensor{[]int64{0}, nil}, false},
		"negative":  {Tensor{[]int64{-2, -3}, make([]float32, 6)}, false},
		"overflow":  {Tensor{[]int64{1 << 62, 1 << 62}, make([]float32, 6)}, false},
	} {
		if got := c.t.valid(); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
