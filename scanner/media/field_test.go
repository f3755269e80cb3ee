package media

import (
	"strings"
	"testing"
)

func TestFieldName(t *testing.T) {
	for _, c := range []struct{ name, key, want string }{
		{"capitals", "ALBUM_ARTIST", "AlbumArtist"},
		{"small", "album artist", "AlbumArtist"},
		{"mixed", "Album-Artist", "AlbumArtist"},
		{"inner capital", "replayGain", "ReplayGain"},
		{"dots", "location.accuracy", "LocationAccuracy"},
		{"digits", "GPS2 POINT", "Gps2Point"},
		{"other script", "작가", "작가"},
		{"signs", "\x00/*", ""},
		{"broken", "a\xffb", "Ab"},
		{"long", strings.Repeat("x", 500), "X" + strings.Repeat("x", 127)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := FieldName(c.key); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLegacy(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"ASCII", "Ana", "Ana"},
		{"UTF-8", "Ren\xc3\xa9e", "Renée"},
		{"Latin-1", "Ren\xe9e", "Renée"},
		{"quotes of Windows", "\x93Ren\xe9e\x94", "“Renée”"},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Legacy([]byte(c.in)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestFieldValue(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Ana", "Ana"},
		{"padded", "\x00 \x00Ana Exemplo\x00 \n", "Ana Exemplo"},
		{"mark", "\ufeffAna", "Ana"},
		{"broken", "An\xffa", "An\ufffda"},
		{"nothing", " \x00 ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := FieldValue(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
