package main

import (
	"cmp"

	"habeas/reports/access"
	"habeas/reports/cases"
)

// answering is who answers, and what a person is told beside the data, from a
// controller's profile. Without a file all of it is gaps.
func (a *app) answering(file, regime string) (cases.Controller, []access.Section, error) {
	p, err := a.controller(file)
	if err != nil {
		return cases.Controller{}, nil, err
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
	for _, by := range p.Authorities {
		if c.Authority == "" && (by.Regime == regime || by.Regime == "") {
			c.Authority = by.Name
		}
	}
	return c, told, nil
}
