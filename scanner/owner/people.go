package owner

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// maxValues bounds the addresses, numbers, names or serials of one owner. A person
// has fewer; more is the sign of a wrong column.
const maxValues = 100

// person is one account of the application. Ids are told apart by tenant: user 7
// of one is not user 7 of another.
type person struct {
	id, tenant string
}

// people are all owners that manifests name.
type people struct {
	index      map[person]uint32
	list       []person
	identities map[uint32]*Identity
	tenants    map[string]string // tenant of each id that has one; ambiguous if it has several
	digests    []string          // of the manifests, in order
}

// ambiguous can't be a tenant: isID refuses it.
const ambiguous = "\x00"

// number gives the number of a person, who is new or not.
func (p *people) number(who person) uint32 {
	if n, ok := p.index[who]; ok {
		return n
	}
	if p.index == nil {
		p.index = map[person]uint32{}
	}
	n := uint32(len(p.list))
	p.index[who] = n
	p.list = append(p.list, who)
	return n
}

// finish makes what find needs.
func (p *people) finish() {
	p.tenants = map[string]string{}
	for _, who := range p.list {
		if who.tenant == "" {
			continue
		}
		if _, ok := p.tenants[who.id]; ok {
			p.tenants[who.id] = ambiguous // the list holds each person once
		} else {
			p.tenants[who.id] = who.tenant
		}
	}
}

// find gives the tenant of o, where o has none and only one tenant has such an
// owner, and what is known of o. An owner without tenant in a manifest stands for
// every tenant that has no owner of this id of its own.
func (p *people) find(o Owner) (tenant string, id *Identity) {
	tenant = o.Tenant
	if only := p.tenants[o.ID]; tenant == "" && only != ambiguous {
		tenant = only
	}
	for _, t := range []string{tenant, ""} {
		if n, ok := p.index[person{o.ID, t}]; ok {
			if id := p.identities[n]; id != nil {
				return tenant, id
			}
		}
	}
	return tenant, nil
}

// facts are what one row says of a person.
type facts struct {
	emails, phones, names, serials []string
	contact                        string
	created, closed, lastSeen      time.Time
}

func (f *facts) empty() bool {
	return len(f.emails)+len(f.phones)+len(f.names)+len(f.serials) == 0 && f.contact == "" &&
		f.created.IsZero() && f.closed.IsZero() && f.lastSeen.IsZero()
}

// learn adds f to what is known of person n.
func (p *people) learn(n uint32, f *facts) error {
	if f.empty() {
		return nil
	}
	id := p.identities[n]
	if id == nil {
		if p.identities == nil {
			p.identities = map[uint32]*Identity{}
		}
		id = &Identity{}
		p.identities[n] = id
	}
	for _, kind := range []struct {
		what string
		have *[]string
		more []string
	}{
		{"e-mail addresses", &id.Emails, f.emails},
		{"phone numbers", &id.Phones, f.phones},
		{"names", &id.Names, f.names},
		{"serials", &id.Serials, f.serials},
	} {
		for _, v := range kind.more {
			if slices.Contains(*kind.have, v) {
				continue
			}
			if len(*kind.have) == maxValues {
				return fmt.Errorf("the owner of this row has more than %d %s: is it the right column?", maxValues, kind.what)
			}
			*kind.have = append(*kind.have, v)
		}
	}
	if f.contact != "" {
		if id.Contact != "" && id.Contact != f.contact {
			return errors.New("the owner of this row has another contact in an earlier row: make them one")
		}
		id.Contact = f.contact
	}
	if !f.created.IsZero() && (id.Created.IsZero() || f.created.Before(id.Created)) {
		id.Created = f.created
	}
	if f.closed.After(id.Closed) {
		id.Closed = f.closed
	}
	if f.lastSeen.After(id.LastSeen) {
		id.LastSeen = f.lastSeen
	}
	return nil
}
