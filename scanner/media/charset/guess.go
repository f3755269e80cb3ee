package charset

import (
	"bytes"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"habeas/scanner/media"
)

// decoderFor gives the decoder of a charset; sample is what a code page is
// guessed from.
func decoderFor(cs media.Charset, sample []byte) decoder {
	switch cs {
	case media.UTF16LE, media.UTF16BE, media.UTF32LE, media.UTF32BE:
		return wide(cs)
	case media.UTF7:
		return new(utf7).decode
	case media.ISO2022:
		return transforming(japanese.ISO2022JP.NewDecoder())
	case media.EBCDIC:
		return ebcdic(transforming(charmap.CodePage037.NewDecoder()))
	}
	if e := declared(sample); e != nil {
		return transforming(e.NewDecoder())
	}
	return transforming(guess(sample).NewDecoder())
}

// ebcdic makes line ends of U+0085, which is what mainframes end lines with.
func ebcdic(decode decoder) decoder {
	return func(dst, src []byte, last bool) ([]byte, int) {
		from := len(dst)
		dst, n := decode(dst, src, last)
		to := from
		for i := from; i < len(dst); i++ {
			if dst[i] == 0xc2 && i+1 < len(dst) && dst[i+1] == 0x85 {
				i++
				dst[i] = '\n'
			}
			dst[to] = dst[i]
			to++
		}
		return dst[:to], n
	}
}

// declared is the code page that a page, a mail or an XML file names near its
// start, nil where it names none or one that it is not in: UTF-8 would have been
// seen.
func declared(b []byte) encoding.Encoding {
	b = bytes.ToLower(b[:min(len(b), 2<<10)])
	for _, key := range []string{"charset=", "encoding="} {
		_, label, found := bytes.Cut(b, []byte(key))
		if !found {
			continue
		}
		label = bytes.TrimLeft(label, "\"' ")
		if i := bytes.IndexAny(label, "\"' \t\r\n;/>?"); i >= 0 {
			label = label[:i]
		}
		e, err := htmlindex.Get(string(label[:min(len(label), 40)]))
		if err != nil {
			continue
		}
		if name, _ := htmlindex.Name(e); name != "utf-8" && name != "utf-16le" && name != "utf-16be" && name != "replacement" {
			return e
		}
	}
	return nil
}

// guess tells code pages apart by where their commonest letters lie. It looks
// for East Asian pairs of bytes first, then for scripts whose letters are all
// above ASCII, then for what the accents between ASCII letters are.
func guess(b []byte) encoding.Encoding {
	b = b[:min(len(b), 64<<10)]
	if e := asian(b); e != nil {
		return e
	}
	if e := script(b); e != nil {
		return e
	}
	return accents(b)
}

// asian counts pairs of bytes above ASCII by their row. In all four families
// nine in ten characters of running text come from a few rows.
func asian(b []byte) encoding.Encoding {
	var high, pairs, signs, kana, hangul, common int // of the EUC layout: both bytes a1-fe
	for i := 0; i < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		high++
		if i+1 == len(b) || b[i] < 0xa1 || b[i+1] < 0xa1 {
			continue
		}
		i++
		high++
		pairs++
		switch row := b[i-1]; {
		case row == 0xa4 || row == 0xa5:
			kana++
		case row <= 0xa3:
			signs++
		case row >= 0xb0 && row <= 0xc8:
			hangul++
			common++
		case row > 0xc8 && row <= 0xd7:
			common++
		}
	}
	if pairs -= signs; pairs >= 4 && (pairs+signs)*2*100 >= high*95 {
		switch {
		case kana*5 >= pairs:
			return japanese.EUCJP
		case hangul*100 >= 90*pairs:
			return korean.EUCKR
		case common*100 >= 75*pairs:
			return simplifiedchinese.GB18030
		}
	}
	if sjis, n := shiftJIS(b); n >= 4 && sjis {
		return japanese.ShiftJIS
	}
	if isBig5(b) {
		return traditionalchinese.Big5
	}
	return nil
}

// shiftJIS: nearly all pairs must be valid, and a fifth of them kana, without
// which there is no Japanese sentence.
func shiftJIS(b []byte) (ok bool, pairs int) {
	bad, kana := 0, 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c < 0x80 || c >= 0xa1 && c <= 0xdf {
			continue
		}
		if i+1 == len(b) {
			break
		}
		d := b[i+1]
		if (c > 0x9f && c < 0xe0) || c == 0x80 || c > 0xfc || d < 0x40 || d == 0x7f || d > 0xfc {
			bad++
			continue
		}
		i++
		pairs++
		if c == 0x82 && d >= 0x9f && d <= 0xf1 || c == 0x83 && d >= 0x40 && d <= 0x96 {
			kana++
		}
	}
	return bad*50 <= pairs && kana*5 >= pairs, pairs
}

// isBig5: common characters have a lead of a4-c6, and their second bytes are
// spread over both of its ranges.
func isBig5(b []byte) bool {
	bad, pairs, common, low := 0, 0, 0, 0
	for i := 0; i < len(b); i++ {
		if b[i] < 0x80 {
			continue
		}
		if i+1 == len(b) {
			break
		}
		d := b[i+1]
		if b[i] < 0xa1 || b[i] > 0xf9 || d < 0x40 || d > 0x7e && d < 0xa1 || d == 0xff {
			bad++
			continue
		}
		if b[i] >= 0xa4 && b[i] <= 0xc6 || b[i] == 0xa1 {
			common++
		}
		if d < 0x80 {
			low++
		}
		pairs++
		i++
	}
	return pairs >= 4 && bad*50 <= pairs && common*100 >= 80*pairs && low*100 >= 10*pairs && low*100 <= 75*pairs
}

// script finds Cyrillic and Greek: words of letters above ASCII. The letters
// that are most frequent in the language tell the page; lower case counts.
func script(b []byte) encoding.Encoding {
	var n [256]int
	high, runs := 0, 0
	for i, c := range b {
		n[c]++
		if c >= 0x80 {
			high++
			if i > 0 && b[i-1] >= 0x80 {
				runs++
			}
		}
	}
	if high < 6 || runs*2 < high { // accents seldom stand side by side
		return nil
	}
	best, most := encoding.Encoding(nil), high/4
	for _, p := range scripts {
		if s := sum(&n, p.letters); s > most {
			best, most = p.page, s
		}
	}
	return best
}

func sum(n *[256]int, letters string) (s int) {
	for i := range len(letters) {
		s += n[letters[i]]
	}
	return s
}

// scripts have the seven commonest letters of Russian (o, e, a, i, n, t, s) and of
// Greek (a, o, i, e, t, s, n) in each page.
var scripts = []struct {
	page    encoding.Encoding
	letters string
}{
	{charmap.Windows1251, "\xee\xe5\xe0\xe8\xed\xf2\xf1"},
	{charmap.KOI8R, "\xcf\xc5\xc1\xc9\xce\xd4\xd3"},
	{charmap.CodePage866, "\xae\xa5\xa0\xa8\xad\xe2\xe1"},
	{charmap.ISO8859_5, "\xde\xd5\xd0\xd8\xdd\xe2\xe1"},
	{charmap.Windows1253, "\xe1\xef\xe9\xe5\xf4\xf3\xed"},
}

// accents tells pages of Latin letters apart, by bytes between ASCII letters.
func accents(b []byte) encoding.Encoding {
	var n [256]int
	for i := 1; i+1 < len(b); i++ {
		if b[i] >= 0x80 && isLetter(b[i-1]) && (isLetter(b[i+1]) || b[i+1] >= 0x80) {
			n[b[i]]++
		}
	}
	best, most := encoding.Encoding(charmap.Windows1252), 0
	for _, p := range accented {
		if s := sum(&n, p.letters); s > most {
			best, most = p.page, s
		}
	}
	return best
}

func isLetter(c byte) bool {
	return bytes.IndexByte([]byte("abcdefghijklmnopqrstuvwxyz"), c|0x20) >= 0
}

// accented have the letters of each page that stand inside of words; on a tie
// the earlier one wins. Windows 1250 has only those where it differs from 1252
// in a letter, and one vote for them is worth more than its rivals' doubtful
// ones: signs such as a raised 3 do not stand inside of words.
var accented = []struct {
	page    encoding.Encoding
	letters string
}{
	{charmap.Windows1252, "\xe0\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xeb\xec\xed\xee\xef\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff\xdf\x92"},
	{charmap.Windows1250, "\xb3\xb9\xbf\x9c\x9f\xea\xe6\xf3\xf1\xe8\xec\xf8\xf9\x9a\x9e\xe1\xe9\xed\xfd\xfa\xe3\xe2\xee\xba\xfe\xf5\xfb\xf6\xfc\xe4\xdf\xef\x9d\xf2"},
	{charmap.Macintosh, "\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98\x99\x9a\x9b\x9c\x9d\x9e\x9f\xa7\xbf\xd5"},
	{charmap.CodePage850, "\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x93\x94\x95\x96\x97\xa0\xa1\xa2\xa3\xa4\xe1\xc6"},
}
