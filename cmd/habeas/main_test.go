package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"habeas/reports"
)

// asProgram makes the test binary habeas itself, for tests that kill it.
const asProgram = "HABEAS_TEST_AS_PROGRAM"

// TestMain makes the test binary a habeas when it is started as one: by a script,
// by a test, or by a scan that wants a worker.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerName || os.Getenv(asProgram) != "" {
		os.Exit(withSignals())
	}
	testscript.Main(m, map[string]func(){"habeas": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			wd, err := os.Getwd()
			if err != nil {
				return err
			}
			e.Setenv("TESTDATA", wd+"/../../testdata")
			e.Setenv("HOME", e.WorkDir+"/home")
			e.Setenv("SOURCE_DATE_EPOCH", "1777777777")
			return nil
		},
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"setid": setID},
	})
}

// habeas runs the program in this process and gives its exit code and output.
func habeas(t *testing.T, env []string, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(context.Background(), args, append([]string{"HOME=" + t.TempDir()}, env...), bytes.NewReader(nil), &out, &errs)
	return code, out.String(), errs.String()
}

// setID is the command `setid NAME FILE KIND KEY` of scripts: it sets a variable
// to the id of the first finding of a kind, in a report in JSON Lines, in an
// object whose key ends so.
func setID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: setid NAME FILE KIND KEY")
	}
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		var o struct {
			Key      string
			Findings []reports.Finding
		}
		ts.Check(json.Unmarshal([]byte(line), &o))
		for _, f := range o.Findings {
			if f.Kind == args[2] && strings.HasSuffix(o.Key, args[3]) {
				ts.Setenv(args[0], f.ID)
				return
			}
		}
	}
	ts.Fatalf("%s holds no such finding", args[1])
}
