package person

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/detectors/field"
	"habeas/detectors/textscan"
)

// Names in Hindi, Arabic and Hebrew have no capitals either. They are taken behind
// labels of forms and behind honorifics:
//
//	नाम: राम नमूना   श्रीमती सीता नमूना   الاسم: سامي مثال   السيد سامي مثال   שם: דנה דוגמה

// lead stands before a name.
type lead struct {
	text  string
	in    *unicode.RangeTable
	label bool // of a field: a colon follows
}

var leads = []lead{
	{"पूरा नाम", unicode.Devanagari, true}, {"नाम", unicode.Devanagari, true}, {"आवेदक का नाम", unicode.Devanagari, true}, {"पिता का नाम", unicode.Devanagari, true}, {"माता का नाम", unicode.Devanagari, true}, {"ग्राहक का नाम", unicode.Devanagari, true}, {"प्राप्तकर्ता", unicode.Devanagari, true},
	{"श्रीमती", unicode.Devanagari, false}, {"श्रीमान", unicode.Devanagari, false}, {"श्री", unicode.Devanagari, false}, {"सुश्री", unicode.Devanagari, false}, {"कुमारी", unicode.Devanagari, false},
	{"الاسم الكامل", unicode.Arabic, true}, {"الاسم", unicode.Arabic, true}, {"الإسم", unicode.Arabic, true}, {"اسم العميل", unicode.Arabic, true}, {"اسم المريض", unicode.Arabic, true}, {"اسم المستفيد", unicode.Arabic, true}, {"اسم صاحب الحساب", unicode.Arabic, true}, {"اسم", unicode.Arabic, true}, {"المرسل", unicode.Arabic, true}, {"المستلم", unicode.Arabic, true}, {"نام", unicode.Arabic, true}, {"نام و نام خانوادگی", unicode.Arabic, true},
	{"السيدة", unicode.Arabic, false}, {"السيد", unicode.Arabic, false}, {"الأستاذة", unicode.Arabic, false}, {"الأستاذ", unicode.Arabic, false}, {"الآنسة", unicode.Arabic, false}, {"الدكتورة", unicode.Arabic, false}, {"الدكتور", unicode.Arabic, false}, {"المهندس", unicode.Arabic, false}, {"آقای", unicode.Arabic, false}, {"خانم", unicode.Arabic, false},
	{"שם מלא", unicode.Hebrew, true}, {"שם הלקוח", unicode.Hebrew, true}, {"שם", unicode.Hebrew, true}, {"גברת", unicode.Hebrew, false},
}

// leadsBy are the leads by their first four bytes, the longest first.
var leadsBy = func() map[[4]byte][]lead {
	m := map[[4]byte][]lead{}
	for _, l := range leads {
		k := [4]byte([]byte(l.text))
		m[k] = append(m[k], l)
	}
	for k := range m {
		slices.SortFunc(m[k], func(a, b lead) int { return len(b.text) - len(a.text) })
	}
	return m
}()

// southern reports the names in Hindi, Arabic and Hebrew: it looks where words
// beyond ASCII begin.
func (s *scan) southern(ix *textscan.Index) {
	past := 0
	for w := 1; w <= ix.Blocks(); w++ {
		high := ix.High[w]
		for m := high &^ (high<<1 | ix.High[w-1]>>63); m != 0; m &= m - 1 {
			i := (w-1)*textscan.Block + bits.TrailingZeros64(m)
			if b := s.text[i]; i < past || b != 0xe0 && b-0xd7 > 0xdb-0xd7 || i+4 > len(s.text) {
				continue
			}
			for _, l := range leadsBy[[4]byte(s.text[i:])] {
				if bytes.HasPrefix(s.text[i:], []byte(l.text)) {
					if end := s.led(&l, i+len(l.text)); end > 0 {
						past = end
					}
					break
				}
			}
		}
	}
}

// led reports the name behind lead l, which ends at i, and gives where the name ends;
// 0 if there is none.
func (s *scan) led(l *lead, i int) int {
	k, colon := i, false
	for range 4 {
		r, size := utf8.DecodeRune(s.text[k:])
		if r == ':' || r == '：' || r == '-' && colon {
			colon = true
		} else if r != ' ' && r != '\t' && (r != '/' || l.label) {
			break
		}
		k += size
	}
	if k == i || l.label != colon {
		return 0
	}
	start, end, words := k, k, 0
	for words < 5 {
		at := k
		for at < len(s.text) {
			r, size := utf8.DecodeRune(s.text[at:])
			if !unicode.Is(l.in, r) || unicode.IsDigit(r) || unicode.IsPunct(r) {
				break
			}
			at += size
		}
		if at-k < 4 || verbs[string(s.text[k:at])] {
			break
		}
		words, end = words+1, at
		if !l.label && words == 2 {
			break // a third may be of the sentence
		}
		if textscan.Byte(s.text, at) != ' ' {
			break
		}
		k = at + 1
	}
	if words < 2 || verbs[first(string(s.text[start:end]))] {
		return 0
	}
	if l.label && end < len(s.text) {
		// All of the field: a word more, and it is a sentence.
		switch r, _ := utf8.DecodeRune(s.text[end:]); r {
		case '\n', '\r', '\t', ',', ';', '.', '،', '؛', '।', '|', '"', '<', '(', ')':
		default:
			return 0
		}
	}
	why, rule := "behind the honorific '"+l.text+"'", ruleTitled
	if l.label {
		why, rule = "in the field '"+l.text+"'", ruleCued
	}
	name := string(s.text[start:end])
	s.found(detectors.Finding{Kind: detectors.Name, Role: detectors.RolePerson, Value: name, Canonical: field.CanonicalName(name), Start: start, End: end, Rule: rule, Why: why, Confidence: 0.65})
	return end
}

// first is the first word of s.
func first(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

// verbs are words that go on with a sentence, or stand in an empty form, and are no
// names.
var verbs = setOf("का की के को ने से में पर और है हैं था थी ने जी द्वारा यह वह नहीं दर्ज करें लिखें आवश्यक पता फोन मोबाइल ईमेल जन्म आयु लिंग अध्यक्ष मंत्री प्रधान मुख्य " +
	"في من إلى على عن مع هذا هذه التي الذي قال كان كانت أن إن هو هي رئيس وزير مدير المدير الرئيس الوزير المحترم المحترمة العائلة اللقب الأول الأخير مطلوب غير معروف هاتف البريد العنوان رقم تاريخ را که از به در است " +
	"של על את עם הוא היא לא נא חובה טלפון כתובת משפחה פרטי")
