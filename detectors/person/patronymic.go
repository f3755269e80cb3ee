package person

import "strings"

// patronymicEnds are how the names after the father end in Russian and Ukrainian: no
// other word of a row of capitals does.
var patronymicEnds = []string{"ович", "евич", "ьевич", "овна", "евна", "ична", "івна", "йович"}

// patronymic reports the name around a patronymic in r: "Имя Отчество", with the
// family name before or behind.
func (s *scan) patronymic(r *row) bool {
	for i := 1; i < r.n; i++ {
		w := string(s.text[r.words[i].start:r.words[i].end])
		for _, end := range patronymicEnds {
			if len(w) < len(end)+4 || !strings.HasSuffix(w, end) {
				continue
			}
			first, last := i-1, i+1
			switch {
			case i+1 < r.n:
				last++ // the family name behind
			case i > 1:
				first--
			}
			s.report(r, first, last, ruleCued, "with the name after the father", 0.8)
			return true
		}
	}
	return false
}
