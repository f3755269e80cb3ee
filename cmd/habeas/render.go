package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"habeas/reports"
	"habeas/reports/aggregate"
	"habeas/reports/csv"
	"habeas/reports/exceptions"
	"habeas/reports/github"
	"habeas/reports/jsonl"
	"habeas/reports/junit"
	"habeas/reports/markdown"
	"habeas/reports/sarif"
	"habeas/reports/terminal"
)

// streamFormats are the reports that are one file, by the names of --format.
func streamFormats() []string {
	return []string{"text", "jsonl", "csv", "sarif", "junit", "markdown", "github", "aggregate", "aggregate-json"}
}

// replayer is a record.
type replayer interface {
	Replay(ctx context.Context, h reports.Handler) error
}

// rendering is how the reports of one record are made: all of them from the same
// findings.
type rendering struct {
	db     replayer
	paths  reports.Paths
	except *exceptions.Rules
	fails  func(*reports.Finding) bool // nil for all that count and are not known
	people int                         // of aggregate
	lines  func(*reports.Entry, int64, int64) (first, last int, ok bool)
}

func (r *rendering) replay(ctx context.Context, h reports.Handler) error {
	err := r.db.Replay(ctx, r.except.Handler(h))
	var key *exceptions.KeyError
	if errors.As(err, &key) {
		return usage("%s", key.Error())
	}
	return err
}

// write makes one report.
func (r *rendering) write(ctx context.Context, format string, to io.Writer) error {
	w := bufio.NewWriterSize(to, 64<<10)
	h, err := r.handler(ctx, format, w)
	if err != nil {
		return err
	}
	return errors.Join(r.replay(ctx, h), w.Flush())
}

// handler makes the handler of a format; JUnit's must have counted before.
func (r *rendering) handler(ctx context.Context, format string, w io.Writer) (reports.Handler, error) {
	switch format {
	case "text":
		return terminal.New(w), nil
	case "csv":
		return csv.New(w), nil
	case "sarif":
		return sarif.New(func(int) (io.WriteCloser, error) { return unclosed{w}, nil }, r.sarifOptions(sarif.Limits{})), nil
	case "junit":
		count := &junit.Count{Options: junit.Options{Paths: r.paths, Fails: r.fails}}
		return junit.New(w, count), r.replay(ctx, count)
	case "markdown":
		return markdown.New(w, markdown.Options{Paths: r.paths, Fails: r.fails}), nil
	case "github":
		return github.New(w, github.Options{Paths: r.paths, Fails: r.fails, Lines: r.lines}), nil
	case "aggregate", "aggregate-json":
		return aggregate.New(w, r.people, format == "aggregate-json")
	}
	return jsonl.New(w), nil
}

func (r *rendering) sarifOptions(l sarif.Limits) sarif.Options {
	return sarif.Options{Limits: l, Paths: r.paths, Fails: r.fails, Lines: r.lines}
}

// unclosed is a writer whose owner closes it.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

// writeTo makes one report as a file, or as several where it is SARIF of more than
// a consumer takes. It gives their names.
func (r *rendering) writeTo(ctx context.Context, format, path string) ([]string, error) {
	if format == "sarif" {
		return r.writeSARIF(ctx, path)
	}
	return []string{path}, writeFile(path, func(w io.Writer) error { return r.write(ctx, format, w) })
}

// writeSARIF writes path and, where GitHub would not show all of one file, path-2
// and so on before its ending. Nothing is renamed before all of them are whole; parts of an
// earlier, larger report are taken away.
func (r *rendering) writeSARIF(ctx context.Context, path string) ([]string, error) {
	var files []*os.File
	defer func() {
		for _, f := range files {
			_ = f.Close()
			_ = os.Remove(f.Name()) // those that were renamed are gone
		}
	}()
	h := sarif.New(func(int) (io.WriteCloser, error) {
		f, err := os.CreateTemp(filepath.Dir(path), ".habeas-*") // 0600
		if err == nil {
			files = append(files, f)
		}
		return f, err
	}, r.sarifOptions(sarif.GitHub()))
	if err := r.replay(ctx, h); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	var names []string
	for i, f := range files {
		names = append(names, partName(path, i+1))
		if err := os.Rename(f.Name(), names[i]); err != nil {
			return nil, err
		}
	}
	for n := len(files) + 1; ours(partName(path, n)); n++ {
		if err := os.Remove(partName(path, n)); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// githubFiles is how many runs GitHub takes in one upload; each of our files has one.
const githubFiles = 20

// splitNotice says that a report became several files; "" if it did not.
func splitNotice(names []string) string {
	if len(names) < 2 {
		return ""
	}
	text := fmt.Sprintf("habeas: wrote %d files, %s to %s: GitHub shows 5,000 results of each\n", len(names), reports.Show(names[0]), reports.Show(names[len(names)-1]))
	if len(names) > githubFiles {
		text += fmt.Sprintf("habeas: GitHub takes %d of them in one upload: scan a smaller folder, or write a baseline\n", githubFiles)
	}
	return text
}

func partName(path string, n int) string {
	if n == 1 {
		return path
	}
	ext := filepath.Ext(path)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ext), n, ext)
}

// ours reports whether the file is a SARIF file that habeas wrote.
func ours(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, sarif.HeadSize)
	_, err = io.ReadFull(f, head)
	return err == nil && sarif.Made(head)
}

// outFile is a report that a flag asks for: FORMAT=FILE.
type outFile struct{ format, path string }

func parseOutputs(flags []string) ([]outFile, error) {
	var out []outFile
	for _, s := range flags {
		format, path, ok := strings.Cut(s, "=")
		if !ok || path == "" || !slices.Contains(streamFormats(), format) {
			return nil, usage("--out %s: it is FORMAT=FILE, with one of %s", reports.Show(s), strings.Join(streamFormats(), ", "))
		}
		if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
			return nil, usage("--out %s: there is no folder to write it into: make it first", reports.Show(s))
		}
		out = append(out, outFile{format, path})
	}
	return out, nil
}
