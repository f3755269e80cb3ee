package isobmff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

func pitm(id int) string   { return full("pitm", 0, u16(id)) }
func ispe(w, h int) string { return full("ispe", 0, u32(w), u32(h)) }
func clap(w, h int) string {
	return atom("clap", u32(w), u32(1), u32(2*h), u32(2), u32(0), u32(1), u32(0), u32(1))
}
func ref(kind string, from int, to ...int) string {
	s := u16(from) + u16(len(to))
	for _, n := range to {
		s += u16(n)
	}
	return atom(kind, s)
}

// iprp has properties, and which item has which of them, counted from 1.
func iprp(properties []string, items ...[]int) string {
	s := u32(len(items))
	for _, it := range items {
		s += u16(it[0]) + string(rune(len(it)-1))
		for _, p := range it[1:] {
			s += string(rune(p))
		}
	}
	return atom("iprp", atom("ipco", properties...), full("ipma", 0, s))
}

func pictures(kinds ...string) string {
	var list []string
	for i, k := range kinds {
		list = append(list, infe(i+1, k, ""))
	}
	return iinf(list...)
}

func heif(boxes ...string) []byte { return []byte(ftyp + meta(boxes...)) }

func hiddenSamples() []struct {
	name   string
	object []byte
	want   []string // path and name of each copy
} {
	all := []string{ispe(4000, 3000), ispe(512, 512), ispe(320, 240), clap(3000, 3000), clap(3990, 2992), ispe(8000, 6000), ispe(1000, 800)}
	return []struct {
		name   string
		object []byte
		want   []string
	}{
		{"one picture with a thumbnail", heif(pictures("hvc1", "hvc1"), pitm(1), iprp(all, []int{1, 1}, []int{2, 3}), full("iref", 0, ref("thmb", 2, 1))), nil},
		{"a grid of tiles", heif(pictures("grid", "hvc1", "hvc1"), pitm(1), iprp(all, []int{1, 1}, []int{2, 2}, []int{3, 2}), full("iref", 0, ref("dimg", 1, 2, 3))), nil},
		{"a grid of one larger tile", heif(pictures("grid", "hvc1"), pitm(1), iprp(all, []int{1, 3}, []int{2, 2}), full("iref", 0, ref("dimg", 1, 2))), nil},
		{"a crop", heif(pictures("hvc1"), pitm(1), iprp(all, []int{1, 1, 4})), []string{"meta/item[1] Original"}},
		{"a crop of padding", heif(pictures("hvc1"), pitm(1), iprp(all, []int{1, 1, 5})), nil},
		{"cropped from another item", heif(pictures("iden", "hvc1"), pitm(1), iprp(all, []int{1, 7}, []int{2, 1}), full("iref", 0, ref("dimg", 1, 2))), []string{"meta/item[2] Original"}},
		{"an overlay", heif(pictures("iovl", "hvc1", "hvc1"), pitm(1), iprp(all, []int{1, 1}, []int{2, 1}, []int{3, 3}), full("iref", 0, ref("dimg", 1, 2, 3))), []string{"meta/item[2] Original"}},
		{"a larger picture that is not shown", heif(pictures("hvc1", "hvc1"), pitm(1), iprp(all, []int{1, 1}, []int{2, 6})), []string{"meta/item[2] OtherPicture"}},
		{"a larger depth map", heif(pictures("hvc1", "hvc1"), pitm(1), iprp(all, []int{1, 1}, []int{2, 6}), full("iref", 0, ref("auxl", 2, 1))), nil},
		{"the sources of another picture", heif(pictures("hvc1", "grid", "hvc1"), pitm(1), iprp(all, []int{1, 1}, []int{2, 1}, []int{3, 6}), full("iref", 0, ref("dimg", 2, 3))), nil},
		{"no primary", heif(pictures("hvc1"), iprp(all, []int{1, 1, 4})), nil},
		{"a video beside it", append(heif(), atom("mpvd", atom("ftyp", "mp42"))...), []string{"mpvd MotionPhoto"}},
		{"properties that are not there", heif(pictures("hvc1"), pitm(1), iprp(all, []int{1, 99, 0, 127})), nil},
		{"a crop by nothing", heif(pictures("hvc1"), pitm(1), iprp([]string{ispe(4000, 3000), atom("clap", strings.Repeat("\x00", 32))}, []int{1, 1, 2})), nil},
		{"a crop larger than the picture", heif(pictures("hvc1"), pitm(1), iprp([]string{ispe(4000, 3000), clap(9000, 9000)}, []int{1, 1, 2})), nil},
		{"associations cut", heif(pictures("hvc1"), pitm(1), atom("iprp", atom("ipco", all...), full("ipma", 0, u32(1<<30), u16(1), "\xff\x01"))), nil},
	}
}

func TestHiddenCopies(t *testing.T) {
	for _, s := range hiddenSamples() {
		t.Run(s.name, func(t *testing.T) {
			var got []string
			for _, p := range mediatest.Walk(t, New(), s.object).Parts {
				for _, tag := range p.Tags {
					if tag.Group == media.Hidden {
						got = append(got, p.Path+" "+tag.Name)
					}
				}
			}
			if d := cmp.Diff(s.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// The Exif block learns what the viewer shows.
func TestPictureIsShared(t *testing.T) {
	v := mediatest.Walk(t, New(), hiddenSamples()[3].object)
	if p := v.Picture(); p.Width != 3000 || p.Height != 3000 {
		t.Errorf("%d x %d", p.Width, p.Height)
	}
}

func FuzzHidden(f *testing.F) {
	var seeds [][]byte
	for _, s := range hiddenSamples() {
		seeds = append(seeds, s.object)
	}
	mediatest.Fuzz(f, New(), seeds...)
}
