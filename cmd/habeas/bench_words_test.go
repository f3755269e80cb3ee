package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"habeas/detectors"
	"habeas/scanner"
)

// converters are programs that give the text of a kind of document on stdout, by
// the ending of its name; the file's name replaces FILE. Those for Excel round
// numbers or leave the old string tables undecoded, so that they are no reference.
var converters = map[string][]string{
	"pdf":  {"pdftotext", "FILE", "-"},
	"doc":  {"antiword", "-m", "UTF-8", "FILE"},
	"ppt":  {"catppt", "-d", "utf-8", "FILE"},
	"docx": {"docx2txt", "FILE", "-"},
	"odt":  {"odt2txt", "FILE"},
	"ods":  {"odt2txt", "FILE"},
	"rtf":  {"unrtf", "--text", "--quiet", "FILE"},
}

// reader is a detector that keeps the texts it is shown.
type reader struct{ text strings.Builder }

func (*reader) Info() detectors.Info { return detectors.Info{Name: "reader", Version: 1} }

func (r *reader) Detect(p *detectors.Part, _ func(detectors.Finding)) error {
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		if tag == nil {
			text = text[p.Lead : len(text)-p.Tail]
		}
		r.text.Write(text)
		r.text.WriteByte('\n')
	})
	return nil
}

var word = regexp.MustCompile(`[\p{L}\p{N}]+`)

// countWords gives how often each word stands in a text, whatever its case.
func countWords(text string) map[string]int {
	n := map[string]int{}
	for _, w := range word.FindAllString(strings.ToLower(text), -1) {
		n[w]++
	}
	return n
}

// BenchmarkWords is the share of the words that other programs read in documents
// which the detectors are shown too, each as often, by the ending of the name. It
// reads the documents below the folder that HABEAS_BENCH_DOCUMENTS names, or
// testdata/uploads, of the kinds for which a converter is installed. Words that
// are missing go to stderr.
func BenchmarkWords(b *testing.B) {
	b.Setenv("HABEAS_BENCH_MEDIA", os.Getenv("HABEAS_BENCH_DOCUMENTS"))
	all := mixed(b)
	for _, ext := range slices.Sorted(maps.Keys(all)) {
		command, known := converters[ext]
		if !known {
			continue
		}
		if _, err := exec.LookPath(command[0]); err != nil {
			continue
		}
		b.Run(ext, func(b *testing.B) {
			for b.Loop() {
				hit, total := 0, 0
				for _, name := range all[ext] {
					h, t := wordsOf(b, command, name)
					hit, total = hit+h, total+t
				}
				b.ReportMetric(float64(total), "words")
				b.ReportMetric(float64(hit)/float64(max(total, 1)), "share")
			}
		})
	}
}

// wordsOf counts the words that the converter reads in a document, and those of
// them that the reader is shown as well.
func wordsOf(b *testing.B, command []string, name string) (hit, total int) {
	b.Helper()
	args := slices.Clone(command[1:])
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "FILE", name)
	}
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	reference, _ := exec.CommandContext(ctx, command[0], args...).Output() // what it can't read it says nothing of
	content := must(os.ReadFile(name))
	seen := &reader{}
	e := examiner(look{})
	e.Detectors = []detectors.Detector{seen}
	res, err := e.Examine(ctx, scanner.Job{Subject: scanner.Subject{Key: filepath.Base(name)}, Size: int64(len(content))}, strings.NewReader(string(content)))
	if err != nil {
		b.Fatal(err)
	}
	res.Release()
	ours, lost := countWords(seen.text.String()), 0
	for w, n := range countWords(string(reference)) {
		total, hit = total+n, hit+min(n, ours[w])
		if n > ours[w] && lost < 12 {
			lost++
			fmt.Fprintf(os.Stderr, "%s: %q %d times, of %d\n", filepath.Base(name), w, ours[w], n)
		}
	}
	return hit, total
}
