package html

import "cmp"

// kindInfo is what the report knows of a kind: a name for somebody who is no
// engineer, what it weighs in the risk of an owner, and the words that the laws
// have for it.
type kindInfo struct {
	Kind      string
	Name      string
	Weight    float64
	Sensitive bool   // sensitive personal information in California's sense, Civil Code 1798.140(ae)
	GDPR      string // category, as records of processing (Article 30) name it
	CCPA      string // Civil Code 1798.140(v)(1), with the letter
	Shine     string // Civil Code 1798.83(e)(6), in its words; "" if it has none for this
}

const (
	identifiers = "Identifiers (A)"
	records     = "Customer records (B)"
	network     = "Internet or other electronic network activity (F)"
)

// infoOf is also there for the kinds of a user's own rules.
func infoOf(kind string) kindInfo {
	for _, k := range [...]kindInfo{
		{"name", "name", 2, false, "Identity data", identifiers, "Name and address"},
		{"date_of_birth", "date of birth", 4, false, "Identity data", "Characteristics of protected classifications: age (C)", "Age or date of birth"},
		{"email", "e-mail address", 3, false, "Contact data", identifiers, "Electronic mail address"},
		{"phone", "phone number", 3, false, "Contact data", records, "Telephone number"},
		{"address", "postal address", 4, false, "Contact data", records, "Name and address"},
		{"gps", "position", 5, true, "Location data", "Geolocation data (G)", ""},
		{"place", "place name", 1, false, "Location data", "Geolocation data (G)", ""},
		{"face", "face region", 4, false, "Images of people", "Audio, electronic, visual or similar information (H)", ""},
		{"url", "personal link", 1, false, "Online identifiers", identifiers, ""},
		{"device_serial", "device serial number", 2, false, "Device identifiers", identifiers, ""},
		{"ip", "IP address", 2, false, "Online identifiers", identifiers, ""},
		{"mac", "hardware address", 2, false, "Device identifiers", identifiers, ""},
		{"user_agent", "browser signature", 1, false, "Online identifiers", network, ""},
		{"cookie_id", "cookie or session id", 2, false, "Online identifiers", identifiers, ""},
		{"payment_txn", "payment", 4, false, "Financial data", "Commercial information (D)", "Payment history"},
		{"payment_card", "payment card number", 8, true, "Financial data", records, "Credit or debit card number"},
		{"bank_account", "bank account", 7, true, "Financial data", records, "Bank account number"},
		{"iban", "bank account (IBAN)", 7, true, "Financial data", records, "Bank account number"},
		{"national_id", "national id number", 9, true, "Government identifiers", identifiers, "Social security number, where it is one"},
		{"passport", "passport number", 9, true, "Government identifiers", identifiers, ""},
		{"driving_licence", "driving licence number", 8, true, "Government identifiers", identifiers, ""},
		{"credential", "credential", 9, true, "Security data", "Sensitive: log-in of an account (L)", ""},
		{Kind: "hidden_copy", Name: "hidden copy"},
		{Kind: "renamed", Name: "wrong name"},
	} {
		if k.Kind == kind {
			return k
		}
	}
	return kindInfo{Kind: kind, Name: kind, Weight: 2, GDPR: "Other personal data", CCPA: "Other personal information"}
}

// kindWords names a kind for somebody who is no engineer.
func kindWords(kind string) string { return cmp.Or(infoOf(kind).Name, kind) }

// neverShown are the kinds that no command shows in full.
func neverShown() []string {
	return []string{"payment_card", "iban", "bank_account", "national_id", "passport", "driving_licence", "credential"}
}
