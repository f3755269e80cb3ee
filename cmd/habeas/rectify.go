package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) rectifyCommand() *cobra.Command {
	var f stripFlags
	c := &cobra.Command{
		Use:   "rectify PATH|s3://BUCKET/PREFIX...",
		Short: "Set or clear single fields of files without touching what they show",
		Long: "Rectify gives a field of metadata another value, or clears it, wherever a field of\n" +
			"that name stands in the file; every other byte stays. Names are those that\n" +
			"`habeas inspect` prints: Artist, By-line, dc:creator[1]. Fields of Exif, TIFF, IPTC,\n" +
			"XMP and PNG can be set if they are there and have room; whatever strip takes out can\n" +
			"be cleared. Other files are refused by name.\n\n" +
			"It only says what it would do, until --out names a folder for the new files, or\n" +
			"--in-place --yes replaces them where they are.",
		Example: "  habeas rectify photo.jpg --set Artist='Ana Exemplo' --out right\n" +
			"  habeas rectify photo.jpg --clear OwnerName --in-place --yes --case 12",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f.rectify = true
			return a.strip(c.Context(), &f, args)
		},
	}
	f.sourceFlags.add(c)
	f.auditFlags.add(c)
	f.recordFlags.add(c)
	f.addOutputs(c)
	c.Flags().StringArrayVar(&f.set, "set", nil, "`NAME=VALUE` of a field; may be repeated")
	c.Flags().StringArrayVar(&f.clear, "clear", nil, "`NAME` of a field to clear; may be repeated")
	return c
}

// fields reads --set and --clear.
func (f *stripFlags) fields() (set map[string]string, err error) {
	set = map[string]string{}
	for _, s := range f.set {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" || value == "" {
			return nil, usage("--set wants NAME=VALUE: to clear a field, use --clear NAME")
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' }) {
			return nil, usage("--set %s: a value holds no control characters", name)
		}
		set[name] = value
	}
	if len(set)+len(f.clear) == 0 {
		return nil, usage("say which field with --set NAME=VALUE or --clear NAME")
	}
	return set, nil
}
