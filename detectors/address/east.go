package address

import (
	"bytes"
	"math/bits"
	"regexp"
	"unicode"
	"unicode/utf8"

	"habeas/detectors/textscan"
)

// Addresses of East Asia go from the large to the small, and end with numbers:
//
//	東京都渋谷区渋谷2丁目21番1号       Japan: prefecture, city or ward, town, numbers
//	广东省深圳市南山区科技南路12号3栋   China: province, city, district, road, number
//	서울특별시 강남구 테헤란로 123      Korea: the same, with blanks
//
// They are looked at from the first digit behind a letter beyond ASCII, or in
// Korean behind a blank, and need a word for a city or a district.

const ruleEast = "east-asian"

// maxEast bounds the bytes before the number.
const maxEast = 120

// eastern looks at numbers that stand behind letters beyond ASCII.
func (s *scan) eastern(ix *textscan.Index) {
	s.past = 0
	for w := 1; w <= ix.Blocks(); w++ {
		first := ix.Digit[w] &^ (ix.Digit[w]<<1 | ix.Digit[w-1]>>63)
		if first == 0 {
			continue
		}
		high, last := ix.High[w], ix.High[w-1]
		touching := high<<1 | last>>63
		apart := (high<<2 | last>>62) & (ix.Space[w]<<1 | ix.Space[w-1]>>63)
		for m := first & (touching | apart); m != 0; m &= m - 1 {
			i := (w-1)*textscan.Block + bits.TrailingZeros64(m)
			if i < s.past {
				continue
			}
			if s.text[i-1] == ' ' {
				s.korean(i)
			} else if r, _ := utf8.DecodeLastRune(s.text[:i]); unicode.Is(unicode.Han, r) || unicode.Is(unicode.Katakana, r) {
				s.han(i)
			}
		}
	}
}

var (
	japaneseTail = regexp.MustCompile(`^\d{1,4}(?:条[東西南北]?\d{0,2}(?:丁目(?:\d{1,4}(?:番地?|[-‐−－])?(?:\d{1,4}号?)?)?)?|丁目(?:\d{1,4}(?:番地?(?:の?\d{1,4}号?)?|[-‐−－]\d{1,4})?)?|番地?(?:の?\d{1,4}号?)?|[-‐−－]\d{1,4}(?:[-‐−－]\d{1,4}){0,2})`)
	chineseTail  = regexp.MustCompile(`^\d{1,5}(?:弄\d{1,5})?[号號](?:\p{Han}{0,8}\d{1,4}(?:栋|幢|号楼|楼|樓|单元|單元|室|层|座)){0,4}`)
	// The last of the parts that say where, and at least a town or a road behind it.
	japaneseHead = regexp.MustCompile(`\p{Han}[市区町村郡][\p{Han}\p{Katakana}ーヶケノ\d]{1,24}$`)
	chineseHead  = regexp.MustCompile(`[省市区區县縣州镇鎮乡鄉旗]\p{Han}{1,20}[路街道巷弄里段村]$`)
)

// starts are where addresses begin: prefectures of Japan, provinces and large
// cities of China and Taiwan.
var starts = regexp.MustCompile(`(?:北海道|東京都|大阪府|京都府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県|` +
	`(?:北京|上海|天津|重庆|香港|澳门|深圳|广州|杭州|南京|成都|武汉|西安|苏州|台北|臺北|新北|桃園|台中|臺中|台南|臺南|高雄)市?|(?:河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆)(?:省|自治区|\p{Han}{1,3}自治区)?)`)

// han looks at the number at text[i] behind a letter of Chinese or Japanese.
func (s *scan) han(i int) {
	tail, japanese := chineseTail.FindIndex(window(s.text, i, 160)), false
	if tail == nil {
		tail, japanese = japaneseTail.FindIndex(window(s.text, i, 100)), true
	}
	if tail == nil {
		return
	}
	from := i
	for from > s.past && i-from < maxEast {
		r, size := utf8.DecodeLastRune(s.text[:from])
		if !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) && r != 'ー' && !(japanese && r >= '0' && r <= '9') {
			break
		}
		from -= size
	}
	if bytes.Contains(s.text[max(from-16, 0):from], []byte("〒")) {
		return // marks has it
	}
	head := s.text[from:i]
	pattern := chineseHead
	if japanese {
		pattern = japaneseHead
	}
	m := pattern.FindIndex(head)
	if m == nil {
		return
	}
	start := from
	if k := starts.FindIndex(head); k != nil && k[0] < m[1] {
		start += k[0]
	} else {
		start += leadIn(head[:m[0]])
	}
	s.report(start, i+tail[1], ruleEast, "the parts of an address in their order, and its numbers", 0.7)
}

// leadIn is how much of b is not yet the name of a place: up to the last particle,
// or a word for being somewhere.
func leadIn(b []byte) int {
	at := 0
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		i += size
		switch {
		case unicode.Is(unicode.Hiragana, r) && r != 'の', r == '在', r == '于', r == '住', r == '址', r == '到', r == '至', r == '为', r == '是', r == '往':
			at = i
		}
	}
	return at
}

var koreanTail = regexp.MustCompile(`^\d{1,5}(?:-\d{1,5})?(?:번지|번길 ?\d{1,5})?(?:,? ?\d{1,5}동)?(?:,? ?\d{1,5}호)?`)

// korean looks at the number at text[i] behind a blank.
func (s *scan) korean(i int) {
	r, _ := utf8.DecodeLastRune(s.text[:i-1])
	switch r {
	case '로', '길', '가', '동', '리':
	default:
		return
	}
	start, end, district := -1, i-1, false
	for n := range 6 { // words
		from := end
		for from > s.past && end-from < 40 && s.text[from-1] >= utf8.RuneSelf {
			from--
		}
		word := s.text[from:end]
		if len(word) < 6 || !hangul(word) {
			break
		}
		last, _ := utf8.DecodeLastRune(word)
		switch last {
		case '시', '도', '구', '군', '읍', '면':
			if n == 0 {
				return
			}
			start, district = from, true
		default:
			if n > 0 && !koreanCity(word) {
				n = 6 // the words before say something else
			} else if n > 0 {
				start = from
			}
		}
		if n == 6 || from == 0 || s.text[from-1] != ' ' {
			break
		}
		end = from - 1
	}
	if !district || start < 0 {
		return
	}
	tail := koreanTail.FindIndex(window(s.text, i, 60))
	if tail == nil || textscan.WordAfter(s.text, i+tail[1]) && !bytes.HasPrefix(s.text[i+tail[1]:], []byte("에")) {
		return
	}
	s.report(start, i+tail[1], ruleEast, "the parts of an address in their order, and its numbers", 0.7)
}

func hangul(b []byte) bool {
	for _, r := range string(b) {
		if !unicode.Is(unicode.Hangul, r) {
			return false
		}
	}
	return true
}

// koreanCity reports whether a word is a province or a large city without what it is.
func koreanCity(b []byte) bool {
	switch string(b) {
	case "서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "경기", "강원", "충북", "충남", "전북", "전남", "경북", "경남", "제주":
		return true
	}
	return false
}
