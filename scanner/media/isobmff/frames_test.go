package isobmff

import (
	"bytes"
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

// viewer is a visit that looks at frames: path and what the frame of the film is.
type viewer struct {
	*mediatest.Visit
	frames []string
}

func (*viewer) Showing() bool                                  { return true }
func (*viewer) Show(string, func() (image.Image, error)) error { return nil }
func (v *viewer) ShowFrame(path string, film func() ([]byte, error)) error {
	b, err := film()
	if err != nil {
		v.frames = append(v.frames, path+": "+string(media.ReasonOf(err)))
		return nil
	}
	v.frames = append(v.frames, path+": "+frameOf(b))
	return nil
}

// frameOf reads a film of one frame with the walker itself.
func frameOf(b []byte) string {
	w := walk{win: media.Window{R: bytes.NewReader(b), Size: int64(len(b))}, r: bytes.NewReader(b), v: new(mediatest.Visit)}
	if err := w.children("", 0, int64(len(b)), 1, w.top); err != nil || w.film == nil || w.broken {
		return fmt.Sprintf("no film: %v", err)
	}
	s, err := w.stands(&w.film.sampleTables, []uint32{1})
	if err != nil || len(s) != 1 {
		return fmt.Sprintf("no frame: %v", err)
	}
	data, _ := w.sample(s[0], s[0].n)
	return w.film.format + " " + string(data)
}

// filmed is a movie of samples, two to a chunk, ten a second, of which keys (from
// 1) stand alone; nil says that all do.
func filmed(format string, keys []int, samples ...string) []byte {
	at := len(movieType) + 8
	var sizes, offsets, stss string
	for i, s := range samples {
		if i%2 == 0 {
			offsets += u32(at)
		}
		sizes += u32(len(s))
		at += len(s)
	}
	if keys != nil {
		for _, k := range keys {
			stss += u32(k)
		}
		stss = full("stss", 0, u32(len(keys)), stss)
	}
	n := len(samples)
	track := atom("trak", full("tkhd", 0, strings.Repeat("\x00", 80)), atom("mdia", full("mdhd", 0, u32(0), u32(0), u32(1000), u32(100*n), u32(0)), handler("vide"), atom("minf", atom("stbl",
		full("stsd", 0, u32(1), atom(format, strings.Repeat("\x00", 7)+"\x01", strings.Repeat("\x00", 70))),
		full("stts", 0, u32(1), u32(n), u32(100)), stss,
		full("stsc", 0, u32(1), u32(1), u32(2), u32(1)),
		full("stsz", 0, u32(0), u32(n), sizes),
		full("stco", 0, u32((n+1)/2), offsets)))))
	return []byte(movieType + atom("mdat", samples...) + atom("moov", track))
}

func TestKeyFramesAreShown(t *testing.T) {
	var many []string
	var odd []int
	for i := range 1_000 {
		many = append(many, fmt.Sprintf("s%d", i+1))
		if i%10 == 0 {
			odd = append(odd, i+1)
		}
	}
	for name, c := range map[string]struct {
		in   []byte
		want []string
	}{
		"key frames":                 {filmed("avc1", []int{1, 3}, "one", "two", "three", "four"), []string{"frame[1] at 00:00:00.0: avc1 one", "frame[2] at 00:00:00.2: avc1 three"}},
		"all are":                    {filmed("jpeg", nil, "one", "two"), []string{"frame[1] at 00:00:00.0: jpeg one", "frame[2] at 00:00:00.1: jpeg two"}},
		"many":                       {filmed("hvc1", odd, many...), []string{"frame[1] at 00:00:00.0: hvc1 s1", "frame[2] at 00:00:14.0: hvc1 s141", "frame[3] at 00:00:28.0: hvc1 s281", "frame[4] at 00:00:42.0: hvc1 s421", "frame[5] at 00:00:56.0: hvc1 s561", "frame[6] at 00:01:10.0: hvc1 s701", "frame[7] at 00:01:24.0: hvc1 s841", "frame[8] at 00:01:39.0: hvc1 s991"}},
		"encrypted":                  {filmed("encv", nil, "one"), []string{"frame[1]: encrypted"}},
		"numbers that no sample has": {filmed("avc1", []int{0, 2, 9}, "one", "two"), []string{"frame[1] at 00:00:00.1: avc1 two"}},
		"no pictures":                {movie("text", "", "\x00\x02hi"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			v := &viewer{Visit: new(mediatest.Visit)}
			if err := New().Walk(bytes.NewReader(c.in), int64(len(c.in)), v); err != nil && media.ReasonOf(err) == "" {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, v.frames); d != "" {
				t.Error(d)
			}
		})
	}
	short := filmed("avc1", nil, "one")
	v := &viewer{Visit: new(mediatest.Visit)}
	stco := bytes.Index(short, []byte("stco"))
	copy(short[stco+12:], u32(len(short)-1)) // the sample stands past the end
	if err := New().Walk(bytes.NewReader(short), int64(len(short)), v); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"frame[1] at 00:00:00.0: truncated"}, v.frames); d != "" {
		t.Error(d)
	}
}
