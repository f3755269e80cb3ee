package network

import (
	"bytes"
	"slices"

	"habeas/detectors/textscan"
)

// Logs whose fields tabs part name the client's program in a field of its own, often
// by a name that no browser has: "wget/1.21.4", "Podcasts/1610.1 (iPhone; ...)". A
// field is taken for one if the line has an address in another.

const (
	maxRow    = 2048 // bytes of a line that are looked at on each side of an address
	maxFields = 16   // of these
)

// agentsBeside looks for user agents in the other fields of the line in which
// text[start:end], an address, is a field.
func (s *scan) agentsBeside(start, end int) {
	t := s.text
	before, after := textscan.Byte(t, start-1), textscan.Byte(t, end)
	if before != '\t' && after != '\t' || start > 0 && before != '\t' && before != '\n' || end < len(t) && after != '\t' && after != '\n' && after != '\r' {
		return
	}
	lo := max(start-maxRow, 0)
	lo += bytes.LastIndexByte(t[lo:start], '\n') + 1
	hi := min(end+maxRow, len(t))
	if i := bytes.IndexAny(t[end:hi], "\r\n"); i >= 0 {
		hi = end + i
	}
	for range maxFields {
		field := t[lo:hi]
		if i := bytes.IndexByte(field, '\t'); i >= 0 {
			field = field[:i]
		}
		if programWithVersion(field) && !slices.Contains(s.agents, lo) {
			s.agent(lo, lo+len(field), "a program with its version beside an address in a log", 0.8)
		}
		if lo += len(field) + 1; lo >= hi {
			return
		}
	}
}

// programWithVersion reports whether all of b is "name/version" or "name version",
// perhaps with more behind: not a media type, a path, or a protocol.
func programWithVersion(b []byte) bool {
	if len(b) < 8 || len(b) > maxAgent || !textscan.Is(b[0], textscan.Letter) {
		return false
	}
	end := 0
	for end < len(b) && (textscan.Is(b[end], textscan.Alnum) || bytes.IndexByte([]byte("-_.!+"), b[end]) >= 0) {
		end++
	}
	switch textscan.Byte(b, end) {
	case '/':
		if isOneOf(b[:end], "http", "https", "application", "audio", "font", "image", "message", "model", "multipart", "text", "video") {
			return false
		}
		version, _, _ := bytes.Cut(b[end+1:], []byte(" "))
		return len(version) > 0 && bytes.IndexByte(version, '/') < 0 && bytes.ContainsAny(version, "0123456789")
	case ' ':
		return versionAndNote(b[end+1:])
	}
	return false
}

// versionAndNote reports whether b is "1.0 (note)", or just "(note)".
func versionAndNote(b []byte) bool {
	i := 0
	for i < len(b) && (textscan.Is(b[i], textscan.Digit) || b[i] == '.') {
		i++
	}
	if i > 0 {
		if i == len(b) || b[i] != ' ' {
			return false
		}
		i++
	}
	return i < len(b) && b[i] == '(' && bytes.IndexByte(b[i:], ')') > 3
}
