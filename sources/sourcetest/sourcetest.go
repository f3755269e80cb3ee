// Package sourcetest is the suite that every sources.Source passes. A source's
// own tests say how a filled source is made (Harness) and call Run, and
// RunEditor if the source implements sources.Editor.
//
//	func TestContract(t *testing.T) {
//		sourcetest.Run(t, sourcetest.Harness{
//			New: func(t *testing.T, objects map[string]string) *sourcetest.Store {
//				dir := t.TempDir()
//				... write each object below dir ...
//				return &sourcetest.Store{Source: src, Put: put, Delete: remove}
//			},
//		})
//	}
//
// The suite never takes a time as a criterion; it waits for goroutines to end,
// and gives up after some seconds.
package sourcetest

import (
	"testing"

	"habeas/sources"
)

// Harness says how sources of one implementation are made and what they can
// hold. Only New must be set.
type Harness struct {
	// New makes a fresh store that holds exactly objects (key to content) and a
	// source over all of it. It fails t if it can't. What it starts, it ends by
	// t.Cleanup.
	New func(t *testing.T, objects map[string]string) *Store

	// Holds reports whether the store can hold key at all; nil means every key.
	// The suite leaves out what it can't. A folder can't hold "a//b", "/a", "./a",
	// "../a" or "a/"; some servers refuse control characters.
	Holds func(key string) bool

	// FileAndFolder says that "a" and "a/b" may both exist, as in S3.
	FileAndFolder bool

	// Snapshot says that an open Content stays readable as it was after its object
	// changed or went: versioned buckets. Otherwise such a read must fail.
	Snapshot bool

	// Big is a size in bytes that the source surely does not read ahead in one
	// go: content of that size is changed between a read at its start and one at
	// its end. 0 means 8 MiB.
	Big int

	// Many is the number of keys of the long listing, more than two pages. 0 means
	// 3,000.
	Many int
}

// Store is one filled store. Its functions act as a foreign writer would, behind
// the back of Source, and fail t if they can't.
type Store struct {
	Source sources.Source

	// Put writes content under key in place of what is there, so that the object
	// gets another ETag than any it had, even if content is of the same length.
	Put func(t *testing.T, key, content string)

	// Delete removes key, with every version of it unless Harness.Snapshot.
	Delete func(t *testing.T, key string)

	// Hide removes key as somebody does who names no version, so that a delete
	// marker stands before its versions. Only RunVersioned calls it.
	Hide func(t *testing.T, key string)

	// Begin begins an upload of key in parts, which nobody finishes. Only
	// RunVersioned calls it, and not if it is nil.
	Begin func(t *testing.T, key string)
}

// applyDefaults fills what was left zero.
func (h Harness) applyDefaults() Harness {
	if h.Holds == nil {
		h.Holds = func(string) bool { return true }
	}
	if h.Big == 0 {
		h.Big = 8 << 20
	}
	if h.Many == 0 {
		h.Many = 3000
	}
	return h
}

// Run checks everything that the contract of sources.Source and sources.Content
// promises, and of sources.Refresher if the source is one.
func Run(t *testing.T, h Harness) {
	h = h.applyDefaults()
	runAll(t, []check{
		{"empty", h.testEmpty},
		{"order", h.testOrder},
		{"odd keys", h.testOddKeys},
		{"fields", h.testFields},
		{"resume", h.testResume},
		{"many", h.testMany},
		{"break", h.testBreak},
		{"cancel", h.testCancel},
		{"listings at once", h.testListingsAtOnce},
		{"read at", h.testReadAt},
		{"zero bytes", h.testZeroBytes},
		{"concurrent reads", h.testConcurrentReads},
		{"read cancelled", h.testReadCancelled},
		{"read after close", h.testReadAfterClose},
		{"vanished before open", h.testVanished},
		{"changed before open", h.testChangedBeforeOpen},
		{"changed between reads", h.testChangedBetweenReads},
		{"vanished between reads", h.testVanishedBetweenReads},
		{"etag", h.testETag},
		{"refresh", h.testRefresh},
	})
}

// RunEditor checks what the contract of sources.Editor promises; the source of
// Store must implement it.
func RunEditor(t *testing.T, h Harness) {
	h = h.applyDefaults()
	runAll(t, []check{
		{"remove", h.testRemove},
		{"remove changed", h.testRemoveChanged},
		{"remove vanished", h.testRemoveVanished},
		{"replace", h.testReplace},
		{"replace changed", h.testReplaceChanged},
		{"replace vanished", h.testReplaceVanished},
		{"replace with a wrong size", h.testReplaceWrongSize},
		{"edit cancelled", h.testEditCancelled},
	})
}

// RunVersioned checks what the contracts of sources.Versioned, sources.Uploader and
// sources.Placed promise. New must make a store that keeps versions.
func RunVersioned(t *testing.T, h Harness) {
	h = h.applyDefaults()
	runAll(t, []check{
		{"versions", h.testVersions},
		{"versions of odd keys", h.testVersionsOfOddKeys},
		{"remove a version", h.testRemoveVersion},
		{"remove all, oldest first", h.testRemoveOldestFirst},
		{"remove a version that is gone", h.testRemoveVersionGone},
		{"remove another version", h.testRemoveVersionChanged},
		{"uploads", h.testUploads},
		{"place", h.testPlace},
	})
}

type check struct {
	name string
	run  func(*testing.T)
}

func runAll(t *testing.T, checks []check) {
	for _, c := range checks {
		t.Run(c.name, c.run)
	}
}
