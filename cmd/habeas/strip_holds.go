package main

import (
	"context"
	"errors"

	"habeas/reports"
	"habeas/reports/erasure"
	"habeas/scanner/store"
)

// heldBack is what holds keep as it is.
type heldBack struct {
	register *erasure.Holds
	owners   map[object]string // objects of owners that are held, and the hold; nil if nobody knows whose they are
}

// readHeld reads the register of holds, and in the record whose objects those are
// that a hold on an owner is about.
func (st *stripping) readHeld(ctx context.Context) (h *heldBack, err error) {
	h = &heldBack{}
	if h.register, err = st.a.readHolds(""); err != nil {
		return nil, err
	}
	var db *store.DB
	for i := range h.register.Holds {
		hold := &h.register.Holds[i]
		if hold.Released != nil || hold.Owner == "" {
			continue
		}
		if st.f.record == "" {
			return h, nil
		}
		if db == nil {
			if db, err = openRecord(st.f.record); err != nil {
				return nil, err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			h.owners = map[object]string{}
		}
		sel := store.Selection{Owner: &reports.Owner{ID: hold.Owner, Tenant: hold.Tenant}}
		if err := db.Select(ctx, sel, func(e *reports.Entry) error {
			if h.register.On(e.Source, e.Key, hold.Tenant, hold.Owner) != nil {
				h.owners[object{e.Source, e.Key}] = hold.ID
			}
			return nil
		}); err != nil {
			return nil, stopped("the record can't be read (%s): run `habeas scan` again", reports.Show(err.Error()))
		}
	}
	return h, nil
}

// on says why an object must stay as it is; "" if it need not.
func (h *heldBack) on(source, key string) string {
	if hold := h.register.On(source, key, "", ""); hold != nil {
		return "the hold " + hold.ID + " keeps it as it is"
	}
	if id := h.owners[object{source, key}]; id != "" {
		return "the hold " + id + " keeps it as it is"
	}
	for i := range h.register.Holds {
		hold := &h.register.Holds[i]
		if h.owners == nil && hold.Released == nil && hold.Owner != "" && (hold.Source == "" || hold.Source == source) {
			return "the hold " + hold.ID + " is on an owner, and whose this object is isn't known: name the record with --record"
		}
	}
	return ""
}
