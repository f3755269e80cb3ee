package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"habeas/reports"
	"habeas/sources/s3"
)

// A dry run lists and opens nothing: what a first scan would take is told from
// names and sizes alone.

// headBytes is what most GETs bring.
const headBytes = 64 << 10

// share is what a format takes of objects larger than the head, on average, as
// the benchmarks of this repository and the project's collection of real files
// have shown: requests for each, and whether text has to be read to its end.
type share struct {
	gets  float64
	whole bool
}

// shares by the ending of a name. A name may lie about its content; for an
// estimate it is good enough, and for a scan it does not count.
var shares = map[string]share{
	".jpg": {1.06, false}, ".jpeg": {1.06, false}, ".heic": {1.16, false}, ".heif": {1.16, false}, ".avif": {1.06, false},
	".png": {1.25, false}, ".webp": {1.22, false}, ".tif": {1.51, false}, ".tiff": {1.51, false}, ".dng": {1.51, false},
	".nef": {1.51, false}, ".arw": {1.51, false}, ".cr2": {1.51, false}, ".mov": {1.64, false}, ".mp4": {1.23, false}, ".m4a": {1.23, false},
	".txt": {1, true}, ".csv": {1, true}, ".tsv": {1, true}, ".json": {1, true}, ".jsonl": {1, true}, ".xml": {1, true}, ".html": {1, true},
	".log": {1, true}, ".md": {1, true}, ".eml": {1, true}, ".mbox": {1, true}, ".pdf": {1, true}, ".zip": {1, true}, ".gz": {1, true},
	".docx": {1, true}, ".xlsx": {1, true}, ".pptx": {1, true}, ".odt": {1, true},
}

// readAhead is the size of the requests for what is read to its end.
const readAhead = 4 << 20

// estimate is what one storage class of one source would take.
type estimate struct {
	Source  string  `json:"source"`
	Class   string  `json:"class"`
	Objects int64   `json:"objects"`
	Size    int64   `json:"size_bytes"`
	Lists   int64   `json:"list_requests"`
	Gets    float64 `json:"get_requests"`
	Bytes   float64 `json:"read_bytes"`
	Pixels  float64 `json:"pixel_seconds"` // of work on the pixels of pictures
	Cost    float64 `json:"cost"`
}

// expect gives the requests and bytes of one object. Whoever looks at pixels reads
// pictures to their end.
func expect(key string, size int64, pixels bool) (gets, bytesRead float64) {
	head := s3.FirstRead(key, size)
	if size <= head {
		return 1, float64(size)
	}
	s := cmp.Or(shares[strings.ToLower(path.Ext(key))], share{1, false})
	if s.whole || pixels && pictured(key) {
		return 1 + float64((size-head+readAhead-1)/readAhead), float64(size)
	}
	return s.gets, s.gets * headBytes
}

// dryRun prints what a first scan of srcs would take.
func (a *app) dryRun(ctx context.Context, f *scanFlags, srcs []source) error {
	table, err := loadPrices(f.prices)
	if err != nil {
		return err
	}
	var all []estimate
	for _, s := range srcs {
		rows, err := estimateSource(ctx, f, s, &table)
		if err != nil {
			return notStarted(s.Name(), err)
		}
		all = append(all, rows...)
	}
	total := estimate{}
	for _, e := range all {
		total.Objects, total.Size, total.Lists = total.Objects+e.Objects, total.Size+e.Size, total.Lists+e.Lists
		total.Gets, total.Bytes, total.Cost = total.Gets+e.Gets, total.Bytes+e.Bytes, total.Cost+e.Cost
		total.Pixels += e.Pixels
	}
	took := scanTime(total, f.workers)
	if f.json {
		return printJSON(a.stdout, struct {
			Estimates []estimate `json:"estimates"`
			Currency  string     `json:"currency"`
			Cost      float64    `json:"cost"`
			Seconds   float64    `json:"seconds"`
		}{all, table.Currency, total.Cost, took.Seconds()})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "source\tclass\tobjects\tbytes\tLIST\tGET\tbytes read\tcost\t")
	for _, e := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%.0f\t%.0f\t%s\t\n", reports.Show(e.Source), cmp.Or(reports.Show(e.Class), "-"), e.Objects, e.Size, e.Lists, e.Gets, e.Bytes, table.money(e.Cost))
	}
	fmt.Fprintf(w, "all\t\t%d\t%d\t%d\t%.0f\t%.0f\t%s\t\n", total.Objects, total.Size, total.Lists, total.Gets, total.Bytes, table.money(total.Cost))
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "\nA first scan would take about %s with %d workers. Prices: %s.\nFrom names and sizes alone: nothing was opened. Tags, retries and unchanged objects of a later scan are not in it.\n",
		took.Round(time.Second), f.workers, reports.Show(table.Note))
	return err
}

// estimateSource adds up one listing by storage class, in order of class.
func estimateSource(ctx context.Context, f *scanFlags, s source, table *prices) ([]estimate, error) {
	byClass := map[string]*estimate{}
	var n int64
	for o, err := range s.Objects(ctx, "") {
		if err != nil && o.Key == "" {
			return nil, err
		}
		n++
		e := byClass[o.Class]
		if e == nil {
			e = &estimate{Source: s.Name(), Class: o.Class}
			byClass[o.Class] = e
		}
		e.Objects++
		e.Size += o.Size
		if err != nil {
			continue // listed, and not to be read
		}
		gets, read := expect(o.Key, o.Size, f.ocr || f.faces)
		if s.s3 != nil {
			e.Gets += gets
			e.Cost += table.cost(o.Class, gets, read)
		}
		e.Bytes += read
		e.Pixels += pixelSeconds(f, o.Key)
	}
	var out []estimate
	for _, class := range slices.Sorted(maps.Keys(byClass)) {
		out = append(out, *byClass[class])
	}
	if s.s3 != nil && len(out) > 0 {
		out[0].Lists = n/1000 + 1
		out[0].Cost += float64(out[0].Lists) / 1000 * table.ListPer1000
	}
	return out, nil
}

// What one worker does in a second, on the machine class of docs/benchmarks.md,
// rounded down.
const (
	objectsPerSecond = 1000
	bytesPerSecond   = 100e6
)

func scanTime(e estimate, workers int) time.Duration {
	seconds := (float64(e.Objects)/objectsPerSecond + e.Bytes/bytesPerSecond + e.Pixels) / float64(workers)
	return time.Duration(seconds * float64(time.Second))
}

// pictured reports whether a name is one of a picture that is decoded.
func pictured(key string) bool {
	switch strings.ToLower(path.Ext(key)) {
	case ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif":
		return true
	}
	return false
}

// What looking at a picture takes, in seconds of one CPU: estimates, rounded up.
// Three of ten photos show something like text.
const (
	decodeSeconds = 0.3
	heicSeconds   = 2.5 // beside that
	textSeconds   = 0.6
	faceSeconds   = 0.2
)

// pixelSeconds is what the pixels of one object would take.
func pixelSeconds(f *scanFlags, key string) float64 {
	if !f.ocr && !f.faces || !pictured(key) {
		return 0
	}
	t := decodeSeconds
	switch strings.ToLower(path.Ext(key)) {
	case ".heic", ".heif", ".avif":
		t += heicSeconds
	}
	if f.ocr {
		t += textSeconds
	}
	if f.faces {
		t += faceSeconds
	}
	return t
}
