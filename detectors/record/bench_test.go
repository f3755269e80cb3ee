package record

import (
	"strings"
	"testing"

	"habeas/detectors"
)

func BenchmarkDetect(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"people", "id|first_name|last_name|email|city|amount\n" + strings.Repeat("17|Ana|Silva|ana@example.org|Galway|12.50\n", 3000)},
		{"numbers", "a|b|c|d|e|f\n" + strings.Repeat("17|18|19|20|21|22\n", 6000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := &detectors.Part{Text: []byte(c.text)}
			p.Cells = cellsOf(p.Text)
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				_ = New().Detect(p, func(detectors.Finding) {})
			}
		})
	}
}
