package person

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/detectors/field"
	"habeas/detectors/textscan"
)

// Names in Chinese, Japanese and Korean have no capitals. They are taken where an
// honorific stands behind a family name of a list, and behind labels of forms:
//
//	田中太郎様   张伟先生   김민수 씨   氏名：山田 花子   姓名: 李小龙   이름: 김민수

// maxEastern is the most runes that a name has.
const maxEastern = 6

// honorific stands behind a name in a text, or before it as the label of a field.
type honorific struct {
	text   string
	script script
	label  bool
}

type script uint8

const (
	japanese script = iota
	chinese
	korean
)

var honorifics = []honorific{
	{"様", japanese, false}, {"さん", japanese, false}, {"氏", japanese, false}, {"くん", japanese, false}, {"殿", japanese, false},
	{"先生", chinese, false}, {"女士", chinese, false}, {"小姐", chinese, false}, {"太太", chinese, false},
	{"씨", korean, false}, {"님", korean, false},
	{"氏名", japanese, true}, {"お名前", japanese, true}, {"名前", japanese, true}, {"担当者", japanese, true}, {"宛名", japanese, true},
	{"姓名", chinese, true}, {"联系人", chinese, true}, {"聯絡人", chinese, true}, {"收件人", chinese, true}, {"户名", chinese, true}, {"持卡人", chinese, true},
	{"이름", korean, true}, {"성명", korean, true}, {"성함", korean, true}, {"예금주", korean, true}, {"받는 사람", korean, true},
}

// byFirstRune are the honorifics by what they begin with.
var byFirstRune = func() map[rune][]honorific {
	m := map[rune][]honorific{}
	for _, h := range honorifics {
		r, _ := utf8.DecodeRuneInString(h.text)
		m[r] = append(m[r], h)
	}
	return m
}()

// mayHonour tells most runes apart from those of byFirstRune, by their last bits.
var mayHonour = func() (t [1024]bool) {
	for r := range byFirstRune {
		t[r%1024] = true
	}
	return t
}()

// Family names: the most frequent ones, by the statistics of the countries.
var (
	japaneseFamilies = setOf("佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 斎藤 斉藤 齋藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 福田 太田 西村 藤井 金子 岡本 藤原 三浦 中野 中川 原田 松田 竹内 小野 田村 中山 和田 石田 森田 上田 柴田 酒井 工藤 横山 宮崎 宮本 内田 高木 安藤 谷口 大野 丸山 今井 高田 藤本 武田 村田 上野 杉山 増田 平野 大塚 千葉 久保 松井 小島 岩崎 桜井 野口 松尾 野村 木下 菊地 菊池 佐野 大西 杉本 新井 浜田 古川 市川 小松 水野 吉川 山内 島田 本田 北村 永井 熊谷 西田 飯田 川口 服部 松岡 吉岡 川崎 樋口 福島 土屋 荒木 小山 大橋 望月 松下 永田 川村 黒田 関口 樋口 星野 大谷")
	chineseFamilies  = setOf("王 李 张 張 刘 劉 陈 陳 杨 楊 黄 黃 赵 趙 吴 吳 周 徐 孙 孫 马 馬 朱 胡 郭 何 林 罗 羅 郑 鄭 梁 谢 謝 宋 唐 许 許 邓 鄧 韩 韓 冯 馮 曹 彭 曾 肖 蕭 田 董 潘 袁 蔡 蒋 蔣 余 于 杜 叶 葉 程 魏 苏 蘇 吕 呂 丁 任 卢 盧 姚 沈 钟 鍾 姜 崔 谭 譚 陆 陸 范 汪 廖 石 金 韦 贾 夏 傅 邹 熊 白 孟 秦 邱 侯 江 尹 薛 闫 段 雷 黎 史 龙 陶 贺 顾 毛 郝 龚 邵 万 钱 严 赖 洪 武 莫 孔 汤 欧阳 司马 诸葛 上官 歐陽")
	koreanFamilies   = setOf("김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 유 홍 전 고 문 양 손 배 백 허 남 심 노 하 곽 성 차 주 우 구 민 진 나 지 엄 채 원 천 방 공 현 함 변 염 여 추 도 소 석 선 설 마 길 연 위 표 명 기 반 왕 금 옥 육 인 맹 제 모")
	// koreanWords begin with a family name and are what somebody does.
	koreanWords = setOf("이용자 고객사 신청자 지원자 구매자 주문자 임직원 조합원 안내원 민원인 담당자 강사진 원장 기사 여러분 조교수 지도자 연구자 연구원 이사장 위원장 심사자 변호사 회계사 상담원 안내자 소비자 진행자 발표자 보호자 유권자 전문가 조사자 제보자 피해자 차주 하숙생 한의사 간호사 지점장 구청장 구독자 방문자 공장장 소대장 연대장 한국인 주인공 성직자 원작자 기획자 유학생 문의자 송금인 수령인 노동자 장애인 정치인 조리사 안무가 공무원 공연자 강의자 수강생 권리자 우승자 안전원 지배인 주치의 교장")
	noNames     = setOf("必須 入力 未記入 不明 記入 任意 未定 匿名 名称 先生 女士 变更 未填 必填 填写 请输入 電話 电话 住所 地址 필수 입력 미상 없음 주소 전화")
)

func setOf(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// eastern reports the names in Chinese, Japanese and Korean in text, of which ix
// knows where it is beyond ASCII.
func (s *scan) eastern(ix *textscan.Index) {
	for w := 1; w <= ix.Blocks(); w++ {
		for m := ix.High[w]; m != 0; m &= m - 1 {
			i := (w-1)*textscan.Block + bits.TrailingZeros64(m)
			if i < s.east || s.text[i] < 0xe3 || s.text[i] > 0xed {
				continue
			}
			r, _ := utf8.DecodeRune(s.text[i:])
			if !mayHonour[r%1024] {
				continue
			}
			for _, h := range byFirstRune[r] {
				if end := i + len(h.text); end <= len(s.text) && string(s.text[i:end]) == h.text && s.honoured(h, i, end) {
					break
				}
			}
		}
	}
}

// honoured looks for the name that honorific h at text[i:end] belongs to.
func (s *scan) honoured(h honorific, i, end int) bool {
	if h.label {
		return s.inForm(h, end)
	}
	if r, _ := utf8.DecodeRune(s.text[end:]); h.text == "氏" && unicode.Is(unicode.Han, r) {
		return false // "田中氏名"
	}
	stop := i
	if b := textscan.Byte(s.text, i-1); b == ' ' {
		stop = i - 1
	} else if strings.HasSuffix(string(s.text[max(i-3, 0):i]), "\u3000") {
		stop = i - 3
	}
	start, ok := familyBefore(s.text, stop, h.script)
	if !ok {
		return false
	}
	s.eastName(start, stop, ruleTitled, "a family name of a list, and '"+h.text+"' behind it", 0.75)
	return true
}

// familyBefore is where a name that ends at stop begins, if it begins with a family
// name.
func familyBefore(text []byte, stop int, in script) (start int, ok bool) {
	var at [maxEastern + 1]int // where the last runes begin, the nearest first
	n, i := 0, stop
	for n < maxEastern && i > 0 {
		r, size := utf8.DecodeLastRune(text[:i])
		if !inScript(r, in) {
			break
		}
		i -= size
		at[n] = i
		n++
	}
	switch in {
	case korean:
		// Three syllables, which are a word of their own.
		if n != 3 {
			return 0, false
		}
		return at[2], koreanFamilies[string(text[at[2]:at[1]])] && !koreanWords[string(text[at[2]:stop])]
	case chinese:
		for k := min(n, 3) - 1; k >= 0; k-- {
			family := at[k] + 3
			if family <= stop && chineseFamilies[string(text[at[k]:family])] || k > 0 && family+3 <= stop && chineseFamilies[string(text[at[k]:family+3])] {
				// A family name alone may be the end of another word.
				r, _ := utf8.DecodeLastRune(text[:at[k]])
				if k == 1 && inScript(r, chinese) && chineseFamilies[string(text[at[0]:stop])] {
					return at[0], true // "感谢陈小姐"
				}
				return at[k], k > 0 || !inScript(r, chinese) || strings.ContainsRune("的是和与與及请請找由为為给給跟对對让讓叫问問系知致向被位到见見", r)
			}
		}
		return 0, false
	}
	// All of the row, up to five: "田中", "佐々木一郎".
	if n < 2 || n > 5 {
		return 0, false
	}
	for size := range 3 {
		if family := size + 1; family <= n {
			stopAt := stop
			if family < n {
				stopAt = at[n-1-family]
			}
			if japaneseFamilies[string(text[at[n-1]:stopAt])] {
				return at[n-1], true
			}
		}
	}
	return 0, false
}

// inForm looks for a name behind a label that ends at end, a colon and blanks.
func (s *scan) inForm(h honorific, end int) bool {
	i := end
	colon := false
	for range 4 {
		r, size := utf8.DecodeRune(s.text[i:])
		switch r {
		case ':', '：', '=':
			colon = true
		case ' ', '\u3000', '\t', '"':
		default:
			size = 0
		}
		if size == 0 {
			break
		}
		i += size
	}
	if !colon {
		return false
	}
	start, n, blanks := i, 0, 0
	stop := i
	for n <= maxEastern {
		r, size := utf8.DecodeRune(s.text[i:])
		if inScript(r, h.script) || h.script == japanese && (unicode.In(r, unicode.Hiragana, unicode.Katakana) || r == 'ー') {
			n, i = n+1, i+size
			stop = i
			continue
		}
		if (r == ' ' || r == '\u3000') && blanks == 0 && n > 0 && h.script == japanese {
			blanks, i = i, i+size
			continue
		}
		break
	}
	if blanks > 0 && noNames[strings.Trim(string(s.text[blanks:stop]), " \u3000")] {
		stop = blanks
	}
	least, most := 2, 4
	if h.script == japanese {
		most = maxEastern
	}
	if n < least || n > most || noNames[string(s.text[start:stop])] || strings.HasSuffix(string(s.text[start:stop]), "会社") || strings.HasSuffix(string(s.text[start:stop]), "公司") {
		return false
	}
	s.eastName(start, stop, ruleCued, "in the field '"+h.text+"'", 0.7)
	return true
}

func inScript(r rune, in script) bool {
	switch in {
	case korean:
		return r >= 0xac00 && r <= 0xd7a3
	case japanese:
		return unicode.Is(unicode.Han, r) || r == '々'
	}
	return unicode.Is(unicode.Han, r)
}

func (s *scan) eastName(start, end int, rule, why string, confidence float64) {
	name := string(s.text[start:end])
	s.east = end
	s.found(detectors.Finding{Kind: detectors.Name, Role: detectors.RolePerson, Value: name, Canonical: field.CanonicalName(name), Start: start, End: end, Rule: rule, Why: why, Confidence: confidence})
}
