package record

import (
	"strings"

	"habeas/detectors"
	"habeas/detectors/column"
)

// secret reports that a password or a token stands in a field, and never which.
func (s *scan) secret(f *entry) {
	v := strings.TrimSpace(s.value(f.Cell))
	if !couldBeSecret(v, f.means) {
		return
	}
	what, confidence := "a password", 0.9
	if f.means == column.Secret {
		what = "a token or key"
		if len(v) < 16 {
			confidence = 0.6
		}
	}
	if hashed(v) {
		what += ", which is stored as a hash"
	}
	s.report(f.Cell, detectors.Finding{Kind: detectors.Credential, Confidence: confidence, Rule: "secret-column", Why: "the column for " + what})
}

// couldBeSecret leaves out what stands in such columns for nothing: truth
// values, stars, variables of a template, the label of a form.
func couldBeSecret(v string, means column.Meaning) bool {
	switch {
	case len(v) < 3, fixed[strings.ToLower(v)], strings.Trim(v, "*•xX.-_ ") == "":
		return false
	case strings.HasPrefix(v, "${"), strings.HasPrefix(v, "{{"), strings.HasPrefix(v, "<") && strings.HasSuffix(v, ">"), strings.HasPrefix(v, "%") && strings.HasSuffix(v, "%"), strings.HasPrefix(v, "$") && strings.ToUpper(v) == v && !strings.ContainsAny(v, "0123456789"):
		return false
	case len(strings.Fields(v)) > 2 && len(v) < 64:
		return false // "Enter your password"
	case column.Means(v) == column.Password || column.Means(v) == column.Secret:
		return false // a translation of the label
	}
	switch strings.ToLower(v) {
	case "none", "n/a", "redacted", "[redacted]", "[filtered]", "hidden", "masked", "undefined", "changeme", "required", "optional", "boolean", "object", "integer", "number", "never", "expired":
		return false
	}
	return means == column.Password || len(v) >= 8
}

// hashed reports whether v has the form of a stored hash: that of crypt and its
// successors, or hexadecimal of the length of a digest.
func hashed(v string) bool {
	if strings.HasPrefix(v, "$") && strings.Count(v, "$") >= 3 || strings.HasPrefix(v, "{") && strings.Contains(v, "}") || strings.HasPrefix(v, "pbkdf2") {
		return true
	}
	switch len(v) {
	case 32, 40, 56, 64, 96, 128:
		return strings.Trim(strings.ToLower(v), "0123456789abcdef") == ""
	}
	return false
}
