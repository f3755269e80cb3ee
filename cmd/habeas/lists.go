package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"habeas/detectors"
	detectorsall "habeas/detectors/all"
	"habeas/scanner/media"
	mediaall "habeas/scanner/media/all"
)

// formatRow is a format as `habeas formats --json` prints it.
type formatRow struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Types string `json:"types"`
	Reads string `json:"reads"`
	Not   string `json:"not_read"`
}

func formatRows() []formatRow {
	var rows []formatRow
	for _, f := range mediaall.Formats() {
		r := formatRow{Name: f.Name(), Title: f.Name()}
		if d, ok := f.(media.Describer); ok {
			x := d.Describe()
			r.Title, r.Types, r.Reads, r.Not = x.Title, x.Types, x.Reads, x.Not
		}
		rows = append(rows, r)
	}
	return rows
}

func (a *app) formatsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "formats",
		Short:   "List the formats that are opened, and what is read of each",
		Example: "  habeas formats\n  habeas formats --json | jq -r '.[].types'",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rows := formatRows()
			if asJSON {
				return printJSON(a.stdout, rows)
			}
			table := [][]string{{"format", "reads", "does not read"}}
			for _, r := range rows {
				table = append(table, []string{r.Title, r.Reads, r.Not})
			}
			return printTable(a.stdout, table)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// detectorRow is a detector as `habeas detectors --json` prints it.
type detectorRow struct {
	Name    string           `json:"name"`
	Kinds   []detectors.Kind `json:"kinds"`
	Finds   string           `json:"finds"`
	Example string           `json:"example"`
}

func detectorRows() []detectorRow {
	var rows []detectorRow
	for _, d := range detectorsall.Detectors(detectorsall.Options{}) {
		i := d.Info()
		rows = append(rows, detectorRow{i.Name, i.Kinds, i.Finds, i.Example})
	}
	return rows
}

func (a *app) detectorsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "detectors",
		Short:   "List the detectors, and the kinds of personal data that they find",
		Example: "  habeas detectors\n  habeas detectors --json | jq -r '.[].kinds[]'",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rows := detectorRows()
			if asJSON {
				return printJSON(a.stdout, rows)
			}
			table := [][]string{{"detector", "kinds", "finds", "example"}}
			for _, r := range rows {
				table = append(table, []string{r.Name, joinKinds(r.Kinds), r.Finds, r.Example})
			}
			return printTable(a.stdout, table)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func joinKinds(kinds []detectors.Kind) string {
	var s []string
	for _, k := range kinds {
		s = append(s, string(k))
	}
	return strings.Join(s, " ")
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printLine prints v as one line of JSON.
func printLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func printTable(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		if _, err := fmt.Fprintln(t, strings.TrimRight(strings.Join(r, "\t"), "\t")); err != nil {
			return err
		}
	}
	return t.Flush()
}

// markdownTable is how the README shows the same rows; a test keeps it fresh.
func markdownTable(rows [][]string) string {
	var b strings.Builder
	for i, r := range rows {
		b.WriteString("| " + strings.Join(r, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", len(r)) + "|\n")
		}
	}
	return b.String()
}
