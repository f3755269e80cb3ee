package reports

// KindText is what a kind is, in words for people who meet it in a report of
// tests or in the tools around a repository.
type KindText struct {
	Kind    string
	Title   string // of one finding: "E-mail address"
	Meaning string // a sentence
	Fix     string // what to do about one in a file that should hold none
}

const (
	removeField   = "Remove the metadata field, or replace the file by a made-up one."
	madeUp        = "Replace the value by a made-up one that is reserved for that, and change it at its source if it was real."
	madeUpPicture = "Replace the picture by a made-up one, or remove its metadata."
)

// Kinds lists every kind that a Finding may be of, in order of name.
func Kinds() []KindText {
	return []KindText{
		{"address", "Postal address", "A postal address of a person.", "Replace it by a made-up one."},
		{"bank_account", "Bank account", "The number of a bank account, or of the bank that keeps it.", madeUp},
		{"cookie_id", "Cookie identifier", "The identifier of a session or of a browser.", madeUp},
		{"credential", "Credential", "A password, or a user name with its password.", "Remove it, and change the password: who has the file has it."},
		{"date_of_birth", "Date of birth", "The date on which a person was born.", "Replace it by a made-up one."},
		{"device_serial", "Device serial number", "The serial number of a camera, a lens or a phone: it links all that the device made.", removeField},
		{"driving_licence", "Driving licence number", "The number of a driving licence.", madeUp},
		{"email", "E-mail address", "An e-mail address of a person.", "Replace it by one of example.org, which is reserved for that."},
		{"face", "Named face", "A region of a picture that shows a person, with the name.", madeUpPicture},
		{"gps", "GPS position", "The position at which a picture, a video or a track was made.", madeUpPicture},
		{"hidden_copy", "Hidden copy", "A copy inside the file that may show more than what is seen.", madeUpPicture},
		{"iban", "IBAN", "An International Bank Account Number.", madeUp},
		{"ip", "IP address", "The address of a device in a network.", "Replace it by one of 192.0.2.0/24 or 2001:db8::/32, which are reserved for that."},
		{"mac", "MAC address", "The hardware address of a device.", "Replace it by one of 00-00-5E-00-53-00 to FF, which are reserved for that."},
		{"name", "Name of a person", "The name of a person.", "Replace it by a made-up one, or remove the field."},
		{"national_id", "National identity number", "A number by which a state knows a person.", madeUp},
		{"passport", "Passport number", "The number or the machine-readable zone of a passport.", madeUp},
		{"payment_card", "Payment card number", "The number of a payment card.", "Replace it by a test number of the card's issuer."},
		{"payment_txn", "Payment", "What a person paid, when and for what.", "Replace it by a made-up one."},
		{"phone", "Telephone number", "A telephone number of a person.", "Replace it by one that is reserved for fiction, as 555-0100 to 555-0199."},
		{"place", "Place", "The name of a place where a person is or was.", removeField},
		{"renamed", "Wrong type", "The file's name or declared type disagrees with its content.", "Give the file the name that its content has."},
		{"url", "Web page of a person", "The address of a page that tells of one person.", "Replace it by one of example.org."},
		{"user_agent", "User agent", "What a browser says of itself.", "Replace it by a made-up one."},
	}
}

// KindOf explains a kind; one that has no words is explained by its name.
func KindOf(kind string) KindText {
	for _, k := range Kinds() {
		if k.Kind == kind {
			return k
		}
	}
	return KindText{kind, kind, "Personal data.", madeUp}
}
