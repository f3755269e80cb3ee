// Package digits walks the runs of digits in a text at the speed of vectors. It is
// the anchor of detectors of numbers: cards, accounts, identity numbers.
package digits

import (
	"math/bits"

	"habeas/detectors/textscan"
)

var set = textscan.NewSet("0123456789", false)

// Runs calls fn with each longest run of ASCII digits text[start:end], in order.
// It allocates nothing. fn may read text beyond the run in both directions.
func Runs(text []byte, fn func(start, end int)) {
	const piece = 4 << 10
	var masks [piece / textscan.Block]uint64
	first, last := -1, -1
	for base := 0; base < len(text); base += piece {
		part := text[base:min(base+piece, len(text))]
		set.Mask(masks[:], part)
		for w, m := range masks[:(len(part)+textscan.Block-1)/textscan.Block] {
			for at := base + w*textscan.Block; m != 0; {
				a := bits.TrailingZeros64(m)
				n := bits.TrailingZeros64(^(m >> a))
				if start := at + a; start != last {
					if first >= 0 {
						fn(first, last)
					}
					first = start
				}
				last = at + a + n
				if a+n >= 64 {
					break
				}
				m &= ^uint64(0) << (a + n)
			}
		}
	}
	if first >= 0 {
		fn(first, last)
	}
}

// Luhn reports whether digits end in their check digit by ISO/IEC 7812-1, annex B.
func Luhn(digits []byte) bool {
	sum, double := 0, false
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0 && len(digits) > 0
}
