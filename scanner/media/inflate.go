package media

import (
	"errors"
	"io"
)

// Budget is what decompression may still cost one object: MaxInflated bytes
// over everything in it, however deep. The zero value is a whole budget. One
// goroutine at a time uses it, as with the Visitor that carries it.
type Budget struct {
	inflated int64 // bytes that came out of decompressors so far
}

// Budgeter is an optional ability of a Visitor: the one budget that all walks of
// an object share. A walk asks for it with BudgetOf.
type Budgeter interface {
	Budget() *Budget
}

// BudgetOf is the budget that v carries, or a whole one for this walk alone
// where v carries none. A walk asks once and keeps the answer.
func BudgetOf(v Visitor) *Budget {
	if c, ok := v.(Budgeter); ok {
		if b := c.Budget(); b != nil {
			return b
		}
	}
	return new(Budget)
}

// Inflated is how many bytes came out of decompressors so far.
func (b *Budget) Inflated() int64 { return b.inflated }

// Inflater reads what a decompressor yields and stops it before it costs too
// much: with the Problem limit.bytes once the object has had MaxInflated bytes,
// limit.ratio once this stream gave more than RatioFloor bytes and more than
// MaxRatio for each packed byte taken. Other errors are the decompressor's.
type Inflater struct {
	b      *Budget
	packed packedReader
	r      io.Reader
	out    int64
	err    error
}

// NewInflater starts a decompressor on packed. open makes it (or resets one
// that is kept) on the reader that it is given, through which packed bytes are
// counted; its error comes back unchanged.
//
//	r, err := media.NewInflater(b, packed, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
func NewInflater(b *Budget, packed io.Reader, open func(io.Reader) (io.Reader, error)) (*Inflater, error) {
	f := &Inflater{b: b, packed: packedReader{r: packed}}
	r, err := open(&f.packed)
	if err != nil {
		return nil, err
	}
	f.r = r
	return f, nil
}

// Read implements io.Reader. Every error is final.
func (f *Inflater) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	// One byte more than the budget holds tells a stream that ends just there
	// from one that goes on.
	if left := MaxInflated - f.b.inflated + 1; int64(len(p)) > left {
		p = p[:max(left, 0)]
	}
	n, err := f.r.Read(p)
	f.out += int64(n)
	f.b.inflated += int64(n)
	switch {
	case f.b.inflated > MaxInflated:
		f.b.inflated = MaxInflated
		n, err = max(n-1, 0), Stop("", LimitBytes)
	case f.out > RatioFloor && f.out/MaxRatio > f.packed.n:
		err = Stop("", LimitRatio)
	}
	f.err = err
	return n, err
}

// packedReader counts what a decompressor takes. Decompressors read ahead by a
// few kilobytes, which only makes the ratio milder.
type packedReader struct {
	r io.Reader
	n int64
}

func (p *packedReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.n += int64(n)
	return n, err
}

// ReadBlock reads r to its end into memory, at most MaxBlock bytes, growing by
// what comes. What was read before an error is given with it; a block that goes
// on past MaxBlock gives the Problem limit.bytes.
func ReadBlock(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxBlock+1))
	if err == nil && len(b) > MaxBlock {
		b, err = b[:MaxBlock], Stop("", LimitBytes)
	}
	return b, err
}

// ReasonOf is the Reason of an error that came from reading or unpacking
// bytes of the object: that of a Problem in its chain, Truncated where the bytes
// ended too early, otherwise Corrupt. Only for errors that can't be the source's:
// those of a decompressor over memory, or of a reader over bytes at hand.
func ReasonOf(err error) Reason {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Reason
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Truncated
	}
	return Corrupt
}
