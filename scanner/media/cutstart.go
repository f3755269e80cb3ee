package media

import (
	"bytes"
	"strings"
)

// CutStart is the MIME type of the format that a name's ending (".flac")
// promises, where content, all that there is of it, is nothing but the first
// bytes of that format: an upload that broke off before its type could be told.
// "" for anything else, empty content included.
func CutStart(ending string, content []byte) string {
	ending = strings.ToLower(ending)
	if len(content) == 0 || len(content) >= HeadSize {
		return ""
	}
	switch {
	case ending == ".eml" && isCutHeader(content):
		return "message/rfc822"
	case ending == ".tar" && len(content) < tarBlock && isTarName(content):
		return "application/x-tar"
	}
	for _, s := range starts {
		if !endsIn(s.endings, ending) {
			continue
		}
		for _, magic := range s.magics {
			if len(content) < len(magic) && beginsLike(magic, content) {
				return s.mime
			}
		}
	}
	return ""
}

// starts are formats with a magic number; "." in one stands for any byte.
var starts = []struct {
	endings, mime string
	magics        []string
}{
	{".jpg .jpeg .jpe", "image/jpeg", []string{"\xff\xd8\xff"}},
	{".png", "image/png", []string{"\x89PNG\r\n\x1a\n"}},
	{".gif", "image/gif", []string{"GIF89a", "GIF87a"}},
	{".webp", "image/webp", []string{"RIFF....WEBP"}},
	{".wav", "audio/wav", []string{"RIFF....WAVE", "RF64....WAVE"}},
	{".avi", "video/x-msvideo", []string{"RIFF....AVI "}},
	{".tif .tiff .dng .nef .arw .pef .cr2", "image/tiff", []string{"II*\x00....", "MM\x00*...."}},
	{".heic .heif .hif", "image/heic", []string{"\x00\x00..ftyp"}},
	{".avif", "image/avif", []string{"\x00\x00..ftyp"}},
	{".mp4 .m4v .3gp .insv", "video/mp4", []string{"\x00\x00..ftyp"}},
	{".mov .qt", "video/quicktime", []string{"\x00\x00..ftyp", "\x00\x00..wide", "....moov", "....mdat"}},
	{".m4a .m4b", "audio/mp4", []string{"\x00\x00..ftyp"}},
	{".cr3", "image/x-canon-cr3", []string{"\x00\x00..ftyp"}},
	{".jxl", "image/jxl", []string{"\x00\x00\x00\x0cJXL \r\n\x87\n", "\xff\x0a"}},
	{".jp2 .jpx .j2k", "image/jp2", []string{"\x00\x00\x00\x0cjP  \r\n\x87\n", "\xff\x4f\xff\x51"}},
	{".psd .psb", "image/vnd.adobe.photoshop", []string{"8BPS\x00"}},
	{".mkv .mka .webm", "video/x-matroska", []string{"\x1a\x45\xdf\xa3"}},
	{".mp3", "audio/mpeg", []string{"ID3.......", "\xff\xfb", "\xff\xf3"}},
	{".flac", "audio/flac", []string{"fLaC"}},
	{".ogg .oga .opus .ogv", "audio/ogg", []string{"OggS\x00"}},
	{".wma .wmv .asf", "video/x-ms-asf", []string{"\x30\x26\xb2\x75\x8e\x66\xcf\x11"}},
	{".pdf", "application/pdf", []string{"%PDF-..."}},
	{".zip .docx .xlsx .pptx .odt .ods .odp .epub .jar", "application/zip", []string{"PK\x03\x04"}},
	{".gz .tgz", "application/gzip", []string{"\x1f\x8b\x08"}},
	{".bz2", "application/x-bzip2", []string{"BZh.1AY&SY"}},
	{".xz", "application/x-xz", []string{"\xfd7zXZ\x00"}},
	{".zst", "application/zstd", []string{"\x28\xb5\x2f\xfd"}},
	{".7z", "application/x-7z-compressed", []string{"7z\xbc\xaf\x27\x1c"}},
	{".rar", "application/x-rar-compressed", []string{"Rar!\x1a\x07"}},
	{".doc .xls .ppt .msg", "application/x-ole-storage", []string{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}},
	{".rtf", "text/rtf", []string{"{\\rtf"}},
	{".sqlite .db", "application/vnd.sqlite3", []string{"SQLite format 3\x00"}},
	{".parquet", "application/vnd.apache.parquet", []string{"PAR1"}},
}

// endsIn tells whether a list of endings, parted by blanks, holds one.
func endsIn(list, ending string) bool {
	return ending != "" && strings.Contains(" "+list+" ", " "+ending+" ")
}

// beginsLike tells whether content agrees with the first bytes of magic.
func beginsLike(magic string, content []byte) bool {
	for i, c := range content {
		if magic[i] != '.' && magic[i] != c {
			return false
		}
	}
	return true
}

// tarBlock is the size of an archive's blocks: the first is a header.
const tarBlock = 512

// isTarName tells whether content begins as the header of a tar archive does: with
// a name, then zeros up to byte 100 as far as it goes.
func isTarName(content []byte) bool {
	name := content[:min(len(content), 100)]
	n := bytes.IndexByte(name, 0)
	return n > 0 && len(bytes.Trim(name[n:], "\x00")) == 0 && bytes.IndexFunc(name[:n], func(r rune) bool { return r < ' ' }) < 0
}

// isCutHeader tells whether content is the start of a message's header: fields,
// the first of them one of mail's own, without the empty line that ends a header.
// The last line may have broken off inside the name of a field.
func isCutHeader(content []byte) bool {
	for first := true; len(content) > 0; first = false {
		line, rest, whole := bytes.Cut(content, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		content = rest
		if len(line) == 0 {
			return false
		}
		if !first && (line[0] == ' ' || line[0] == '\t') {
			continue
		}
		name, ok := fieldOf(line)
		switch {
		case !ok && !whole:
			return isStartOfField(strings.ToLower(string(line)), first)
		case !ok, first && points[name] < 2:
			return false
		}
	}
	return true
}

// isStartOfField tells whether a line is the start of the name of a field: of
// one of mail's own only, or of any.
func isStartOfField(line string, own bool) bool {
	for name, p := range points {
		if strings.HasPrefix(name, line) && (p == 2 || !own) {
			return true
		}
	}
	return !own && pointsOf(line) > 0
}
