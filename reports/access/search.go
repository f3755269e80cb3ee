package access

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// search finds values in bytes, in any case of ASCII letters, as UTF-8, as
// UTF-16 of both orders and as Latin-1. Values of fewer than minSecret
// characters stand in bytes everywhere by chance: they are looked for in texts
// alone. Those of fewer than minAnywhere count as whole words only.
type search struct {
	patterns []pattern
	by       map[uint32][]int // patterns by their first three bytes
}

type pattern struct {
	b      []byte // ASCII letters in lower case
	secret secret
	wide   binary.ByteOrder // nil for one byte a character
	short  bool             // looked for in texts alone
	word   bool             // only as a whole word
}

const (
	minSecret = 5
	minShort  = 3
	// minAnywhere is from where on a value in the middle of other letters is no
	// chance any more.
	minAnywhere = 8
	// maxPattern bounds the bytes of a value that are compared.
	maxPattern = 512
	searchStep = 1 << 20
)

// hit is a value that was found.
type hit struct {
	off, end int64
	p        *pattern
}

func newSearch(secrets []secret) *search {
	s := &search{by: map[uint32][]int{}}
	seen := map[string]bool{}
	for _, x := range secrets {
		for _, text := range []string{x.text, strings.ToLower(x.text), strings.ToUpper(x.text)} {
			text = strings.TrimSpace(text)
			n := utf8.RuneCountInString(text)
			if n < minShort || seen[text] {
				continue
			}
			seen[text] = true
			s.add(x, []byte(text), nil)
			if n < minSecret {
				continue
			}
			s.add(x, wide(text, binary.LittleEndian), binary.LittleEndian)
			s.add(x, wide(text, binary.BigEndian), binary.BigEndian)
			if l := latin1(text); l != nil && len(l) != len(text) {
				s.add(x, l, nil)
			}
		}
	}
	return s
}

func (s *search) add(x secret, b []byte, order binary.ByteOrder) {
	b = lower(bytes.Clone(b[:min(len(b), maxPattern)]))
	key := first(b)
	for _, i := range s.by[key] {
		if bytes.Equal(s.patterns[i].b, b) {
			return
		}
	}
	s.by[key] = append(s.by[key], len(s.patterns))
	n := utf8.RuneCount(b)
	s.patterns = append(s.patterns, pattern{b, x, order, n < minSecret && order == nil, n < minAnywhere && order == nil})
}

// first are the first three bytes of b as a number.
func first(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// in calls found for each value in r, in order, until it returns false. Hits may
// overlap. Short values are looked for in a text only.
func (s *search) in(r io.ReaderAt, size int64, text bool, found func(hit) bool) error {
	if len(s.patterns) == 0 {
		return nil
	}
	buf := make([]byte, min(size, searchStep)+maxPattern)
	for off := int64(0); off < size; off += searchStep {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		window := lower(buf[:n])
		for i := 0; i < min(n, searchStep) && i+minShort <= n; i++ {
			for _, k := range s.by[first(window[i:])] {
				p := &s.patterns[k]
				if p.short && !text || !bytes.HasPrefix(window[i:], p.b) || p.word && !wholeWord(window, i, i+len(p.b)) {
					continue
				}
				if !found(hit{off + int64(i), off + int64(i+len(p.b)), p}) {
					return nil
				}
			}
		}
	}
	return nil
}

// wholeWord reports whether neither side of b[i:j] goes on with a letter or digit.
func wholeWord(b []byte, i, j int) bool {
	before, _ := utf8.DecodeLastRune(b[:i])
	var after rune
	if j < len(b) {
		after, _ = utf8.DecodeRune(b[j:])
	}
	in := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return (i == 0 || !in(before)) && !in(after)
}

// all are the hits in the text b, the longest first where several begin at one place.
func (s *search) all(b []byte) ([]hit, error) {
	var hits []hit
	err := s.in(bytes.NewReader(b), int64(len(b)), true, func(h hit) bool {
		hits = append(hits, h)
		return len(hits) < maxHits
	})
	slices.SortStableFunc(hits, func(a, b hit) int {
		if a.off != b.off {
			return int(a.off - b.off)
		}
		return int(b.end - a.end)
	})
	return hits, err
}

// maxHits bounds what is covered in one text: more is no text of a person's.
const maxHits = 1_000_000

// lower makes the ASCII letters of b lower case, in place.
func lower(b []byte) []byte {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return b
}

func wide(s string, order binary.ByteOrder) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, 0, 0)
		order.PutUint16(b[len(b)-2:], u)
	}
	return b
}

// latin1 is s in ISO 8859-1; nil if it can't be.
func latin1(s string) []byte {
	var b []byte
	for _, r := range s {
		if r > 0xff {
			return nil
		}
		b = append(b, byte(r))
	}
	return b
}
