package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// noted makes a file and a folder, and notes both.
func noted(t *testing.T) (ledger, record, report string) {
	dir := t.TempDir()
	ledger, record, report = filepath.Join(dir, "config", "outputs.json"), filepath.Join(dir, "r.habeas"), filepath.Join(dir, "report")
	write(t, record, "record")
	write(t, record+".lock", "")
	write(t, filepath.Join(report, "index.html"), "page")
	write(t, filepath.Join(report, "owners", "1.html"), "page")
	for kind, path := range map[string]string{"record": record, "report": report} {
		if err := Add(ledger, Output{Path: path, Kind: kind, Made: noon, DestroyBy: noon.AddDate(0, 0, 30), Sources: []string{"s3://media/"}}); err != nil {
			t.Fatal(err)
		}
	}
	return ledger, record, report
}

func all(t *testing.T, ledger string) []Output {
	t.Helper()
	out, err := All(ledger)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAddAndDestroy(t *testing.T) {
	ledger, record, report := noted(t)
	outputs := all(t, ledger)
	if len(outputs) != 2 || outputs[0].Path != record || outputs[1].Path != report || outputs[0].SHA256 == "" {
		t.Fatalf("%+v", outputs)
	}
	if info, err := os.Stat(ledger); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for _, o := range outputs {
		if err := Destroy(ledger, o, false); err != nil {
			t.Error(err)
		}
	}
	if there(record) || there(record+".lock") || there(report) || len(all(t, ledger)) != 0 {
		t.Error("something is left")
	}
}

func TestAddAgain(t *testing.T) {
	ledger, record, _ := noted(t)
	write(t, record, "a later record")
	if err := Add(ledger, Output{Path: record, Kind: "record", Made: noon.Add(time.Hour), DestroyBy: noon.AddDate(0, 0, 60)}); err != nil {
		t.Fatal(err)
	}
	outputs := all(t, ledger)
	if len(outputs) != 2 || !outputs[0].DestroyBy.Equal(noon.AddDate(0, 0, 60)) {
		t.Errorf("%+v", outputs)
	}
	if err := Destroy(ledger, outputs[0], false); err != nil {
		t.Error(err)
	}
}

func TestDestroyKeepsWhatChanged(t *testing.T) {
	ledger, record, report := noted(t)
	write(t, record, "changed")
	write(t, filepath.Join(report, "mine.txt"), "somebody else's")
	outputs := all(t, ledger)
	for _, o := range outputs {
		if err := Destroy(ledger, o, false); !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v", o.Kind, err)
		}
	}
	if err := Destroy(ledger, outputs[0], true); err != nil || there(record) {
		t.Errorf("a changed file: %v", err)
	}
	if err := Destroy(ledger, outputs[1], true); !errors.Is(err, ErrChanged) || !there(filepath.Join(report, "mine.txt")) {
		t.Errorf("a folder with something in it that is not ours: %v", err)
	}
}

func TestDestroyWhatIsGone(t *testing.T) {
	ledger, record, _ := noted(t)
	if err := os.Remove(record); err != nil {
		t.Fatal(err)
	}
	if err := Destroy(ledger, all(t, ledger)[0], false); !errors.Is(err, ErrGone) {
		t.Error(err)
	}
	if got := all(t, ledger); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestDestroyFollowsNoLink(t *testing.T) {
	ledger, record, _ := noted(t)
	target := record + ".target"
	if err := os.Rename(record, target); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, record); err != nil {
		t.Fatal(err)
	}
	if err := Destroy(ledger, all(t, ledger)[0], true); err == nil || !there(target) {
		t.Errorf("%v", err)
	}
}

func TestDamaged(t *testing.T) {
	ledger := filepath.Join(t.TempDir(), "outputs.json")
	for _, bad := range []string{"", "{", `{"schema":2,"habeas":"outputs","outputs":[]}`, `{"schema":1,"habeas":"outputs","x":1}`} {
		write(t, ledger, bad)
		if _, err := All(ledger); err == nil {
			t.Errorf("%q is read", bad)
		}
		if err := Add(ledger, Output{Path: ledger}); err == nil {
			t.Errorf("%q is written over", bad)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	ledger := filepath.Join(dir, "outputs.json")
	var want []string
	var wait sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		path := filepath.Join(dir, name)
		write(t, path, name)
		want = append(want, path)
		wait.Go(func() {
			if err := Add(ledger, Output{Path: path, Kind: "report", Made: noon, DestroyBy: noon}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	var got []string
	for _, o := range all(t, ledger) {
		got = append(got, o.Path)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
