package main

import (
	"cmp"
	"errors"
	"os"

	"habeas/reports"
	"habeas/reports/access"
	"habeas/reports/cases"
	"habeas/reports/profile"
)

// answering is who answers, and what a person is told beside the data, from a
// controller's profile. Without a file all of it is gaps.
func answering(file, regime string) (cases.Controller, []access.Section, error) {
	var p *profile.Profile
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return cases.Controller{}, nil, usage("%s", reports.Show(err.Error()))
		}
		defer f.Close()
		p, err = profile.Parse(f)
		var wrong *profile.Error
		switch {
		case errors.As(err, &wrong):
			return cases.Controller{}, nil, usage("%s: %s", reports.Show(file), reports.Show(wrong.Error()))
		case err != nil:
			return cases.Controller{}, nil, usage("%s can't be read: %s", reports.Show(file), reports.Show(err.Error()))
		}
	}
	var told []access.Section
	for _, s := range p.Sections(false) {
		out := access.Section{Title: s.Title}
		for _, i := range s.Items {
			out.Items = append(out.Items, access.Item{Label: i.Label, Text: i.Text, Gap: i.Gap})
		}
		told = append(told, out)
	}
	if p == nil {
		return cases.Controller{}, told, nil
	}
	c := cases.Controller{Name: p.Controller.Name, Address: p.Controller.Address, Officer: p.Officer.Name, Email: cmp.Or(p.Officer.Email, p.Controller.Email)}
	for _, a := range p.Authorities {
		if c.Authority == "" && (a.Regime == regime || a.Regime == "") {
			c.Authority = a.Name
		}
	}
	return c, told, nil
}
