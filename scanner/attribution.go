package scanner

import (
	"habeas/reports"
	"habeas/sources"
)

// Attributor says whose an object is. It is called from many goroutines, with
// the object as it was opened where it could be.
type Attributor interface {
	Attribute(o sources.Object) Attribution
}

// Attribution is the owner of an object and what is known of them.
type Attribution struct {
	Owner     reports.Owner
	Conflicts []reports.Conflict
	Identity  *Identity // nil if nothing is known
}

// Identity is what an account is known to be called and reached by.
type Identity struct {
	Emails, Phones, Names, Serials []string
}
