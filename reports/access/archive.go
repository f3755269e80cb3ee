package access

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

// archive is the ZIP file, with what it holds so far.
type archive struct {
	zip   *zip.Writer
	at    time.Time // of every member: the same inputs give the same bytes
	files []packed
}

// packed is one member.
type packed struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func newArchive(w io.Writer, at time.Time) *archive {
	return &archive{zip: zip.NewWriter(w), at: at.UTC()}
}

// copy adds a file as it is: pictures and films are compressed already.
func (a *archive) copy(name string, r io.Reader, size int64) error {
	return a.add(name, zip.Store, r, size)
}

// text adds a file of ours.
func (a *archive) text(name, s string) error {
	return a.add(name, zip.Deflate, strings.NewReader(s), int64(len(s)))
}

func (a *archive) add(name string, method uint16, r io.Reader, size int64) error {
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: a.at})
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), r)
	if err != nil {
		return err
	}
	if n != size {
		return fmt.Errorf("%s: the source gave %d bytes instead of %d", name, n, size)
	}
	a.files = append(a.files, packed{name, n, hex.EncodeToString(h.Sum(nil))})
	return nil
}

// sums are the members as sha256sum checks them.
func (a *archive) sums() string {
	var b strings.Builder
	for _, f := range a.files {
		fmt.Fprintf(&b, "%s  %s\n", f.SHA256, f.Name)
	}
	return b.String()
}

func (a *archive) close() error { return a.zip.Close() }

// ending is what the copy of a file of this type is called.
func ending(mime string) string {
	if e, ok := map[string]string{
		"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif", "image/tiff": ".tif", "image/heic": ".heic", "image/heif": ".heif",
		"image/avif": ".avif", "image/svg+xml": ".svg", "image/bmp": ".bmp", "video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm",
		"audio/mpeg": ".mp3", "audio/flac": ".flac", "audio/ogg": ".ogg", "audio/wav": ".wav", "application/pdf": ".pdf", "text/csv": ".csv", "text/plain": ".txt",
		"text/html": ".html", "text/xml": ".xml", "application/xml": ".xml", "application/json": ".json", "application/x-ndjson": ".jsonl", "message/rfc822": ".eml",
		"text/vcard": ".vcf", "text/calendar": ".ics", "application/zip": ".zip",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
	}[mime]; ok {
		return e
	}
	if strings.HasPrefix(mime, "text/") {
		return ".txt"
	}
	return ".bin"
}
