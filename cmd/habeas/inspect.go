package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"habeas/detectors"
	"habeas/reports"
	"habeas/scanner"
	"habeas/sources"
)

type inspectFlags struct {
	pixelFlags
	sourceFlags
	rules     string
	json      bool
	inProcess bool
}

func (a *app) inspectCommand() *cobra.Command {
	var f inspectFlags
	c := &cobra.Command{
		Use:   "inspect PATH|s3://BUCKET/PREFIX...",
		Short: "Show what is found in single files, with the values in the clear",
		Long: "Inspect takes files or folders apart and prints every finding with its value. It\n" +
			"stores nothing. What it prints is personal data: mind where it goes.",
		Example: "  habeas inspect photo.jpg\n  habeas inspect --json uploads | jq -r '.findings[].value'",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return a.inspect(c.Context(), &f, args) },
	}
	f.sourceFlags.add(c)
	f.pixelFlags.add(c)
	c.Flags().StringVar(&f.rules, "rules", "", "`FILE` of rules of your own (YAML, see docs/rules.md)")
	c.Flags().BoolVar(&f.json, "json", false, "print one line of JSON an object")
	c.Flags().BoolVar(&f.inProcess, "in-process", false, "parse in this process: faster to start, and one hostile file can end it")
	return c
}

func (a *app) inspect(ctx context.Context, f *inspectFlags, args []string) error {
	countries, _, err := f.split()
	if err != nil {
		return err
	}
	l, err := newLook(countries, f.rules)
	if err != nil {
		return err
	}
	if l.pixels, err = a.pixelSetup(f.pixelFlags); err != nil {
		return err
	}
	workers := runtime.GOMAXPROCS(0)
	runner, end, err := a.runner(workers, f.inProcess, l)
	if err != nil {
		return err
	}
	defer end()
	out := bufio.NewWriter(a.stdout)
	print := printInspected
	if f.json {
		print = printInspectedJSON
	}
	incomplete := 0
	for _, arg := range args {
		srcs, err := f.sourceFlags.open(ctx, []string{arg})
		if err != nil {
			return err
		}
		if err := preflight(ctx, srcs); err != nil {
			return err
		}
		in := inspector{src: srcs[0], arg: arg, runner: runner, countries: countries, ahead: 2 * workers}
		err = in.each(ctx, func(i inspected) error {
			if i.result.Coverage != reports.Complete {
				incomplete++
			}
			return errors.Join(print(out, i), out.Flush())
		})
		closeAll(srcs)
		if err != nil {
			return err
		}
	}
	if incomplete > 0 {
		return &exitError{exitIncomplete, fmt.Sprintf("%d objects were not read in full: see their reasons", incomplete)}
	}
	return nil
}

// inspected is one object with what was found in it.
type inspected struct {
	name   string // as the user would name it
	size   int64
	result scanner.Result
}

// inspector takes the objects of one source apart, several at a time, and hands
// them on in order.
type inspector struct {
	src       source
	arg       string
	runner    scanner.Runner
	countries []string
	ahead     int
}

func (in inspector) each(ctx context.Context, fn func(inspected) error) error {
	g, ctx := errgroup.WithContext(ctx)
	queue := make(chan chan inspected, in.ahead)
	g.Go(func() error {
		defer close(queue)
		for o, err := range in.src.Objects(ctx, "") {
			if err != nil && o.Key == "" {
				return notStarted(in.src.Name(), err)
			}
			done := make(chan inspected, 1)
			select {
			case queue <- done:
			case <-ctx.Done():
				return ctx.Err()
			}
			g.Go(func() error {
				i, err := in.one(ctx, o, err)
				done <- i
				return err
			})
		}
		return nil
	})
	g.Go(func() error {
		for done := range queue {
			select {
			case i := <-done:
				if err := fn(i); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return g.Wait()
}

// one examines o. What the object does is in the result; an error ends it all.
func (in inspector) one(ctx context.Context, o sources.Object, listed error) (inspected, error) {
	i := inspected{name: in.name(o.Key), size: o.Size}
	if listed != nil {
		i.result = scanner.Unread(listed)
		return i, nil
	}
	content, err := in.src.Open(ctx, o)
	if err != nil {
		i.result = scanner.Unread(err)
		return i, ctx.Err()
	}
	defer content.Close()
	o = content.Object()
	i.size = content.Size()
	job := scanner.Job{Subject: scanner.Subject{Key: o.Key, Meta: o.Meta, Tags: o.Tags, Claimed: o.Type, Regions: in.countries}, Size: content.Size()}
	i.result, err = in.runner.Run(ctx, job, content)
	i.result.Release()
	var broken *scanner.RunnerError
	if errors.As(err, &broken) || ctx.Err() != nil {
		return i, err
	}
	if err != nil {
		i.result.FailedRead(err)
	}
	return i, nil
}

// name joins the argument and the key as a user would: a file's key is its name.
func (in inspector) name(key string) string {
	if in.src.s3 != nil {
		bucket, _, _ := strings.Cut(strings.TrimPrefix(in.arg, "s3://"), "/")
		return "s3://" + bucket + "/" + key
	}
	if fi, err := os.Stat(in.arg); err == nil && !fi.IsDir() {
		return in.arg
	}
	return filepath.ToSlash(filepath.Join(in.arg, filepath.FromSlash(key)))
}

// inspectedLine is the line of `inspect --json`, described in docs/schema.md.
type inspectedLine struct {
	Object   string             `json:"object"`
	Base64   string             `json:"object_base64,omitempty"` // the exact bytes, where object can't hold them
	Type     string             `json:"type"`
	Size     int64              `json:"size"`
	Coverage reports.Coverage   `json:"coverage"`
	Reasons  []string           `json:"reasons"`
	Findings []inspectedFinding `json:"findings"`
	Invalid  []inspectedFinding `json:"invalid,omitempty"` // values that claim to be something and can't be it
}

type inspectedFinding struct {
	Kind       detectors.Kind `json:"kind"`
	Role       string         `json:"role,omitempty"`
	Value      string         `json:"value,omitempty"`
	Lat        *float64       `json:"lat,omitempty"`
	Lon        *float64       `json:"lon,omitempty"`
	Altitude   *float64       `json:"altitude,omitempty"`
	Time       string         `json:"time,omitempty"`
	Precision  float64        `json:"precision,omitempty"`
	Box        *reports.Box   `json:"box,omitempty"`
	Part       string         `json:"part"`
	Tag        string         `json:"tag,omitempty"`
	Start      *int64         `json:"start,omitempty"`
	End        *int64         `json:"end,omitempty"`
	Confidence float64        `json:"confidence"`
	Why        string         `json:"why"`
	Detector   string         `json:"detector"`
	Rule       string         `json:"rule,omitempty"`
	Dummy      bool           `json:"dummy,omitempty"`
}

func newInspectedFinding(f *scanner.Found) inspectedFinding {
	out := inspectedFinding{Kind: f.Kind, Role: f.Role, Value: strings.ToValidUTF8(f.Value, "\ufffd"), Part: f.Part, Tag: f.Tag,
		Confidence: rounded(f.Confidence, 2), Why: f.Why, Detector: f.Detector, Rule: f.Rule, Dummy: f.Dummy}
	if p := f.Position; p != nil {
		// Seven decimals are a centimetre: what is beyond is the noise of binary fractions.
		lat, lon := rounded(p.Lat, 7), rounded(p.Lon, 7)
		out.Lat, out.Lon, out.Precision = &lat, &lon, rounded(p.Precision, 2)
		if p.Altitude != nil {
			alt := rounded(*p.Altitude, 3)
			out.Altitude = &alt
		}
		if !p.Time.IsZero() {
			out.Time = p.Time.UTC().Format("2006-01-02T15:04:05Z07:00")
		}
	}
	if b := f.Box; b != nil {
		out.Box = &reports.Box{X: b.X, Y: b.Y, W: b.W, H: b.H}
	}
	if start, end, ok := f.Range(); ok {
		out.Start, out.End = &start, &end
	}
	return out
}

func rounded(x float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(x*p) / p
}

func printInspectedJSON(w io.Writer, i inspected) error {
	line := inspectedLine{Object: i.name, Type: cmp.Or(i.result.Type, "application/octet-stream"), Size: i.size, Coverage: i.result.Coverage,
		Reasons: reasonCodes(i.result.Reasons), Findings: []inspectedFinding{}}
	if !utf8.ValidString(i.name) {
		line.Base64 = base64.StdEncoding.EncodeToString([]byte(i.name))
	}
	for k := range i.result.Findings {
		f := &i.result.Findings[k]
		if f.Invalid {
			line.Invalid = append(line.Invalid, newInspectedFinding(f))
		} else {
			line.Findings = append(line.Findings, newInspectedFinding(f))
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(line)
}

func reasonCodes(rs []reports.Reason) []string {
	out := []string{}
	for _, r := range rs {
		if !slices.Contains(out, r.Code) {
			out = append(out, r.Code)
		}
	}
	return out
}

// printInspected shows the parts that hold something as a tree, for a person.
func printInspected(w io.Writer, i inspected) error {
	r := &i.result
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s, %d bytes, %s", reports.Show(i.name), cmp.Or(reports.Show(r.Type), "type not read"), i.size, r.Coverage)
	for _, reason := range r.Reasons {
		fmt.Fprintf(&b, "; %s", reason.Code)
		if reason.Part != "" {
			fmt.Fprintf(&b, " at %s", reports.Show(reason.Part))
		}
	}
	fmt.Fprintf(&b, "\n  %d parts looked at, %d findings\n", r.Parts, len(r.Findings))
	part := ""
	for k := range r.Findings {
		f := &r.Findings[k]
		if f.Part != part {
			part = f.Part
			fmt.Fprintf(&b, "  %s\n", reports.Show(part))
		}
		fmt.Fprintf(&b, "    %-14s %s\n      %s%s (%s, %s)\n", kindAndRole(f), reports.Show(shownValue(f)), where(f), reports.Show(f.Why), f.Detector, percent(f.Confidence))
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

func kindAndRole(f *scanner.Found) string {
	if f.Role == "" {
		return string(f.Kind)
	}
	return string(f.Kind) + " " + f.Role
}

func shownValue(f *scanner.Found) string {
	v := f.Value
	if p := f.Position; p != nil {
		v = strconv.FormatFloat(p.Lat, 'f', 6, 64) + ", " + strconv.FormatFloat(p.Lon, 'f', 6, 64)
	}
	if b := f.Box; b != nil {
		v = strings.TrimSpace(fmt.Sprintf("%s at x %.3f y %.3f w %.3f h %.3f", cmp.Or(v, "unnamed"), b.X, b.Y, b.W, b.H))
	}
	switch {
	case f.Dummy:
		v += "  (test value)"
	case f.Invalid:
		v += "  (invalid)"
	}
	return v
}

func where(f *scanner.Found) string {
	if f.Tag != "" {
		return reports.Show(f.Tag) + ": "
	}
	if start, end, ok := f.Range(); ok {
		return fmt.Sprintf("bytes %d-%d: ", start, end)
	}
	return ""
}

func percent(c float64) string { return strconv.Itoa(int(c*100+0.5)) + " %" }
