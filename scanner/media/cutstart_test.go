package media

import (
	"strings"
	"testing"
)

func TestCutStart(t *testing.T) {
	tests := []struct{ name, ending, content, want string }{
		{"one byte", ".flac", "f", "audio/flac"},
		{"all of the magic", ".flac", "fLaC", ""},
		{"upper case", ".JPG", "\xff\xd8", "image/jpeg"},
		{"another text", ".jpg", "not found", ""},
		{"another start", ".png", "GIF8", ""},
		{"a size", ".webp", "RIFF\x10\x00\x00\x00WE", "image/webp"},
		{"another form", ".webp", "RIFF\x10\x00\x00\x00AV", ""},
		{"a box", ".heic", "\x00\x00\x00\x18fty", "image/heic"},
		{"empty", ".pdf", "", ""},
		{"no ending", "", "%PD", ""},
		{"part of an ending", ".j", "\xff\xd8", ""},
		{"field", ".eml", "Fro", "message/rfc822"},
		{"value", ".eml", "From: a@example.o", "message/rfc822"},
		{"second field", ".eml", "From: a@example.org\r\n folded\r\nMessage-I", "message/rfc822"},
		{"not mail's", ".eml", "Dear all", ""},
		{"not mail's field", ".eml", "Color: red", ""},
		{"a line that is none", ".eml", "From: a@example.org\nhello there\n", ""},
		{"header with an end", ".eml", "From: a@example.org\r\n\r\nhello", ""},
		{"tar", ".tar", "a.txt" + strings.Repeat("\x00", 80), "application/x-tar"},
		{"text called tar", ".tar", "a.txt", ""},
		{"long", ".tar", "a" + strings.Repeat("\x00", 600), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := CutStart(tt.ending, []byte(tt.content)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Whatever has begun, however far, is a start of it.
func TestCutStartEverywhere(t *testing.T) {
	for _, s := range starts {
		for ending := range strings.FieldsSeq(s.endings) {
			for _, m := range s.magics {
				for n := 1; n < len(m); n++ {
					if CutStart(ending, []byte(m[:n])) != s.mime {
						t.Errorf("%s: %q is not known", ending, m[:n])
					}
				}
			}
		}
	}
}
