package scanner

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"net/netip"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"habeas/detectors"
)

// MinKey is the least length of a fingerprint key in bytes. A shorter key could
// be guessed, and with it every phone number.
const MinKey = 32

// Fingerprints makes the keyed hashes that join equal values across objects
// without keeping them: the first 128 bits of HMAC-SHA-256 over kind and
// canonical value, in hex. The kind is part of what is hashed, so that a
// name and a place of the same letters don't meet. Its methods may be called
// from many goroutines.
type Fingerprints struct {
	macs sync.Pool // of *mac: making one costs more than using it
	id   string
}

// NewFingerprints uses key, which the caller must not change afterwards.
func NewFingerprints(key []byte) (*Fingerprints, error) {
	if len(key) < MinKey {
		return nil, errors.New("the fingerprint key is shorter than 32 bytes")
	}
	sum := sha256.Sum256(append([]byte("habeas key id\x00"), key...))
	f := &Fingerprints{id: hex.EncodeToString(sum[:8])}
	f.macs.New = func() any { return &mac{hash: hmac.New(sha256.New, key)} }
	return f, nil
}

// mac is a hash with room for what goes into it.
type mac struct {
	hash hash.Hash
	in   []byte
	out  [sha256.Size]byte
}

// hash is the HMAC over what fill appends.
func (f *Fingerprints) hash(fill func([]byte) []byte) (sum [sha256.Size]byte) {
	m, ok := f.macs.Get().(*mac)
	if !ok {
		return sum
	}
	m.in = fill(m.in[:0])
	m.hash.Reset()
	m.hash.Write(m.in)
	m.hash.Sum(m.out[:0])
	sum = m.out
	if cap(m.in) > maxMacBuffer {
		m.in = nil
	}
	f.macs.Put(m)
	return sum
}

// maxMacBuffer is how many bytes of a buffer are kept.
const maxMacBuffer = 4 << 10

// KeyID names the key without giving it away.
func (f *Fingerprints) KeyID() string { return f.id }

// Of is the fingerprint of a value of kind, in any of its spellings; "" where
// Canonical gives "".
func (f *Fingerprints) Of(kind detectors.Kind, value string) string {
	return f.of(kind, value, new(keep))
}

// of is Of, with the result in memory of k.
func (f *Fingerprints) of(kind detectors.Kind, value string, k *keep) string {
	c := Canonical(kind, value)
	if c == "" {
		return ""
	}
	sum := f.sum("value", string(kind), c)
	return k.hex(sum[:printSize])
}

// printSize is how many bytes of the HMAC are a fingerprint.
const printSize = 16

// Object is the fingerprint of an object's name, byte for byte: what names it
// where its key must not stand. Keys that differ in case or Unicode form differ.
func (f *Fingerprints) Object(source, key string) string {
	sum := f.sum("object", source, key)
	return hex.EncodeToString(sum[:printSize])
}

// Content is the fingerprint of what identifies a content, as an ETag with a size.
func (f *Fingerprints) Content(id string) string {
	sum := f.sum("content", id)
	return hex.EncodeToString(sum[:printSize])
}

// sum hashes fields, none of which holds a NUL but the last.
func (f *Fingerprints) sum(fields ...string) [sha256.Size]byte {
	return f.hash(func(b []byte) []byte {
		for i, s := range fields {
			if i > 0 {
				b = append(b, 0)
			}
			b = append(b, s...)
		}
		return b
	})
}

// Canonical is the form of value that its equals share: "+33 1 99 00 12 34" and
// "+33199001234" are one phone, "ANA  SILVA" and "Ana Silva" one name. It is
// empty for positions and hidden copies, which are never joined, and where nothing
// is left.
func Canonical(kind detectors.Kind, value string) string {
	switch kind {
	case detectors.GPS, detectors.HiddenCopy, detectors.Renamed:
		return ""
	case detectors.Phone:
		return phoneDigits(value)
	case detectors.Email, detectors.Name, detectors.Face, detectors.Place, detectors.Address:
		return foldText(value)
	case detectors.PaymentCard, detectors.IBAN, detectors.BankAccount, detectors.NationalID, detectors.Passport,
		detectors.DrivingLicence, detectors.MAC, detectors.PaymentTxn:
		return alphanumeric(value)
	case detectors.DeviceSerial:
		return strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(value)), ""))
	case detectors.IP:
		if a, err := netip.ParseAddr(strings.TrimSpace(value)); err == nil {
			return a.Unmap().WithZone("").String()
		}
		return strings.ToLower(strings.TrimSpace(value))
	case detectors.UserAgent:
		return oneBlank(value)
	}
	return strings.TrimSpace(value)
}

// oneBlank is s with one blank between its words and none around them.
func oneBlank(s string) string {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return strings.Join(strings.Fields(s), " ")
		}
	}
	return s
}

// foldText makes text comparable: compatible characters, case and runs of
// blanks do not tell values apart.
func foldText(s string) string {
	if plainLower(s) {
		return s
	}
	if folded, ok := foldASCII(s); ok {
		return folded
	}
	// A Caser keeps state and is not for sharing.
	return strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(s))), " ")
}

// foldASCII is foldText of ASCII; ok is false for anything else. Most names are
// that, and each is folded several times.
func foldASCII(s string) (folded string, ok bool) {
	var buf [128]byte
	b := buf[:0]
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x7f:
			return "", false
		case c == ' ' || c >= '\t' && c <= '\r':
			if len(b) > 0 && b[len(b)-1] != ' ' {
				b = append(b, ' ')
			}
		case 'A' <= c && c <= 'Z':
			b = append(b, c+'a'-'A')
		default:
			b = append(b, c)
		}
	}
	return string(bytes.TrimSuffix(b, []byte{' '})), true
}

// plainLower reports whether s is ASCII that foldText would leave as it is.
func plainLower(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// phoneDigits keeps the digits of a number and a leading plus.
func phoneDigits(s string) string {
	s = norm.NFKC.String(s)
	var b strings.Builder
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9', r == '+' && b.Len() == 0:
			b.WriteRune(r)
		}
	}
	if b.String() == "+" {
		return ""
	}
	return b.String()
}

// alphanumeric keeps letters and digits, in upper case.
func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, norm.NFKC.String(s))
}
