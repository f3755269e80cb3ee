package phone

import (
	"math/rand/v2"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// TestPlansAgainstOracle compares our verdict with the library's whose metadata
// the plans are made of, on numbers near to real ones in every region.
func TestPlansAgainstOracle(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	total, differ := 0, 0
	check := func(r *region, at int, digits string) {
		total++
		n, err := phonenumbers.Parse(digits, r.id)
		want := err == nil && phonenumbers.IsValidNumber(n)
		got, ok := parseIn(at, []byte(digits))
		same := ok == want
		if same && ok {
			same = got.e164("") == phonenumbers.Format(n, phonenumbers.E164)
		}
		if !same {
			differ++
			if differ <= 40 {
				t.Logf("%s %s: ours %t %s, oracle %t %v", r.id, digits, ok, got.e164(""), want, n)
			}
		}
	}
	for at := range regions {
		r := &regions[at]
		for _, typ := range []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE, phonenumbers.VOIP} {
			example := phonenumbers.GetExampleNumberForType(r.id, typ)
			if example == nil {
				continue
			}
			nsn := phonenumbers.GetNationalSignificantNumber(example)
			for range 12 {
				b := []byte(nsn)
				for range rnd.IntN(4) {
					b[rnd.IntN(len(b))] = '0' + byte(rnd.IntN(10))
				}
				switch rnd.IntN(8) {
				case 0:
					b = b[:len(b)-1]
				case 1:
					b = append(b, '7')
				case 2:
					b = b[1:]
				}
				if rnd.IntN(2) == 0 {
					b = append([]byte(r.prefix), b...)
				}
				check(r, at, string(b))
			}
		}
	}
	if agree := 1 - float64(differ)/float64(total); agree < 0.998 {
		t.Errorf("%d of %d numbers differ", differ, total)
	}
	t.Logf("%d of %d differ", differ, total)
}

// parseIn is national for a region, with the calling code but without '+' as the
// library allows it too.
func parseIn(at int, digits []byte) (number, bool) {
	return national(int(regions[at].code), at, digits)
}
