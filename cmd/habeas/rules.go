package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"habeas/detectors"
	detectorsall "habeas/detectors/all"
	"habeas/detectors/rules"
	"habeas/reports"
)

// look is what is looked for: by what habeas knows, in these countries, and by
// rules of the user's own. Workers are told the same.
type look struct {
	countries []string
	path      string      // of the rules file; "" for none
	own       *rules.Set  // read from it; nil for none
	pixels    *pixelSetup // nil if the pixels of pictures are not looked at
}

// newLook reads the rules file at path.
func newLook(countries []string, path string) (look, error) {
	l := look{countries: countries, path: path}
	if path == "" {
		return l, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return l, usage("%s", reports.Show(err.Error()))
	}
	defer file.Close()
	if l.own, err = rules.Parse(file, path); err != nil {
		return l, usage("%s", reports.Show(err.Error()))
	}
	return l, nil
}

// arguments tell a worker.
func (l look) arguments() []string {
	var args []string
	for _, c := range l.countries {
		args = append(args, "--country", c)
	}
	if l.path != "" {
		args = append(args, "--rules", l.path)
	}
	return append(args, l.pixels.arguments()...)
}

// hash names the rules file's content.
func (l look) hash() string {
	if l.own == nil {
		return ""
	}
	return l.own.Hash()
}

// detectors are all of them, with what the user's rules add and take away.
func (l look) detectors() []detectors.Detector {
	all := detectorsall.Detectors(detectorsall.Options{Regions: l.countries})
	if l.own == nil {
		return all
	}
	if len(l.own.Rules) > 0 {
		all = append(all, rules.New(l.own))
	}
	for i, d := range all {
		all[i] = rules.Filter(d, l.own)
	}
	return all
}

func (a *app) rulesCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "rules",
		Short: "Work with rules of your own for what is to be found",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var asJSON bool
	test := &cobra.Command{
		Use:     "test FILE",
		Short:   "Try each rule on its own examples",
		Example: "  habeas rules test rules.yaml",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.rulesTest(args[0], asJSON) },
	}
	test.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(test)
	return c
}

func (a *app) rulesTest(path string, asJSON bool) error {
	l, err := newLook(nil, path)
	if err != nil {
		return err
	}
	results, failed := l.own.Test(), 0
	table := [][]string{{"rule", "kind", "lane", "examples", "result"}}
	for _, r := range results {
		lane, result := "anchored", "ok"
		if r.Slow {
			lane = "slow: give it an anchor"
		}
		if len(r.Failed) > 0 {
			failed++
			result = strings.Join(r.Failed, "; ")
		}
		table = append(table, []string{r.ID, r.Kind, lane, fmt.Sprint(r.Examples), result})
	}
	if asJSON {
		err = printJSON(a.stdout, results)
	} else {
		err = printTable(a.stdout, table)
	}
	if err != nil {
		return err
	}
	if failed > 0 {
		return &exitError{exitFindings, fmt.Sprintf("%d of %d rules fail their examples", failed, len(results))}
	}
	return nil
}
