// Command habeas finds the personal data in uploaded media, tells whose upload
// it is in, and reports it for the people who must answer for it.
//
// This package is the only place for flags, the environment, the clock, the
// progress bar and exit codes. Rules of its output: what a program might read
// goes to stdout, what a person reads along the way to stderr; messages begin in
// lower case and say what to do next; nothing that came from outside is printed
// unless reports.Show made it safe.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"habeas/reports"
	"habeas/scanner"
	"habeas/sources"
)

func main() {
	os.Exit(withSignals())
}

// withSignals runs until done or interrupted. A second interrupt ends at once.
func withSignals() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
}

// Exit codes, as the help and README say them.
const (
	exitDone        = 0
	exitFindings    = 1   // at or over --fail-on
	exitUsage       = 2   // flags, rules, paths
	exitIncomplete  = 3   // some object was not read in full
	exitStopped     = 4   // could not go on: credentials, bucket, record
	exitInterrupted = 130 // by a signal
)

const exitCodes = `Exit codes:
  0    done, and nothing at or over --fail-on
  1    findings at or over --fail-on
  2    usage or configuration: nothing was scanned
  3    some object was not read in full (see --allow-incomplete)
  4    could not go on (credentials, bucket, record); what is done is kept
  130  interrupted; what is done is kept`

// exitError ends the program with a code. An empty message prints nothing.
type exitError struct {
	code int
	msg  string
}

func (e *exitError) Error() string { return e.msg }

func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Sprintf(format, args...)}
}

func stopped(format string, args ...any) error {
	return &exitError{exitStopped, fmt.Sprintf(format, args...)}
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := newApp(env, stdin, stdout, stderr)
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	code, msg := explain(ctx, err)
	if msg != "" {
		fmt.Fprintln(stderr, "habeas: "+msg)
	}
	return code
}

// explain turns an error into a code and one sentence.
func explain(ctx context.Context, err error) (int, string) {
	var exit *exitError
	var source *sources.Error
	var runner *scanner.RunnerError
	switch {
	case errors.As(err, &exit):
		return exit.code, exit.msg
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return exitInterrupted, "interrupted"
	case errors.As(err, &source):
		return exitStopped, source.Error()
	case errors.As(err, &runner):
		return exitStopped, runner.Msg
	default:
		// What is left comes from cobra (flags) and the system (files we were told
		// to use): their words, made safe.
		return exitUsage, reports.Show(err.Error())
	}
}
