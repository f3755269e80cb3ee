package record

import (
	"bytes"
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
)

// cellsOf makes cells of a table of bars: the first line is the heading.
func cellsOf(text []byte) (out []detectors.Cell) {
	var heads []string
	at := 0
	for n, line := range bytes.SplitAfter(text, []byte("\n")) {
		start := at
		at += len(line)
		line = bytes.TrimRight(line, "\r\n")
		for k, v := range bytes.Split(line, []byte("|")) {
			switch {
			case n == 0:
				heads = append(heads, string(v))
			case len(v) > 0 && k < len(heads):
				out = append(out, detectors.Cell{Start: start, End: start + len(v), Record: n, Line: n + 1, Column: heads[k]})
			}
			start += len(v) + 1
		}
	}
	return out
}

func table(name, text string, want ...detectors.Finding) detectortest.Case {
	return detectortest.Case{Name: name, Text: text, Cells: cellsOf, Want: want, Whole: true, Only: true, Decoded: true}
}

func f(kind detectors.Kind, value string, confidence float64) detectors.Finding {
	return detectors.Finding{Kind: kind, Value: value, Confidence: confidence}
}

func name(value, role string, confidence float64) detectors.Finding {
	return detectors.Finding{Kind: detectors.Name, Role: role, Value: value, Confidence: confidence}
}

func at(lat, lon float64) detectors.Finding {
	return detectors.Finding{Kind: detectors.GPS, Confidence: 0.7, Position: &detectors.Position{Lat: lat, Lon: lon}}
}

// address is the parts of one address.
func address(whole string, parts ...string) (out []detectors.Finding) {
	for _, v := range parts {
		out = append(out, detectors.Finding{Kind: detectors.Address, Value: v, Canonical: whole, Confidence: 0.9})
	}
	return out
}

const person = detectors.RolePerson

var cases = []detectortest.Case{
	table("first and last", "id|first_name|last_name\n1|Ana|Silva\n2|Bo|Berg\n", name("Ana Silva", person, 0.9), name("Bo Berg", person, 0.9)),
	table("last and first", "Nachname|Vorname\nSilva|Ana\n", name("Ana Silva", person, 0.9)),
	table("apart", "first_name|x|last_name\nAna|1|Silva\n", name("Ana", person, 0.7), name("Silva", person, 0.7)),
	table("path of keys", "user.name.first|user.name.last|user.team.name\nAna|Silva|Red Team\n", name("Ana Silva", person, 0.9)),
	table("full name", "氏名|ФИО|customer_name\n山田太郎|Иван Примеров|Ana Silva\n", name("山田太郎", person, 0.9), name("Иван Примеров", person, 0.9), name("Ana Silva", person, 0.9)),
	table("name beside an address", "name|email\nAna Silva|ana@example.org\nAna|ana@example.org\n", name("Ana Silva", person, 0.85), name("Ana", person, 0.6)),
	table("name alone", "id|name\n1|Ana Silva\n", name("Ana Silva", person, 0.5)),
	table("roles", "Sender|Zahlungsempfänger|author|Kontoinhaber|contact\nAna Silva|Bo Berg|Cy Ode|Di Eck|Ed Fox\n",
		name("Ana Silva", detectors.RoleSender, 0.8), name("Bo Berg", detectors.RoleRecipient, 0.8), name("Cy Ode", detectors.RoleAuthor, 0.8), name("Di Eck", detectors.RoleOwner, 0.8), name("Ed Fox", detectors.RoleContact, 0.8)),
	table("name and mail in one", "author\nAna Silva <ana@example.org>\n", name("Ana Silva", detectors.RoleAuthor, 0.8)),
	table("accounts", "username|email\nana_s|a@example.org\n12345|b@example.org\n", name("ana_s", person, 0.6)),

	table("names of things", "name|price\nBlue Chair|12\n", nil...),
	table("names of things by path", "product.name|company.name\nBlue Chair|Example Ltd\n", nil...),
	table("no names", "first_name|last_name|full_name|name|email\n-|N/A|true|left-pad|x\n1|2|ana@example.org|unknown|y\nVorname|Name|string|id|z\n", nil...),

	table("address", "street|zip|city|country\n2 Quay St|H91 AB12|Galway|Ireland\n", address("2 quay st, h91 ab12, galway, ireland", "2 Quay St", "H91 AB12", "Galway", "Ireland")...),
	table("address in German", "Straße|Hausnr|PLZ|Ort|Notiz\nHauptstr.|7|89073|Ulm|x\n", address("hauptstr., 7, 89073, ulm", "Hauptstr.", "7", "89073", "Ulm")...),
	table("city of a person", "email|city\na@example.org|Galway\n", f(detectors.Place, "Galway", 0.5)),
	table("cities", "city|population\nGalway|80000\n", nil...),
	table("address in one", "address|email\n2 Quay St, Galway|a@example.org\n", f(detectors.Address, "2 Quay St, Galway", 0.8)),
	table("addresses of other kinds", "address\n192.0.2.1\n0xdeadbeef00112233\nana@example.org\nhttps://example.org/a b c\n00:11:22:33:44:55\n", nil...),

	table("passwords", "user|password|api_key\nana|hunter2-canary|sk_live_0123456789abcdef\n", name("ana", person, 0.6), f(detectors.Credential, "", 0.9), f(detectors.Credential, "", 0.9)),
	table("hash", "password_hash\n$2b$12$abcdefghijklmnopqrstuv\n", f(detectors.Credential, "", 0.9)),
	table("no passwords", "password|token|api_key\ntrue|x|${KEY}\n********|y|<your key>\nMot de passe|z|none\nEnter your password here|w|$API_KEY\n", nil...),

	table("positions", "lat|lng|email\n53.27|-9.05|a@example.org\n0|0|b@example.org\n95|10|c@example.org\nx|y|d@example.org\n", at(53.27, -9.05)),
	table("ten-millionths", "latitudeE7|longitudeE7\n532700000|-90500000\n", at(53.27, -9.05)),
	table("geojson", "geometry.coordinates[]|geometry.coordinates[]\n-9.05|53.27\n", at(53.27, -9.05)),
	table("pair", "location|gps\nGalway|53.27, -9.05\n", at(53.27, -9.05)),

	table("payment", "Datum|Empfänger|Betrag|Währung\n2024-05-01|Bo Berg|12,50|EUR\n", name("Bo Berg", detectors.RoleRecipient, 0.8), f(detectors.PaymentTxn, "2024-05-01|Bo Berg|12,50", 0.7)),
	table("payment with a sign", "date|payee|amount\n01/05/2024|Bo Berg|$12.50\n", name("Bo Berg", detectors.RoleRecipient, 0.8), f(detectors.PaymentTxn, "01/05/2024|Bo Berg|$12.50", 0.7)),
	table("no payments", "date|payee|amount\n2024-05-01|Bo Berg|12.50\n2024-05-01|-|$12.50\nsoon|x|$3\n", name("Bo Berg", detectors.RoleRecipient, 0.8)),

	table("numbers of telephones", "phone|fax\n020 7946 0018|2024-01-31\n12.5|12345\n", f(detectors.Phone, "020 7946 0018", 0.5)),
	table("log", "user_agent|session_id|imei\ncurl/8.5.0|a81bc81b-dead-4e5d|490154203237518\n-|-|-\n", f(detectors.UserAgent, "curl/8.5.0", 0.8), f(detectors.CookieID, "a81bc81b-dead-4e5d", 0.7), f(detectors.DeviceSerial, "490154203237518", 0.7)),

	{Name: "text without cells", Text: "first_name|last_name\nAna|Silva\n", Whole: true, Only: true},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

// The coordinates of a point share one column, as cells of a list do.
func TestGeoJSON(t *testing.T) {
	text := []byte("-9.05,53.27,12 1,2")
	const column = "features[].geometry.coordinates[]"
	p := &detectors.Part{Text: text, Off: 0, Cells: []detectors.Cell{{Start: 0, End: 5, Record: 1, Column: column}, {Start: 6, End: 11, Record: 1, Column: column}, {Start: 12, End: 14, Record: 1, Column: column}}}
	var got []detectors.Finding
	_ = New().Detect(p, func(f detectors.Finding) { got = append(got, f) })
	if len(got) != 1 || got[0].Position == nil || got[0].Position.Lat != 53.27 || got[0].Position.Lon != -9.05 {
		t.Errorf("%+v", got)
	}
}

// No output may hold a password: neither the value nor its canonical form.
func TestSecretIsNotHandedOut(t *testing.T) {
	text := []byte("password\nhunter2-canary\n")
	p := &detectors.Part{Text: text, Cells: cellsOf(text)}
	n := 0
	_ = New().Detect(p, func(f detectors.Finding) {
		n++
		if f.Value != "" || f.Canonical != "" || f.Kind != detectors.Credential {
			t.Errorf("%s %q %q", f.Kind, f.Value, f.Canonical)
		}
	})
	if n != 1 {
		t.Errorf("%d findings", n)
	}
}

func FuzzDetect(f *testing.F) {
	for _, c := range cases {
		f.Add([]byte(c.Text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p := &detectors.Part{Text: bytes.ToValidUTF8(text, []byte("?"))}
		p.Cells = cellsOf(p.Text)
		_ = New().Detect(p, func(f detectors.Finding) {
			if f.Start < 0 || f.End <= f.Start || f.End > len(p.Text) {
				t.Errorf("range [%d, %d) of %d bytes", f.Start, f.End, len(p.Text))
			}
		})
	})
}
