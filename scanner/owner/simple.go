package owner

import "strings"

// Kinds of label.
const (
	kindTag  = "tag"
	kindMeta = "metadata"
)

// label is a rule that takes the value of an object tag or of a field of user
// metadata, as it stands, for the owner.
type label struct {
	kind, name string
}

func newLabel(kind, name string) *label {
	if kind == kindMeta {
		// Clients send metadata as x-amz-meta-NAME, and S3 lower-cases NAME.
		name = strings.TrimPrefix(strings.ToLower(name), "x-amz-meta-")
	}
	return &label{kind, name}
}

func (l *label) String() string { return l.kind + " " + l.name }
func (l *label) spec() string   { return l.String() }

func (l *label) ask(o *object, answer func(Owner)) {
	if l.kind == kindTag {
		if v := o.Tags[l.name]; isID(v) {
			answer(Owner{ID: v, Rule: l.String()})
		}
		return
	}
	if v, ok := o.Meta[l.name]; ok {
		if isID(v) {
			answer(Owner{ID: v, Rule: l.String()})
		}
		return
	}
	// Stores other than S3 keep the case. Of several spellings the least counts, so
	// that the answer does not hang on the order of a map.
	best := ""
	for name := range o.Meta {
		if strings.ToLower(name) == l.name && isID(o.Meta[name]) && (best == "" || name < best) {
			best = name
		}
	}
	if best != "" {
		answer(Owner{ID: o.Meta[best], Rule: l.String()})
	}
}

// folder is a rule that takes the first folder below a local source for the owner.
type folder struct{}

func (folder) String() string { return "folder" }
func (folder) spec() string   { return "folder" }

func (folder) ask(o *object, answer func(Owner)) {
	if isLocal(o.Source) && len(o.segments) > 1 && isID(o.segments[0]) {
		answer(Owner{ID: o.segments[0], Rule: "folder"})
	}
}

// isLocal tells the path of a folder from a URL.
func isLocal(source string) bool { return !strings.Contains(source, "://") }

// Prefixes that keep accounts of the store apart from owners of the application:
// user 1000 of the system is not customer 1000.
const (
	prefixAccount = "account:"
	prefixUID     = "uid:"
)

// account is a rule that takes the account which the store says holds the object:
// an S3 owner or the user id of a file. It is no person, and the rule says so.
type account struct {
	prefix string
}

func (a account) String() string {
	return strings.TrimSuffix(a.prefix, ":") + " (an account of the store, not a person)"
}
func (a account) spec() string { return a.prefix }

func (a account) ask(o *object, answer func(Owner)) {
	if o.Account == "" || a.prefix == prefixUID && !isLocal(o.Source) {
		return
	}
	if id := a.prefix + o.Account; isID(id) {
		answer(Owner{ID: id, Rule: a.String()})
	}
}

// filter is a rule without the owners that are none: "anonymous", "undefined".
type filter struct {
	rule
	except map[string]bool
	text   string // of the exceptions, for the hash
}

func (f *filter) spec() string { return f.rule.spec() + " except " + f.text }

func (f *filter) ask(o *object, answer func(Owner)) {
	f.rule.ask(o, func(a Owner) {
		if !f.except[a.ID] {
			answer(a)
		}
	})
}
