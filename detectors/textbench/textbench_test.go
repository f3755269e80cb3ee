package textbench

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

func TestTextIsRepeatable(t *testing.T) {
	for _, class := range Classes {
		t.Run(class, func(t *testing.T) {
			a := Text(class, 50_000, 3)
			switch {
			case len(a) < 50_000:
				t.Errorf("only %d bytes", len(a))
			case !utf8.Valid(a):
				t.Error("not UTF-8")
			case !bytes.Equal(a, Text(class, 50_000, 3)):
				t.Error("differs for the same seed")
			case bytes.Equal(a, Text(class, 50_000, 4)):
				t.Error("is the same for another seed")
			}
		})
	}
}
