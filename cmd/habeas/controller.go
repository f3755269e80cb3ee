package main

import (
	"errors"
	"os"

	"habeas/reports"
	"habeas/reports/profile"
)

// controller reads the profile of the controller, nil if file is "".
func (a *app) controller(file string) (*profile.Profile, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, usage("%s", reports.Show(err.Error()))
	}
	defer f.Close()
	p, err := profile.Parse(f)
	var wrong *profile.Error
	switch {
	case errors.As(err, &wrong):
		return nil, usage("%s: %s", reports.Show(file), reports.Show(wrong.Error()))
	case err != nil:
		return nil, usage("%s can't be read: %s", reports.Show(file), reports.Show(err.Error()))
	}
	return p, nil
}

// accounts tells of owners what the manifests of f know, for rules of retention;
// nil if f names no rules.
func accounts(f *ownerFlags) (func(reports.Owner) profile.Account, error) {
	if f.file == "" {
		return nil, nil
	}
	rules, err := f.load()
	if err != nil {
		return nil, err
	}
	return func(o reports.Owner) profile.Account {
		if id := rules.IdentityOf(o.ID, o.Tenant); id != nil {
			return profile.Account{Closed: id.Closed, LastSeen: id.LastSeen}
		}
		return profile.Account{}
	}, nil
}
