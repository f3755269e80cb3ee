package mapi

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
)

func le(ns ...uint32) (s string) {
	for _, n := range ns {
		s += string(binary.LittleEndian.AppendUint32(nil, n))
	}
	return s
}

func TestUnpackRTF(t *testing.T) {
	// 16 bytes of the dictionary, three letters, and a copy of the letters that runs
	// into itself; then the end.
	packed := le(0, 0) + "LZFu" + le(0) + "\x31\x00\x0eabc\x0d\xa7\x0d\x90"
	tests := map[string]struct {
		packed, want string
		ok           bool
	}{
		"packed":    {packed, `{\rtf1\ansi\mac\` + "abc" + "\\deff0\\de", true},
		"stored":    {le(0, 0) + "MELA" + le(0) + "{\\rtf", "{\\rtf", true},
		"too short": {"short", "", false},
		"no such":   {le(0, 0) + "ABCD" + le(0) + "{\\rtf", "", false},
		"cut":       {le(0, 0) + "LZFu" + le(0) + "\x01\x00", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := UnpackRTF([]byte(tt.packed))
			if ok != tt.ok || name != "packed" && string(got) != tt.want || !strings.HasPrefix(string(got), tt.want[:min(len(tt.want), 16)]) {
				t.Errorf("%q, %v", got, ok)
			}
		})
	}
}

func utf16(s string) (b []byte) {
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return append(b, 0, 0)
}

func TestProperties(t *testing.T) {
	p := New()
	p.Add(0x001a, Text16, utf16("IPM.Contact"))
	p.Add(0x3001, Text16, utf16("Ana Exemplo"))
	p.Add(0x3001, Text8, []byte("Ana Ex?mplo"))
	p.Append(0x3a58, Text16, utf16("Bo"))
	p.Append(0x3a58, Text16, utf16("Cy"))
	p.Add(0x8001, Text8, []byte("0143\x00 rest"))
	p.SetName(0x8001, "RoomNumber")
	p.Add(0x8002, Binary, []byte("none"))
	want := []detectors.Tag{
		{Group: "vCard", Name: "FormattedName", Value: "Ana Exemplo"},
		{Group: "Mail", Name: "Property3A58", Value: "Bo; Cy;"},
		{Group: "Mail", Name: "RoomNumber", Value: "0143"},
	}
	if d := cmp.Diff(want, p.Others()); d != "" {
		t.Errorf("others (-want +got):\n%s", d)
	}
}

func TestParty(t *testing.T) {
	for _, tt := range []struct{ name, address, want string }{
		{"Ana", "ana@example.org", "Ana <ana@example.org>"},
		{"'ana@example.org'", "ana@example.org", "ana@example.org"},
		{"", "ana@example.org", "ana@example.org"},
		{"Ana", "", "Ana"},
	} {
		if got := Party(tt.name, tt.address); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
