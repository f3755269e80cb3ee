package phone

// fictions are the beginnings of numbers that regulators keep free for films,
// books and documentation, with the length of the whole where it matters.
var fictions = [...]string{
	// Ofcom: Telephone numbers for use in TV and radio drama programmes
	"441134960", "441144960", "441154960", "441164960", "441174960", "441184960", "441214960", "441314960", "441414960", "441514960", "441614960",
	"442079460", "441914980", "442896496", "442920180", "441632960", "447700900", "448081570", "449098790", "443069990",
	// ACMA: numbers for use in radio, books, film and television
	"6125550", "6135550", "6175550", "6185550", "6127010", "6137010", "6177010", "6187010", "61491570", "61491571", "61491572", "61491573", "61491574", "61491575", "61491576", "61491577", "61491578", "61491579", "611800160401", "611800975", "611300975",
	// ARCEP: plan de numérotation, 2.5.12
	"3319900", "3326191", "3335301", "3346571", "3353649", "3363998",
	// Bundesnetzagentur: Rufnummern für Medienproduktionen
	"493023125", "496990009", "494066969", "492214710", "498999998", "4915228817386", "4915228895456", "4915254599371", "4917139200", "49176040690", "491729925904", "491729968532", "491729973185", "491729973186", "491729980752", "491749091317", "491749464308",
	// PTS: nummer för användning i böcker och filmer
	"46313906", "46406280", "4684650", "46980319", "46701740",
	// ComReg: numbers for drama use
	"35320910", "35320911", "35320912", "35320913",
}

// fiction reports whether a number is one that nobody has: kept for fiction, or
// digits typed in a row.
func fiction(n *number) bool {
	if n.code == 1 && n.n == 10 && string(n.digits()[3:8]) == "55501" {
		return true // NANPA: 555-0100 to 555-0199
	}
	return row(n.digits()) || kept(n)
}

// kept reports whether a number is of a range that its regulator keeps for
// fiction, North America's apart.
func kept(n *number) bool {
	var buf [24]byte
	e := appendE164(buf[:0], n)
	if len(e) < 2 || e[0]-'0' > 9 || e[1]-'0' > 9 {
		return false
	}
	for _, f := range fictionsOf[(e[0]-'0')*10+e[1]-'0'] {
		if len(e) >= len(f) && string(e[:len(f)]) == f {
			return true
		}
	}
	return false
}

// fictionsOf are the beginnings by their first two digits.
var fictionsOf = func() (t [100][]string) {
	for _, f := range fictions {
		i := (f[0]-'0')*10 + f[1] - '0'
		t[i] = append(t[i], f)
	}
	return t
}()

// row reports whether digits are all the same, or count up or down, with 0 after 9.
func row(digits []byte) bool {
	if len(digits) < 6 {
		return false
	}
	step := (digits[1] - digits[0] + 10) % 10
	for i := range digits[1:] {
		if (digits[i+1]-digits[i]+10)%10 != step {
			return false
		}
	}
	return step == 0 || step == 1 || step == 9
}
