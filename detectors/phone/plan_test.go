package phone

import (
	"math"
	"math/rand/v2"
	"regexp/syntax"
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
			same = string(got.e164(nil, "")) == phonenumbers.Format(n, phonenumbers.E164)
		}
		if !same {
			differ++
			if differ <= 40 {
				t.Logf("%s %s: ours %t %s, oracle %t %v", r.id, digits, ok, string(got.e164(nil, "")), want, n)
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

// TestShape checks what is known of an expression without running it.
func TestShape(t *testing.T) {
	for _, c := range []struct {
		expr    string
		lengths uint32
		firsts  uint16
	}{
		{"0", 1 << 1, 1 << 0},
		{"(183[12])|0", 1<<4 | 1<<1, 1<<1 | 1<<0},
		{"0?(1[26])?5", 1<<1 | 1<<2 | 1<<3 | 1<<4, math.MaxUint16},
		{"[2-4]{2}7", 1 << 3, 1<<2 | 1<<3 | 1<<4},
		{"8\\d{1,2}", 1<<2 | 1<<3, 1 << 8},
		{"1*", math.MaxUint32, math.MaxUint16},
	} {
		e, err := syntax.Parse(c.expr, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if n, f := shape(e); n != c.lengths || f&0x3ff != c.firsts&0x3ff {
			t.Errorf("%s: lengths %b, first digits %b; want %b, %b", c.expr, n, f, c.lengths, c.firsts)
		}
	}
}
