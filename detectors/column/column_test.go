package column

import (
	"bytes"
	"testing"
)

func TestHeading(t *testing.T) {
	for _, c := range []struct{ name, text, at, want string }{
		{"comma", "id,name,Phone\n1,x,AT\n", "AT", "Phone"},
		{"semicolon with commas in a cell", "id;name;tel\n17;x,y;AT\n", "AT", "tel"},
		{"tab and CRLF", "id\tname\ttel\r\n1\tx\tAT\r\n", "AT", "tel"},
		{"quoted delimiter", "id,name,tel\n1,\"x, y\",AT", "AT", "tel"},
		{"quoted names", "\"id\",\"date of birth\"\n1,AT\n", "AT", "date of birth"},
		{"later row", "a,b\n1,2\n3,4\n5,AT\n", "AT", "b"},
		{"other number of cells", "a,b\n1,2,AT\n", "AT", ""},
		{"in the heading itself", "a,AT\n1,2\n", "AT", ""},
		{"first line of data", "1,5551234567\n2,AT\n", "AT", ""},
		{"prose", "Hello, you.\n\nSee AT\n", "AT", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var tab Table
			tab.Reset([]byte(c.text), true)
			if got := string(tab.Heading(bytes.Index([]byte(c.text), []byte(c.at)))); got != c.want {
				t.Errorf("heading %q, want %q", got, c.want)
			}
		})
	}
}
