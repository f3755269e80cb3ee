package erasure

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"habeas/reports/filelock"
	"habeas/reports/keptfile"
)

// Tombstone remembers that something was erased, so that a scan can tell when it
// comes back, from a backup or a replica. It holds keyed fingerprints only.
type Tombstone struct {
	KeyID   string    `json:"key_id"`            // of the key that made the fingerprints
	Object  string    `json:"object"`            // of source and key
	Content string    `json:"content,omitempty"` // of ETag and size, where the ETag is of the content
	At      time.Time `json:"at"`
	Case    string    `json:"case,omitempty"`
}

// ContentID is what the content of an object is fingerprinted by; "" where its ETag
// says nothing of the content.
func ContentID(etag string, size int64) string {
	if !wholeMD5(etag) || size == 0 {
		return "" // every empty object is alike
	}
	return etag + " " + strconv.FormatInt(size, 10)
}

// Tombstones gives those of what r erased, one for each key and content. object
// and content make fingerprints.
func (r *Receipt) Tombstones(keyID string, object func(source, key string) string, content func(string) string) []Tombstone {
	var out []Tombstone
	seen := map[Tombstone]bool{}
	for i := range r.Items {
		it := &r.Items[i]
		if it.State != Erased || it.What != WhatVersion {
			continue
		}
		t := Tombstone{KeyID: keyID, Object: object(it.Source, string(it.Key)), At: r.Finished.UTC().Truncate(time.Second), Case: r.Case}
		if id := ContentID(it.ETag, it.Size); id != "" {
			t.Content = content(id)
		}
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

const (
	maxTombstones    = 1 << 30 // bytes
	maxTombstoneLine = 4096
)

// AddTombstones adds those that path does not hold yet. path is JSON Lines, 0600.
func AddTombstones(path string, add []Tombstone) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	lock, err := filelock.Wait(path + ".lock")
	if err != nil {
		return err
	}
	defer lock.Release()
	have, err := ReadTombstones(path)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	for i, t := range append(have, add...) {
		id := t.KeyID + " " + t.Object + " " + t.Content
		if i >= len(have) && seen[id] {
			continue
		}
		seen[id] = true
		if err := enc.Encode(t); err != nil {
			return err
		}
	}
	return keptfile.WriteBytes(path, buf.Bytes(), nil)
}

// ReadTombstones reads path; none if there is no file.
func ReadTombstones(path string) ([]Tombstone, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []Tombstone
	in := bufio.NewScanner(io.LimitReader(f, maxTombstones))
	in.Buffer(make([]byte, maxTombstoneLine), maxTombstoneLine)
	for in.Scan() {
		var t Tombstone
		if err := keptfile.Decode(in.Bytes(), &t); err != nil {
			return nil, fmt.Errorf("line %d of the list of what was erased is damaged", len(out)+1)
		}
		out = append(out, t)
	}
	return out, in.Err()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
