package sandbox

import (
	"encoding/binary"
	"sync"
)

const (
	// headSlots is how many first bytes of objects one worker can have in shared
	// memory at a time. Those of more go through the pipe.
	headSlots = 32
	headsSize = headSlots * MaxHead
)

// heads is memory that the pool writes and one worker reads: the first bytes of
// objects. Through the pipe they would be copied twice, and the pool would wait
// for the worker to take them. The pool never reads it, so that nothing in it has
// to be believed. The methods of a nil one give nothing.
type heads struct {
	memory []byte
	unmap  func([]byte) error

	mu     sync.Mutex
	free   []uint32 // slots; the last one is used next, as it is warm
	ready  bool     // the worker sees the memory, too
	closed bool
}

// head is a slot that a job has; the zero one is none.
type head struct {
	slot uint32
	b    []byte
}

// take gives a slot, none if all are taken or the worker does not see them.
func (h *heads) take() head {
	if h == nil {
		return head{}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.ready || h.closed || len(h.free) == 0 {
		return head{}
	}
	slot := h.free[len(h.free)-1]
	h.free = h.free[:len(h.free)-1]
	return head{slot, h.memory[slot*MaxHead : (slot+1)*MaxHead : (slot+1)*MaxHead]}
}

// give takes a slot back that no worker looks at any more.
func (h *heads) give(s head) {
	if h == nil || s.b == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.free = append(h.free, s.slot)
	h.release()
}

// use says that the worker sees the memory.
func (h *heads) use() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ready = true
}

// close gives the memory back once nobody reads into it.
func (h *heads) close() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	h.release()
}

func (h *heads) release() {
	if h.closed && len(h.free) == headSlots && h.memory != nil {
		_ = h.unmap(h.memory)
		h.memory = nil
	}
}

// where codes the slot and how many bytes are in it.
func (s head) where(n int) []byte {
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, 8), s.slot)
	return binary.LittleEndian.AppendUint32(b, uint32(n))
}

// headIn is what where tells, in the worker's view of the memory.
func headIn(memory, where []byte) ([]byte, bool) {
	if len(where) != 8 {
		return nil, false
	}
	start, n := uint64(binary.LittleEndian.Uint32(where))*MaxHead, uint64(binary.LittleEndian.Uint32(where[4:]))
	if n > MaxHead || start+n > uint64(len(memory)) {
		return nil, false
	}
	return memory[start : start+n : start+n], true
}
