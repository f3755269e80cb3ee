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
	// DefaultAddresses is what the process may map, bytes. Go reserves addresses
	// without using them, hence four times the memory.
	DefaultAddresses = 4 << 30
	// maxStack is far more than the deepest honest recursion. Go's own limit, 1 GiB,
	// takes seconds to reach.
	maxStack = 64 << 20
)

// Options of a worker; zero values will do.
type Options struct {
	// Addresses is what the process may map, bytes; 0 is DefaultAddresses.
	Addresses uint64
	// Turns is how many jobs run at the same time, the others wait for reads or for
	// their turn; Large is how many of all may take much memory (media.Hold). 0
	// takes what suits a worker that reads metadata.
	Turns, Large int

	heads []byte // memory that is shared with the pool; nil for none
}

// Main is the whole life of a worker process: it confines the process, then
// examines what comes from in until that ends, and answers on out. Its caller
// does nothing else, before or after, than load what the examiner's formats could
// not open later, and writes nothing to out. The file in is Main's from then on.
//
// On Linux the process can afterwards open no file and no socket, get no more
// addresses than o says, gain no privilege, and be read by no other process; it
// ends with its parent. On other Unixes it has the limits of files and memory
// that they offer, elsewhere none.
func Main(e *scanner.Examiner, in, out *os.File, o Options) error {
	bound()
	hideHeads()
	o.heads = openHeads()
	in, out = pollable(in), pollable(out)
	if o.Addresses == 0 {
		o.Addresses = DefaultAddresses
	}
	if err := confine(o.Addresses); err != nil {
		return err
	}
	return serve(e, in, out, o)
}

// bound sets what the runtime of a worker may take.
func bound() {
	// A worker holds little and makes much garbage: collecting at five times what
	// is alive instead of twice saves a tenth of its time.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(softMemory)
	debug.SetMaxStack(maxStack)
}
