package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/audit"
	"habeas/reports/erasure"
)

// holdsPath is where the register of holds is unless --holds names another place.
func (a *app) holdsPath(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	dir, ok := a.configFolder()
	if !ok {
		return "", usage("there is no home folder to keep the register of holds in: name a file with --holds")
	}
	return filepath.Join(dir, "holds.json"), nil
}

// readHolds reads the register. What can't be read stops whatever would erase.
func (a *app) readHolds(flag string) (*erasure.Holds, error) {
	path, err := a.holdsPath(flag)
	if err != nil {
		return nil, err
	}
	h, err := erasure.ReadHolds(path)
	if err != nil {
		return nil, stopped("%s: %s", reports.Show(path), reports.Show(err.Error()))
	}
	return h, nil
}

// checkedHolds reads the register and holds it against the audit log: one that
// lost a hold, or was removed, is as good as an unreadable one.
type checkedHolds struct {
	path     string
	log      *auditor
	asked    bool
	standing []string // holds that the log says were set here and not released
}

func (a *app) checkedHolds(flag string, log *auditor) (*checkedHolds, error) {
	path, err := a.holdsPath(flag)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	return &checkedHolds{path: path, log: log}, nil
}

// read is called before each key: the log is asked once, and again if a hold that
// stood then is not there any more.
func (c *checkedHolds) read() (*erasure.Holds, error) {
	h, err := erasure.ReadHolds(c.path)
	if err != nil {
		return nil, err
	}
	if c.asked && c.missing(h) == "" {
		return h, nil
	}
	if err := c.ask(); err != nil {
		return nil, err
	}
	if id := c.missing(h); id != "" {
		return nil, stopped("hold %s was set and not released, and %s does not have it: restore the register from a copy, nothing is erased without it", reports.Show(id), reports.Show(c.path))
	}
	return h, nil
}

// missing gives a hold that stands by the log and not by the register.
func (c *checkedHolds) missing(h *erasure.Holds) string {
	for _, id := range c.standing {
		if !slices.Contains(h.Active(), id) {
			return id
		}
	}
	return ""
}

func (c *checkedHolds) ask() error {
	entries, err := c.log.Entries("hold.")
	if err != nil {
		return stopped("the audit log can't be read (%s): nothing is done without it", reports.Show(err.Error()))
	}
	c.asked, c.standing = true, nil
	for _, e := range entries {
		if e.Detail["register"] != registerID(c.path) || len(e.Objects) != 1 {
			continue
		}
		c.standing = slices.DeleteFunc(c.standing, func(id string) bool { return id == e.Objects[0] })
		if e.Action == "hold.add" {
			c.standing = append(c.standing, e.Objects[0])
		}
	}
	return nil
}

// registerID tells registers apart in the log without their paths.
func registerID(abs string) string { return erasure.HashOf([]byte(abs))[:16] }

type holdFlags struct {
	auditFlags
	register           string
	owner, tenant      string
	source, key, under string
	why, caseID        string
	json, all          bool
}

func (a *app) holdCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "hold",
		Short: "Keep objects from being erased while a dispute or an order is open",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.holdAddCommand(), a.holdListCommand(), a.holdReleaseCommand())
	return c
}

func (f *holdFlags) addRegister(c *cobra.Command) {
	c.Flags().StringVar(&f.register, "holds", "", "`FILE` of the register (default: habeas/holds.json in the configuration folder)")
}

func (a *app) holdAddCommand() *cobra.Command {
	var f holdFlags
	c := &cobra.Command{
		Use:   "add",
		Short: "Hold what an owner has, one key, or all keys with a prefix",
		Long: "Add puts a hold into the register that `erase plan` and `erase apply` read. A\n" +
			"hold covers what fits everything that it names. Keys and owners are compared byte\n" +
			"for byte. `erase apply` refuses to run while the register can't be read.",
		Example: "  habeas hold add --of u-1042 --why 'court order of 3 May' --case C-9\n" +
			"  habeas hold add --source s3://media/ --under users/u-1042/2024/ --why 'fraud case'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.holdAdd(&f) },
	}
	f.auditFlags.add(c)
	f.addRegister(c)
	fl := c.Flags()
	fl.StringVar(&f.owner, "of", "", "`OWNER` whose objects are held")
	fl.StringVar(&f.tenant, "tenant", "", "`TENANT` of the owner")
	fl.StringVar(&f.source, "source", "", "`NAME` of the source, as the record and plans name it (default: all)")
	fl.StringVar(&f.key, "object", "", "exact `KEY` of one object")
	fl.StringVar(&f.under, "under", "", "`PREFIX` of keys; end it in / for a folder")
	fl.StringVar(&f.why, "why", "", "`WORDS`: the reason (required)")
	fl.StringVar(&f.caseID, "case", "", "`ID` of the case")
	return c
}

func (a *app) holdAdd(f *holdFlags) error {
	hold := erasure.Hold{Source: f.source, Owner: f.owner, Tenant: f.tenant, Why: f.why, Case: f.caseID, At: a.asOf()}
	if f.key != "" {
		hold.Key = []byte(f.key)
	}
	if f.under != "" {
		hold.Prefix = []byte(f.under)
	}
	var id string
	err := a.changeHolds(f, "hold add", func(h *erasure.Holds, by string) (err error) {
		hold.By = by
		id, err = h.Add(hold)
		return err
	}, func() audit.Entry {
		return audit.Entry{Action: "hold.add", Case: f.caseID, Why: f.why, Count: 1, Objects: []string{id}}
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, id)
	return err
}

// changeHolds edits the register and logs it, or does neither.
func (a *app) changeHolds(f *holdFlags, command string, change func(*erasure.Holds, string) error, entry func() audit.Entry) error {
	path, err := a.holdsPath(f.register)
	if err != nil {
		return err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	log, err := a.openAudit(f.auditFlags, command)
	if err != nil {
		return err
	}
	defer log.Close()
	err = erasure.ChangeHolds(path, func(h *erasure.Holds) error { return change(h, log.actor) }, func() error {
		e := entry()
		e.Detail = map[string]string{"register": registerID(abs)}
		return log.log(e)
	})
	if err != nil {
		return holdError(err)
	}
	return nil
}

func holdError(err error) error {
	if refused := eraseError(err); refused != err {
		return usage("%s", refused)
	}
	return err
}

func (a *app) holdReleaseCommand() *cobra.Command {
	var f holdFlags
	c := &cobra.Command{
		Use:     "release ID",
		Short:   "End a hold; it stays in the register as released",
		Example: "  habeas hold release H-3 --why 'the court closed the case on 4 June'",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.changeHolds(&f, "hold release", func(h *erasure.Holds, by string) error {
				return h.Release(args[0], erasure.Release{By: by, At: a.asOf(), Why: f.why})
			}, func() audit.Entry {
				return audit.Entry{Action: "hold.release", Why: f.why, Count: 1, Objects: []string{args[0]}}
			})
		},
	}
	f.auditFlags.add(c)
	f.addRegister(c)
	c.Flags().StringVar(&f.why, "why", "", "`WORDS`: the reason (required)")
	return c
}

func (a *app) holdListCommand() *cobra.Command {
	var f holdFlags
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the holds that stand",
		Example: "  habeas hold list --all --json",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.holdList(c.Context(), &f) },
	}
	f.addRegister(c)
	c.Flags().BoolVar(&f.all, "all", false, "released ones too")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

func (a *app) holdList(_ context.Context, f *holdFlags) error {
	h, err := a.readHolds(f.register)
	if err != nil {
		return err
	}
	shown := []erasure.Hold{}
	for _, one := range h.Holds {
		if f.all || one.Released == nil {
			shown = append(shown, one)
		}
	}
	if f.json {
		return printJSON(a.stdout, shown)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, one := range shown {
		what := ""
		for _, part := range [][2]string{{"source", one.Source}, {"object", string(one.Key)}, {"under", string(one.Prefix)}, {"owner", one.Owner}, {"tenant", one.Tenant}} {
			if part[1] != "" {
				what += part[0] + " " + reports.Show(part[1]) + " "
			}
		}
		state := "stands"
		if one.Released != nil {
			state = "released " + one.Released.At.Format("2006-01-02")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", one.ID, state, one.At.Format("2006-01-02"), what, reports.Show(one.Why), reports.Show(one.Case))
	}
	return w.Flush()
}
