package sandbox

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// protocol is raised with every change of the frames.
const protocol = 5

// A frame is its length without these four bytes, the kind, the job and a
// payload; numbers are little-endian.
type kind byte

const (
	frameHello kind = iota + 1
	frameJob
	frameRead
	frameData
	frameFailed
	frameResult
	frameCancel
	frameRelease
	frameBeat
	frameHeads     // from the worker: it sees the shared memory
	frameSharedJob // a frameJob whose first bytes are there
	framePiece     // of a result: the first ones; the last is a frameResult
)

const (
	frameHead = 4 + 1 + 4
	// maxFrame bounds a payload, and all pieces of a result together. The largest is
	// one with all the findings that one object may have.
	maxFrame = 64 << 20
	// linkBuffer gathers small frames. Large payloads go past it: they would only
	// be copied once more.
	linkBuffer = 16 << 10
	// jobBuffer takes the first bytes of an object and what describes it.
	jobBuffer = MaxHead + 16<<10
)

var errFrame = errors.New("not a frame")

// link is one side of the pipes.
type link struct {
	in *bufio.Reader

	waiting atomic.Int32 // senders that have not written yet
	mu      sync.Mutex
	out     *bufio.Writer
}

func newLink(in io.Reader, out io.Writer) *link {
	return &link{in: bufio.NewReaderSize(in, linkBuffer), out: bufio.NewWriterSize(out, linkBuffer)}
}

// send writes one frame of several pieces. It may be called from many
// goroutines; the last of those that wait flushes for all.
func (l *link) send(k kind, id uint32, payload ...[]byte) error {
	n := 1 + 4
	for _, p := range payload {
		n += len(p)
	}
	var head [frameHead]byte
	binary.LittleEndian.PutUint32(head[:], uint32(n))
	head[4] = byte(k)
	binary.LittleEndian.PutUint32(head[5:], id)
	l.waiting.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.out.Write(head[:])
	for _, p := range payload {
		if err == nil {
			_, err = l.out.Write(p)
		}
	}
	if l.waiting.Add(-1) == 0 && err == nil {
		err = l.out.Flush()
	}
	return err
}

// next reads the head of a frame. The caller then takes its n bytes of payload
// from l.in.
func (l *link) next() (k kind, id uint32, n int, err error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(l.in, head[:]); err != nil {
		return 0, 0, 0, err
	}
	n = int(binary.LittleEndian.Uint32(head[:])) - 5
	if n < 0 || n > maxFrame {
		return 0, 0, 0, errFrame
	}
	return kind(head[4]), binary.LittleEndian.Uint32(head[5:]), n, nil
}

// payload reads n bytes, growing with what comes: the length is a claim.
func (l *link) payload(n int) ([]byte, error) {
	b := make([]byte, 0, min(n, jobBuffer))
	for len(b) < n {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		m, err := io.ReadFull(l.in, b[len(b):min(cap(b), n)])
		b = b[:len(b)+m]
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}
