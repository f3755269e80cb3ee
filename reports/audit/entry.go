package audit

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry says that somebody did, or is about to do, something with personal data.
// It never holds such data: an object is named by a keyed fingerprint or an id,
// never by its key, and Why and Detail are words of the officer or of habeas.
type Entry struct {
	Time    time.Time         `json:"time"`              // UTC; kept to the second
	Actor   string            `json:"actor"`             // the account of who did it; required
	Action  string            `json:"action"`            // "reveal", "erase.intent", "erase.done": lower-case words joined by dots; required
	Command string            `json:"command,omitempty"` // "erase apply"
	Case    string            `json:"case,omitempty"`    // id of the case
	Why     string            `json:"why,omitempty"`     // reason or ground in a sentence
	Source  string            `json:"source,omitempty"`  // "s3://bucket/prefix" or a folder
	Objects []string          `json:"objects,omitempty"` // fingerprints of keys, finding ids, plan and receipt ids
	Count   int               `json:"count,omitempty"`   // how many objects or findings it is about
	Detail  map[string]string `json:"detail,omitempty"`  // codes, hashes, version ids, results
}

// Limits of an Entry. An entry over them is refused, never cut.
const (
	maxText    = 1000    // bytes of Why and of each value of Detail
	maxName    = 300     // bytes of Actor, Command, Case and Source
	maxObjects = 1000    // of one entry
	maxDetail  = 50      // of one entry
	maxBatch   = 64      // entries of one Append
	maxLine    = 1 << 20 // bytes of a line, which the limits above keep well below
)

var (
	action = regexp.MustCompile(`^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*$`)
	// An id has no slash, no at sign and no blank, so that neither a key nor an
	// address can be passed as one by mistake.
	objectID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:+=-]{0,127}$`)
	detail   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

// check refuses what must not be kept. Its errors quote nothing but names of
// fields.
func (e *Entry) check() error {
	switch {
	case e.Time.IsZero():
		return fmt.Errorf("audit entry without a time")
	case e.Actor == "":
		return fmt.Errorf("audit entry without an actor")
	case !action.MatchString(e.Action):
		return fmt.Errorf("audit entry whose action is no lower-case words joined by dots")
	case len(e.Objects) > maxObjects || len(e.Detail) > maxDetail:
		return fmt.Errorf("audit entry with more than %d objects or %d details", maxObjects, maxDetail)
	}
	for name, s := range map[string]string{"actor": e.Actor, "action": e.Action, "command": e.Command, "case": e.Case, "source": e.Source} {
		if len(s) > maxName || !utf8.ValidString(s) {
			return fmt.Errorf("audit entry whose %s is longer than %d bytes, or no UTF-8", name, maxName)
		}
	}
	if len(e.Why) > maxText || !utf8.ValidString(e.Why) {
		return fmt.Errorf("audit entry whose reason is longer than %d bytes, or no UTF-8", maxText)
	}
	for _, id := range e.Objects {
		if !objectID.MatchString(id) {
			return fmt.Errorf("audit entry that names an object by something else than a fingerprint or an id")
		}
	}
	for k, v := range e.Detail {
		if !detail.MatchString(k) || len(v) > maxText || !utf8.ValidString(v) {
			return fmt.Errorf("audit entry with a detail that is misnamed, longer than %d bytes, or no UTF-8", maxText)
		}
	}
	if strings.ContainsRune(e.Actor+e.Case, '\n') {
		return fmt.Errorf("audit entry with a line break in actor or case")
	}
	return nil
}
