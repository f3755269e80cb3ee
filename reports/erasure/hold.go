package erasure

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"habeas/reports/keptfile"
)

// Hold keeps objects from being erased or stripped: a dispute or an order is open.
type Hold struct {
	ID     string    `json:"id"`                          // "H-1"
	Source string    `json:"source,omitempty"`            // name of the source; "" for all
	Prefix []byte    `json:"key_prefix_base64,omitempty"` // of keys, in bytes
	Key    []byte    `json:"key_base64,omitempty"`        // one exact key
	Owner  string    `json:"owner,omitempty"`             // everything of this owner
	Tenant string    `json:"tenant,omitempty"`            // of the owner
	Why    string    `json:"why"`
	Case   string    `json:"case,omitempty"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`

	Released *Release `json:"released,omitempty"`
}

// Release ends a hold.
type Release struct {
	By  string    `json:"by"`
	At  time.Time `json:"at"`
	Why string    `json:"why"`
}

// covers reports whether h keeps this object: every field that h names must be
// equal, byte for byte.
func (h *Hold) covers(source, key, tenant, owner string) bool {
	return h.Released == nil && (h.Source == "" || h.Source == source) &&
		(h.Key == nil || string(h.Key) == key) && bytes.HasPrefix([]byte(key), h.Prefix) &&
		(h.Owner == "" || h.Owner == owner && h.Tenant == tenant)
}

// Holds is the register of holds.
type Holds struct {
	Schema int    `json:"schema"`
	Kind   string `json:"habeas"` // "holds"
	Next   int    `json:"next"`   // number of the next hold
	Holds  []Hold `json:"holds"`  // in order of their making; released ones stay
}

const (
	holdsKind = "holds"
	maxHolds  = 16 << 20 // bytes of a register
)

// On gives the first active hold on an object, or nil.
func (h *Holds) On(source, key, tenant, owner string) *Hold {
	for i := range h.Holds {
		if h.Holds[i].covers(source, key, tenant, owner) {
			return &h.Holds[i]
		}
	}
	return nil
}

// Active lists the ids of holds that are not released.
func (h *Holds) Active() []string {
	out := []string{}
	for i := range h.Holds {
		if h.Holds[i].Released == nil {
			out = append(out, h.Holds[i].ID)
		}
	}
	return out
}

// get gives the hold of an id, or nil.
func (h *Holds) get(id string) *Hold {
	for i := range h.Holds {
		if h.Holds[i].ID == id {
			return &h.Holds[i]
		}
	}
	return nil
}

// ReadHolds reads the register at path. No file is an empty register; anything
// that can't be read, or is not wholly understood, is an error, so that nothing
// is erased while a hold may stand in it.
func ReadHolds(path string) (*Holds, error) {
	var h Holds
	switch err := keptfile.Read(path, maxHolds, &h); {
	case errors.Is(err, fs.ErrNotExist):
		return &Holds{Schema: 1, Kind: holdsKind, Next: 1}, nil
	case errors.Is(err, keptfile.ErrDamaged) || err == nil && (h.Schema != 1 || h.Kind != holdsKind):
		return nil, refuse("the register of holds is damaged or of another version: restore it from a copy, nothing is erased without it")
	case err != nil:
		return nil, refuse("the register of holds can't be read: nothing is erased without it")
	}
	seen := map[string]bool{}
	for _, one := range h.Holds {
		if one.ID == "" || seen[one.ID] || one.Source == "" && one.Key == nil && one.Prefix == nil && one.Owner == "" || one.Tenant != "" && one.Owner == "" {
			return nil, refuse("the register of holds is damaged: restore it from a copy, nothing is erased without it")
		}
		seen[one.ID] = true
	}
	return &h, nil
}

// ChangeHolds lets change edit the register at path, alone among all processes,
// and writes it, 0600, to a temporary name first. commit is called with the new
// register on disk under that name: if it fails, nothing is changed.
func ChangeHolds(path string, change func(*Holds) error, commit func() error) error {
	return keptfile.Alone(path+".lock", func() error {
		h, err := ReadHolds(path)
		if err != nil {
			return err
		}
		if err := change(h); err != nil {
			return err
		}
		return keptfile.Write(path, h, commit)
	})
}

// Add gives hold the next id and adds it.
func (h *Holds) Add(hold Hold) (string, error) {
	if hold.Why == "" || hold.By == "" {
		return "", refuse("a hold needs a reason and somebody who sets it")
	}
	if hold.Source == "" && hold.Key == nil && hold.Prefix == nil && hold.Owner == "" {
		return "", refuse("a hold needs an owner, a source, a key or a prefix of keys")
	}
	if hold.Tenant != "" && hold.Owner == "" {
		return "", refuse("a hold on a tenant needs the owner too")
	}
	hold.ID = fmt.Sprintf("H-%d", h.Next)
	h.Next++
	h.Holds = append(h.Holds, hold)
	return hold.ID, nil
}

// Release ends the hold of id.
func (h *Holds) Release(id string, r Release) error {
	hold := h.get(id)
	switch {
	case hold == nil:
		return refuse("there is no hold of that id: `habeas hold list` shows them")
	case hold.Released != nil:
		return refuse("the hold was released already")
	case r.Why == "" || r.By == "":
		return refuse("a release needs a reason and somebody who releases")
	}
	hold.Released = &r
	return nil
}
