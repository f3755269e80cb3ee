// Command gateway is a real S3 server for tests: versitygw over a folder, on a
// free loopback port, for as long as its standard input is open. It is a module of
// its own, so that what it needs stays out of habeas.
//
//	gateway DIR
//
// makes DIR/data, DIR/versions and DIR/iam, and prints one line of JSON as soon as
// it answers: where it is, the keys of its administrator and of a second user with
// no rights, and the folder in which each bucket is a folder of plain files.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

const region = "us-east-1"

// Hello is the line that is printed.
type Hello struct {
	Endpoint string `json:"endpoint"`
	Region   string `json:"region"`
	Data     string `json:"data"`
	Root     Keys   `json:"root"`
	User     Keys   `json:"user"`
}

// Keys are made anew for each run.
type Keys struct {
	Access string `json:"access"`
	Secret string `json:"secret"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return errors.New("usage: gateway DIR")
	}
	// The libraries print to standard output too; ours is for the one line.
	out := os.Stdout
	os.Stdout = os.Stderr
	// The server refuses relative paths as nested in one another.
	dir, err := filepath.Abs(os.Args[1])
	if err != nil {
		return err
	}
	hello := Hello{Region: region, Data: filepath.Join(dir, "data"),
		Root: Keys{"root-" + rand.Text()[:8], rand.Text()}, User: Keys{"user-" + rand.Text()[:8], rand.Text()}}
	versions, iam := filepath.Join(dir, "versions"), filepath.Join(dir, "iam")
	for _, d := range []string{hello.Data, versions, iam} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	// 64 KiB buffers: with the default of 1 MiB a small range costs three times the CPU.
	store, err := posix.New(hello.Data, meta.XattrMeta{}, posix.PosixOpts{VersioningDir: versions, IOBufferSize: 64 << 10})
	if err != nil {
		return fmt.Errorf("the folder must be on a filesystem with extended attributes: %w", err)
	}
	users, err := auth.NewInternal(auth.Account{Access: hello.Root.Access, Secret: hello.Root.Secret, Role: auth.RoleAdmin}, iam)
	if err != nil {
		return err
	}
	if err := users.CreateAccount(auth.Account{Access: hello.User.Access, Secret: hello.User.Secret, Role: auth.RoleUser}); err != nil {
		return err
	}
	addr, err := freePort()
	if err != nil {
		return err
	}
	hello.Endpoint = "http://" + addr

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		done <- embedgw.RunVersityGW(ctx, store, &embedgw.Config{
			RootUserAccess: hello.Root.Access, RootUserSecret: hello.Root.Secret, Region: region, Ports: []string{addr},
			MaxConnections: 1024, MaxRequests: 1024, MultipartMaxParts: 10_000, Quiet: true, KeepAlive: true,
			IAMDir: iam, IAMCacheDisable: true, HealthPath: "/healthz",
		})
	}()
	if err := waitFor(hello.Endpoint+"/healthz", done); err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(hello); err != nil {
		return err
	}
	closed := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(closed)
	}()
	select {
	case err := <-done:
		return err
	case <-closed:
		// Not a shutdown, which waits for idle connections of clients.
		return nil
	}
}

// freePort asks the system for one. Somebody else may take it before the server
// does; then the server fails and says so.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func waitFor(url string, done <-chan error) error {
	for range 500 {
		if resp, err := http.Get(url); err == nil {
			resp.Body.Close()
			return nil
		}
		select {
		case err := <-done:
			return fmt.Errorf("server ended: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return errors.New("server does not answer")
}
