package pdf

import (
	"github.com/tetratelabs/wazero/experimental"
)

// memories give the engine the memory of its documents. It comes from the system,
// in one piece that need not move to grow and holds nothing where it was not
// touched: from Go's heap each document, however small, would take 19 MiB of it,
// with the collections that go with that, and one that grows several times as much.
type memories struct {
	last *memory // the one that was given out last
}

var _ experimental.MemoryAllocator = (*memories)(nil)

// Allocate implements experimental.MemoryAllocator.
func (a *memories) Allocate(_, most uint64) experimental.LinearMemory {
	m := &memory{}
	if most <= memoryPages<<16 {
		m.all, m.mapped = reserve(int(most))
	}
	a.last = m
	return m
}

// memory is that of one document.
type memory struct {
	all    []byte // up to the most there may ever be; nil where that can't be reserved
	mapped bool   // it is none of Go's
	heap   []byte
}

var _ experimental.LinearMemory = (*memory)(nil)

// Reallocate implements experimental.LinearMemory.
func (m *memory) Reallocate(size uint64) []byte {
	if m.mapped {
		if size > uint64(len(m.all)) {
			return nil
		}
		return m.all[:size]
	}
	if size > memoryPages<<16 {
		return nil
	}
	if size > uint64(cap(m.heap)) {
		grown := make([]byte, size)
		copy(grown, m.heap)
		m.heap = grown
	}
	m.heap = m.heap[:size]
	return m.heap
}

// Free implements experimental.LinearMemory. Nothing is freed yet: the engine calls
// it while the code that is to be interrupted may still run.
func (m *memory) Free() {}

// release gives the memory back. No code runs in it any more, and nothing of it is
// in use.
func (m *memory) release() {
	if m == nil || !m.mapped {
		return
	}
	unreserve(m.all)
	m.all, m.mapped, m.heap = nil, false, nil
}
