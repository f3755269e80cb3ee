package textscan

import "math/bits"

// Row is a stretch of text that one number may fill, or several: it begins and ends
// with a digit, and between stand only digits and the marks of Masks.Number. It is
// as long as it can be.
type Row struct {
	Start, End int    // in the text
	Digits     int    // how many of its bytes are digits, RowDigits or more
	Bits       uint64 // which of the first Block bytes are digits: bit k stands for text[Start+k]
}

// RowDigits is how many digits a row has at least: with fewer it is neither a
// telephone number nor a card.
const RowDigits = 6

// maxRows is how many rows stay in memory from one text to the next.
const maxRows = 1 << 15

// Rows are the rows of the text in order. They are looked for once, when somebody
// asks, and stay as they are until Reset.
func (ix *Index) Rows() []Row {
	if !ix.hasRows {
		if cap(ix.rows) > maxRows {
			ix.rows = nil
		}
		ix.rows, ix.hasRows = ix.findRows(ix.rows[:0]), true
	}
	return ix.rows
}

func (ix *Index) findRows(rows []Row) []Row {
	done := 0 // behind the last row
	for w := 1; w <= ix.n; w++ {
		d := ix.Digit[w]
		if d == 0 {
			continue
		}
		// The first digits of runs from which six marks stand in a row.
		y, z, next := ix.Number[w], ix.Number[w+1], ix.Digit[w+1]
		y2, z2 := y&(y>>1|z<<63), z&(z>>1)
		y4 := y2 & (y2>>2 | z2<<62)
		m := d &^ (d<<1 | ix.Digit[w-1]>>63) & y4 & (y2>>4 | z2<<60)
		for base := (w - 1) * Block; m != 0; m &= m - 1 {
			k := bits.TrailingZeros64(m)
			if base+k < done {
				continue
			}
			size := bits.TrailingZeros64(^(y>>k | z<<1<<(63-k)))
			if size == Block {
				row := ix.longRow(base + k)
				if done = row.End; row.Digits >= RowDigits {
					rows = append(rows, row)
				}
				continue
			}
			done = base + k + size
			in := (d>>k | next<<1<<(63-k)) & (1<<size - 1)
			if n := bits.OnesCount64(in); n >= RowDigits {
				rows = append(rows, Row{base + k, base + k + bits.Len64(in), n, in})
			}
		}
	}
	return rows
}

// longRow is the row that begins at i and may be of any length, and have any number
// of digits.
func (ix *Index) longRow(i int) Row {
	row := Row{Start: i, Bits: ix.Window(ix.Digit, i)}
	for ; ; i += Block {
		number := ix.Window(ix.Number, i)
		size := bits.TrailingZeros64(^number)
		in := ix.Window(ix.Digit, i)
		if size < Block {
			in &= 1<<size - 1
		}
		if in != 0 {
			row.Digits, row.End = row.Digits+bits.OnesCount64(in), i+bits.Len64(in)
		}
		if size < Block {
			return row
		}
	}
}

// Window is what a mask of ix says of text[i:i+Block]: bit k stands for text[i+k]. i
// may be from -Block up; what is beyond the text is 0.
func (ix *Index) Window(mask []uint64, i int) uint64 {
	w, k := uint(i+Block)/Block, uint(i)%Block
	if w+1 >= uint(len(mask)) {
		return 0
	}
	return mask[w]>>k | mask[w+1]<<1<<(63-k)
}
