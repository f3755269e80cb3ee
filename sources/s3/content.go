package s3

import (
	"context"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"habeas/sources"
)

// Reads are made into few requests, since a request costs 20 to 100 ms and the
// price of 64 KiB of transfer or more. Each one brings a block of at least
// blockMin; a block that follows the last one (up to a gap of gapMax, which is
// read through) is twice as long, up to blockMax; near the end of an object the
// block is its last blockMin bytes, which is what formats with a trailer read
// backwards. Blocks are kept, least recently used go first.
const (
	blockMin  = 64 << 10
	blockMax  = 2 << 20
	gapMax    = 64 << 10
	cacheMax  = 8 << 20 // per content
	cacheFull = 1       // blocks that a content keeps when all contents together are over the limit
)

type block struct {
	off int64
	b   []byte
}

func (b *block) end() int64 { return b.off + int64(len(b.b)) }

// content is one version of one object.
type content struct {
	s      *Source
	ctx    context.Context // of Open, in the struct because io.ReaderAt has no place for it
	cancel context.CancelFunc

	// What open found; never changed after.
	obj      sources.Object
	etag     string
	modified time.Time
	size     int64

	mu     sync.Mutex // guards what follows, while a block is fetched too
	blocks []block    // least recently used first
	bytes  int64
	next   int64 // end of the block fetched last
	ahead  int64 // length of that block
	closed bool
}

var _ sources.Content = (*content)(nil)

func (s *Source) content(ctx context.Context, o sources.Object) *content {
	ctx, cancel := context.WithCancel(ctx)
	return &content{s: s, ctx: ctx, cancel: cancel, obj: o, ahead: blockMin}
}

func (c *content) Size() int64            { return c.size }
func (c *content) Object() sources.Object { return c.obj }

// Close ends reads that are under way.
func (c *content) Close() error {
	c.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.blocks = nil
	c.s.cached.Add(-c.bytes)
	c.bytes = 0
	return nil
}

// ReadAt reads from the blocks it has and fetches those it needs.
func (c *content) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fs.ErrInvalid
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for n < len(p) {
		if c.closed {
			return n, fs.ErrClosed
		}
		if err := c.ctx.Err(); err != nil {
			return n, err
		}
		at := off + int64(n)
		if at >= c.size {
			return n, io.EOF
		}
		b := c.find(at)
		if b == nil {
			var err error
			if b, err = c.fetch(at, min(int64(len(p)-n), c.size-at)); err != nil {
				return n, err
			}
		}
		n += copy(p[n:], b.b[at-b.off:])
	}
	return n, nil
}

// find gives the block that holds off, and marks it as used.
func (c *content) find(off int64) *block {
	for i := len(c.blocks) - 1; i >= 0; i-- {
		b := c.blocks[i]
		if b.off <= off && off < b.end() {
			c.blocks = append(slices.Delete(c.blocks, i, i+1), b)
			return &c.blocks[len(c.blocks)-1]
		}
	}
	return nil
}

// fetch brings a block with off in it and, if it is not too long, want bytes
// from there.
func (c *content) fetch(off, want int64) (*block, error) {
	start, n := c.plan(off, want)
	b := make([]byte, n)
	if err := c.fill(b, start); err != nil {
		return nil, err
	}
	c.add(block{off: start, b: b})
	c.next, c.ahead = start+n, n
	return &c.blocks[len(c.blocks)-1], nil
}

// plan says where the block starts and how long it is: at most blockMax, which
// also bounds what is allocated on the store's word for the size.
func (c *content) plan(off, want int64) (start, n int64) {
	start, n = off, blockMin
	switch gap := off - c.next; {
	case gap >= 0 && gap < gapMax:
		start, n = c.next, min(2*c.ahead, blockMax)
	case off > c.size-blockMin:
		start = max(0, c.size-blockMin)
	}
	n = min(max(n, off+want-start), blockMax, c.size-start)
	// What is there already is not fetched twice.
	for i := range c.blocks {
		b := &c.blocks[i]
		if b.off > off && b.off < start+n {
			n = b.off - start
		}
		if b.end() > start && b.end() <= off {
			n -= b.end() - start
			start = b.end()
		}
	}
	return start, n
}

// add keeps a block as the one used last, and drops others to make room.
func (c *content) add(b block) {
	n := int64(len(b.b))
	if n == 0 {
		return
	}
	c.blocks = append(c.blocks, b)
	c.bytes += n
	total := c.s.cached.Add(n)
	for len(c.blocks) > cacheFull && (c.bytes > cacheMax || total > c.s.opts.CacheBytes) {
		drop := int64(len(c.blocks[0].b))
		c.blocks = slices.Delete(c.blocks, 0, 1)
		c.bytes -= drop
		total = c.s.cached.Add(-drop)
	}
}
