package scanner

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// versioned is an optional ability of a media.Format, as Info.Version of a
// detector: raised whenever the format would hand out something else.
type versioned interface{ Version() int }

// Hash names what e would find: its formats, detectors and limits. Two processes
// with the same Hash find the same.
func (e *Examiner) Hash() string {
	var parts []string
	for _, f := range e.Formats {
		v := 0
		if f, ok := f.(versioned); ok {
			v = f.Version()
		}
		parts = append(parts, fmt.Sprintf("format %s %d", f.Name(), v))
	}
	for _, d := range e.Detectors {
		info := d.Info()
		parts = append(parts, fmt.Sprintf("detector %s %d", info.Name, info.Version))
	}
	parts = append(parts, fmt.Sprintf("limits %+v views %t", e.Limits.withDefaults(), e.Views != nil))
	if e.Pixels != nil {
		parts = append(parts, "pixels "+e.Pixels.Hash())
	}
	return SetHash(parts...)
}

// edition names what the engine itself records of a finding. The second has the
// fingerprints of variants, the third counts pictures.
const edition = "record 3"

// SetHash is the hash of everything that decides what is found and recorded of
// an object, for Config.Set: the program's version, Examiner.Hash, the hash of
// the owner rules, the id of the fingerprint key, regions, whether tags were
// asked for. Objects recorded under another one are read again. It is 128 bits
// in hex.
func SetHash(parts ...string) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range append([]string{edition}, parts...) {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
