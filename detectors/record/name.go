package record

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/detectors/column"
	"habeas/detectors/field"
)

// maxName bounds the bytes of a name.
const maxName = 200

// names joins first and last names that stand side by side.
//
//	Silva;Ana;...        Ana Silva
func (s *scan) names() {
	for i := range s.fields {
		f := &s.fields[i]
		if f.done || f.means != column.FirstName && f.means != column.LastName {
			continue
		}
		end := i + 1
		for end < len(s.fields) && neighbours(&s.fields[end-1], &s.fields[end]) && s.fields[end].parent == f.parent &&
			(s.fields[end].means == column.FirstName || s.fields[end].means == column.LastName) {
			end++
		}
		s.fullName(s.fields[i:end])
	}
}

// fullName reports the fields of one name as one, if both parts are there.
func (s *scan) fullName(fields []entry) {
	means := meanings(0)
	for i := range fields {
		means |= 1 << fields[i].means
	}
	if !means.has(column.FirstName) || !means.has(column.LastName) || len(fields) > 5 {
		return
	}
	var first, last []string
	for i := range fields {
		v := clean(s.value(fields[i].Cell))
		if !couldBeName(v) {
			return
		}
		if fields[i].means == column.FirstName {
			first = append(first, v)
		} else {
			last = append(last, v)
		}
	}
	name := strings.Join(append(first, last...), " ")
	if field.Judge(name) != field.Person {
		return
	}
	for i := range fields {
		fields[i].done = true
	}
	s.give(detectors.Finding{Kind: detectors.Name, Role: detectors.RolePerson, Value: name, Canonical: field.CanonicalName(name),
		Start: fields[0].Start, End: fields[len(fields)-1].End, Confidence: 0.9, Rule: "name-columns", Why: "the columns for the first and the last name"})
}

// nameRule is what a column of names says.
type nameRule struct {
	role, why  string
	confidence float64
}

var nameRules = [...]nameRule{
	column.FirstName: {detectors.RolePerson, "the column for the first name", 0.75},
	column.LastName:  {detectors.RolePerson, "the column for the last name", 0.8},
	column.FullName:  {detectors.RolePerson, "the column for the name of a person", 0.9},
	column.Name:      {detectors.RolePerson, "the column for a name", 0.85},
	column.Account:   {detectors.RolePerson, "the column for the name of an account", 0.6},
	column.Sender:    {detectors.RoleSender, "the column for the sender", 0.8},
	column.Recipient: {detectors.RoleRecipient, "the column for the recipient", 0.8},
	column.Author:    {detectors.RoleAuthor, "the column for the author", 0.8},
	column.Contact:   {detectors.RoleContact, "the column for the contact", 0.8},
	column.Holder:    {detectors.RoleOwner, "the column for the owner or holder", 0.8},
}

// name reports one field of a name.
func (s *scan) name(f *entry) {
	start, end := f.Start, f.End
	v := f.Value
	if v == "" {
		v = s.value(f.Cell)
		if f.means == column.Name && s.person == 0 && (s.things > 0 || token(v)) {
			return // most of what has a name is a thing
		}
		// "Ana Silva <ana@example.org>"
		if i := strings.IndexAny(v, "<("); i > 0 && strings.Contains(v[i:], "@") {
			v = v[:i]
		}
		v = strings.TrimRight(v, " \t")
		end = start + len(v)
	}
	name := clean(v)
	if !couldBeName(name) {
		return
	}
	r := nameRules[f.means]
	confidence, why, ok := s.judge(f.means, name, r)
	if !ok {
		return
	}
	s.give(detectors.Finding{Kind: detectors.Name, Role: r.role, Value: v, Canonical: field.CanonicalName(name), Start: start, End: end,
		Confidence: confidence, Why: why, Rule: "name-column"})
}

// token reports whether v is of letters and digits of ASCII, without blanks.
func token(v string) bool {
	for i := range len(v) {
		if b := v[i]; b|0x20-'a' >= 26 && b-'0' >= 10 {
			return false
		}
	}
	return true
}

// judge says how sure a name is, by its column, by what it looks like and by what
// else stands in its record.
func (s *scan) judge(means column.Meaning, name string, r nameRule) (confidence float64, why string, ok bool) {
	like := field.Judge(name)
	if like == field.NoName || like == field.Licence {
		return 0, "", false
	}
	people := s.person > 0
	switch means {
	case column.FirstName, column.LastName:
		return r.confidence, r.why, like == field.Person || like == field.Handle && oneWord(name)
	case column.Account:
		return r.confidence, r.why, like != field.Company && len(name) > 2 && !allDigits(name)
	case column.Name:
		switch {
		case like == field.Person && people && (shapedAsName(name) || strings.Contains(name, " ") && oneWord(name)):
			return r.confidence, "the column for a name in a record of a person", true
		case like == field.Handle && people && oneWord(name):
			return 0.6, "the column for a name in a record of a person; one word", true
		case like == field.Person && s.things == 0 && shapedAsName(name):
			return 0.5, "the column for a name; nothing else in the record tells of a person", true
		}
		return 0, "", false
	}
	switch {
	case like == field.Person && (means == column.FullName || shapedAsName(name)):
		return r.confidence, r.why, true
	case like == field.Person:
		return r.confidence * 0.65, r.why + "; not written as a name is", true
	case like == field.Company:
		return r.confidence * 0.6, r.why + "; reads like an organisation", true
	case oneWord(name) && (people || means == column.FullName):
		return r.confidence * 0.7, r.why + "; one word", true
	}
	return 0, "", false
}

// clean is a name in single blanks.
func clean(s string) string {
	if len(s) > maxName {
		return ""
	}
	return singleBlanks(s)
}

// singleBlanks is s with one blank between words and none around them.
func singleBlanks(s string) string {
	before := byte(' ')
	for i := range len(s) {
		b := s[i]
		if b >= utf8.RuneSelf || b < ' ' || b == ' ' && before == ' ' {
			return strings.Join(strings.Fields(s), " ")
		}
		before = b
	}
	if before == ' ' {
		return strings.TrimSuffix(s, " ")
	}
	return s
}

// couldBeName leaves out what no name is: without letters, with the signs of an
// address or of code, a truth value, or a word that a form puts there.
func couldBeName(s string) bool {
	letters, marks := read(s)
	switch {
	case !letters || marks&notInAccounts != 0:
		return false
	case marks != 0: // those that account names have
		return !strings.Contains(s, " ") && !field.Blank(s)
	}
	return !field.Blank(s) && !stands(s) && column.Means(s) == column.Nothing
}

// mark is what a byte says against a name.
type mark uint8

const (
	notInNames    mark = 1 << iota
	notInAccounts      // and not in names either
)

// marks are by byte.
var marks = func() (t [256]mark) {
	for _, b := range []byte("@/\\{}[]<>=|:;%$\"~^`") {
		t[b] = notInNames | notInAccounts
	}
	t['_'], t['#'] = notInNames, notInNames
	return t
}()

// read reports whether s has a letter, and its marks.
func read(s string) (letters bool, all mark) {
	high := false
	for i := range len(s) {
		b := s[i]
		all |= marks[b]
		letters = letters || b|0x20-'a' < 26
		high = high || b >= utf8.RuneSelf
	}
	return letters || high && hasLetter(s), all
}

// stands reports whether s is one of the values that stand for no one.
func stands(s string) bool {
	var low [maxFixed]byte
	if len(s) > maxFixed {
		return false
	}
	for i := range len(s) {
		b := s[i]
		switch {
		case b >= utf8.RuneSelf:
			return fixed[strings.ToLower(s)]
		case b-'A' < 26:
			b += 'a' - 'A'
		}
		low[i] = b
	}
	return fixed[string(low[:len(s)])]
}

// maxFixed bounds the bytes of those values, also where each letter is written as
// another that has it for its small one.
const maxFixed = 3 * 13

// fixed are values that stand for no one.
var fixed = set(`id|true|false|yes|no|string|text|varchar|male|female|man|woman|mr|mrs|ms|dr|prof|herr|frau|monsieur|madame|mme|todo|tbd|test|active|inactive|pending|new|old|other|others|all|any|system|bot|total|sum|info|support|sales|service|office|admin|administrator|root|guest|null|nil`)

// oneWord: letters and blanks, with an apostrophe, a hyphen or a dot.
func oneWord(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '’' && r != '-' && r != '.' && r != ' ' {
			return false
		}
	}
	return utf8.RuneCountInString(s) >= 2 || s >= "\u2e80"
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789 .-+") == ""
}

// shapedAsName: two to five words of letters that begin with capitals, but for
// the small words of names, or a script without capitals.
func shapedAsName(s string) bool {
	words := strings.Fields(strings.ReplaceAll(s, ",", " "))
	if len(words) > 5 || !oneWord(strings.ReplaceAll(s, ",", "")) {
		return false
	}
	capitals := 0
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		switch {
		case unicode.IsUpper(r) || unicode.Is(unicode.Lo, r):
			capitals++
		case !small[w]:
			return false
		}
	}
	return capitals >= 2 || capitals == 1 && len(words) == 1
}

var small = set(`de|da|do|dos|das|di|del|della|von|van|der|den|zu|zur|la|le|el|al|bin|bint|ibn|ben|ter|ten|af|av|of|y|e|und|and|du|des`)
