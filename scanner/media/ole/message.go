package ole

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"

	"habeas/scanner/media"
	"habeas/scanner/media/mapi"
)

// message reads a message of Outlook ([MS-OXMSG]): its own properties, each
// recipient, each attachment. A message inside of a message is a storage of the
// same kind and is read when it is met.
func (w *walk) message(storage int, _ *entry, path string) error {
	m := w.properties(storage, path)
	m.SetPage(nil)
	page := m.Page
	if m.Sealed() {
		w.v.Problem(path, media.Encrypted)
	}
	tags := m.Parties()
	for _, i := range slices.Clone(w.c.entries[storage].children) {
		e := &w.c.entries[i]
		if e.kind != 1 || !strings.HasPrefix(e.name, "__recip_version1.0") {
			continue
		}
		w.done[i] = true
		r := w.properties(i, join(path, e.name))
		r.Page = page
		tags = append(tags, r.Recipient()...)
	}
	if err := w.tags(path, append(tags, m.Others()...)); err != nil {
		return err
	}
	if err := m.Bodies(w.v, path); err != nil {
		return err
	}
	n := 0
	for _, i := range slices.Clone(w.c.entries[storage].children) {
		if e := &w.c.entries[i]; e.kind == 1 && strings.HasPrefix(e.name, "__attach_version1.0") {
			w.done[i] = true
			n++
			if err := w.attachment(i, join(path, fmt.Sprintf("attachment[%d]", n)), page); err != nil {
				return err
			}
		}
	}
	for _, i := range w.c.entries[storage].children { // names of properties
		if e := &w.c.entries[i]; strings.HasPrefix(e.name, "__nameid_version1.0") {
			w.done[i] = true
		}
	}
	return nil
}

// attachment gives one attachment: a file, or a message or an object that is a
// storage.
func (w *walk) attachment(storage int, path string, page encoding.Encoding) error {
	a := w.properties(storage, path)
	a.Page = page
	name := a.FileName()
	if err := w.tags(path, a.Others()); err != nil {
		return err
	}
	if a.SealedFile() {
		w.v.Problem(path, media.Encrypted)
	}
	if e := w.c.find(storage, "__substg1.0_3701000D"); e != nil && e.kind == 1 {
		for i := range w.c.entries[storage].children {
			n := w.c.entries[storage].children[i]
			if &w.c.entries[n] == e && !w.done[n] {
				w.done[n] = true
				return w.storage(n, join(path, name), 1)
			}
		}
	}
	return w.nested(join(path, name), a.Bytes(mapi.AttachedData))
}

// properties reads them: one stream for each text, one for all numbers.
func (w *walk) properties(storage int, path string) *mapi.Properties {
	p := mapi.New()
	for _, i := range w.c.entries[storage].children {
		e := &w.c.entries[i]
		if e.kind != 2 {
			continue
		}
		if e.name == "__properties_version1.0" {
			w.done[i] = true
			numbers(p, w.content(e, join(path, e.name)))
			continue
		}
		hex, ok := strings.CutPrefix(e.name, "__substg1.0_")
		n, err := strconv.ParseUint(hex[:min(len(hex), 8)], 16, 32)
		if !ok || err != nil || p.Full() {
			continue
		}
		w.done[i] = true
		id, kind := uint16(n>>16), uint16(n)
		switch kind {
		case mapi.Text8, mapi.Text16, mapi.Binary:
			p.Add(id, kind, w.content(e, join(path, e.name)))
		case mapi.Many | mapi.Text8, mapi.Many | mapi.Text16: // the elements have names of their own
			if len(hex) > 8 {
				p.Append(id, kind&^mapi.Many, w.content(e, join(path, e.name)))
			}
		}
	}
	return p
}

// numbers reads the stream of fixed properties, which begins with a header of
// 8, 24 or 32 bytes: entries of 16 bytes, told by their flags.
func numbers(p *mapi.Properties, b []byte) {
	for skip := len(b) % 16; skip <= 32 && skip < len(b); skip += 16 {
		if skip+16 <= len(b) && plausible(b[skip:]) {
			for b = b[skip:]; len(b) >= 16; b = b[16:] {
				if u16(b) == mapi.Integer32 {
					p.SetNumber(u16(b[2:]), u32(b[8:]))
				}
			}
			return
		}
	}
}

func plausible(b []byte) bool {
	switch u16(b) {
	case 2, 3, 4, 5, 0xb, 0xd, 0x14, 0x1e, 0x1f, 0x40, 0x48, 0x102:
		return u16(b[2:]) != 0 && u32(b[4:]) < 8
	}
	return false
}
