package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

// crypt decrypts what the standard security handler encrypted under the empty
// user password (7.6.4): most encrypted documents open without asking. The weak
// ciphers are the format's; nothing is kept secret with them here.
type crypt struct {
	locked        bool // another password is needed, or another handler
	key           []byte
	version       int64
	textBy        method // of strings
	streamBy      method
	clearMetadata bool
}

// method is how something is encrypted.
type method byte

const (
	inClear method = iota
	byRC4
	byAES
)

// padding completes short passwords (algorithm 2); here it is the password.
var padding = []byte("\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a")

// readCrypt sets d.crypt if the document is encrypted.
func (d *document) readCrypt() {
	d.crypt = nil
	if _, has := d.trailer["Encrypt"]; !has {
		return
	}
	e := d.dict(d.trailer["Encrypt"])
	c := &crypt{locked: true}
	clear(d.packed)
	defer func() { d.crypt = c }()
	if e == nil || d.resolve(e["Filter"]) != name("Standard") {
		return
	}
	c.version = number(d.resolve(e["V"]))
	c.clearMetadata = d.resolve(e["EncryptMetadata"]) == false
	switch c.version {
	case 1, 2, 3:
		c.textBy, c.streamBy = byRC4, byRC4
	case 4, 5:
		c.textBy, c.streamBy = d.cryptMethod(e, "StrF"), d.cryptMethod(e, "StmF")
	default:
		return
	}
	if c.version == 5 {
		c.locked = !c.openNew(d, e)
	} else {
		c.locked = !c.openOld(d, e)
	}
}

// cryptMethod is that of the crypt filter which e names for strings or streams.
func (d *document) cryptMethod(e dict, use name) method {
	n, _ := d.resolve(e[use]).(name)
	f := d.dict(d.dict(e["CF"])[n])
	switch d.resolve(f["CFM"]) {
	case name("V2"):
		return byRC4
	case name("AESV2"), name("AESV3"):
		return byAES
	}
	return inClear
}

// openOld makes the key of revisions 2 to 4 (algorithm 2) and checks it
// (algorithms 4 and 5).
func (c *crypt) openOld(d *document, e dict) bool {
	o, _ := d.resolve(e["O"]).(text)
	u, _ := d.resolve(e["U"]).(text)
	revision := number(d.resolve(e["R"]))
	if len(o) < 32 || len(u) < 16 {
		return false
	}
	var id text
	if a := d.array(d.trailer["ID"]); len(a) > 0 {
		id, _ = d.resolve(a[0]).(text)
	}
	n := 5
	if l := number(d.resolve(e["Length"])); revision >= 3 && l >= 40 && l <= 128 {
		n = int(l / 8)
	} else if c.version == 4 {
		n = 16
	}
	h := md5.New()
	h.Write(padding)
	h.Write([]byte(o[:32]))
	h.Write(binary.LittleEndian.AppendUint32(nil, uint32(int32(number(d.resolve(e["P"])))))) // written as signed or not
	h.Write([]byte(id))
	if revision >= 4 && c.clearMetadata {
		h.Write([]byte{0xff, 0xff, 0xff, 0xff})
	}
	key := h.Sum(nil)
	if revision < 3 {
		c.key = key[:n]
		return bytes.Equal(rc4Of(c.key, padding), []byte(u[:min(32, len(u))]))
	}
	for range 50 {
		sum := md5.Sum(key[:n])
		key = sum[:]
	}
	c.key = key[:n]
	sum := md5.Sum(append(bytes.Clone(padding), id...))
	check := sum[:]
	for i := range 20 {
		k := bytes.Clone(c.key)
		for j := range k {
			k[j] ^= byte(i)
		}
		check = rc4Of(k, check)
	}
	return bytes.Equal(check, []byte(u[:16]))
}

// openNew takes the key of revisions 5 and 6 out of UE (algorithms 2.A and 2.B).
func (c *crypt) openNew(d *document, e dict) bool {
	u, _ := d.resolve(e["U"]).(text)
	ue, _ := d.resolve(e["UE"]).(text)
	if len(u) < 48 || len(ue) < 32 {
		return false
	}
	hash := func(salt string) []byte {
		sum := sha256.Sum256([]byte(salt))
		if number(d.resolve(e["R"])) < 6 {
			return sum[:]
		}
		return harden(sum[:])
	}
	if !bytes.Equal(hash(string(u[32:40])), []byte(u[:32])) {
		return false
	}
	b, err := aes.NewCipher(hash(string(u[40:48])))
	if err != nil {
		return false
	}
	c.key = make([]byte, 32)
	cipher.NewCBCDecrypter(b, make([]byte, aes.BlockSize)).CryptBlocks(c.key, []byte(ue[:32]))
	return true
}

// harden is algorithm 2.B for the empty password.
func harden(k []byte) []byte {
	for i := 0; i < 512; i++ {
		in := bytes.Repeat(k, 64)
		b, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(b, k[16:32]).CryptBlocks(in, in)
		mod := 0
		for _, c := range in[:16] {
			mod += int(c)
		}
		switch mod % 3 {
		case 0:
			s := sha256.Sum256(in)
			k = s[:]
		case 1:
			s := sha512.Sum384(in)
			k = s[:]
		case 2:
			s := sha512.Sum512(in)
			k = s[:]
		}
		if i >= 63 && int(in[len(in)-1]) <= i-31 {
			break
		}
	}
	return k[:32]
}

func rc4Of(key, b []byte) []byte {
	out := make([]byte, len(b))
	if c, err := rc4.NewCipher(key); err == nil {
		c.XORKeyStream(out, b)
	}
	return out
}

// streams reports whether s is encrypted.
func (c *crypt) streams(s *stream) bool {
	if c.streamBy == inClear || s.id == (ref{}) || s.dict["Type"] == name("XRef") {
		return false
	}
	if c.clearMetadata && s.dict["Type"] == name("Metadata") {
		return false
	}
	f := s.dict["Filter"]
	if a, ok := f.(array); ok && len(a) > 0 {
		f = a[0]
	}
	return f != name("Crypt") // its one use is to leave metadata in clear
}

func (c *crypt) stream(id ref, b []byte) []byte { return c.open(c.streamBy, id, b) }
func (c *crypt) text(id ref, b []byte) []byte   { return c.open(c.textBy, id, b) }

// open decrypts b, which belongs to the object id (algorithms 1 and 1.A).
func (c *crypt) open(by method, id ref, b []byte) []byte {
	if by == inClear || c.locked {
		return b
	}
	key := c.key
	if c.version < 5 {
		k := append(bytes.Clone(key), byte(id.num), byte(id.num>>8), byte(id.num>>16), byte(id.gen), byte(id.gen>>8))
		if by == byAES {
			k = append(k, "sAlT"...)
		}
		sum := md5.Sum(k)
		key = sum[:min(len(c.key)+5, 16)]
	}
	if by == byRC4 {
		return rc4Of(key, b)
	}
	a, err := aes.NewCipher(key)
	if err != nil || len(b) < 2*aes.BlockSize {
		return nil
	}
	iv, b := b[:aes.BlockSize], b[aes.BlockSize:]
	out := make([]byte, len(b)/aes.BlockSize*aes.BlockSize)
	cipher.NewCBCDecrypter(a, iv).CryptBlocks(out, b[:len(out)])
	if pad := int(out[len(out)-1]); pad >= 1 && pad <= aes.BlockSize {
		out = out[:len(out)-pad]
	}
	return out
}
