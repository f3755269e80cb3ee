package media

import "habeas/detectors"

// Scratch is memory that one walk after the other uses for text and the cells of it:
// making it anew for each object, the system would clear it each time, which costs
// more than reading what comes in.
type Scratch struct {
	Text  []byte
	Cells []detectors.Cell
}

// Lender is an optional ability of a Visitor: it lends Scratch to walks. See Borrow.
type Lender interface {
	// Lend gives a Scratch that nobody else uses until it is taken back.
	Lend() *Scratch
	TakeBack(s *Scratch)
}

// Borrow gives a Scratch for this walk alone, whose slices are empty or hold what
// another walk has left there. The walk calls back once it is done with it, and uses
// nothing in it afterwards.
func Borrow(v Visitor) (s *Scratch, back func()) {
	l, ok := v.(Lender)
	if !ok {
		return new(Scratch), func() {}
	}
	s = l.Lend()
	return s, func() { l.TakeBack(s) }
}
