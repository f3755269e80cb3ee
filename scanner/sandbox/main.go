package sandbox

import (
	"os"
	"runtime/debug"

	"habeas/scanner"
)

// Memory limits of a worker.
const (
	// softMemory makes the collector work harder instead of growing.
	softMemory = 1 << 30
	// maxAddresses is what the process may map. Go reserves addresses without
	// using them, hence four times the memory.
	maxAddresses = 4 << 30
	// maxStack is far more than the deepest honest recursion. Go's own limit, 1 GiB,
	// takes seconds to reach.
	maxStack = 64 << 20
)

// Main is the whole life of a worker process: it confines the process, then
// examines what comes from in until that ends, and answers on out. Its caller
// does nothing else, before or after, than load what the examiner's formats could
// not open later, and writes nothing to out. The file in is Main's from then on.
//
// On Linux the process can afterwards open no file and no socket, get no more
// than 4 GiB of addresses, gain no privilege, and be read by no other process; it
// ends with its parent. On other Unixes it has the limits of files and memory
// that they offer, elsewhere none.
func Main(e *scanner.Examiner, in, out *os.File) error {
	// A worker holds little and makes much garbage: collecting at five times what
	// is alive instead of twice saves a tenth of its time.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(softMemory)
	debug.SetMaxStack(maxStack)
	in, out = pollable(in), pollable(out)
	if err := confine(); err != nil {
		return err
	}
	return serve(e, in, out)
}
