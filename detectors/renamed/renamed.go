// Package renamed reports objects whose name or claimed Content-Type says
// another type than their content: an archive called .jpg, a picture called
// .txt. The scanner tells what it knows of the object in a part of its own; the
// content decides what is read, in any case.
package renamed

import (
	"strings"

	"habeas/detectors"
)

// Group is that of the tags in which the scanner says what an object calls itself
// and what it is: Ending (".jpg"), ContentType, Type.
const Group = "object"

// Detector reports renamed objects. The zero value is ready.
type Detector struct{}

var _ detectors.Detector = (*Detector)(nil)

// New makes the detector.
func New() detectors.Detector { return &Detector{} }

// Info describes the detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name: "renamed", Version: 1, Kinds: []detectors.Kind{detectors.Renamed},
		Finds:   "objects whose name or Content-Type disagrees with their content",
		Example: "a ZIP archive that is called .jpg",
	}
}

// Detect compares the tags of Group in p.
func (*Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	var ending, claimed, is string
	for i := range p.Tags {
		if t := &p.Tags[i]; t.Group == Group {
			switch t.Name {
			case "Ending":
				ending = strings.ToLower(t.Value)
			case "ContentType":
				claimed, _, _ = strings.Cut(strings.ToLower(t.Value), ";")
				claimed = strings.TrimSpace(claimed)
			case "Type":
				is = t.Value
			}
		}
	}
	real := familyOf(is)
	if real == "" {
		return nil
	}
	// Both values are of our own tables from here on: what an uploader wrote is
	// shown only where it is one of them.
	if f := endings[ending]; f != "" && f != real {
		found(finding("Ending", is+" called "+ending, "the name ends in "+ending+", the content is "+is))
	}
	// Some stores say text/plain of what came without a type: it claims nothing.
	if f := familyOf(claimed); f != "" && f != real && claimed != "text/plain" {
		found(finding("ContentType", is+" claimed to be "+f, "the Content-Type says "+f+", the content is "+is))
	}
	return nil
}

func finding(tag, value, why string) detectors.Finding {
	return detectors.Finding{Kind: detectors.Renamed, Value: value, Tag: tag, Confidence: 0.95, Why: why, Rule: strings.ToLower(tag)}
}

// families are groups of types that may stand for each other without a lie: a
// table saved as .txt, a film of QuickTime called .mp4, a RAW picture called .tif.
var families = map[string][]string{
	"JPEG":               {"image/jpeg", "image/jpg", "image/pjpeg"},
	"PNG":                {"image/png", "image/apng", "image/vnd.mozilla.apng"},
	"GIF":                {"image/gif"},
	"WebP":               {"image/webp"},
	"BMP":                {"image/bmp", "image/x-ms-bmp", "image/x-bmp"},
	"HEIF":               {"image/heic", "image/heif", "image/avif", "image/heic-sequence", "image/heif-sequence"},
	"TIFF or RAW":        {"image/tiff", "image/x-adobe-dng", "image/x-nikon-nef", "image/x-sony-arw", "image/x-canon-cr2", "image/x-olympus-orf", "image/x-panasonic-rw2", "image/x-pentax-pef", "image/x-samsung-srw", "image/x-gopro-gpr"},
	"JPEG XL":            {"image/jxl"},
	"Photoshop":          {"image/vnd.adobe.photoshop", "image/x-psd"},
	"film":               {"video/mp4", "video/quicktime", "video/3gpp", "video/3gpp2", "video/x-m4v", "audio/mp4", "audio/x-m4a", "image/x-canon-cr3"},
	"Matroska":           {"video/x-matroska", "video/webm", "audio/webm", "audio/x-matroska"},
	"AVI":                {"video/x-msvideo", "video/avi"},
	"MP3":                {"audio/mpeg", "audio/mp3"},
	"FLAC":               {"audio/flac", "audio/x-flac"},
	"Ogg":                {"audio/ogg", "video/ogg", "application/ogg"},
	"WAV":                {"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"},
	"PDF":                {"application/pdf"},
	"ZIP or Office":      {"application/zip", "application/x-zip-compressed", "application/java-archive", "application/jar", "application/epub+zip", "application/vnd.android.package-archive"},
	"7-Zip":              {"application/x-7z-compressed"},
	"RAR":                {"application/vnd.rar", "application/x-rar-compressed", "application/x-rar"},
	"GZIP":               {"application/gzip", "application/x-gzip"},
	"old Office or mail": {"application/x-ole-storage", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook"},
	"text":               {"text/plain", "text/csv", "text/tab-separated-values", "application/json", "application/x-ndjson", "text/xml", "application/xml", "text/html", "image/svg+xml", "application/rdf+xml", "message/rfc822", "text/rtf", "application/rtf", "text/vcard", "text/calendar", "text/markdown", "text/css", "text/javascript", "application/javascript"},
	"program":            {"application/vnd.microsoft.portable-executable", "application/x-elf", "application/x-executable", "application/x-msdownload", "application/x-mach-binary", "application/x-sharedlib"},
	"SQLite":             {"application/vnd.sqlite3", "application/x-sqlite3"},
}

// byType is families the other way round.
var byType = func() map[string]string {
	m := map[string]string{}
	for f, types := range families {
		for _, t := range types {
			m[t] = f
		}
	}
	return m
}()

func familyOf(mime string) string {
	switch {
	case strings.HasPrefix(mime, "application/vnd.openxmlformats-officedocument."), strings.HasPrefix(mime, "application/vnd.oasis.opendocument."),
		strings.HasPrefix(mime, "application/vnd.ms-") && strings.HasSuffix(mime, ".macroenabled.12"):
		return "ZIP or Office"
	}
	return byType[mime]
}

// endings are the families that names promise.
var endings = map[string]string{
	".jpg": "JPEG", ".jpeg": "JPEG", ".jpe": "JPEG", ".png": "PNG", ".gif": "GIF", ".webp": "WebP", ".bmp": "BMP",
	".heic": "HEIF", ".heif": "HEIF", ".avif": "HEIF", ".tif": "TIFF or RAW", ".tiff": "TIFF or RAW", ".dng": "TIFF or RAW", ".nef": "TIFF or RAW", ".arw": "TIFF or RAW", ".cr2": "TIFF or RAW",
	".jxl": "JPEG XL", ".psd": "Photoshop", ".mp4": "film", ".m4v": "film", ".mov": "film", ".3gp": "film", ".m4a": "film", ".cr3": "film",
	".mkv": "Matroska", ".webm": "Matroska", ".avi": "AVI", ".mp3": "MP3", ".flac": "FLAC", ".ogg": "Ogg", ".opus": "Ogg", ".oga": "Ogg", ".wav": "WAV",
	".pdf": "PDF", ".zip": "ZIP or Office", ".docx": "ZIP or Office", ".xlsx": "ZIP or Office", ".pptx": "ZIP or Office", ".odt": "ZIP or Office", ".ods": "ZIP or Office", ".odp": "ZIP or Office", ".epub": "ZIP or Office", ".jar": "ZIP or Office", ".apk": "ZIP or Office",
	".7z": "7-Zip", ".rar": "RAR", ".gz": "GZIP", ".tgz": "GZIP",
	".txt": "text", ".csv": "text", ".tsv": "text", ".json": "text", ".jsonl": "text", ".xml": "text", ".html": "text", ".htm": "text", ".svg": "text", ".md": "text", ".eml": "text", ".vcf": "text", ".ics": "text", ".xmp": "text", ".log": "text",
	".exe": "program", ".dll": "program",
}
