package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// The head file has two slots of fixed length, written in turn and each with a
// checksum: if a crash tears one, the other still says where the log was one
// append earlier.
//
//	00000000000000000012 9f86d0…(64) 2c26b4…(16)\n
const slotLen = 20 + 1 + 64 + 1 + 16 + 1

func writeHead(f *os.File, h Head) error {
	body := fmt.Sprintf("%020d %s", h.Seq, h.Hash)
	slot := body + " " + hashOf([]byte(body))[:16] + "\n"
	at := int64(0)
	if first, err := readSlot(f, 0); err == nil {
		if second, err := readSlot(f, slotLen); err != nil || second.Seq < first.Seq {
			at = slotLen
		}
	}
	_, err := f.WriteAt([]byte(slot), at)
	return err
}

// readHead gives the newer of the slots that are whole, or the zero Head if there
// is none: a log that never was appended to.
func readHead(f io.ReaderAt) (Head, error) {
	best := Head{Hash: none}
	for _, at := range []int64{0, slotLen} {
		switch h, err := readSlot(f, at); {
		case errors.Is(err, errSlot):
		case err != nil:
			return Head{}, err
		case h.Seq > best.Seq:
			best = h
		}
	}
	return best, nil
}

var errSlot = errors.New("no whole slot")

func readSlot(f io.ReaderAt, at int64) (Head, error) {
	b := make([]byte, slotLen)
	if _, err := f.ReadAt(b, at); errors.Is(err, io.EOF) {
		return Head{}, errSlot
	} else if err != nil {
		return Head{}, err
	}
	parts := bytes.Fields(b)
	if len(parts) != 3 || hashOf(bytes.Join(parts[:2], []byte(" ")))[:16] != string(parts[2]) {
		return Head{}, errSlot
	}
	n, err := strconv.ParseInt(string(parts[0]), 10, 64)
	if err != nil {
		return Head{}, errSlot
	}
	return Head{Seq: n, Hash: string(parts[1])}, nil
}
