package lines

import "testing"

func TestMend(t *testing.T) {
	for _, c := range [][2]string{
		{"E-MAILana@example.org", "E-MAIL ana@example.org"},
		{"Emailana@example.org", "Email ana@example.org"},
		{"E-mail: ana(@example.org", "E-mail: ana@example.org"},
		{"ana@example.0rg", "ana@example.org"},
		{"ana@example.c0m / +33 1 99 00 12 34", "ana@example.com / +33 1 99 00 12 34"},
		{"TEL03023125622", "TEL 03023125622"},
		{"EMERGENCYTEL03023125622", "EMERGENCY TEL 03023125622"},
		{"Write orphone +447700900327", "Write or phone +447700900327"},
		{"Officetel: 020 7946 0123", "Office tel: 020 7946 0123"},
		{"T+442079460123", "T +442079460123"},
		{"Mail: ana.silva@ example.org", "Mail: ana.silva@example.org"},
		{"ana39 @example.org", "ana39@example.org"},
		{"ana_s @ example.org, bo@ example.com", "ana_s@example.org, bo@example.com"},
		// What may be as it stands stays.
		{"Follow me @shop.example", "Follow me @shop.example"},
		{"ana@ 5 o'clock", "ana@ 5 o'clock"},
		{"emailana@example.org", "emailana@example.org"},
		{"Mail@example.org", "Mail@example.org"},
		{"call (@ 5", "call (@ 5"},
		{"a@10.0.0.10", "a@10.0.0.10"},
		{"ref@x2.l0", "ref@x2.lo"},
		{"HOTEL 2079460123", "HOTEL 2079460123"},
		{"Microphone 2079460123", "Microphone 2079460123"},
		{"Tel12", "Tel12"},
		{"", ""},
	} {
		l := Line{Text: c[0], At: make([]float64, len(c[0])+1)}
		for i := range l.At {
			l.At[i] = float64(i)
		}
		l.Doubts = []int{len(c[0]) - 1}
		l.Mend()
		if l.Text != c[1] {
			t.Errorf("%q became %q, want %q", c[0], l.Text, c[1])
		}
		if len(l.At) != len(l.Text)+1 || len(c[0]) > 0 && (len(l.Doubts) != 1 || l.Doubts[0] != len(l.Text)-1) {
			t.Errorf("%q: places %v, doubts %v", l.Text, l.At, l.Doubts)
		}
	}
}

func TestAlike(t *testing.T) {
	if !Alike("l", "1") || !Alike("O", "0") || Alike("a", "a") || Alike("a", "x") || Alike("rn", "m") {
		t.Error("characters that look alike are mistaken")
	}
}
