//go:build !unix

package pdf

// reserve gives nothing: the memory of documents comes from Go's heap here.
func reserve(int) ([]byte, bool) { return nil, false }

func unreserve([]byte) {}
