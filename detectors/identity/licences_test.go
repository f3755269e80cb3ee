package identity

import "testing"

// The numbers are made for the sums, not anybody's.
func TestLicences(t *testing.T) {
	for name, c := range map[string]struct {
		check  func([]byte) bool
		number string
		want   bool
	}{
		"Japan":                          {menkyo, "301099069520", true},
		"Japan, remainder 0 gives 1":     {menkyo, "305162046610", true},
		"Japan, remainder 0 gives not 0": {menkyo, "305162046600", false},
		"Japan, remainder 1 gives 0":     {menkyo, "306992057500", true},
		"Japan, wrong":                   {menkyo, "303526119530", false},
		"Brazil":                         {cnh, "64948373434", true},
		"Brazil, first remainder 10":     {cnh, "79003365703", true},
		"Brazil, both remainders 10":     {cnh, "00395975808", true},
		"Brazil, both, the other way":    {cnh, "16679323900", true},
		"Brazil, wrong":                  {cnh, "80287920135", false},
	} {
		if got := c.check([]byte(c.number)); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
