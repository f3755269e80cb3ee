package main

import (
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// app is what every command needs of the world outside.
type app struct {
	env            map[string]string
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
}

func newApp(env []string, stdin io.Reader, stdout, stderr io.Writer) *app {
	a := &app{env: map[string]string{}, stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now}
	for _, kv := range env {
		if k, v, ok := strings.Cut(kv, "="); ok {
			a.env[k] = v
		}
	}
	return a
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "habeas",
		Short: "Find the personal data in uploaded media",
		Long: "habeas opens uploads in folders and S3 buckets, finds the personal data in them,\n" +
			"attributes each object to its owner, and reports what was found and what could\n" +
			"not be read.\n\n" + exitCodes,
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetVersionTemplate("habeas {{.Version}}\n")
	root.AddCommand(a.scanCommand(), a.reportCommand(), a.inspectCommand(), a.ownersCommand(), a.rulesCommand(),
		a.auditCommand(), a.formatsCommand(), a.detectorsCommand(), a.stripCommand(), a.rectifyCommand(), a.workerCommand())
	root.AddCommand(a.findCommand(), a.caseCommand(), a.accessCommand(), a.revealCommand())
	root.AddCommand(a.eraseCommand(), a.holdCommand(), a.keyCommand(), a.outputsCommand())
	root.AddCommand(a.ciCommand(), a.baselineCommand(), a.diffCommand())
	root.AddCommand(a.modelsCommand(), a.doctorCommand(), a.helperCommand())
	return root
}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// time is the moment that reports are as of. SOURCE_DATE_EPOCH pins it, so that
// the same scan gives the same bytes: see reproducible-builds.org.
func (a *app) asOf() time.Time {
	if s := a.env["SOURCE_DATE_EPOCH"]; s != "" {
		if sec, err := parseEpoch(s); err == nil {
			return sec
		}
	}
	return a.now().UTC().Truncate(time.Second)
}
