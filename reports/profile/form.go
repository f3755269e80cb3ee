package profile

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The form is what a profile may hold. Parsing, the JSON Schema and the table of
// docs/profile.md follow it, so that they can't differ.

// shape is what kind of value a field has.
type shape string

const (
	text    shape = "text"
	flag    shape = "true or false"
	number  shape = "a whole number"
	texts   shape = "a list of texts"
	group   shape = "a group"
	groups  shape = "a list of groups"
	maxText       = 10_000 // bytes of one text
	maxList       = 1_000  // entries of one list
)

// field is one name of the form.
type field struct {
	name     string
	shape    shape
	about    string
	required bool
	oneOf    []string // of a text, or of each text of a list
	format   *format  // of a text
	fields   []field  // of a group
}

// format is how a text must be written.
type format struct {
	about   string
	pattern string // of JSON Schema, which the check may be stricter than
	check   func(string) error
}

var (
	dateFormat = &format{"a date as 2024-05-31", `^\d{4}-\d{2}-\d{2}$`, func(s string) error {
		_, err := time.Parse(time.DateOnly, s)
		return err
	}}
	countryFormat = &format{"two capital letters (ISO 3166-1), as DE", `^[A-Z]{2}$`, matches(`^[A-Z]{2}$`)}
	emailFormat   = &format{"an e-mail address", `^[^@\s]+@[^@\s]+$`, matches(`^[^@\s]+@[^@\s]+$`)}
	urlFormat     = &format{"an address that begins with https:// or http://", `^https?://\S+$`, matches(`^https?://\S+$`)}
	periodFormat  = &format{"a number of days, weeks, months or years, as 2 years", `^[1-9]\d{0,4} (day|week|month|year)s?$`, func(s string) error {
		_, err := parsePeriod(s)
		return err
	}}
)

var errFormat = errors.New("written otherwise")

func matches(pattern string) func(string) error {
	re := regexp.MustCompile(pattern)
	return func(s string) error {
		if !re.MatchString(s) {
			return errFormat
		}
		return nil
	}
}

// form is the whole form.
func form() []field {
	return []field{
		{name: "version", shape: number, about: "of the form: 1", required: true},
		{name: "controller", shape: group, about: "who answers for the uploads", fields: []field{
			{name: "name", shape: text, about: "legal name"},
			{name: "role", shape: text, about: "controller, or processor for customers", oneOf: []string{"controller", "processor"}},
			{name: "address", shape: text, about: "postal address"},
			{name: "country", shape: text, about: "country", format: countryFormat},
			{name: "email", shape: text, about: "for requests", format: emailFormat},
			{name: "phone", shape: text, about: "for requests"},
			{name: "url", shape: text, about: "page for requests", format: urlFormat},
		}},
		{name: "officer", shape: group, about: "the privacy officer", fields: contactFields()},
		{name: "representative", shape: group, about: "the representative in the EU or the UK, if there must be one", fields: contactFields()},
		{name: "policy", shape: group, about: "the privacy policy that people were shown", fields: []field{
			{name: "url", shape: text, about: "where it stands", format: urlFormat},
			{name: "version", shape: text, about: "its version"},
			{name: "effective", shape: text, about: "since when it is in force", format: dateFormat},
		}},
		{name: "stores", shape: groups, about: "the sources, or parts of them, and why they are kept", fields: storeFields()},
		{name: "recipients", shape: groups, about: "who else gets the data; an empty list says that nobody does", fields: []field{
			{name: "name", shape: text, about: "name", required: true},
			{name: "role", shape: text, about: "what they do with it"},
			{name: "address", shape: text, about: "postal address"},
			{name: "country", shape: text, about: "country", format: countryFormat},
			{name: "categories", shape: texts, about: "which data"},
			{name: "direct_marketing", shape: flag, about: "they use it for direct marketing"},
			{name: "tell_subject", shape: flag, about: "false keeps them out of what a person is told"},
		}},
		{name: "retention", shape: groups, about: "how long objects are kept; the first rule that fits an object counts", fields: ruleFields()},
		{name: "authorities", shape: groups, about: "who takes complaints", fields: []field{
			{name: "regime", shape: text, about: "the law", oneOf: []string{"gdpr", "uk", "dpf", "ccpa", "shine-the-light", "shield-2017"}},
			{name: "name", shape: text, about: "name", required: true},
			{name: "address", shape: text, about: "postal address"},
			{name: "url", shape: text, about: "page for complaints", format: urlFormat},
			{name: "court", shape: text, about: "which court is competent"},
		}},
		{name: "automated", shape: text, about: "decisions by machines alone, or that there are none"},
		{name: "wording", shape: group, about: "texts of your own", fields: []field{
			{name: "intro", shape: text, about: "leads the page"},
			{name: "rights", shape: text, about: "which rights people have and how to use them"},
		}},
	}
}

func contactFields() []field {
	return []field{
		{name: "name", shape: text, about: "name"},
		{name: "email", shape: text, about: "e-mail address", format: emailFormat},
		{name: "phone", shape: text, about: "telephone number"},
		{name: "address", shape: text, about: "postal address"},
	}
}

func storeFields() []field {
	return []field{
		{name: "source", shape: text, about: "as scanned: s3://media or a folder", required: true},
		{name: "prefix", shape: text, about: "of the keys that are meant; all if there is none"},
		{name: "region", shape: text, about: "of the store's provider"},
		{name: "country", shape: text, about: "where the store is", format: countryFormat},
		{name: "purpose", shape: text, about: "why it is kept"},
		{name: "basis", shape: text, about: "the legal basis", oneOf: []string{"consent", "contract", "legal_obligation", "vital_interests", "public_task", "legitimate_interests"}},
		{name: "recipients", shape: texts, about: "names out of recipients"},
		{name: "safeguard", shape: text, about: "what protects transfers to other countries, or that there are none"},
		{name: "cdn", shape: text, about: "what delivers and caches the objects"},
		{name: "backup_days", shape: number, about: "days until backups are overwritten"},
	}
}

func ruleFields() []field {
	return []field{
		{name: "name", shape: text, about: "for reports", required: true},
		{name: "source", shape: text, about: "as in stores; any if there is none"},
		{name: "prefix", shape: text, about: "of the keys that are meant; any if there is none"},
		{name: "kinds", shape: texts, about: "objects that hold a finding of one of these kinds; any if there is none", oneOf: kinds()},
		{name: "keep", shape: text, about: "how long", required: true, format: periodFormat},
		{name: "from", shape: text, about: "since when: the object's last change, or the closing of the account or its last use, which the owner manifest tells", required: true, oneOf: []string{"modified", "closed_at", "last_seen"}},
		{name: "ground", shape: text, about: "why so long"},
	}
}

// kinds of findings. A test holds them against the vocabulary.
func kinds() []string {
	return strings.Fields("gps place address name face email phone url device_serial ip mac user_agent cookie_id payment_card iban bank_account payment_txn national_id passport driving_licence date_of_birth credential hidden_copy renamed")
}

// find is the field with a name.
func find(fields []field, name string) *field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}
