package mapi

import (
	"bytes"
	"encoding/binary"

	"habeas/scanner/media"
)

// rtfDictionary is what copies may refer to before anything was written
// ([MS-OXRTFCP] 2.1.2.1).
const rtfDictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// UnpackRTF undoes the compression of message bodies ([MS-OXRTFCP]). Of a damaged
// one it gives what came before the damage, and false.
func UnpackRTF(b []byte) ([]byte, bool) {
	if len(b) < 16 {
		return nil, false
	}
	kind := string(b[8:12])
	b = b[16:]
	if kind == "MELA" {
		return b, true
	}
	if kind != "LZFu" {
		return nil, false
	}
	var ring [4096]byte
	at := copy(ring[:], rtfDictionary)
	var out []byte
	put := func(c byte) {
		out = append(out, c)
		ring[at] = c
		at = (at + 1) % len(ring)
	}
	for len(b) > 0 && len(out) < media.MaxBlock {
		flags := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0; bit++ {
			if flags>>bit&1 == 0 {
				put(b[0])
				b = b[1:]
				continue
			}
			if len(b) < 2 {
				return out, false
			}
			ref := binary.BigEndian.Uint16(b)
			b = b[2:]
			from := int(ref >> 4)
			if from == at {
				return out, true
			}
			for i := range int(ref&0xf) + 2 {
				put(ring[(from+i)%len(ring)])
			}
		}
	}
	return out, bytes.HasPrefix(out, []byte(`{\rtf`))
}
