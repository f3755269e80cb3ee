package main

import (
	"os"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/exceptions"
)

// exceptionFlags name what is known and what is none to act on.
type exceptionFlags struct {
	baseline, suppressions string
}

func (f *exceptionFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.baseline, "baseline", "", "`FILE` of findings that are known: they count, and fail nothing (see `habeas baseline write`)")
	c.Flags().StringVar(&f.suppressions, "suppressions", "", "`FILE` of findings that are none to act on, each with a reason and an end (YAML, see docs/ci.md)")
}

// exceptions reads the files of f.
func (a *app) exceptions(f *exceptionFlags) (*exceptions.Rules, error) {
	paths, err := paths()
	if err != nil {
		return nil, err
	}
	r := &exceptions.Rules{Paths: paths, Today: a.asOf()}
	if f.suppressions != "" {
		file, err := os.Open(f.suppressions)
		if err != nil {
			return nil, usage("%s", reports.Show(err.Error()))
		}
		defer file.Close()
		if r.Suppressions, err = exceptions.ReadSuppressions(file, kindNames()); err != nil {
			return nil, usage("%s: %s", reports.Show(f.suppressions), reports.Show(err.Error()))
		}
	}
	if f.baseline != "" {
		if r.Baseline, err = readBaseline(f.baseline); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func readBaseline(path string) (*exceptions.Baseline, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, usage("%s: make it with `habeas baseline write`", reports.Show(err.Error()))
	}
	defer file.Close()
	b, err := exceptions.ReadBaseline(file)
	if err != nil {
		return nil, usage("%s: %s", reports.Show(path), reports.Show(err.Error()))
	}
	return b, nil
}

// paths names objects as the files of a repository do, from the current folder.
func paths() (reports.Paths, error) {
	wd, err := os.Getwd()
	if err != nil {
		return reports.Paths{}, usage("the current folder is gone: go to another one")
	}
	return reports.Paths{Root: wd}, nil
}

func kindNames() []string {
	var out []string
	for _, k := range reports.Kinds() {
		out = append(out, k.Kind)
	}
	return out
}

// checkBaseline fails before a scan whose findings could not be told from those of
// the baseline.
func checkBaseline(r *exceptions.Rules, key []byte) error {
	if r.Baseline == nil {
		return nil
	}
	id, err := keyID(key)
	if err != nil {
		return err
	}
	if id != r.Baseline.KeyID {
		return usage("%s", (&exceptions.KeyError{Baseline: r.Baseline.KeyID, Scan: id}).Error())
	}
	return nil
}
