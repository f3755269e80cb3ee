package office

import (
	"bytes"
	"io"

	"habeas/scanner/media"
)

// New gives the format of documents that are one XML file: flat OpenDocument,
// flat OPC, and WordprocessingML and SpreadsheetML of 2003.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "office" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Office Open XML, OpenDocument, EPUB",
		Types: "application/vnd.openxmlformats-officedocument.*, application/vnd.oasis.opendocument.*, application/epub+zip",
		Reads: "text of every part with its tables, headers, notes and deleted text; properties; authors of comments and changes; links; pictures, thumbnails, embedded files and macros",
		Not:   "fonts, printer settings, XLSB sheets, documents with a password",
	}
}

// roots are what begins a flat document, in its first kilobyte.
var roots = []struct{ root, kind string }{
	{"<office:document", odf},
	{"<pkg:package", ooxml},
	{"<w:wordDocument", ooxml},
	{`progid="Word.Document"`, ooxml},
	{"urn:schemas-microsoft-com:office:spreadsheet", ooxml},
}

func kindOf(head []byte) string {
	head = bytes.TrimLeft(head[:min(len(head), 1<<10)], "\xef\xbb\xbf \t\r\n")
	if len(head) == 0 || head[0] != '<' {
		return ""
	}
	for _, r := range roots {
		if bytes.Contains(head, []byte(r.root)) {
			return r.kind
		}
	}
	return ""
}

// Match implements media.Format.
func (format) Match(head []byte) bool { return kindOf(head) != "" }

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	b, err := media.ReadUpTo(r, 0, media.MaxBlock, size)
	if err != nil {
		return err
	}
	if size > media.MaxBlock {
		v.Problem("", media.LimitBytes)
	}
	kind := kindOf(b)
	if kind == "" {
		kind = ooxml
	}
	return newProse(v, kind, "").read(b)
}
