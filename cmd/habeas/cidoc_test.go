package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// project is a folder as docs/ci.md has it: fixtures, uploads and suppressions. It
// becomes the current folder.
func project(t *testing.T) {
	t.Helper()
	from := filepath.Join(testdata(t), "uploads")
	t.Chdir(t.TempDir())
	for _, to := range []string{"fixtures", "uploads"} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	for _, unreadable := range []string{"users/ben/broken.jpg", "users/ben/plan.dwg"} {
		if err := os.Remove(filepath.Join("fixtures", unreadable)); err != nil {
			t.Fatal(err)
		}
	}
}

// workflow is what the two examples have in common: lines of a shell.
type workflow struct {
	Jobs map[string]struct {
		Steps []struct {
			Uses, Run string
			If        string
			With      map[string]string
		}
	}
}

// shellLines are the commands of the documents' examples, in order.
func shellLines(t *testing.T, examples []string) []string {
	t.Helper()
	var out []string
	var w workflow
	if err := yaml.Unmarshal([]byte(examples[0]), &w); err != nil {
		t.Fatal(err)
	}
	for _, s := range w.Jobs["habeas"].Steps {
		if (s.Uses == "") == (s.Run == "") {
			t.Errorf("a step that neither uses nor runs: %+v", s)
		}
		if strings.HasPrefix(s.Uses, "github/codeql-action/upload-sarif") && (s.With["sarif_file"] != "sarif" || s.If != "always()") {
			t.Errorf("the upload is of %q, if %q", s.With["sarif_file"], s.If)
		}
		if s.Run != "" {
			out = append(out, s.Run)
		}
	}
	var lab map[string]struct {
		Script    []string
		Artifacts struct{ Reports map[string]string }
	}
	if err := yaml.Unmarshal([]byte(examples[1]), &lab); err != nil {
		t.Fatal(err)
	}
	job := lab["personal data"]
	if job.Artifacts.Reports["junit"] != "habeas.xml" {
		t.Errorf("artifacts %v", job.Artifacts)
	}
	return append(out, job.Script...)
}

func TestTheExamplesOfTheCIDocument(t *testing.T) {
	doc := readDoc(t, "ci.md")
	project(t)
	examples := blocks(doc, "yaml")
	if len(examples) != 3 {
		t.Fatalf("%d YAML blocks", len(examples))
	}
	// The second suppression of the example is of a finding that is nowhere here.
	only, _, _ := strings.Cut(examples[0], "  - finding:")
	if err := os.WriteFile(".habeas-suppressions.yaml", []byte(only), 0o600); err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	run := func(line string, env ...string) {
		t.Helper()
		fields := strings.Fields(line)
		switch {
		case len(fields) > 2 && fields[0] == "mkdir":
			if err := os.MkdirAll(fields[2], 0o700); err != nil {
				t.Fatal(err)
			}
		case len(fields) > 2 && fields[0] == "cp":
			b, err := os.ReadFile(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(fields[2], b, 0o600); err != nil {
				t.Fatal(err)
			}
		case len(fields) > 1 && fields[0] == "habeas":
			want := exitDone
			if line == "habeas ci fixtures" {
				want = exitFindings // before there is a baseline
			}
			code, out, talk := habeas(t, append(env, "HOME="+os.Getenv("HOME")), append(fields[1:], "--in-process")...)
			if fields[1] == "diff" || fields[1] == "report" {
				code, out, talk = habeas(t, env, fields[1:]...)
			}
			if code != want || out == "" && fields[1] != "baseline" {
				t.Errorf("%s: exit code %d\n%s%s", line, code, out, talk)
			}
			ran[fields[1]]++
		}
	}
	t.Setenv("HOME", t.TempDir())
	if code, _, talk := habeas(t, []string{"HOME=" + os.Getenv("HOME")}, "scan", "uploads", "--no-report", "--allow-incomplete", "--in-process"); code != exitDone {
		t.Fatal(talk)
	}
	for _, b := range blocks(doc, "sh") {
		for line := range strings.Lines(b) {
			run(strings.TrimSpace(line))
		}
	}
	for _, line := range shellLines(t, examples[1:]) {
		run(line, "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY=summary.md")
	}
	for command, least := range map[string]int{"ci": 5, "baseline": 1, "diff": 2, "report": 1, "scan": 1} {
		if ran[command] < least {
			t.Errorf("%s ran %d times", command, ran[command])
		}
	}
	for _, f := range []string{"sarif/habeas.sarif", "habeas.xml", "summary.md", ".habeas-baseline.json"} {
		if info, err := os.Stat(f); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
}
