package sandbox

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// More objects than there are slots are read at the same time, and none sees the
// first bytes of another.
func TestHeadsAreNotMixedUp(t *testing.T) {
	p := newPool(t, func(c *Config) { c.Workers = 1 })
	run(t, p, "first", "fake x\n") // the worker is up after it
	var g errgroup.Group
	for i := range 3 * headSlots {
		g.Go(func() error {
			for round := range 5 {
				want := fmt.Sprintf("%d.%d@example.org", i, round)
				j, c := job("k", "fake x\n"+want+strings.Repeat(" .", i*100))
				res, err := p.Run(t.Context(), j, c)
				if err != nil {
					return err
				}
				found := false
				for _, f := range res.Findings {
					if f.Part != "fake" && f.Part != "text" {
						continue // of the key, the user metadata and the tags
					}
					if found = true; f.Value != want {
						return fmt.Errorf("%s in the object of %s", f.Value, want)
					}
				}
				if !found {
					return fmt.Errorf("nothing in the object of %s", want)
				}
				res.Release()
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	h := p.slots[0].proc.heads
	if h == nil {
		if runtime.GOOS == "linux" {
			t.Error("no memory is shared")
		}
		return
	}
	if !h.ready || len(h.free) != headSlots {
		t.Errorf("ready %v, %d free", h.ready, len(h.free))
	}
}

func TestHeadsAreGivenBackOnce(t *testing.T) {
	unmapped := 0
	h := &heads{memory: make([]byte, headsSize), unmap: func([]byte) error { unmapped++; return nil }}
	for slot := range uint32(headSlots) {
		h.free = append(h.free, slot)
	}
	if s := h.take(); s.b != nil {
		t.Error("a slot before the worker sees the memory")
	}
	h.use()
	seen := map[uint32]bool{}
	var taken []head
	for range headSlots {
		s := h.take()
		if s.b == nil || seen[s.slot] || len(s.b) != MaxHead || cap(s.b) != MaxHead {
			t.Fatalf("slot %d of %d bytes", s.slot, len(s.b))
		}
		seen[s.slot] = true
		taken = append(taken, s)
	}
	if s := h.take(); s.b != nil {
		t.Error("one slot too many")
	}
	h.close()
	for i, s := range taken {
		if unmapped != 0 {
			t.Fatalf("memory was given back while %d slots were taken", headSlots-i)
		}
		h.give(s)
	}
	if h.give(head{}); unmapped != 1 || h.take().b != nil {
		t.Errorf("given back %d times", unmapped)
	}
}

func TestHeadIn(t *testing.T) {
	memory := make([]byte, headsSize)
	copy(memory[3*MaxHead:], "first bytes")
	if b, ok := headIn(memory, head{slot: 3}.where(5)); !ok || !bytes.Equal(b, []byte("first")) || cap(b) != 5 {
		t.Errorf("%q, %v", b, ok)
	}
	where := func(slot, n uint32) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, slot), n)
	}
	for _, w := range [][]byte{nil, make([]byte, 9), where(headSlots, 1), where(0, MaxHead+1), where(1<<32-1, 1), where(0, 1<<32-1)} {
		if _, ok := headIn(memory, w); ok {
			t.Errorf("%x was taken", w)
		}
	}
	if _, ok := headIn(nil, where(0, 1)); ok {
		t.Error("bytes without memory")
	}
}
