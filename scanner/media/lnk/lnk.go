// Package lnk reads shortcuts of Windows ([MS-SHLLINK]): where the file that they
// point to lies or lay, by which path and in whose home, on which disk or server,
// and on which machine, down to the hardware address of its network.
package lnk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"time"
	"unicode"

	"habeas/detectors"
	"habeas/scanner/media"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// Name implements media.Format.
func (format) Name() string { return "lnk" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Windows shortcut (LNK)",
		Types: "application/x-ms-shortcut",
		Reads: "paths, server, label and serial number of the disk, description, arguments, times, name and network address of the machine, names in lists of items and of properties",
		Not:   "other blocks of programs",
	}
}

const (
	headerSize = 76
	magic      = "\x4c\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"
	maxSize    = 1 << 20 // of a shortcut; real ones stay under 10 kB
	maxTexts   = 1_000
)

// Match implements media.Format.
func (format) Match(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }

// Flags of a shortcut (2.1.1).
const (
	hasTargets = 1 << 0
	hasInfo    = 1 << 1
	isUnicode  = 1 << 7
	noInfo     = 1 << 8
)

// stringData are the texts behind the structures, by the flag that says they are there
// (2.4).
var stringData = []struct {
	flag uint32
	name string
}{{1 << 2, "Description"}, {1 << 3, "RelativePath"}, {1 << 4, "WorkingDirectory"}, {1 << 5, "CommandLineArguments"}, {1 << 6, "IconFileName"}}

// walk is the state of one Walk.
type walk struct {
	b    []byte // what is left of the shortcut
	v    media.Visitor
	tags []detectors.Tag
	cut  bool
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	b, err := media.ReadUpTo(r, 0, min(size, maxSize), size)
	if err != nil {
		return err
	}
	if size > maxSize {
		v.Problem("", media.LimitBytes)
	}
	if len(b) < headerSize {
		return media.Stop("", media.Truncated)
	}
	w := &walk{b: b[headerSize:], v: v}
	flags := u32(b[20:])
	for i, name := range [...]string{"CreateDate", "AccessDate", "ModifyDate"} {
		if t := fileTime(binary.LittleEndian.Uint64(b[28+8*i:])); !t.IsZero() {
			w.tag(name, t.Format(time.RFC3339))
		}
	}
	if flags&hasTargets != 0 {
		w.runs(w.take(int64(u16At(w.take(2)))), "TargetName")
	}
	if flags&hasInfo != 0 && flags&noInfo == 0 {
		w.info()
	}
	for _, s := range stringData {
		if flags&s.flag != 0 {
			w.text(s.name, flags&isUnicode != 0)
		}
	}
	w.extra()
	if w.cut {
		v.Problem("", media.Truncated)
	}
	if len(w.tags) == 0 {
		return nil
	}
	return v.Part(&detectors.Part{Tags: w.tags, Off: -1})
}

func (w *walk) tag(name, value string) {
	if value = media.FieldValue(value); value != "" && len(w.tags) < maxTexts {
		w.tags = append(w.tags, detectors.Tag{Group: "LNK", Name: name, Value: value})
	}
}

// take cuts n bytes off what is left; fewer where it ends.
func (w *walk) take(n int64) []byte {
	if n < 0 || n > int64(len(w.b)) {
		w.cut = true
		n = int64(len(w.b))
	}
	b := w.b[:n]
	w.b = w.b[n:]
	return b
}

// text reads a text with the number of its characters before it.
func (w *walk) text(name string, unicode bool) {
	n := int64(u16At(w.take(2)))
	if unicode {
		w.tag(name, wide(w.take(2*n)))
		return
	}
	w.tag(name, media.Legacy(w.take(n)))
}

// info reads where the target lies (2.3).
func (w *walk) info() {
	if len(w.b) < 4 {
		w.cut = true
		return
	}
	b := w.take(int64(u32(w.b)))
	if len(b) < 28 {
		return
	}
	at := func(field int) []byte {
		if field+4 > len(b) || field+4 > int(min(u32(b[4:]), 1<<10)) {
			return nil
		}
		if off := int64(u32(b[field:])); off > 0 && off < int64(len(b)) {
			return b[off:]
		}
		return nil
	}
	if volume := at(12); len(volume) >= 16 {
		if n := u32(volume[8:]); n != 0 {
			w.tag("DriveSerialNumber", fmt.Sprintf("%04X-%04X", n>>16, n&0xffff))
		}
		switch off := int64(u32(volume[12:])); {
		case off == 0x14 && len(volume) >= 20 && int64(u32(volume[16:])) < int64(len(volume)):
			w.tag("VolumeLabel", cutWide(volume[u32(volume[16:]):]))
		case off < int64(len(volume)):
			w.tag("VolumeLabel", cutZero(volume[off:]))
		}
	}
	if net := at(20); len(net) >= 20 {
		for i, name := range [...]string{"NetName", "DeviceName"} {
			if off := int64(u32(net[8+4*i:])); off >= 20 && off < int64(len(net)) {
				w.tag(name, cutZero(net[off:]))
			}
		}
	}
	base, suffix := cutZero(at(16)), cutZero(at(24))
	if u := cutWide(at(28)); u != "" {
		base = u
	}
	if u := cutWide(at(32)); u != "" {
		suffix = u
	}
	w.tag("LocalBasePath", base)
	w.tag("CommonPathSuffix", suffix)
}

// Blocks behind the shortcut (2.5) that are read.
const (
	environment   = 0xa0000001
	tracker       = 0xa0000003
	iconPath      = 0xa0000007
	propertyStore = 0xa0000009
	vistaTargets  = 0xa000000c
)

func (w *walk) extra() {
	for len(w.b) >= 4 {
		n := int64(u32(w.b))
		if n < 8 { // the end
			return
		}
		b := w.take(n)
		if len(b) < 8 {
			return
		}
		switch kind := u32(b[4:]); kind {
		case tracker:
			w.tracked(b)
		case environment, iconPath:
			if len(b) >= 8+260+2 {
				w.tag(map[uint32]string{environment: "TargetPath", iconPath: "IconPath"}[kind], cutWide(b[8+260:]))
			}
		case propertyStore:
			w.runs(b[8:], "Property")
		case vistaTargets:
			w.runs(b[8:], "TargetName")
		}
	}
}

// tracked reads the machine that the target was on (2.5.10): its name, and in the
// identifiers of files, which are UUIDs by time (RFC 9562 section 5.1), the address
// of its network.
func (w *walk) tracked(b []byte) {
	if len(b) < 0x60 {
		return
	}
	w.tag("MachineID", cutZero(b[16:32]))
	told := ""
	for _, at := range [...]int{48, 80} { // of the file, and of the file as it was born
		id := b[at : at+16]
		if id[7]>>4 != 1 || id[10]&1 != 0 { // no time, or no address of a machine
			continue
		}
		mac := fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", id[10], id[11], id[12], id[13], id[14], id[15])
		if mac != told {
			w.tag("MACAddress", mac)
		}
		told = mac
	}
}

// runs tells the texts in UTF-16 among other bytes.
func (w *walk) runs(b []byte, name string) {
	const shortest = 3
	for i := 0; i+2 <= len(b); {
		k := i
		for k+2 <= len(b) && isLetter(binary.LittleEndian.Uint16(b[k:])) {
			k += 2
		}
		if k-i >= 2*shortest {
			w.tag(name, wide(b[i:k]))
			i = k
			continue
		}
		i++ // they need not stand at even places
	}
}

// isLetter tells characters of names from pairs of other bytes: those of alphabets.
func isLetter(c uint16) bool {
	r := rune(c)
	return r >= ' ' && r < 0x7f || r >= 0xa0 && r < 0x530 && unicode.IsPrint(r)
}

func u16At(b []byte) uint16 {
	if len(b) < 2 {
		return 0
	}
	return binary.LittleEndian.Uint16(b)
}

func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

func wide(b []byte) string {
	out, _ := media.AppendWide(nil, b, media.UTF16LE, true)
	return string(out)
}

// cutZero is the text up to the first NUL, in a code page.
func cutZero(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return media.Legacy(b)
}

// cutWide is the text up to the first NUL, in UTF-16.
func cutWide(b []byte) string {
	for i := 0; i+2 <= len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return wide(b[:i])
		}
	}
	return wide(b[:len(b)&^1])
}

// fileTime counts from 1601 in units of 100 ns.
func fileTime(n uint64) time.Time {
	if n == 0 || n > 1<<61 {
		return time.Time{}
	}
	return time.Unix(int64(n/1e7)-11644473600, 0).UTC()
}
