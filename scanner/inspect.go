package scanner

// Unread is the Result of an object that could not be opened: err, of the listing
// or of Open, says why.
func Unread(err error) Result {
	var r Result
	r.addReason(codeOf(err))
	return r
}

// FailedRead adds to r, which a Runner returned with err, that reading the
// content failed.
func (r *Result) FailedRead(err error) { r.addReason(codeOf(err)) }

// Range is where f stands in the object, in bytes, end exclusive. ok is false if
// it was found in a tag or in text that was decoded from something else, and does
// not stand in the object as it is.
func (f *Found) Range() (start, end int64, ok bool) {
	if f.At > 0 {
		start = f.At - 1
		if f.Tag != "" {
			return start, start + int64(len(f.Value)), true
		}
		return start, start + int64(f.End-f.Start), true
	}
	if f.Tag != "" || f.Off < 0 || f.End <= f.Start {
		return 0, 0, false
	}
	return f.Off + int64(f.Start), f.Off + int64(f.End), true
}
