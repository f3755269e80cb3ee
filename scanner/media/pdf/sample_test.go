package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// file writes documents for tests, revision by revision.
type file struct {
	bytes.Buffer
	at   map[int]int // where objects of this revision stand
	prev int         // where the last cross-reference stands; 0 before the first
	size int
	seal func(num int, b []byte) []byte // encrypts strings and streams
}

func newFile() *file {
	f := &file{at: map[int]int{}}
	f.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return f
}

// obj adds an object. What stands between « and » in its body is a string.
func (f *file) obj(num int, body string) {
	f.at[num] = f.Len()
	f.size = max(f.size, num+1)
	fmt.Fprintf(f, "%d 0 obj\n%s\nendobj\n", num, f.strings(num, body))
}

func (f *file) strings(num int, body string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(body, "«")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		var s string
		s, body, _ = strings.Cut(rest, "»")
		if f.seal != nil {
			s = string(f.seal(num, []byte(s)))
		}
		fmt.Fprintf(&out, "<%s>", hex.EncodeToString([]byte(s)))
	}
}

// stream adds a stream whose dictionary holds more than the length.
func (f *file) stream(num int, more, data string) {
	if f.seal != nil {
		data = string(f.seal(num, []byte(data)))
	}
	f.at[num] = f.Len()
	f.size = max(f.size, num+1)
	fmt.Fprintf(f, "%d 0 obj\n<<%s/Length %d>>\nstream\n%s\nendstream\nendobj\n", num, f.strings(num, more), len(data), data)
}

// end closes the revision with a table.
func (f *file) end(trailer string) *file {
	start := f.Len()
	fmt.Fprintf(f, "xref\n0 1\n0000000000 65535 f \n")
	nums := make([]int, 0, len(f.at))
	for n := range f.at {
		nums = append(nums, n)
	}
	slices.Sort(nums)
	for _, n := range nums {
		fmt.Fprintf(f, "%d 1\n%010d 00000 n \n", n, f.at[n])
	}
	if f.prev > 0 {
		trailer += fmt.Sprintf("/Prev %d", f.prev)
	}
	fmt.Fprintf(f, "trailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n", f.size, trailer, start)
	f.at, f.prev = map[int]int{}, start
	return f
}

// endPacked closes the file with a stream of cross-references; packed are the
// objects in the object stream with the number in.
func (f *file) endPacked(trailer string, in int, packed map[int]string) *file {
	var head, body strings.Builder
	nums := make([]int, 0, len(packed))
	for n := range packed {
		nums = append(nums, n)
	}
	slices.Sort(nums)
	for _, n := range nums {
		fmt.Fprintf(&head, "%d %d ", n, body.Len())
		body.WriteString(f.strings(0, packed[n]) + "\n")
	}
	f.stream(in, fmt.Sprintf("/Type/ObjStm/N %d/First %d/Filter/FlateDecode", len(nums), head.Len()), deflate(head.String()+body.String()))
	self, start := f.size, f.Len()
	f.at[self] = start
	rows := make([]byte, 0, 5*(self+1))
	for n := range self + 1 {
		row := [5]byte{}
		if off, ok := f.at[n]; ok {
			row[0] = 1
			binary.BigEndian.PutUint16(row[1:], uint16(off))
		} else if i := slices.Index(nums, n); i >= 0 {
			row[0], row[3], row[4] = 2, byte(i>>8), byte(i)
			binary.BigEndian.PutUint16(row[1:], uint16(in))
		}
		rows = append(rows, row[:]...)
	}
	f.seal = nil
	f.stream(self, fmt.Sprintf("/Type/XRef/W[1 2 2]/Size %d/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 5>>%s", self+1, trailer), deflate(string(up(rows, 5))))
	fmt.Fprintf(f, "startxref\n%d\n%%%%EOF\n", start)
	return f
}

// up applies the PNG predictor of that name.
func up(b []byte, row int) []byte {
	var out []byte
	prev := make([]byte, row)
	for ; len(b) >= row; b = b[row:] {
		out = append(out, 2)
		for i := range row {
			out = append(out, b[i]-prev[i])
		}
		prev = b[:row]
	}
	return out
}

func deflate(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

// shows is a content stream that shows lines.
func shows(lines ...string) string {
	s := "BT /F1 12 Tf 14 TL 20 700 Td\n"
	for _, l := range lines {
		s += "(" + l + ") Tj T*\n"
	}
	return s + "ET"
}

const font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"

// basic is a document of one page that shows the lines: catalog 1, pages 2,
// page 3, content 4, font 5, information 6.
func basic(lines ...string) *file {
	f := newFile()
	f.tree(shows(lines...))
	f.obj(6, "<</Author «Ana Silva»/Producer «A Program»>>")
	return f
}

func (f *file) tree(content string) {
	f.obj(1, "<</Type/Catalog/Pages 2 0 R>>")
	f.obj(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
	f.obj(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>")
	f.stream(4, "", content)
	f.obj(5, font)
}

const ends = "/Root 1 0 R/Info 6 0 R"

// packet is an XMP packet.
const packet = "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'/><?xpacket end='w'?>"

// everything is a document with one of each, and an earlier revision.
func everything() []byte {
	f := newFile()
	f.obj(1, "<</Type/Catalog/Pages 2 0 R/Metadata 7 0 R/AcroForm 10 0 R/Outlines 14 0 R/Names<</EmbeddedFiles<</Names[«a» 17 0 R]>>/JavaScript<</Names[«s» <</S/JavaScript/JS«app.mailMsg(false, 'ana@example.org')»>>]>>>>>>")
	f.obj(2, "<</Type/Pages/Kids[3 0 R 20 0 R]/Count 2/MediaBox[0 0 600 800]/Resources<</Font<</F1 5 0 R>>/XObject<</I 8 0 R/X 22 0 R>>>>>>")
	f.obj(3, "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[9 0 R 19 0 R 12 0 R]>>")
	f.stream(4, "/Filter/FlateDecode", deflate(shows("First page", "old@example.org")))
	f.obj(5, font)
	f.obj(6, "<</Author «Ana Silva»/Title (\xfe\xff\x00T\x00\xe9)/CreationDate (D:20260102030405Z)/Company «Bo Berg Ltd»/Trapped/False>>")
	f.stream(7, "/Type/Metadata/Subtype/XML", packet)
	f.stream(8, "/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/DCTDecode", "\xff\xd8\xff\xd9")
	f.obj(9, "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/T «Bo Berg»/Contents «Call +44 20 7946 0123»/Subj «Note»>>")
	f.obj(10, "<</Fields[11 0 R 13 0 R]/XFA[«datasets» 21 0 R]>>")
	f.obj(11, "<</T «form[0].Page[0]»/Kids[12 0 R]>>")
	f.obj(12, "<</Parent 11 0 R/FT/Tx/T «Email[0]»/V «form@example.org»/TU «Your address»/Type/Annot/Subtype/Widget/Rect[0 0 9 9]>>")
	f.obj(13, "<</FT/Sig/T «Signature»/V <</Type/Sig/Name «Cy Cole»/Location «Paris»/ContactInfo «cy@example.org»>>>>")
	f.obj(14, "<</First 15 0 R/Last 16 0 R>>")
	f.obj(15, "<</Title «Chapter of Ana»/Parent 14 0 R/Next 16 0 R>>")
	f.obj(16, "<</Title «Chapter of Bo»/Parent 14 0 R>>")
	f.obj(17, "<</Type/Filespec/F (dir/list.txt)/UF (dir/list.txt)/Desc «People»/EF<</F 18 0 R>>>>")
	f.stream(18, "/Type/EmbeddedFile", "attached@example.org")
	f.obj(19, "<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI (mailto:link@example.org)>>>>")
	f.obj(20, "<</Type/Page/Parent 2 0 R/Contents 23 0 R>>")
	f.stream(21, "", "<data><phone>+44 20 7946 0456</phone></data>")
	f.stream(22, "/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<</F1 5 0 R>>>>", shows("In a form"))
	f.stream(23, "", shows("Second page")+" /X Do")
	f.end(ends)
	f.stream(4, "", shows("First page", "new@example.org"))
	f.obj(6, "<</Author «Dee Dunn»>>")
	f.end(ends)
	return f.Bytes()
}

// packedFile keeps everything in an object stream.
func packedFile() []byte {
	f := newFile()
	f.stream(4, "/Filter[/ASCIIHexDecode/FlateDecode]", hex.EncodeToString([]byte(deflate(shows("packed@example.org"))))+">")
	return f.endPacked(ends, 7, map[int]string{
		1: "<</Type/Catalog/Pages 2 0 R>>",
		2: "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		3: "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		5: font,
		6: "<</Author «Ana Silva»>>",
	}).Bytes()
}

// id is that of encrypted samples.
const id = "0123456789abcdef"

// encrypted is basic under the empty user password, or another one.
func encrypted(version int, password string) []byte {
	f := newFile()
	dict := ""
	if version == 5 {
		key := bytes.Repeat([]byte{7}, 32)
		sum := func(salt string) []byte {
			s := sha256.Sum256([]byte(password + salt))
			if password != "" {
				return s[:] // only has to differ
			}
			return harden(s[:])
		}
		u := append(sum("validate"), "validatekeysalt!"...)
		ue := make([]byte, 32)
		b, _ := aes.NewCipher(sum("keysalt!")[:32])
		cipher.NewCBCEncrypter(b, make([]byte, 16)).CryptBlocks(ue, key)
		perms := []byte("\xfc\xff\xff\xff\xff\xff\xff\xffTadbrand") // algorithm 10
		p, _ := aes.NewCipher(key)
		p.Encrypt(perms, perms)
		dict = fmt.Sprintf("/V 5/R 6/Length 256/O<%[1]x>/OE<%[2]x>/U<%[1]x>/UE<%[2]x>/Perms<%x>/P -4/CF<</StdCF<</CFM/AESV3/Length 32/AuthEvent/DocOpen>>>>/StmF/StdCF/StrF/StdCF", u, ue, perms)
		f.seal = func(_ int, b []byte) []byte { return sealAES(key, b) }
	} else {
		o := bytes.Repeat([]byte{9}, 32)
		h := md5.New()
		h.Write(append([]byte(password), padding...)[:32])
		h.Write(o)
		h.Write([]byte{0xfc, 0xff, 0xff, 0xff})
		h.Write([]byte(id))
		key := h.Sum(nil)
		for range 50 {
			s := md5.Sum(key)
			key = s[:]
		}
		s := md5.Sum(append(bytes.Clone(padding), id...))
		u := s[:]
		for i := range 20 {
			k := bytes.Clone(key)
			for j := range k {
				k[j] ^= byte(i)
			}
			u = rc4Of(k, u)
		}
		u = append(u, make([]byte, 16)...)
		dict = fmt.Sprintf("/V %d/R %d/Length 128/O<%x>/U<%x>/P -4", version, map[int]int{2: 3, 4: 4}[version], o, u)
		if version == 4 {
			dict += "/CF<</StdCF<</CFM/AESV2/Length 16/AuthEvent/DocOpen>>>>/StmF/StdCF/StrF/StdCF"
		}
		f.seal = func(num int, b []byte) []byte {
			k := append(bytes.Clone(key), byte(num), byte(num>>8), 0, 0, 0)
			if version == 4 {
				s := md5.Sum(append(k, "sAlT"...))
				return sealAES(s[:], b)
			}
			s := md5.Sum(k)
			return rc4Of(s[:], b)
		}
	}
	f.tree(shows("sealed@example.org"))
	f.obj(6, "<</Author «Ana Silva»>>")
	f.obj(7, "<</Filter/Standard"+dict+">>")
	f.end(fmt.Sprintf("%s/Encrypt 7 0 R/ID[<%x><%x>]", ends, id, id))
	return f.Bytes()
}

func sealAES(key, b []byte) []byte {
	pad := 16 - len(b)%16
	b = append(bytes.Clone(b), bytes.Repeat([]byte{byte(pad)}, pad)...)
	out := append([]byte("initial vector!!"), b...)
	c, _ := aes.NewCipher(key)
	cipher.NewCBCEncrypter(c, out[:16]).CryptBlocks(out[16:], b)
	return out
}
