package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/reports/audit"
	"habeas/scanner"
)

type keyFlags struct {
	auditFlags
	key     string
	why     string
	confirm string
	json    bool
}

func (a *app) keyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "key",
		Short: "Show, replace or destroy the keys of fingerprints",
		Long: "Fingerprints join equal values without keeping them. They are keyed: whoever has\n" +
			"the key and a guess can tell whether a record holds it, so the key is as sensitive\n" +
			"as the record. Once it is destroyed, nobody can.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.keyShowCommand(), a.keyRotateCommand(), a.keyDestroyCommand())
	return c
}

func (f *keyFlags) addKey(c *cobra.Command) {
	c.Flags().StringVar(&f.key, "key", "", "`FILE` of the fingerprint key (default: habeas/key in the configuration folder)")
}

// oldKeys is the folder in which replaced keys lie, each under its id.
func oldKeys(path string) string { return path + "s.old" }

// keyInfo is one line of `key show`. It never holds a key.
type keyInfo struct {
	ID    string `json:"key_id"`
	Path  string `json:"path"`
	State string `json:"state"` // current, or replaced
	Made  string `json:"made"`  // date of the file
}

func (a *app) keyShowCommand() *cobra.Command {
	var f keyFlags
	c := &cobra.Command{
		Use:     "show",
		Short:   "Show the ids of the keys that there are, never the keys",
		Example: "  habeas key show",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.keyShow(f) },
	}
	f.addKey(c)
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

func (a *app) keyShow(f keyFlags) error {
	path, err := a.keyPath(f.key)
	if err != nil {
		return err
	}
	all, err := keysAt(path)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(a.stdout, all)
	}
	if len(all) == 0 {
		fmt.Fprintf(a.stderr, "habeas: there is no key yet: the first scan makes one at %s\n", reports.Show(path))
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, k := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, k.State, k.Made, reports.Show(k.Path))
	}
	return w.Flush()
}

// keysAt lists the key at path and those that it replaced.
func keysAt(path string) ([]keyInfo, error) {
	out := []keyInfo{}
	add := func(p, state string) error {
		info, err := os.Stat(p)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		id, err := keyFileID(p)
		if err == nil {
			out = append(out, keyInfo{id, p, state, info.ModTime().UTC().Format("2006-01-02")})
		}
		return err
	}
	if err := add(path, "current"); err != nil {
		return nil, err
	}
	names, err := os.ReadDir(oldKeys(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, n := range names {
		if err := add(filepath.Join(oldKeys(path), n.Name()), "replaced"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// keyFileID reads the key at path, which must be there, and gives its id.
func keyFileID(path string) (string, error) {
	if _, err := os.Stat(path); err != nil {
		return "", err // loadKey would make one
	}
	key, _, err := loadKey(path)
	if err != nil {
		return "", err
	}
	prints, err := scanner.NewFingerprints(key)
	if err != nil {
		return "", usage("%s: %s", reports.Show(path), err)
	}
	return prints.KeyID(), nil
}

func (a *app) keyRotateCommand() *cobra.Command {
	var f keyFlags
	c := &cobra.Command{
		Use:   "rotate",
		Short: "Put a new key in the place of the current one, and keep the old one aside",
		Long: "Rotate makes a new fingerprint key. The old one stays under its id beside it, so\n" +
			"that records made with it can still be searched with --key, until it is destroyed.\n" +
			"The next scan reads every object again: its fingerprints are new.",
		Example: "  habeas key rotate --why 'yearly'",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.keyRotate(f) },
	}
	f.auditFlags.add(c)
	f.addKey(c)
	c.Flags().StringVar(&f.why, "why", "", "`WORDS` for the audit log")
	return c
}

func (a *app) keyRotate(f keyFlags) error {
	path, err := a.keyPath(f.key)
	if err != nil {
		return err
	}
	id, err := keyFileID(path)
	if errors.Is(err, fs.ErrNotExist) {
		return usage("there is no key at %s yet: the first scan makes one", reports.Show(path))
	}
	if err != nil {
		return err
	}
	log, err := a.openAudit(f.auditFlags, "key rotate")
	if err != nil {
		return err
	}
	defer log.Close()
	if err := log.log(audit.Entry{Action: "key.rotate", Why: f.why, Objects: []string{id}}); err != nil {
		return err
	}
	if err := os.MkdirAll(oldKeys(path), 0o700); err != nil {
		return fileError(oldKeys(path), err)
	}
	old := filepath.Join(oldKeys(path), id)
	// Linked first: at no moment is the old key nowhere.
	if err := os.Link(path, old); err != nil && !errors.Is(err, fs.ErrExist) {
		return fileError(old, err)
	}
	if err := os.Remove(path); err != nil {
		return fileError(path, err)
	}
	if _, _, err := loadKey(path); err != nil {
		return err
	}
	now, err := keyFileID(path)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s is the key now; %s is kept at %s\n", now, id, reports.Show(old))
	return err
}

func (a *app) keyDestroyCommand() *cobra.Command {
	var f keyFlags
	c := &cobra.Command{
		Use:   "destroy KEY-ID",
		Short: "Destroy a key, so that nobody can tell any more what its fingerprints are of",
		Long: "Destroy overwrites and removes a key. Fingerprints made with it still join values\n" +
			"of one record, and can't be compared with any value, by anybody, ever again; what\n" +
			"was erased under it is not recognised when it comes back. Copies of the key in\n" +
			"backups, and blocks that the disk itself kept, are not reached.",
		Example: "  habeas key destroy 1f0c9a4be7d2c350 --confirm 1f0c9a4be7d2c350 --why 'project ended'",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.keyDestroy(f, args[0]) },
	}
	f.auditFlags.add(c)
	f.addKey(c)
	c.Flags().StringVar(&f.why, "why", "", "`WORDS` for the audit log")
	c.Flags().StringVar(&f.confirm, "confirm", "", "the `KEY-ID` again: there is no undo")
	return c
}

func (a *app) keyDestroy(f keyFlags, id string) error {
	path, err := a.keyPath(f.key)
	if err != nil {
		return err
	}
	all, err := keysAt(path)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(k keyInfo) bool { return k.ID == id })
	if i < 0 {
		return usage("there is no key %s: `habeas key show` lists them", reports.Show(id))
	}
	if f.confirm != id {
		return usage("there is no undo: say it again with --confirm %s", id)
	}
	log, err := a.openAudit(f.auditFlags, "key destroy")
	if err != nil {
		return err
	}
	defer log.Close()
	if err := log.log(audit.Entry{Action: "key.destroy", Why: f.why, Objects: []string{id}}); err != nil {
		return err
	}
	if err := shred(all[i].Path); err != nil {
		return stopped("the key can't be destroyed (%s)", reports.Show(err.Error()))
	}
	_, err = fmt.Fprintf(a.stdout, "%s is destroyed\n", id)
	return err
}

// shred overwrites a small file before it is removed. On disks that write
// elsewhere it is no more than a removal.
func shred(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	noise := make([]byte, min(info.Size(), 4096))
	rand.Read(noise)
	_, err = f.WriteAt(noise, 0)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Remove(path)
}

// signingKey reads the Ed25519 key that signs receipts, and makes it, 0600, at
// first use. The file holds the seed of RFC 8032 as 64 hexadecimal digits.
func (a *app) signingKey(flag string) (ed25519.PrivateKey, error) {
	path := flag
	if path == "" {
		dir, ok := a.configFolder()
		if !ok {
			return nil, usage("there is no home folder to keep the signing key in: name a file with --signing-key")
		}
		path = filepath.Join(dir, "signing-key")
	}
	seed, made, err := loadKey(path)
	var exit *exitError
	if err != nil && !errors.As(err, &exit) {
		return nil, stopped("the signing key can't be made (%s)", reports.Show(err.Error()))
	}
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, usage("%s is not a signing key (64 hexadecimal digits): name another file with --signing-key", reports.Show(path))
	}
	key := ed25519.NewKeyFromSeed(seed)
	if pub, ok := key.Public().(ed25519.PublicKey); ok && made {
		fmt.Fprintf(a.stderr, "habeas: made a signing key at %s; its public half is %s\n", reports.Show(path), hex.EncodeToString(pub))
	}
	return key, nil
}
