// Package xiph reads the comments of Xiph.org's formats: FLAC, and the streams
// of Ogg (Vorbis, Opus, Speex, Theora, FLAC, Kate). Both hold the same list of
// KEY=value (xiph.org/vorbis/doc/v-comment.html) and the same block for pictures.
// Sound and video are never read.
//
// flac.go and ogg.go find the blocks, comments.go reads them.
package xiph

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

const (
	// maxComments bounds the fields of one list.
	maxComments = media.MaxMembers
	// maxValue is how much of one value is kept, pictures aside.
	maxValue = 1 << 20
)

// reader is what both formats share in one Walk.
type reader struct {
	v      media.Visitor
	covers int
}

// comments reads a list of comments: the writer's name, how many there are, and
// each, all with their lengths before them. lost is why bytes may be missing.
func (r *reader) comments(d []byte, lost media.Reason) error {
	var tags []detectors.Tag
	take := func() ([]byte, bool) {
		if len(d) < 4 {
			return nil, false
		}
		n, rest := int64(binary.LittleEndian.Uint32(d)), d[4:]
		whole := n <= int64(len(rest))
		n = min(n, int64(len(rest)))
		d = rest[n:]
		return rest[:n], whole
	}
	vendor, whole := take()
	tags = add(tags, "Vendor", string(vendor))
	count := uint32(0)
	if whole = whole && len(d) >= 4; whole {
		count = binary.LittleEndian.Uint32(d)
		d = d[4:]
	}
	for ; whole && count > 0; count-- {
		var field []byte
		if field, whole = take(); len(tags) >= maxComments {
			r.v.Problem("comments", media.LimitCount)
			break
		}
		var err error
		if tags, err = r.field(tags, field); err != nil {
			return err
		}
	}
	if !whole {
		r.v.Problem("comments", lost)
	}
	if len(tags) == 0 {
		return nil
	}
	return r.v.Part(&detectors.Part{Path: "comments", Tags: tags, Off: -1})
}

// field reads one comment.
func (r *reader) field(tags []detectors.Tag, field []byte) ([]detectors.Tag, error) {
	key, value, ok := bytes.Cut(field, []byte{'='})
	if !ok {
		return add(tags, "Comment", string(field)), nil
	}
	switch name := strings.ToUpper(string(key[:min(len(key), 256)])); name {
	case "METADATA_BLOCK_PICTURE":
		return tags, r.pictureBlock(unbase64(value))
	case "COVERART":
		return tags, r.cover(bytes.NewReader(unbase64(value)), 0, int64(base64.StdEncoding.DecodedLen(len(value))))
	default:
		if len(value) > maxValue {
			r.v.Problem("comments", media.LimitBytes)
			value = value[:maxValue]
		}
		if n := names[name]; n != "" {
			return add(tags, n, media.Legacy(value)), nil
		}
		return add(tags, media.FieldName(name), media.Legacy(value)), nil
	}
}

// names are ExifTool's, where they are not just the words of the key.
var names = map[string]string{
	"ENCODED_BY": "EncodedBy", "ENCODEDBY": "EncodedBy", "ENCODED-BY": "EncodedBy", "ALBUMARTIST": "AlbumArtist", "TRACKNUMBER": "TrackNumber", "ISRC": "ISRC",
	"FILEOWNER": "FileOwner", "ORIGINALARTIST": "OriginalArtist", "LABEL": "Label", "URL": "URL", "WWW": "URL", "GEO_LOCATION": "GeoLocation", "GEOLOCATION": "GeoLocation",
	"AUTHOR": "Author", "SOURCE MEDIA": "SourceMedia",
}

func unbase64(b []byte) []byte {
	b = bytes.TrimRight(bytes.Join(bytes.Fields(b), nil), "=")
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(b)))
	n, _ := base64.RawStdEncoding.Decode(out, b)
	return out[:n]
}

// pictureBlock reads a picture that stands in memory.
func (r *reader) pictureBlock(d []byte) error {
	return r.picture(bytes.NewReader(d), 0, int64(len(d)))
}

// picture reads FLAC's block (RFC 9639, 8.8): type, MIME type, description, four
// numbers, and the picture, with lengths before them.
func (r *reader) picture(src io.ReaderAt, off, n int64) error {
	head, err := media.ReadUpTo(src, off, min(n, 64<<10), off+n)
	if err != nil {
		return err
	}
	d := head
	take := func(n int) []byte {
		n = min(n, len(d))
		b := d[:n]
		d = d[n:]
		return b
	}
	text := func() string {
		if b := take(4); len(b) == 4 {
			return media.Legacy(take(int(min(binary.BigEndian.Uint32(b), 1<<20))))
		}
		return ""
	}
	take(4)
	mime, desc := text(), text()
	take(20) // four numbers and a length: the block says how long it is
	at := int64(len(head) - len(d))
	if tags := add(nil, "PictureDescription", desc); len(tags) > 0 {
		if err := r.v.Part(&detectors.Part{Path: fmt.Sprintf("cover[%d]", r.covers+1), Tags: tags, Off: -1}); err != nil {
			return err
		}
	}
	if mime == "-->" || at >= n {
		if at >= n && n > 0 {
			r.v.Problem("cover", media.Corrupt)
		}
		return nil
	}
	return r.cover(src, off+at, n-at)
}

func (r *reader) cover(src io.ReaderAt, off, n int64) error {
	r.covers++
	return r.v.Nested(fmt.Sprintf("cover[%d]", r.covers), io.NewSectionReader(src, off, n))
}

func add(tags []detectors.Tag, name, value string) []detectors.Tag {
	value = media.FieldValue(value)
	if name == "" || value == "" {
		return tags
	}
	return append(tags, detectors.Tag{Group: "Vorbis", Name: name, Value: value})
}
