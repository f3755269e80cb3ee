package subject

import (
	"slices"
	"strings"
)

// RoleAddress reports whether an e-mail address is a function's (RFC 2142 and
// what firms commonly have) and not a person's.
func RoleAddress(address string) bool {
	local, _, ok := strings.Cut(strings.ToLower(strings.TrimSpace(address)), "@")
	if !ok {
		return false
	}
	local, _, _ = strings.Cut(local, "+")
	return slices.Contains(roles(), strings.NewReplacer(".", "", "-", "", "_", "").Replace(local))
}

func roles() []string {
	return []string{"abuse", "accounting", "accounts", "admin", "administrator", "billing", "bookings", "careers", "contact", "customercare",
		"customerservice", "donotreply", "enquiries", "events", "feedback", "finance", "ftp", "hello", "help", "helpdesk", "hostmaster", "hr",
		"info", "inquiries", "invoices", "jobs", "kontakt", "legal", "mail", "mailerdaemon", "marketing", "media", "news", "newsletter", "noc",
		"noreply", "notifications", "office", "orders", "payments", "postmaster", "press", "privacy", "reception", "recruitment", "root",
		"sales", "security", "service", "shop", "studio", "support", "team", "usenet", "uucp", "webmaster", "welcome", "www"}
}
