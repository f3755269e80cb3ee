package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"habeas/cmd/fixtures/fixture"
)

// repo is the root of the repository, seen from here.
const repo = "../.."

// pkg is what the rules look at of a package.
type pkg struct {
	ImportPath, Dir string
	GoFiles         []string
	Imports         []string
}

// packages lists the module's packages without their tests.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	cmd.Dir = repo
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// below reports whether path is root or inside it.
func below(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// mayImport says which of our own packages a package may import. The first rule
// that holds for a package decides; a package may always import what lies below
// itself.
var mayImport = []struct {
	pkg   string
	exact bool
	ours  []string
}{
	{"habeas/sources", true, nil},
	{"habeas/detectors", true, nil},
	{"habeas/reports", true, nil},
	{"habeas/scanner/media", true, []string{"habeas/detectors"}},

	{"habeas/sources/sourcetest", false, []string{"habeas/sources"}},
	{"habeas/sources", false, []string{"habeas/sources"}},
	{"habeas/detectors/all", false, []string{"habeas/detectors"}},
	{"habeas/detectors/person/gen", false, []string{"habeas/detectors/person/namelist"}},
	{"habeas/detectors", false, []string{"habeas/detectors", "habeas/detectors/textscan", "habeas/detectors/field", "habeas/detectors/column", "habeas/detectors/digits"}},
	{"habeas/reports/erasure", false, []string{"habeas/reports", "habeas/reports/audit", "habeas/reports/decisions", "habeas/reports/filelock", "habeas/reports/keptfile", "habeas/sources"}},
	{"habeas/reports/keptfile", false, []string{"habeas/reports/filelock"}},
	{"habeas/reports/ledger", false, []string{"habeas/reports/keptfile"}},
	{"habeas/reports/reportstest", false, []string{"habeas/reports"}},
	{"habeas/reports/places", false, []string{"habeas/reports", "habeas/reports/places/earth"}},
	{"habeas/reports/geomap", false, []string{"habeas/reports", "habeas/reports/places", "habeas/reports/places/earth"}},
	{"habeas/reports/html", false, []string{"habeas/reports", "habeas/reports/decisions", "habeas/reports/compare", "habeas/reports/places", "habeas/reports/geomap", "habeas/reports/profile"}},
	{"habeas/reports/cases", false, []string{"habeas/reports", "habeas/reports/keptfile", "habeas/reports/subject"}},
	{"habeas/reports", false, []string{"habeas/reports", "habeas/reports/filelock"}},

	{"habeas/scanner/media/all", false, []string{"habeas/scanner/media"}},
	{"habeas/scanner/media", false, []string{"habeas/scanner/media", "habeas/scanner/media/charset", "habeas/scanner/media/cells", "habeas/scanner/media/mapi", "habeas/scanner/media/numformat", "habeas/detectors"}},
	{"habeas/scanner/pixels/thumb", false, []string{"habeas/scanner", "habeas/scanner/media", "habeas/scanner/pixels/decode", "habeas/scanner/pixels/raster"}},
	{"habeas/scanner/pixels/cover", false, []string{"habeas/scanner", "habeas/scanner/media", "habeas/scanner/pixels/decode"}},
	{"habeas/scanner/pixels", true, []string{"habeas/scanner", "habeas/scanner/media", "habeas/detectors"}},
	{"habeas/scanner/pixels", false, []string{"habeas/scanner/media", "habeas/scanner/pixels/onnx", "habeas/scanner/pixels/raster", "habeas/scanner/pixels/lines", "habeas/scanner/pixels/faces"}},
	{"habeas/scanner/owner", false, []string{"habeas/sources"}},
	{"habeas/scanner/plain", false, []string{"habeas/scanner", "habeas/reports", "habeas/detectors", "habeas/scanner/media"}},
	{"habeas/scanner/strip", false, []string{"habeas/scanner", "habeas/reports", "habeas/detectors", "habeas/scanner/media"}},
	{"habeas/scanner/store", false, []string{"habeas/scanner", "habeas/reports"}},
	{"habeas/scanner/sandbox", false, []string{"habeas/scanner", "habeas/reports", "habeas/detectors", "habeas/scanner/media", "habeas/sources"}},
	{"habeas/scanner", true, []string{"habeas/sources", "habeas/detectors", "habeas/reports", "habeas/scanner/media"}},
}

// trees are allowed with all that is below them, the others by exact name.
var trees = []string{"habeas/detectors/all", "habeas/scanner/media/all"}

func TestWhoImportsWhom(t *testing.T) {
	for _, p := range packages(t) {
		for _, rule := range mayImport {
			if rule.exact && p.ImportPath != rule.pkg || !below(p.ImportPath, rule.pkg) {
				continue
			}
			for _, imp := range p.Imports {
				allowed := !below(imp, "habeas") || below(imp, p.ImportPath) || slices.Contains(rule.ours, imp) ||
					slices.Contains(trees, p.ImportPath) && below(imp, path.Dir(p.ImportPath))
				if !allowed {
					t.Errorf("%s imports %s", p.ImportPath, imp)
				}
			}
			break
		}
	}
}

// onlyIn keeps a dependency in the one place that is built around it.
var onlyIn = []struct{ dependency, home string }{
	{"github.com/aws", "habeas/sources/s3"},
	{"github.com/rwcarlsen/goexif", "habeas/scanner/media/tiff"},
	{"github.com/dlclark/regexp2", "habeas/detectors"},
	{"modernc.org/sqlite", "habeas/scanner/store"},
	{"database/sql", "habeas/scanner/store"},
	{"github.com/ebitengine/purego", "habeas/scanner/pixels/onnx"},
	{"github.com/gen2brain", "habeas/scanner/pixels/decode"},
	{"github.com/schollz/progressbar", "habeas/cmd"},
	{"github.com/spf13/cobra", "habeas/cmd"},
}

func TestDependenciesStayAtHome(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			for _, o := range onlyIn {
				if imp == "os/exec" && !below(p.ImportPath, "habeas/scanner/sandbox") && !below(p.ImportPath, "habeas/cmd") && !testHelper(p.ImportPath) {
					t.Errorf("%s starts programs", p.ImportPath)
				}
				if below(imp, o.dependency) && !below(p.ImportPath, o.home) && !testHelper(p.ImportPath) {
					t.Errorf("%s imports %s, which belongs in %s", p.ImportPath, imp, o.home)
				}
			}
		}
	}
}

// testHelper tells packages that only tests and generators import.
func testHelper(p string) bool {
	base := path.Base(p)
	return strings.HasSuffix(base, "test") || base == "textbench" || base == "gen" || base == "faultys3" || base == "fixture" || base == "fixtures"
}

func TestContractsImportOnlyTheStandardLibrary(t *testing.T) {
	for _, p := range packages(t) {
		if !slices.Contains([]string{"habeas/sources", "habeas/detectors", "habeas/reports", "habeas/scanner/media"}, p.ImportPath) {
			continue
		}
		for _, imp := range p.Imports {
			host, _, _ := strings.Cut(imp, "/")
			// Sniffing is the one job of a contract package that a library does better.
			if strings.Contains(host, ".") && imp != "github.com/gabriel-vasile/mimetype" {
				t.Errorf("%s imports %s", p.ImportPath, imp)
			}
		}
	}
}

// forbidden calls by package and name, and where they are allowed.
var forbidden = []struct {
	pkg, name string
	allowed   []string
}{
	{"os", "Exit", []string{"habeas/cmd"}},
	{"os", "Args", []string{"habeas/cmd"}},
	{"os", "Getenv", []string{"habeas/cmd"}},
	{"os", "Environ", []string{"habeas/cmd"}},
	{"os", "LookupEnv", []string{"habeas/cmd"}},
	// Retries and watchdogs measure time; what is reported never does.
	{"time", "Now", []string{"habeas/cmd", "habeas/sources/s3", "habeas/scanner/sandbox"}},
	{"time", "Sleep", nil},
	{"log", "Fatal", nil},
	{"log", "Fatalf", nil},
}

func TestForbiddenCode(t *testing.T) {
	for _, p := range packages(t) {
		if testHelper(p.ImportPath) {
			continue
		}
		for _, name := range p.GoFiles {
			file := filepath.Join(p.Dir, name)
			set := token.NewFileSet()
			tree, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range lint(p.ImportPath, set, tree) {
				t.Error(problem)
			}
		}
	}
}

// lint finds what STYLE forbids: init, blank imports, panics, long functions and
// the calls above.
func lint(pkg string, set *token.FileSet, tree *ast.File) []string {
	var out []string
	say := func(n ast.Node, what string) {
		at := set.Position(n.Pos())
		out = append(out, fmt.Sprintf("%s:%d: %s", filepath.Base(at.Filename), at.Line, pkg+": "+what))
	}
	for _, imp := range tree.Imports {
		if imp.Name != nil && imp.Name.Name == "_" && imp.Path.Value != `"embed"` {
			say(imp, "blank import")
		}
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				say(n, "init")
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "panic" {
				say(n, "panic")
			}
			if isCall(n, "io", "ReadAll") && !(len(n.Args) == 1 && isCall(n.Args[0], "io", "LimitReader")) {
				say(n, "io.ReadAll without io.LimitReader")
			}
		case *ast.SelectorExpr:
			id, ok := n.X.(*ast.Ident)
			if !ok {
				break
			}
			for _, f := range forbidden {
				if id.Name == f.pkg && n.Sel.Name == f.name && !slices.ContainsFunc(f.allowed, func(a string) bool { return below(pkg, a) }) {
					say(n, f.pkg+"."+f.name)
				}
			}
		}
		return true
	})
	return out
}

// isCall reports whether n calls pkg.name.
func isCall(n ast.Expr, pkg, name string) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == pkg && sel.Sel.Name == name
}

func TestLintFinds(t *testing.T) {
	const bad = `package x
import _ "net/http/pprof"
import ("os"; "time")
func init() {}
func f() { time.Sleep(1); os.Exit(1); panic(0); io.ReadAll(r); io.ReadAll(io.LimitReader(r, 1)) }`
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, "x.go", bad, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if got := lint("habeas/scanner", set, tree); len(got) != 6 {
		t.Errorf("found %q", got)
	}
}

// goFiles are all files of the module, tests and generators too.
func goFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(repo, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && p != repo {
			return filepath.SkipDir
		}
		if err == nil && strings.HasSuffix(p, ".go") {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFormatted(t *testing.T) {
	for _, f := range goFiles(t) {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := format.Source(src); err != nil || !bytes.Equal(got, src) {
			t.Errorf("gofmt would change %s (%v)", f, err)
		}
	}
}

func TestRootHoldsWhatTheDesignSays(t *testing.T) {
	allowed := []string{"cmd", "scanner", "detectors", "sources", "reports", "docs", "testdata", "go.mod", "go.sum",
		"README.md", "LICENSE", "NOTICE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	cmd.Dir = repo
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	for _, f := range strings.Fields(string(out)) {
		top, _, _ := strings.Cut(f, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(allowed, top) {
			t.Errorf("%s has no place in the root", top)
		}
	}
}

func TestFixturesAreWhatTheGeneratorMakes(t *testing.T) {
	want, err := fixture.Uploads()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(repo, "testdata", "uploads")
	have := 0
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		have++
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(p)
		if w, ok := want[filepath.ToSlash(rel)]; !ok || !bytes.Equal(got, w) {
			t.Errorf("%s: run `go run ./cmd/fixtures testdata/uploads`", rel)
		}
		return err
	})
	if err != nil || have != len(want) {
		t.Errorf("%d files, want %d (%v)", have, len(want), err)
	}
}

func TestReadmeIsFresh(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(repo, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	readme := string(b)
	if n := strings.Count(readme, "\n"); n >= 200 {
		t.Errorf("README has %d lines", n)
	}
	formats := [][]string{{"format", "what is read", "what is not"}}
	for _, r := range formatRows() {
		formats = append(formats, []string{r.Title, r.Reads, r.Not})
	}
	found := [][]string{{"detector", "kinds", "finds"}}
	for _, r := range detectorRows() {
		found = append(found, []string{r.Name, joinKinds(r.Kinds), r.Finds})
	}
	for _, table := range [][][]string{formats, found} {
		if !strings.Contains(readme, markdownTable(table)) {
			t.Errorf("README lacks this table:\n%s", markdownTable(table))
		}
	}
	if !strings.Contains(readme, exitCodes[strings.Index(exitCodes, "\n")+1:]) {
		t.Error("README lacks the table of exit codes as the help prints it")
	}
}
