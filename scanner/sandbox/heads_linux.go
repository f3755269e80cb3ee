package sandbox

import (
	"os"

	"golang.org/x/sys/unix"
)

// headsFile is the descriptor of the shared memory in a worker: the first one
// behind its standard streams.
const headsFile = 3

// newHeads makes the memory and the file that a worker gets it by; nil where the
// system refuses.
func newHeads() (*heads, *os.File) {
	fd, err := unix.MemfdCreate("heads", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, nil
	}
	f := os.NewFile(uintptr(fd), "heads")
	if err := f.Truncate(headsSize); err != nil {
		f.Close()
		return nil, nil
	}
	// A worker that could make it shorter would end the pool with it.
	if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL); err != nil {
		f.Close()
		return nil, nil
	}
	memory, err := unix.Mmap(fd, 0, headsSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		f.Close()
		return nil, nil
	}
	h := &heads{memory: memory, unmap: unix.Munmap}
	for slot := range uint32(headSlots) {
		h.free = append(h.free, headSlots-1-slot)
	}
	return h, f
}

// openHeads is the worker's view of the memory, which it only reads; nil if it has
// none.
func openHeads() []byte {
	if !hasHeads() {
		return nil
	}
	memory, err := unix.Mmap(headsFile, 0, headsSize, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil
	}
	_ = unix.Close(headsFile)
	return memory
}

// hideHeads keeps the memory from programs that a worker starts.
func hideHeads() {
	if hasHeads() {
		unix.CloseOnExec(headsFile)
	}
}

// hasHeads reports whether the descriptor is that of such memory.
func hasHeads() bool {
	seals, err := unix.FcntlInt(headsFile, unix.F_GET_SEALS, 0)
	if err != nil || seals&unix.F_SEAL_SHRINK == 0 {
		return false
	}
	var st unix.Stat_t
	return unix.Fstat(headsFile, &st) == nil && st.Size == headsSize
}
