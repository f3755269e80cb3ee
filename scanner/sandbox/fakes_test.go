package sandbox

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"habeas/detectors"
	"habeas/scanner"
	"habeas/scanner/media"
)

// workerArg makes the test binary a worker.
const workerArg = "run-as-worker"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerArg {
		if Main(testExaminer(), os.Stdin, os.Stdout, Options{}) != nil {
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == servantArg {
		if Serve(serveTest, os.Stdin, os.Stdout) != nil {
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == aboutArg {
		if ServeAbout(serveAboutTest, os.Stdin, os.Stdout, 0) != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func testExaminer() *scanner.Examiner {
	e := &scanner.Examiner{
		Formats:   []media.Format{fake{}},
		Detectors: []detectors.Detector{signs{}},
		Sniff:     func([]byte) string { return "application/x-fake" },
	}
	if os.Getenv("SHORT_TIME") != "" {
		e.Limits.Time = shortTime
	}
	return e
}

const shortTime = 1500 * time.Millisecond

// fake is a format whose content says what becomes of who walks it: "fake",
// a line that is a command, and text.
type fake struct{}

func (fake) Name() string           { return "fake" }
func (fake) Match(head []byte) bool { return bytes.HasPrefix(head, []byte("fake ")) }

func (fake) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	b, err := media.ReadUpTo(r, 0, size, size)
	if err != nil {
		return err
	}
	line, text, _ := strings.Cut(string(b), "\n")
	switch strings.TrimPrefix(line, "fake ") {
	case "die":
		if p, err := os.FindProcess(os.Getpid()); err == nil {
			_ = p.Kill()
		}
		select {}
	case "memory":
		x := make([]byte, 16<<30)
		x[len(x)-1] = 1
		return fmt.Errorf("%d bytes were to be had", len(x))
	case "stack":
		return deeper(0)
	case "hang":
		for i := 0; ; i++ {
			if i < 0 {
				break
			}
		}
	case "panic":
		panic("the text of the object")
	case "tail":
		// Jumps about, in small reads and in large ones.
		var n [8]byte
		for _, off := range []int64{size - 8, size / 2, 70_000, 10, size - 100} {
			if err := media.ReadFull(r, n[:], off); err != nil {
				return err
			}
			text += fmt.Sprintf(" %d@%d", off, binary.LittleEndian.Uint64(n[:]))
		}
	case "env":
		if os.Getenv("AWS_SECRET_ACCESS_KEY") != "" {
			text += " told@it"
		}
	case "open":
		if f, err := os.Open(os.Args[0]); err == nil {
			_ = f.Close()
			text += " opened@it"
		}
		if c, err := net.Dial("udp", "192.0.2.1:9"); err == nil {
			_ = c.Close()
			text += " dialled@it"
		}
	}
	return v.Part(&detectors.Part{Text: []byte(text)})
}

func deeper(n int) error {
	var pad [1024]byte
	pad[n%1024] = 1
	//lint:ignore SA5007 overflowing the stack is what it is for
	if err := deeper(n + int(pad[0]) + 1); err != nil {
		return err
	}
	return nil
}

// signs finds words with an @ in them.
type signs struct{}

func (signs) Info() detectors.Info {
	return detectors.Info{Name: "signs", Version: 1, Kinds: []detectors.Kind{detectors.Email}}
}

func (signs) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		off := 0
		for _, w := range strings.SplitAfter(string(text), " ") {
			f := detectors.Finding{Kind: detectors.Email, Value: strings.TrimSpace(w), Confidence: 0.9, Why: "an @", Rule: "at"}
			if strings.Contains(w, "@") {
				if tag != nil {
					f.Tag = tag.Name
				} else {
					f.Start, f.End = off, off+len(f.Value)
				}
				found(f)
			}
			off += len(w)
		}
	})
	return nil
}
