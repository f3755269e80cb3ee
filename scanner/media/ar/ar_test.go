package ar

import (
	"bytes"
	"flag"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func member(name, data string) string {
	s := fmt.Sprintf("%-16s%-12d%-6d%-6d%-8s%-10d`\n%s", name, 0, 0, 0, "100644", len(data), data)
	if len(data)%2 == 1 {
		s += "\n"
	}
	return s
}

var samples = map[string]string{
	"gnu":      magic + member("/", "table") + member("//", "a long name of a member.txt/\n") + member("/0", "Write to ana@example.org.") + member("b.txt/", "b"),
	"bsd":      magic + member("__.SYMDEF", "table") + member("#1/20", "a longer name.txt\x00\x00\x00Write to ana@example.org."),
	"cut":      magic + member("a.txt", "Write to ana@example.org.")[:70],
	"no-size":  magic + member("a.txt", "Write to ana@example.org.") + fmt.Sprintf("%-48s%-10d`\n", "b", -1),
	"empty":    magic,
	"lying":    magic + member("/99", "x") + member("#1/9999", "x") + member("#1/-1", "x"),
	"cut-head": magic + member("a.txt", "x")[:30],
}

func TestGolden(t *testing.T) {
	for name, object := range samples {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), name+".a", "written by the test "+name, []byte(object))
		})
	}
}

func TestProblems(t *testing.T) {
	for name, want := range map[string][]media.Reason{
		"gnu": nil, "bsd": nil, "empty": nil, "lying": nil,
		"cut": {media.Truncated}, "cut-head": {media.Truncated}, "no-size": {media.Corrupt},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(want, mediatest.Walk(t, New(), []byte(samples[name])).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples {
		seeds = append(seeds, []byte(s))
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := []byte(samples["gnu"])
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
