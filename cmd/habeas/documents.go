package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/media"
	"habeas/scanner/sandbox"
)

// documents examines PDF files in workers of their own. Those load the compiled
// code of a large parser before they give up opening files, which takes a tenth
// of a second and 50 MB: workers that meet no document shall not pay that. Where
// a document is inside something else, or does not say that it is one, the others
// leave the whole object to them.
type documents struct {
	scanner.Runner // of everything else
	start          func() (scanner.Runner, error)
}

// Run implements scanner.Runner.
func (d documents) Run(ctx context.Context, job scanner.Job, content io.ReaderAt) (scanner.Result, error) {
	switch strings.ToLower(filepath.Ext(job.Key)) {
	case ".pdf", ".ai":
		return d.read(ctx, job, content)
	}
	res, err := d.Runner.Run(ctx, job, content)
	if err != nil || !slices.ContainsFunc(res.Reasons, func(r reports.Reason) bool { return r.Code == scanner.ReasonElsewhere }) {
		return res, err
	}
	res.Release()
	return d.read(ctx, job, content)
}

// read examines the object in the workers for documents.
func (d documents) read(ctx context.Context, job scanner.Job, content io.ReaderAt) (scanner.Result, error) {
	r, err := d.start()
	if err != nil {
		return scanner.Result{}, err
	}
	return r.Run(ctx, job, content)
}

// withDocuments puts documents before runner. Its workers are those of cfg, with
// compiled code; nothing is started before the first document. The second result
// ends both.
func (a *app) withDocuments(runner *sandbox.Pool, cfg sandbox.Config) (scanner.Runner, func()) {
	var pool *sandbox.Pool
	remove := func() {}
	start := sync.OnceValues(func() (scanner.Runner, error) {
		var dir string
		dir, remove = a.compiledFolder()
		if compileFor(cfg.Command, dir) {
			cfg.Command = append(cfg.Command[:len(cfg.Command):len(cfg.Command)], "--compiled", dir)
		}
		var err error
		pool, err = sandbox.NewPool(cfg)
		return pool, err
	})
	end := func() {
		// Closing fails on nothing that a scan could still act on.
		_ = runner.Close()
		if pool != nil {
			_ = pool.Close()
		}
		remove()
	}
	return documents{Runner: runner, start: start}, end
}

// compileFor fills dir with compiled code unless it was filled before, in a
// process of its own: the memory that a compiler takes goes with it.
func compileFor(command []string, dir string) bool {
	if dir == "" {
		return false
	}
	if filled, _ := filepath.Glob(filepath.Join(dir, "*", "*")); len(filled) > 0 {
		return true
	}
	c := exec.Command(command[0], append(command[1:len(command):len(command)], "--compiled", dir, "--only-compile")...)
	c.Env = []string{}
	return c.Run() == nil
}

// compiledFolder is where compiled code is kept, for this user alone: whoever can
// write there decides what workers run. Where there is no such folder, it is a
// temporary one, which remove takes away.
func (a *app) compiledFolder() (dir string, remove func()) {
	if cache := a.cacheFolder(); cache != "" {
		dir = filepath.Join(cache, "habeas", "compiled")
		if os.MkdirAll(dir, 0o700) == nil && mineAlone(dir) {
			return dir, func() {}
		}
	}
	dir, err := os.MkdirTemp("", "habeas-compiled-") // 0700
	if err != nil {
		return "", func() {}
	}
	return dir, func() { _ = os.RemoveAll(dir) }
}

// cacheFolder is the user's; "" if the environment names none.
func (a *app) cacheFolder() string {
	if cache := a.env["XDG_CACHE_HOME"]; filepath.IsAbs(cache) {
		return cache
	}
	if home := a.env["HOME"]; home != "" {
		return filepath.Join(home, ".cache")
	}
	return a.env["LOCALAPPDATA"]
}

// mineAlone reports whether nobody else can write to dir.
func mineAlone(dir string) bool {
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir() && info.Mode().Perm()&0o022 == 0 && ownFile(info)
}

// warm has the formats load what they keep in dir. patient ones end what takes too
// long themselves.
func warm(formats []media.Format, dir string, patient bool) {
	for _, f := range formats {
		if w, ok := f.(media.Warmer); ok {
			w.KeepIn(dir)
			_ = w.Warm(patient) // a walk tries again, and says so if it can't
		}
	}
}

// leaveDocuments has the formats that take long to start leave objects to others.
func leaveDocuments(formats []media.Format) {
	for _, f := range formats {
		if w, ok := f.(media.Warmer); ok {
			w.Leave()
		}
	}
}
