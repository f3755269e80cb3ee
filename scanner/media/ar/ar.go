// Package ar walks the archives of ar(1), which static libraries and Debian
// packages are, in the System V, GNU and BSD variants. Members are handed out
// where they stand, as "member/NAME".
package ar

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"habeas/scanner/media"
)

const (
	magic  = "!<arch>\n"
	header = 60
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "ar" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{Title: "ar, Debian packages", Types: "application/x-archive, application/vnd.debian.binary-package", Reads: "every member", Not: "members of thin archives, which are not in them"}
}

// Match implements media.Format.
func (format) Match(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	win := media.Window{R: r, Size: size}
	var long []byte // names that did not fit
	for off, n := int64(len(magic)), 0; off < size; n++ {
		if n == media.MaxMembers {
			return media.Stop("", media.LimitCount)
		}
		h, err := win.At(off, header)
		if err != nil {
			return err
		}
		if len(h) < header {
			if len(bytes.Trim(h, "\n\x00")) > 0 {
				return media.Stop("", media.Truncated)
			}
			return nil
		}
		length, err := strconv.ParseInt(strings.TrimSpace(string(h[48:58])), 10, 64)
		if err != nil || length < 0 || string(h[58:60]) != "`\n" {
			return media.Stop("", media.Corrupt)
		}
		name, data := strings.TrimRight(string(h[:16]), " "), off+header
		end := data + length
		if end > size {
			v.Problem("member/"+clean(name), media.Truncated)
			end = size
		}
		off = end + length&1
		switch {
		case name == "//":
			if long, err = media.ReadUpTo(r, data, min(end-data, 1<<20), size); err != nil {
				return err
			}
			continue
		case name == "/", name == "/SYM64/", strings.HasPrefix(name, "__.SYMDEF"):
			continue // tables of symbols
		}
		if name, data, err = fullName(r, name, long, data, end); err != nil {
			return err
		}
		if data < end {
			if err := v.Nested("member/"+clean(name), io.NewSectionReader(r, data, end-data)); err != nil {
				return err
			}
		}
	}
	return nil
}

// fullName finds names that did not fit: in a member of their own (GNU) or
// before the data (BSD).
func fullName(r io.ReaderAt, name string, long []byte, data, end int64) (string, int64, error) {
	if n, ok := strings.CutPrefix(name, "#1/"); ok {
		size, err := strconv.ParseInt(n, 10, 32)
		if err != nil || size < 0 || data+size > end || size > 64<<10 {
			return name, data, nil
		}
		b, err := media.ReadUpTo(r, data, size, end)
		return strings.TrimRight(string(b), "\x00"), data + size, err
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "/")); err == nil && name[0] == '/' && n >= 0 && n < len(long) {
		b, _, _ := bytes.Cut(long[n:], []byte("\n"))
		name = string(b)
	}
	return strings.TrimSuffix(name, "/"), data, nil
}

func clean(name string) string { return strings.ToValidUTF8(name, "\uFFFD") }
