//go:build exiftool

package exiftooltest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	detectorsall "habeas/detectors/all"
	"habeas/scanner"
	"habeas/scanner/media"
	mediaall "habeas/scanner/media/all"
	"habeas/scanner/strip"
)

// field is a tag as ExifTool names it: "GPS:GPSLatitude", and its value.
type field struct{ name, value string }

// expected is what ExifTool has to see of one kind.
type expected struct {
	kind strip.Kind
	gone *regexp.Regexp // "group:name=value" of what must not be there afterwards
	may  *regexp.Regexp // "group:name" of what belongs to the kind beside the fields in which a detector found it
	// derived is what a format says of the things that went; nil for the kinds
	// that are fields.
	derived *regexp.Regexp
}

var expectations = []expected{
	{strip.GPS, regexp.MustCompile(`^(GPS:|[^:]+:GPS(Latitude|Longitude|Position|Coordinates)=).*\d`), regexp.MustCompile(`:(GPS.*|GeoTiff.*|PixelScale|ModelT.*|LocationInformation)$`), nil},
	{strip.Places, regexp.MustCompile(`^(IPTC|XMP-photoshop):(City|Country|State|Province.*|Country-PrimaryLocationName)=.*\pL`), regexp.MustCompile(`:(.*Location.*|CountryCode|City|State|Province-State|Country|Country-.*|GPSAreaInformation)$`), nil},
	{strip.Faces, regexp.MustCompile(`:(RegionInfo|RegionInfoMP|ImageRegion|PersonInImage.*|FaceRec.*)=.*[\pL\d]`), regexp.MustCompile(`:(RegionInfo.*|ImageRegion|PersonInImage.*|RecognizedFace.*|Face.*)$`), nil},
	{strip.Names, regexp.MustCompile(`^(IFD0|ExifIFD|IPTC|XMP-dc|XMP-aux|XMP-iptcExt|ID3v\d.*|Canon):(Artist|XPAuthor|OwnerName|By-line|Creator|PersonInImage)=.*\pL`),
		regexp.MustCompile(`:(Artist|XPAuthor|OwnerName|By-line|Writer-Editor|Creator|Author|CaptionWriter|PersonInImage.*|Photographer|ImageEditor)$`), nil},
	{strip.Contacts, regexp.MustCompile(`^XMP-iptcCore:CreatorContactInfo=.*[\pL\d]`), regexp.MustCompile(`:(CreatorContactInfo|Contact)$`), nil},
	{strip.Serials, regexp.MustCompile(`^(ExifIFD|IFD0|XMP-aux|XMP-exifEX|Canon|Nikon|Olympus|Panasonic|Pentax|Sony|Kodak|Motorola|Ricoh|Sigma|Leica):[^:=]*SerialNumber=.*[1-9A-Za-z]`), regexp.MustCompile(`:[^:]*SerialNumber$`), nil},
	{strip.Thumbnails, regexp.MustCompile(`:(ThumbnailImage|PhotoshopThumbnail)=`), regexp.MustCompile(`^(IFD1:.*|InteropIFD1?:.*|[^:]+:(PhotoshopThumbnail|Thumbnail.*|PreviewImage))$`), regexp.MustCompile(`^ZIP:`)},
	{strip.Copies, regexp.MustCompile(`:(EmbeddedVideoFile|MotionPhotoVideo)=`), regexp.MustCompile(`^(IFD1:.*|Samsung:.*|XMP-GCamera:.*|XMP-Container:.*|XMP-x:XMPToolkit|[^:]+:EmbeddedVideo.*)$`), nil},
	{strip.All, regexp.MustCompile(`^(GPS|Canon|Nikon|IPTC|XMP-(dc|exif|aux|photoshop|iptcCore|iptcExt|mwg-rs)|ID3v2_\d|PDF:(Author|Title|Subject|Keywords)|IFD1)(:|=).*[1-9A-Za-z]`), regexp.MustCompile(``), nil},
}

// calculated are fields that say where something stands, how large it is or what
// it hashes to, or that ExifTool makes of others.
var calculated = regexp.MustCompile(`^(System:|Composite:|ExifTool:|File:(CurrentIPTCDigest|FileSize|ImageDataMD5)|ZIP:Zip(CRC|CompressedSize|UncompressedSize)|Photoshop:IPTCDigest|RIFF:WebP_Flags|MPImage\d:|MPF\d:|XMP-x:XMPToolkit|[^:]+:(\w*(Offset|Offsets|Start)|MediaDataSize|Padding|FreeBytes))`)

// emptied are fields of maker notes and of ID3v1, in which zeros take the place
// of what goes: the field is there, and has no value.
var emptied = regexp.MustCompile(`^[\s0.:-]*(\(0\))?$|^Unknown \(0+\)$|^\[?\s*\]?$`)

func TestExifTool(t *testing.T) {
	folder := os.Getenv("HABEAS_MEDIA")
	if folder == "" {
		t.Fatal("HABEAS_MEDIA names no folder of media")
	}
	files := list(t, folder)
	before := fields(t, folder, files)
	e := &scanner.Examiner{Formats: mediaall.Formats(), Detectors: detectorsall.Detectors(detectorsall.Options{}), Sniff: media.Sniff}
	s := &strip.Stripper{Examiner: e, Runner: scanner.InProcess{Examiner: e}}
	for _, x := range expectations {
		t.Run(string(x.kind), func(t *testing.T) {
			out := t.TempDir()
			found := map[string][]string{}
			changed, refused := 0, 0
			for _, name := range files {
				values, result := stripped(t, s, folder, out, name, x.kind)
				found[name] = values
				switch result {
				case "stripped":
					changed++
				case "refused":
					refused++
				case "nothing":
					x.absent(t, name, before[name])
				}
			}
			after := fields(t, out, list(t, out))
			for name, now := range after {
				x.compare(t, name, before[name], now, found[name])
				if a, b := decoded(filepath.Join(folder, name)), decoded(filepath.Join(out, name)); a != b {
					t.Errorf("%s decodes to something else", name)
				}
			}
			t.Logf("%d files: %d stripped, %d refused by name", len(files), changed, refused)
		})
	}
}

// stripped strips one file into out, if there is anything to strip. values are
// those in which a detector found something of the kind.
func stripped(t *testing.T, s *strip.Stripper, folder, out, name string, kind strip.Kind) (values []string, result string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	ctx, req := context.Background(), strip.Request{Kinds: []strip.Kind{kind}, Size: int64(len(content))}
	res, err := s.Runner.Run(ctx, scanner.Job{Size: req.Size}, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Findings {
		if kind == strip.All || strip.For(f.Kind) == kind {
			values = append(values, f.Value)
		}
	}
	res.Release()
	plan, err := s.Plan(ctx, req, bytes.NewReader(content))
	if r := media.AsRefusal(err); r != nil {
		return nil, "refused"
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !plan.Changes() {
		return nil, "nothing"
	}
	proof, err := s.Prove(ctx, req, bytes.NewReader(content), plan)
	if media.AsRefusal(err) != nil {
		return nil, "refused"
	}
	if err != nil || proof.Left != 0 || proof.Again != 0 {
		t.Errorf("%s: %v, proof %+v", name, err, proof)
		return nil, "refused"
	}
	path := filepath.Join(out, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(io.LimitReader(io.NewSectionReader(plan.After, 0, plan.After.Size()), plan.After.Size()))
	if err == nil {
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return values, "stripped"
}

// absent holds a file of which nothing was to be taken out against what ExifTool
// sees in it.
func (x *expected) absent(t *testing.T, file string, before map[field]int) {
	t.Helper()
	for f := range before {
		if x.gone.MatchString(f.name + "=" + f.value) {
			t.Errorf("%s: nothing went, and %s is there", file, f.name)
		}
	}
}

// compare holds what ExifTool sees now against what it saw before.
func (x *expected) compare(t *testing.T, file string, before, now map[field]int, found []string) {
	t.Helper()
	for f, n := range now {
		if x.gone.MatchString(f.name + "=" + f.value) {
			t.Errorf("%s: %s is still there", file, f.name)
		}
		if n <= before[f] || calculated.MatchString(f.name) || emptied.MatchString(f.value) {
			continue
		}
		if x.kind != strip.All && x.lessened(f, before) {
			continue
		}
		t.Errorf("%s: %s is new or changed", file, f.name)
	}
	if x.kind == strip.All {
		return
	}
	for f, n := range before {
		if now[f] >= n || calculated.MatchString(f.name) || x.may.MatchString(f.name) || x.derived != nil && x.derived.MatchString(f.name) {
			continue
		}
		if !slices.ContainsFunc(found, func(v string) bool { return holds(f.value, v) }) && !x.lessens(f, now) {
			t.Errorf("%s: %s went with it", file, f.name)
		}
	}
}

// lessened tells a list or a structure that lost some of its items.
func (x *expected) lessened(f field, before map[field]int) bool {
	for b := range before {
		if b.name == f.name && len(b.value) > len(f.value) && pieces(b.value, f.value) {
			return true
		}
	}
	return false
}

// lessens is the same from the other side.
func (x *expected) lessens(f field, now map[field]int) bool {
	for a := range now {
		if a.name == f.name && len(f.value) > len(a.value) && pieces(f.value, a.value) {
			return true
		}
	}
	return false
}

// pieces reports whether all items of less stand in more.
func pieces(more, less string) bool {
	split := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("[]{},", r) })
	}
	have := split(more)
	for _, p := range split(less) {
		if !slices.Contains(have, p) {
			return false
		}
	}
	return strings.ContainsAny(more, "[{")
}

// holds reports whether a value of ExifTool's holds one that was found, in its
// way of writing.
func holds(value, found string) bool {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" .,;|()-+\n\r\t", r) {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	p := plain(found)
	return strings.HasPrefix(value, "(Binary data") || p != "" && (strings.Contains(plain(value), p) || len(plain(value)) > 3 && strings.Contains(p, plain(value)))
}

// list names the files of a folder.
func list(t *testing.T, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var name string
			name, err = filepath.Rel(folder, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

var (
	headLine  = regexp.MustCompile(`^======== (.*)$`)
	fieldLine = regexp.MustCompile(`^\[([^\]]*)\] +(\S+) *: ?(.*)$`)
)

// fields has ExifTool read files, all of them in one run.
func fields(t *testing.T, folder string, files []string) map[string]map[field]int {
	t.Helper()
	out := map[string]map[field]int{}
	if len(files) == 0 {
		return out
	}
	args := append([]string{"-charset", "filename=utf8", "-a", "-G1", "-s", "-ee", "-struct"}, files...)
	if len(files) == 1 {
		args = append(args, os.DevNull) // so that it prints names
	}
	c := exec.Command("exiftool", args...)
	c.Dir = folder
	b, err := c.Output()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("ExifTool: %v", err)
	}
	var at map[field]int
	for line := range strings.SplitSeq(string(b), "\n") {
		if m := headLine.FindStringSubmatch(line); m != nil {
			at = map[field]int{}
			out[m[1]] = at
		} else if m := fieldLine.FindStringSubmatch(line); m != nil && at != nil {
			at[field{strings.TrimSpace(m[1]) + ":" + m[2], m[3]}]++
		}
	}
	return out
}

// decoded is the hash of what ffmpeg, or libheif, decodes of pictures and sound;
// "" of what neither reads.
func decoded(path string) string {
	dir, err := os.MkdirTemp("", "decoded-*")
	if err != nil {
		return fmt.Sprint(err)
	}
	defer os.RemoveAll(dir)
	switch strings.ToLower(filepath.Ext(path)) {
	case ".heic", ".avif":
		still := filepath.Join(dir, "x.png")
		if exec.Command("heif-convert", path, still).Run() != nil {
			return ""
		}
		path = still
	}
	b, err := exec.Command("ffmpeg", "-v", "quiet", "-noautorotate", "-i", path, "-map", "0:v?", "-map", "0:a?", "-map_metadata", "-1", "-f", "streamhash", "-hash", "md5", "-").Output()
	if err != nil {
		return ""
	}
	return string(b)
}
