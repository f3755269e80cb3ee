// Package digits finds the stretches of digits in a text that one number may fill, at
// the speed of vectors: the anchor of detectors of telephone numbers, cards and accounts.
package digits

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
