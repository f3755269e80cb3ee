package identity

import (
	"fmt"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

var birthWords = textscan.NewWords(
	"dob", "d o b", "date of birth", "birth date", "birthdate", "birthday", "born", "born on", "born in", "birth day", "bday", "birth",
	"geboren", "geboren am", "geburtsdatum", "geburtstag", "geb", "geb am", "né le", "née le", "né e le", "né(e) le", "né", "née", "date de naissance", "naissance", "ddn",
	"fecha de nacimiento", "nacido el", "nacida el", "nacido", "nacida", "nacimiento", "f nac", "nac", "fec nac", "fecha nac", "fecha nacimiento", "data de nascimento", "nascido em", "nascida em", "nascimento", "dt nasc", "nato il", "nata il", "data di nascita", "nascita",
	"geboortedatum", "geboren op", "geb datum", "födelsedatum", "född", "fødselsdato", "født", "fødselsdag", "syntymäaika", "syntynyt", "fæðingardagur",
	"data urodzenia", "urodzony", "urodzona", "ur", "datum narození", "narozen", "narozena", "nar", "dátum narodenia", "narodený", "születési dátum", "született", "szül", "data nașterii", "născut", "datum rođenja", "rođen", "rojen", "datum rojstva", "sünniaeg", "gimimo data", "dzimšanas datums",
	"дата рождения", "родился", "родилась", "г.р", "д.р", "дата народження", "народився", "народилася", "дата на раждане", "роден", "ημερομηνία γέννησης", "γεννήθηκε", "doğum tarihi", "doğum",
	"生年月日", "誕生日", "出生日期", "生日", "생년월일", "생일", "تاريخ الميلاد", "تاریخ تولد", "תאריך לידה", "जन्म तिथि", "जन्मतिथि", "วันเกิด", "ngày sinh", "tanggal lahir", "tgl lahir", "tarikh lahir",
)

// dateLike reports whether a date in figures may begin with the run of digits
// text[start:end]; most runs are told apart by their length and the byte behind.
func (s *scan) dateLike(start, end int) bool {
	switch end - start {
	case 8:
		return date(num(s.text[start+4:start+6]), num(s.text[start+6:end]))
	case 1, 2, 4:
	default:
		return false
	}
	switch b := textscan.Byte(s.text, end); {
	case b >= 0x80:
		return true
	case b == '.' && textscan.Byte(s.text, end+1) == ' ':
		return textscan.At(s.text, end+2, textscan.Digit)
	case b == '.' || b == '-' || b == '/' || b == ' ':
		if !textscan.At(s.text, end+1, textscan.Digit) {
			return false
		}
		// One or two digits, and the same mark again.
		next := textscan.Byte(s.text, end+2)
		return next == b || next-'0' < 10 && textscan.Byte(s.text, end+3) == b || next >= 0x80
	}
	return false
}

// mayBeBirth reports whether a word may label a date at start as one of birth.
func (s *scan) mayBeBirth(start int) bool {
	return s.tag != nil || s.words.Near(birthWord, start) || s.tabular && s.heading(start) != nil
}

// year looks for a date with the name of a month, of which the year begins at i.
func (s *scan) year(i int) {
	if i < 6 || i < s.done {
		return
	}
	k, letters := i, 0
	for stop := max(i-32, 0); k > stop; k-- {
		b := s.text[k-1]
		switch class := textscan.ClassOf[b]; {
		case class&(textscan.Letter|textscan.High) != 0:
			letters++
			continue
		case b == ' ' || b == '.' || b == ',' || b == '-' || b == '/':
			continue
		case class&textscan.Digit != 0 && (letters > 2 || i-k <= 4):
			start := k - 1
			for start > 0 && k-start < 3 && textscan.ClassOf[s.text[start-1]]&textscan.Digit != 0 {
				start--
			}
			if k-start <= 2 && start >= s.done && s.edge(start) && s.birthNear(start) {
				s.birth(start)
			}
		}
		return
	}
}

// birthNear reports whether birth may find a word for a date that begins at start, or
// with the name of a month before that.
func (s *scan) birthNear(start int) bool {
	return s.tag != nil || s.tabular || s.words.Any(birthWord, start-2*textscan.Reach, start)
}

// birth takes a date that begins at start and that a word labels as one of birth.
func (s *scan) birth(start int) bool {
	d, end, ok := readDate(s.text, start)
	from := start
	if !ok {
		from, d, end, ok = monthFirst(s.text, start)
	}
	if !ok || textscan.At(s.text, end, textscan.Alnum) && s.text[end] != 'T' || textscan.At(s.text, from-1, textscan.Alnum) {
		return false
	}
	if b := textscan.Byte(s.text, end); (b == '-' || b == '.' || b == '/') && textscan.At(s.text, end+1, textscan.Digit) {
		return false
	}
	if d.year < 1900 || d.year > 2099 {
		return false
	}
	word, ok := s.label(birthWord, from)
	if !ok {
		return false
	}
	canonical := fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)
	if d.either {
		canonical = "" // day and month can't be told apart
	}
	s.report(detectors.Finding{Kind: detectors.DateOfBirth, Canonical: canonical, Rule: "birth-label", Confidence: 0.9, Why: "a date; '" + word + "' before"}, from, end)
	return true
}

type day struct {
	year, month, day int
	either           bool // both orders are possible, and they differ
}

// readDate reads the dates that begin with digits: 1970-01-31, 31.1.1970,
// 1/31/1970, 31 January 1970, 19700131, 1970年1月31日.
func readDate(text []byte, i int) (d day, end int, ok bool) {
	a, n := readNum(text, i)
	if n == 8 {
		d = day{year: a / 10000, month: a / 100 % 100, day: a % 100}
		return d, i + n, date(d.month, d.day)
	}
	if n == 0 || n == 3 || n > 4 {
		return d, 0, false
	}
	k := i + n
	sep, w := separator(text, k)
	if w == 0 {
		return d, 0, false
	}
	if m, e := readMonth(text, k+w); m > 0 && n <= 2 {
		// 31 January 1970
		for e < len(text) && (text[e] == ' ' || text[e] == '.' || text[e] == ',' || text[e] == '-' || text[e] == '/') {
			e++
		}
		if textscan.HasFold(text, e, "de ") {
			e += 3
		}
		y, yn := readNum(text, e)
		return day{year: y, month: m, day: a}, e + yn, yn == 4 && date(m, a)
	}
	b, bn := readNum(text, k+w)
	if bn == 0 || bn > 2 {
		return d, 0, false
	}
	k += w + bn
	sep2, w2 := separator(text, k)
	if w2 == 0 || sep2 != sep && sep < 0x80 {
		return d, 0, false
	}
	c, cn := readNum(text, k+w2)
	end = k + w2 + cn
	switch {
	case n == 4 && cn >= 1 && cn <= 2:
		for _, unit := range []string{"日", "일"} {
			if len(text)-end >= len(unit) && string(text[end:end+len(unit)]) == unit {
				end += len(unit)
			}
		}
		return day{year: a, month: b, day: c}, end, date(b, c)
	case n <= 2 && (cn == 4 || cn == 2):
		if cn == 2 {
			if c += 1900; c < 1930 {
				c += 100
			}
		}
		dm, md := date(b, a), date(a, b)
		d = day{year: c, month: b, day: a, either: dm && md && a != b && sep != '.'}
		if !dm {
			d.month, d.day = a, b
		}
		return d, end, dm || md
	}
	return d, 0, false
}

func readNum(text []byte, i int) (v, n int) {
	for n < 9 && textscan.At(text, i+n, textscan.Digit) {
		v = v*10 + int(text[i+n]-'0')
		n++
	}
	return v, n
}

// separator reads what may stand between the parts of a date, and how many bytes
// it takes.
func separator(text []byte, i int) (sep rune, n int) {
	if i >= len(text) {
		return 0, 0
	}
	for _, unit := range []string{"年", "月", "년 ", "년", "월 ", "월"} {
		if len(text)-i >= len(unit) && string(text[i:i+len(unit)]) == unit {
			return 0x5e74, len(unit)
		}
	}
	switch b := text[i]; b {
	case '.', '-', '/', ' ':
		n = 1
		if b == '.' && textscan.Byte(text, i+1) == ' ' {
			n = 2
		}
		for _, of := range []string{"of ", "de "} {
			if b == ' ' && textscan.HasFold(text, i+1, of) {
				n += len(of)
			}
		}
		return rune(b), n
	}
	for _, suffix := range []string{"st ", "nd ", "rd ", "th ", "er ", "st of ", "nd of ", "rd of ", "th of "} {
		if textscan.HasFold(text, i, suffix) && (len(suffix) > 3 || !textscan.HasFold(text, i+2, " of ")) {
			return ' ', len(suffix)
		}
	}
	return 0, 0
}

// months are the beginnings of names of months, in the languages of the words
// above, by month.
var months = [12][]string{
	{"jan", "ene", "gen", "sty", "led", "янв", "січ", "oca", "tam"}, {"feb", "fév", "fev", "lut", "únor", "фев", "лют", "şub", "hel"}, {"mar", "mär", "maa", "bře", "мар", "бер", "mrt", "mrz"}, {"apr", "avr", "abr", "kwi", "dub", "апр", "кві", "nis", "huh"},
	{"may", "mai", "mag", "maj", "mei", "květ", "мая", "май", "тра", "tou"}, {"jun", "juin", "giu", "cze", "июн", "чер", "haz", "kes"}, {"jul", "juil", "lug", "lip", "červenec", "июл", "лип", "tem", "hei"}, {"aug", "aoû", "ago", "sie", "srp", "авг", "сер", "ağu", "elo"},
	{"sep", "set", "wrz", "zář", "сен", "вер", "eyl", "syy"}, {"oct", "okt", "out", "ott", "paź", "říj", "окт", "жов", "eki", "lok"}, {"nov", "lis", "ноя", "kas"}, {"dec", "déc", "dez", "dic", "gru", "pros", "дек", "гру", "ara", "jou"},
}

func readMonth(text []byte, i int) (month, end int) {
	end = i
	for end < len(text) && end < i+24 && textscan.ClassOf[text[end]]&(textscan.Letter|textscan.High) != 0 {
		end++
	}
	if end-i < 3 {
		return 0, 0
	}
	best := 0
	for m, names := range months {
		for _, name := range names {
			if len(name) > best && textscan.HasFold(text[:end], i, name) {
				month, best = m+1, len(name)
			}
		}
	}
	if month == 0 {
		return 0, 0
	}
	return month, end
}

// monthFirst reads "January 31, 1970", of which i is where the day begins.
func monthFirst(text []byte, i int) (from int, d day, end int, ok bool) {
	a, n := readNum(text, i)
	if n == 0 || n > 2 || textscan.Byte(text, i-1) != ' ' {
		return 0, d, 0, false
	}
	from = i - 1
	for from > 0 && i-from < 24 && textscan.ClassOf[text[from-1]]&(textscan.Letter|textscan.High) != 0 {
		from--
	}
	m, e := readMonth(text, from)
	if m == 0 || e != i-1 {
		return 0, d, 0, false
	}
	k := i + n
	for _, suffix := range []string{"st", "nd", "rd", "th"} {
		if textscan.HasFold(text, k, suffix) {
			k += 2
			break
		}
	}
	if textscan.Byte(text, k) == ',' {
		k++
	}
	if textscan.Byte(text, k) != ' ' {
		return 0, d, 0, false
	}
	y, yn := readNum(text, k+1)
	return from, day{year: y, month: m, day: a}, k + 1 + yn, yn == 4 && date(m, a)
}
