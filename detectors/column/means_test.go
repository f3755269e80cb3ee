package column

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
)

func TestMeans(t *testing.T) {
	for name, want := range map[string]Meaning{
		"first_name": FirstName, "firstName": FirstName, "First Name": FirstName, "FIRSTNAME": FirstName, "Vorname": FirstName, "Prénom": FirstName, "имя": FirstName,
		"user.firstName": FirstName, "name.first": FirstName, "users[].name.family": LastName, "Last Name*": LastName, "Фамилия": LastName,
		"full_name": FullName, "氏名": FullName, "ФИО": FullName, "customer.name": FullName, "people[].name": FullName, "user.name": FullName, "user_name": Account, "name": Name, "Nom": Name,
		"sender.name": Sender, "Zahlungsempfänger": Recipient, "company.name": Nothing, "product.name": Nothing, "product_name": Nothing, "file_name": Nothing,
		"username": Account, "userName": Account, "cs-username": Account, "Kontoinhaber": Holder,
		"dob": Birth, "DateOfBirth": Birth, "Geburtsdatum": Birth, "生年月日": Birth,
		"address.street": Street, "billing_address_line_1": Street, "Straße": Street, "PLZ": Postcode, "shipping_city": City, "address": Postal, "home address": Postal,
		"email": Email, "emails[].value": Email, "contact.e-mail": Email, "phones[].number": Phone, "phone_2": Phone, "Tel.": Phone,
		"password": Password, "password_hash": Password, "user_password": Password, "cvv": Password, "apiKey": Secret, "credentials.client_secret": Secret,
		"password_changed_at": Nothing, "Betrag (EUR)": Amount, "Betrag": Amount, "currency": Currency, "Buchungstag": Date,
		"geoData.latitude": Latitude, "longitudeE7": Longitude, "lng": Longitude, "geometry.coordinates[]": Position,
		"ip": IP, "remote_addr": IP, "User-Agent": UserAgent, "user_agent": UserAgent, "session_id": Cookie, "imei": Serial,
		"": Nothing, "column[3]": Nothing, "id": Nothing, "status": Nothing, "a.b.c.d": Nothing, "...": Nothing, "title": Nothing,
	} {
		if got := Means(name); got != want {
			t.Errorf("%q means %d, want %d", name, got, want)
		}
	}
}

func TestLeaf(t *testing.T) {
	for name, want := range map[string]string{
		"users[].phone": "phone", "phones[].value": "phones value", "column[3]": "", "": "", "E-Mail": "E-Mail", "Tel. Nr": "Tel. Nr", "Tel.": "Tel.", "tags[]": "tags", "value": "value", ".": ".",
	} {
		if got := Leaf(name); got != want {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
	}
}

// The cells of a part say where columns are.
func TestCells(t *testing.T) {
	text := `{"phone":"(020) 1","note":"call 7"}`
	p := &detectors.Part{Text: []byte(text), Cells: []detectors.Cell{{Start: 10, End: 17, Record: 1, Column: "users[].phone"}, {Start: 27, End: 33, Record: 1, Column: "note"}}}
	var tab Table
	tab.ResetPart(p, p.Text, nil)
	type answer struct {
		Heading string
		Begins  bool
	}
	var got []answer
	for _, pos := range []int{3, 10, 11, 15, 27, 32} {
		got = append(got, answer{string(tab.Heading(pos)), tab.Begins(pos)})
	}
	want := []answer{{"", false}, {"phone", true}, {"phone", true}, {"phone", false}, {"note", true}, {"note", false}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
