package sandbox

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// servantArg makes the test binary a worker behind a Servant.
const servantArg = "-servant"

// serveTest answers in capitals, and dies or hangs when told to.
func serveTest(request []byte) []byte {
	switch string(request) {
	case "die":
		os.Exit(3)
	case "hang":
		select {}
	case "open":
		if _, err := os.Open("/etc/hostname"); err == nil {
			return []byte("opened")
		}
		return []byte("refused")
	case "much":
		return make([]byte, maxReply+1)
	}
	return bytes.ToUpper(request)
}

func TestServant(t *testing.T) {
	s := NewServant([]string{os.Args[0], servantArg})
	defer s.Close()
	ctx := t.Context()
	ask := func(request string) (string, error) {
		reply, err := s.Ask(ctx, []byte(request))
		return string(reply), err
	}
	for _, c := range []struct {
		request, reply string
		err            error
	}{
		{"a", "A", nil},
		{"", "", nil},
		{strings.Repeat("b", 1<<20), strings.Repeat("B", 1<<20), nil},
		{"die", "", ErrServant},
		{"after", "AFTER", nil},
		{"much", "", ErrServant},
		{"again", "AGAIN", nil},
		{strings.Repeat("c", MaxRequest+1), "", ErrRequest},
	} {
		if reply, err := ask(c.request); reply != c.reply || !errors.Is(err, c.err) {
			t.Errorf("%.10q: %.10q, %v", c.request, reply, err)
		}
	}
	if reply, err := ask("open"); err != nil || reply == "opened" {
		t.Errorf("a worker opens files: %q, %v", reply, err)
	}
}

func TestServantThatHangsIsStopped(t *testing.T) {
	s := NewServant([]string{os.Args[0], servantArg})
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.Ask(ctx, []byte("hang")); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if reply, err := s.Ask(t.Context(), []byte("x")); err != nil || string(reply) != "X" {
		t.Errorf("%q, %v", reply, err)
	}
}

func TestServantThatCannotStart(t *testing.T) {
	s := NewServant([]string{"/no/such/program"})
	if _, err := s.Ask(t.Context(), []byte("x")); err == nil || errors.Is(err, ErrServant) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
