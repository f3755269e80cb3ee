package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/audit"
	"habeas/scanner"
	"habeas/scanner/media"
	"habeas/scanner/strip"
	"habeas/sources"
)

type stripFlags struct {
	sourceFlags
	auditFlags
	recordFlags
	kinds       []string
	out         string
	inPlace     bool
	yes         bool
	decisions   string
	caseID      string
	reason      string
	proof       string
	oldVersions string
	rules       string
	json        bool
	inProcess   bool

	rectify    bool // the command is rectify
	set, clear []string
}

func (a *app) stripCommand() *cobra.Command {
	var f stripFlags
	var text strings.Builder
	names, says := strip.Kinds()
	for i := range names {
		fmt.Fprintf(&text, "  %-14s %s\n", names[i], says[i])
	}
	c := &cobra.Command{
		Use:   "strip PATH|s3://BUCKET/PREFIX...",
		Short: "Take personal data out of files without touching what they show",
		Long: "Strip takes metadata out of files: what is asked for goes, every other byte stays.\n" +
			"Pictures, sound and text are not coded anew. Each file is looked at again with all\n" +
			"detectors, and is refused by name if anything of the kind would be left, or if it\n" +
			"can't be done without loss. Stripping is no erasure: backups, caches and old\n" +
			"versions still hold what was there.\n\n" +
			"It only says what it would do, until --out names a folder for the stripped files,\n" +
			"or --in-place --yes replaces them where they are.\n\n" +
			"Kinds (and those of `habeas detectors`):\n" + text.String(),
		Example: "  habeas strip photo.jpg --kinds gps,faces\n" +
			"  habeas strip uploads --kinds all --out clean\n" +
			"  habeas strip s3://bucket/users/alice/ --kinds gps --in-place --yes --case 12",
		RunE: func(c *cobra.Command, args []string) error { return a.strip(c.Context(), &f, args) },
	}
	f.sourceFlags.add(c)
	f.auditFlags.add(c)
	f.recordFlags.add(c)
	f.addOutputs(c)
	fl := c.Flags()
	fl.StringSliceVar(&f.kinds, "kinds", nil, "`KINDS` to take out, with commas between")
	fl.StringVar(&f.decisions, "decisions", "", "`FILE` of an officer's decisions: what they say to strip goes, instead of --kinds; --record names the scan")
	return c
}

// addOutputs adds the flags that strip and rectify share.
func (f *stripFlags) addOutputs(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.out, "out", "", "`FOLDER` for the stripped files; those without anything to take out are not written")
	fl.BoolVar(&f.inPlace, "in-place", false, "replace the files where they are")
	fl.BoolVar(&f.yes, "yes", false, "really replace: without it, --in-place only says what it would do")
	fl.StringVar(&f.caseID, "case", "", "`ID` of the case, for the audit log")
	fl.StringVar(&f.reason, "reason", "", "`WORDS` for the audit log")
	fl.StringVar(&f.proof, "proof", "", "`FILE` for the proof of each file, one line of JSON each")
	fl.StringVar(&f.oldVersions, "old-versions", "habeas-old-versions.jsonl", "`FILE` that lists the versions of a bucket that still hold what was stripped, for `habeas erase plan`")
	fl.StringVar(&f.rules, "rules", "", "`FILE` of rules of your own (YAML, see docs/rules.md)")
	fl.BoolVar(&f.json, "json", false, "print the proof of each file, one line of JSON each")
	fl.BoolVar(&f.inProcess, "in-process", false, "parse in this process: faster to start, and one hostile file can end it")
}

// stripped is the line of `strip --json` and of the proof file, described in
// docs/schema.md. It holds no value.
type stripped struct {
	Schema   int              `json:"schema"`
	Object   string           `json:"object"`
	Base64   string           `json:"object_base64,omitempty"`
	Version  string           `json:"version,omitempty"`
	Kinds    []strip.Kind     `json:"kinds,omitempty"`
	Format   string           `json:"format,omitempty"`
	Result   string           `json:"result"` // nothing, would-strip, stripped, refused, failed
	Why      string           `json:"why,omitempty"`
	Part     string           `json:"part,omitempty"` // where it was refused
	Coverage reports.Coverage `json:"coverage,omitempty"`
	Reasons  []string         `json:"reasons,omitempty"`
	Removed  []strip.Removed  `json:"removed,omitempty"`
	Outside  int              `json:"outside,omitempty"` // findings in key, metadata, tags: they stay
	Seen     int              `json:"seen,omitempty"`    // findings in what the picture shows: they stay
	Proof    *strip.Proof     `json:"proof,omitempty"`
}

// stripping is one run of strip.
type stripping struct {
	a         *app
	f         *stripFlags
	s         strip.Planner
	countries []string
	kinds     []strip.Kind
	chosen    *chosen // by decisions; nil without
	set       map[string]string
	log       *auditor
	prints    *scanner.Fingerprints
	holds     *heldBack
	out       *bufio.Writer
	proofs    *json.Encoder
	old       *oldVersions
	counts    map[string]int
}

func (a *app) strip(ctx context.Context, f *stripFlags, args []string) (err error) {
	st := &stripping{a: a, f: f, out: bufio.NewWriter(a.stdout), counts: map[string]int{}}
	if err := st.check(ctx, args); err != nil {
		return err
	}
	l, err := newLook(st.countries, f.rules)
	if err != nil {
		return err
	}
	c, err := a.newCopyist(f.inProcess, l)
	if err != nil {
		return err
	}
	defer c.close()
	st.s = c.planner()
	if f.inPlace && f.yes {
		if err := st.openLog(ctx); err != nil {
			return err
		}
		defer st.log.Close()
	}
	if f.proof != "" {
		file, err := os.OpenFile(f.proof, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return usage("the proof can't be written: %s", reports.Show(err.Error()))
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		st.proofs = json.NewEncoder(file)
		st.proofs.SetEscapeHTML(false)
	}
	if st.chosen != nil && len(args) == 0 {
		args = st.chosen.names()
	}
	for _, arg := range args {
		if err := st.source(ctx, arg); err != nil {
			return errors.Join(err, st.out.Flush())
		}
	}
	if f.out != "" && st.counts["stripped"] > 0 {
		a.noteOutput("copies", f.out, f.caseID, args, outputDays)
	}
	if f.proof != "" {
		a.noteOutput("proof", f.proof, f.caseID, args, outputDays)
	}
	return st.finish()
}

// check refuses what does not go together.
func (st *stripping) check(ctx context.Context, args []string) error {
	f := st.f
	var err error
	if st.countries, _, err = f.split(); err != nil {
		return err
	}
	switch {
	case f.decisions == "" && len(args) == 0:
		return usage("name a file, a folder or a bucket")
	case f.out != "" && f.inPlace:
		return usage("--out writes copies and --in-place replaces: give one of them")
	case f.yes && !f.inPlace:
		return usage("--yes goes with --in-place")
	case f.decisions != "" && len(f.kinds) > 0:
		return usage("--decisions says what goes: leave --kinds out")
	case f.rectify:
		st.set, err = f.fields()
		return err
	case f.decisions != "":
		st.chosen, err = readChosen(ctx, f)
		return err
	}
	if st.kinds, err = strip.ParseKinds(f.kinds); err != nil {
		return usage("--kinds: %s", reports.Show(err.Error()))
	}
	return nil
}

// openLog prepares for replacing objects.
func (st *stripping) openLog(ctx context.Context) error {
	path, err := st.a.keyPath(st.f.key)
	if err != nil {
		return err
	}
	key, _, err := loadKey(path)
	if err != nil {
		return err
	}
	if st.prints, err = scanner.NewFingerprints(key); err != nil {
		return usage("%s: %s", reports.Show(path), err)
	}
	if st.holds, err = st.readHeld(ctx); err != nil {
		return err
	}
	st.log, err = st.a.openAudit(st.f.auditFlags, st.verb())
	return err
}

// source strips what one argument names.
func (st *stripping) source(ctx context.Context, arg string) error {
	srcs, err := st.f.sourceFlags.open(ctx, []string{arg})
	if err != nil {
		return err
	}
	defer closeAll(srcs)
	if err := preflight(ctx, srcs); err != nil {
		return err
	}
	src := srcs[0]
	var edit sources.Editor
	if st.f.inPlace {
		e, ok := src.Source.(sources.Editor)
		if !ok {
			return usage("%s: objects there can't be replaced: write copies with --out", reports.Show(src.Name()))
		}
		edit = e
	}
	in := inspector{src: src, arg: arg}
	for o, err := range src.Objects(ctx, "") {
		if err != nil && o.Key == "" {
			return notStarted(src.Name(), err)
		}
		if st.chosen != nil && !st.chosen.has(src.Name(), o) {
			continue
		}
		line := stripped{Schema: 1, Object: in.name(o.Key), Version: o.Version, Kinds: st.kinds}
		if !utf8.ValidString(line.Object) {
			line.Base64 = base64.StdEncoding.EncodeToString([]byte(line.Object))
		}
		if err == nil {
			err = st.object(ctx, src, edit, o, &line)
		}
		if err != nil {
			if err = st.failed(ctx, err, &line); err != nil {
				return err
			}
		}
		if err := st.print(&line); err != nil {
			return err
		}
	}
	return nil
}

// failed keeps an object's own error in its line; any other ends the run.
func (st *stripping) failed(ctx context.Context, err error, line *stripped) error {
	var exit *exitError
	var broken *scanner.RunnerError
	var se *sources.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &exit), errors.As(err, &broken):
		return err
	case errors.As(err, &se) && se.Fatal:
		return err
	case errors.Is(err, sources.ErrChanged):
		line.Why = "it changed meanwhile: it was left as it is"
	case errors.As(err, &se):
		line.Why = se.Error()
	default:
		line.Why = "it can't be read or written: " + err.Error()
	}
	line.Result = "failed"
	return nil
}

// object strips one object.
func (st *stripping) object(ctx context.Context, src source, edit sources.Editor, o sources.Object, line *stripped) error {
	content, err := src.Open(ctx, o)
	if err != nil {
		return err
	}
	defer content.Close()
	opened := content.Object()
	req := strip.Request{Kinds: st.kinds, Set: st.set, Clear: st.f.clear, Size: content.Size(),
		Subject: scanner.Subject{Key: o.Key, Meta: opened.Meta, Tags: opened.Tags, Claimed: opened.Type, Regions: st.countries}}
	if st.chosen != nil {
		var stale bool
		if req.Kinds, req.Findings, stale = st.chosen.what(src.Name(), o); stale {
			return sources.ErrChanged
		}
		line.Kinds = req.Kinds
	}
	plan, err := st.s.Plan(ctx, req, content)
	if plan != nil {
		line.Format, line.Coverage, line.Reasons = plan.Format, plan.Coverage, reasonCodes(plan.Reasons)
		line.Removed, line.Outside, line.Seen = plan.Removed, plan.Outside, plan.Seen
	}
	if r := media.AsRefusal(err); r != nil {
		line.Result, line.Why, line.Part, line.Removed = "refused", r.Why, r.Path, nil
		return nil
	}
	if err != nil {
		return err
	}
	if !plan.Changes() {
		line.Result = "nothing"
		return nil
	}
	if line.Proof, err = st.s.Prove(ctx, req, content, plan); err != nil {
		if r := media.AsRefusal(err); r != nil {
			line.Result, line.Why, line.Part, line.Removed = "refused", r.Why, r.Path, nil
			return nil
		}
		return err
	}
	return st.write(ctx, src, edit, o, plan, line)
}

// write brings the result to where it was asked for.
func (st *stripping) write(ctx context.Context, src source, edit sources.Editor, o sources.Object, plan *strip.Plan, line *stripped) error {
	after := io.NewSectionReader(plan.After, 0, plan.After.Size())
	switch {
	case st.f.out != "":
		path, err := copyName(st.f.out, o.Key)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := writeFile(path, func(w io.Writer) error { _, err := io.Copy(w, after); return err }); err != nil {
			return err
		}
		line.Result = "stripped"
	case st.f.inPlace && st.f.yes:
		return st.replace(ctx, src, edit, o, plan, line)
	default:
		line.Result = "would-strip"
	}
	return nil
}

// replace puts the result in the object's place. The log says so before, and
// what came of it after.
func (st *stripping) replace(ctx context.Context, src source, edit sources.Editor, o sources.Object, plan *strip.Plan, line *stripped) error {
	if why := st.holds.on(src.Name(), o.Key); why != "" {
		line.Result, line.Why, line.Proof, line.Removed = "refused", why, nil, nil
		return nil
	}
	act := audit.Entry{Action: st.verb() + ".intent", Case: st.f.caseID, Why: st.f.reason, Source: src.Name(), Count: len(plan.Removed),
		Objects: []string{st.prints.Object(src.Name(), o.Key)},
		Detail:  map[string]string{"sha256_before": line.Proof.Before.SHA256, "sha256_after": line.Proof.After.SHA256, "kinds": joined(line.Kinds)}}
	if o.Version != "" {
		act.Detail["version"] = o.Version
	}
	if err := st.log.log(act); err != nil {
		return err
	}
	// What is read while the object is replaced is the version that was opened.
	temp, err := spooled(plan.After)
	if err != nil {
		return err
	}
	defer temp.Close()
	err = edit.Replace(ctx, o, temp, plan.After.Size())
	act.Action = st.verb() + ".done"
	if err != nil {
		act.Action = st.verb() + ".failed"
	}
	if lerr := st.log.log(act); lerr != nil {
		return lerr
	}
	if err != nil {
		return err
	}
	line.Result = "stripped"
	if src.s3 != nil {
		return st.queue(ctx, src, o)
	}
	return nil
}

// verb is the command's own.
func (st *stripping) verb() string {
	if st.f.rectify {
		return "rectify"
	}
	return "strip"
}

func joined(kinds []strip.Kind) string {
	s := make([]string, len(kinds))
	for i, k := range kinds {
		s[i] = string(k)
	}
	return strings.Join(s, ",")
}

// spooled writes content to a file without a name, so that replacing an object
// does not read it at the same time.
func spooled(r *media.Spliced) (*os.File, error) {
	f, err := os.CreateTemp("", ".habeas-*") // 0600
	if err != nil {
		return nil, err
	}
	err = os.Remove(f.Name())
	if err == nil {
		_, err = io.Copy(f, io.NewSectionReader(r, 0, r.Size()))
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// copyName is where the copy of an object goes: its key below dir. A key that
// leads elsewhere, or that no file can have, is refused.
func copyName(dir, key string) (string, error) {
	if name := filepath.FromSlash(key); filepath.IsLocal(name) && !strings.ContainsRune(key, 0) && !strings.Contains(key, "//") && !strings.HasSuffix(key, "/") {
		return filepath.Join(dir, name), nil
	}
	return "", usage("%s can't be the name of a file in %s: strip it alone", reports.Show(key), reports.Show(dir))
}

// print tells of one object.
func (st *stripping) print(line *stripped) error {
	st.counts[line.Result]++
	if st.proofs != nil {
		if err := st.proofs.Encode(line); err != nil {
			return stopped("the proof can't be written: %s", reports.Show(err.Error()))
		}
	}
	if st.f.json {
		enc := json.NewEncoder(st.out)
		enc.SetEscapeHTML(false)
		return errors.Join(enc.Encode(line), st.out.Flush())
	}
	words := stripWords[line.Result]
	if st.f.rectify && rectifyWords[line.Result] != "" {
		words = rectifyWords[line.Result]
	}
	fmt.Fprintf(st.out, "%s\n  %s", reports.Show(line.Object), words)
	if line.Part != "" {
		fmt.Fprintf(st.out, ": %s", reports.Show(line.Part))
	}
	if line.Why != "" {
		fmt.Fprintf(st.out, ": %s", reports.Show(line.Why))
	}
	fmt.Fprintln(st.out)
	if line.Coverage == reports.Partial {
		fmt.Fprintf(st.out, "  not read in full: %s\n", strings.Join(line.Reasons, ", "))
	}
	if line.Result == "stripped" || line.Result == "would-strip" {
		for _, r := range line.Removed {
			fmt.Fprintf(st.out, "    %-14s %s %s\n", r.Kind, reports.Show(r.Part), reports.Show(r.Tag))
		}
		p := line.Proof
		fmt.Fprintf(st.out, "  %d bytes before, %d after; %d bytes in %d places changed, the others are the same", p.Before.Size, p.After.Size, p.Changed, p.Places)
		if p.Content != nil {
			fmt.Fprintf(st.out, "; %s the same", p.Content.What)
		}
		fmt.Fprintln(st.out)
	}
	if n := line.Outside; n > 0 {
		fmt.Fprintf(st.out, "  %d findings in its key, metadata or tags stay\n", n)
	}
	if n := line.Seen; n > 0 {
		fmt.Fprintf(st.out, "  %d findings in what it shows stay\n", n)
	}
	return st.out.Flush()
}

var rectifyWords = map[string]string{"nothing": "nothing to change", "would-strip": "would be changed", "stripped": "changed"}

var stripWords = map[string]string{
	"nothing":     "nothing to take out",
	"would-strip": "would be stripped",
	"stripped":    "stripped",
	"refused":     "refused",
	"failed":      "failed",
}

// finish sums up on stderr, and fails if something was not done.
func (st *stripping) finish() error {
	if st.old != nil {
		if err := st.old.close(); err != nil {
			return stopped("the list of old versions can't be written: %s", reports.Show(err.Error()))
		}
		fmt.Fprintf(st.a.stderr, "%d old versions still hold what was stripped: %s lists them for `habeas erase plan`\n", st.old.n, reports.Show(st.f.oldVersions))
	}
	done := st.counts["stripped"]
	format := "%d stripped, %d would be, %d with nothing to take out, %d refused, %d failed\n"
	if st.f.rectify {
		format = "%d changed, %d would be, %d with nothing to change, %d refused, %d failed\n"
	}
	fmt.Fprintf(st.a.stderr, format,
		done, st.counts["would-strip"], st.counts["nothing"], st.counts["refused"], st.counts["failed"])
	if st.f.inPlace && !st.f.yes && st.counts["would-strip"] > 0 {
		fmt.Fprintln(st.a.stderr, "nothing was changed: add --yes to replace them")
	}
	if st.chosen != nil && st.chosen.unmet() > 0 {
		return &exitError{exitIncomplete, strconv.Itoa(st.chosen.unmet()) + " objects that were decided on are not in these sources: name the sources of the scan as it did"}
	}
	if n := st.counts["refused"] + st.counts["failed"]; n > 0 {
		return &exitError{exitIncomplete, strconv.Itoa(n) + " objects could not be changed: each says why"}
	}
	return nil
}
