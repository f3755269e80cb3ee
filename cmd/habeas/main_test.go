package main

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
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
	})
}

// habeas runs the program in this process and gives its exit code and output.
func habeas(t *testing.T, env []string, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(context.Background(), args, append([]string{"HOME=" + t.TempDir()}, env...), bytes.NewReader(nil), &out, &errs)
	return code, out.String(), errs.String()
}
