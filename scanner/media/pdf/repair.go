package pdf

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
)

// repaired is what must stand behind a file so that PDFium finds its objects: a
// cross-reference stream of all that rebuild found (7.5.8), and a catalog over
// the pages that are left where the file lost its own. It is never written
// anywhere.
func (d *document) repaired(pages []uint32) []byte {
	var out bytes.Buffer
	out.WriteString("\n")
	nums := slices.Sorted(maps.Keys(d.xref))
	next := uint32(1)
	if len(nums) > 0 {
		next = nums[len(nums)-1] + 1
	}
	added := map[uint32]int64{}
	begin := func() uint32 {
		num := next
		next++
		added[num] = d.size - d.base + int64(out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n", num)
		return num
	}
	root, ok := d.trailer["Root"].(ref)
	if !ok || d.dict(d.dict(root)["Pages"]) == nil {
		tree := begin()
		fmt.Fprintf(&out, "<</Type/Pages/Count %d/Kids[", len(pages))
		for _, p := range pages {
			fmt.Fprintf(&out, "%d 0 R ", p)
		}
		out.WriteString("]>>\nendobj\n")
		root = ref{num: begin()}
		fmt.Fprintf(&out, "<</Type/Catalog/Pages %d 0 R>>\nendobj\n", tree)
	}
	start := d.size - d.base + int64(out.Len())
	self := begin()
	where := func(num uint32) entry {
		if off, ok := added[num]; ok {
			return entry{off: off}
		}
		return d.xref[num]
	}
	nums = append(nums, slices.Sorted(maps.Keys(added))...)
	fmt.Fprintf(&out, "<</Type/XRef/Size %d/W[1 5 3]/Root %d %d R", self+1, root.num, root.gen)
	if e, ok := d.trailer["Encrypt"].(ref); ok {
		fmt.Fprintf(&out, "/Encrypt %d %d R", e.num, e.gen)
	}
	if id := d.array(d.trailer["ID"]); len(id) > 0 {
		first, _ := d.resolve(id[0]).(text)
		x := hex.EncodeToString([]byte(first[:min(len(first), 64)]))
		fmt.Fprintf(&out, "/ID[<%s><%s>]", x, x)
	}
	out.WriteString("/Index[")
	rows := make([]byte, 0, 9*len(nums))
	for i := 0; i < len(nums); {
		n := 1
		for i+n < len(nums) && nums[i+n] == nums[i]+uint32(n) {
			n++
		}
		fmt.Fprintf(&out, "%d %d ", nums[i], n)
		for _, num := range nums[i : i+n] {
			rows = appendRow(rows, where(num))
		}
		i += n
	}
	fmt.Fprintf(&out, "]/Length %d>>\nstream\n", len(rows))
	out.Write(rows)
	fmt.Fprintf(&out, "\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", start)
	return out.Bytes()
}

// appendRow codes an entry in fields of 1, 5 and 3 bytes.
func appendRow(b []byte, e entry) []byte {
	kind, gen := byte(1), e.gen
	if e.packed {
		kind = 2
	}
	var wide [8]byte
	binary.BigEndian.PutUint64(wide[:], uint64(e.off))
	b = append(append(b, kind), wide[3:]...)
	return append(b, byte(gen>>16), byte(gen>>8), byte(gen))
}

// patched is a file with something behind it.
type patched struct {
	src  io.ReaderAt
	size int64
	tail []byte
}

// ReadAt implements io.ReaderAt.
func (p *patched) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	if off < p.size {
		m := min(int64(len(b)), p.size-off)
		var err error
		if n, err = p.src.ReadAt(b[:m], off); int64(n) < m {
			return n, err
		}
	}
	if n < len(b) {
		at := off + int64(n) - p.size
		if at >= int64(len(p.tail)) {
			return n, io.EOF
		}
		n += copy(b[n:], p.tail[at:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
