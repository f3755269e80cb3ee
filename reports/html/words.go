package html

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"habeas/reports"
)

// number groups thousands by commas.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func countWords(n int64, one, many string) string { return number(n) + " " + plural(n, one, many) }

func byteWords(n int64) string {
	if n < 1000 {
		return countWords(n, "byte", "bytes")
	}
	f, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB", "PB"} {
		if f /= 1000; f < 999.5 {
			break
		}
	}
	if f < 9.95 {
		return strconv.FormatFloat(f, 'f', 1, 64) + " " + unit
	}
	return strconv.FormatFloat(f, 'f', 0, 64) + " " + unit
}

func partyWords(p reports.Party) string {
	switch p {
	case reports.PartyOwner:
		return "the owner"
	case reports.PartyThird:
		return "somebody else"
	default:
		return "not known whom"
	}
}

func coverageWords(c reports.Coverage) string {
	switch c {
	case reports.Complete:
		return "Read in full"
	case reports.Partial:
		return "Read in part"
	case reports.Skipped:
		return "Not read"
	default:
		return "Could not be read"
	}
}

func reasonWords(code string) string {
	for _, r := range reports.Reasons() {
		if r.Code == code {
			return r.Meaning
		}
	}
	return ""
}

func placeWords(f reports.Finding) string {
	if f.Start == nil || f.End == nil {
		return ""
	}
	return fmt.Sprintf("bytes %d–%d", *f.Start, *f.End)
}

// clearText is the value in the clear; "" where the report has none.
func clearText(f *reports.Finding) string {
	if f.Position != nil {
		return strconv.FormatFloat(f.Position.Lat, 'f', 6, 64) + ", " + strconv.FormatFloat(f.Position.Lon, 'f', 6, 64)
	}
	return f.Value
}

// inPlace is how many bytes of one string are laid out at once: a browser takes
// minutes for a megabyte without a blank. The rest is in the page, and shown when
// asked for.
const inPlace = 2000

func startOf(s string) string { return s[:splitAt(s)] }

func restOf(s string) string { return s[splitAt(s):] }

func splitAt(s string) int {
	if len(s) <= inPlace {
		return len(s)
	}
	n := inPlace
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

// cut keeps the first bytes of a long text, for tables that join many objects.
// The object itself shows all of it.
func cut(s string) string {
	const most = 160
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// cellName gives the south-west corner with letters for the hemispheres.
func cellName(c reports.Cell) string {
	return degrees(c.Lat, "N", "S") + ", " + degrees(c.Lon, "E", "W")
}

func degrees(d float64, plus, minus string) string {
	if d < 0 {
		d, plus = -d, minus
	}
	return strconv.FormatFloat(d, 'f', 1, 64) + "° " + plus
}

func percent(f float64) string { return strconv.Itoa(int(f*100+0.5)) + " %" }

// list joins words as a sentence does.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
