package ole

import (
	"golang.org/x/text/encoding/charmap"

	"habeas/detectors"
	"habeas/scanner/media"
)

// Records of [MS-PPT] 2.13.24 that hold text.
const (
	pptChars     = 0x0fa0
	pptBytes     = 0x0fa8
	pptCString   = 0x0fba
	pptComment   = 0x2ee0
	pptEncrypted = 0x2f14
)

// powerpoint reads a presentation: its records one after the other, those of
// deleted slides too, which stay until the file is saved anew.
func (w *walk) powerpoint(storage int, _ *entry, path string) error {
	at := join(path, "PowerPoint Document")
	b := w.take(storage, "PowerPoint Document", at)
	t := media.NewRunning(w.v, at)
	var tags []detectors.Tag
	seen := map[string]bool{}
	commentEnd := 0
	for i := 0; i+8 <= len(b) && t.Err() == nil; {
		kind, n := u16(b[i+2:]), int64(u32(b[i+4:]))
		instance := u16(b[i:]) >> 4
		data := i + 8
		end := int64(data) + n
		if end > int64(len(b)) {
			w.v.Problem(at, media.Truncated)
			end = int64(len(b))
		}
		if kind == pptEncrypted {
			w.v.Problem(at, media.Encrypted)
			break
		}
		if u16(b[i:])&0xf == 0xf { // a container: its records follow
			if kind == pptComment {
				commentEnd = int(end)
			}
			i = data
			continue
		}
		s := ""
		switch kind {
		case pptChars, pptCString:
			s = cutZero(utf16String(b[data:end]))
		case pptBytes:
			s = decode(b[data:end], charmap.ISO8859_1, false)
		}
		if kind == pptCString && i < commentEnd && instance == 0 && !seen[s] && tidy(s) != "" {
			seen[s] = true
			tags = append(tags, detectors.Tag{Group: "OLE", Name: "CommentAuthor", Value: tidy(s)})
		}
		t.WriteString(lines(s))
		t.Line()
		i = int(end)
	}
	if err := t.End(); err != nil {
		return err
	}
	if err := w.tags(at, tags); err != nil {
		return err
	}
	if b := w.take(storage, "Pictures", join(path, "Pictures")); len(b) > 0 {
		return w.pictures(b, join(path, "Pictures"))
	}
	return nil
}
