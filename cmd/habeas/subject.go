package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"habeas/detectors"
	"habeas/detectors/device"
	"habeas/detectors/email"
	"habeas/detectors/field"
	"habeas/detectors/phone"
	"habeas/reports"
	"habeas/reports/subject"
	"habeas/scanner"
	"habeas/scanner/store"
)

// subjectFlags say who somebody is.
type subjectFlags struct {
	emails, phones, names, faces, serials, owners []string
	file                                          string
}

func (f *subjectFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringArrayVar(&f.emails, "email", nil, "e-mail `ADDRESS` of the person; this and the following may be repeated")
	fl.StringArrayVar(&f.phones, "phone", nil, "phone `NUMBER`, with + or as written in the country of --region")
	fl.StringArrayVar(&f.names, "name", nil, "`NAME`, in any order and spelling")
	fl.StringArrayVar(&f.faces, "face-name", nil, "`NAME` that a region of a picture has")
	fl.StringArrayVar(&f.serials, "serial", nil, "serial `NUMBER` of a camera or another device")
	fl.StringArrayVar(&f.owners, "owner-id", nil, "`ID` of an account of the person, exactly as attributed; TENANT:ID where tenants share ids")
	fl.StringVar(&f.file, "subject", "", "`FILE` with lines as 'email: ana@example.org', - for standard input: keeps values out of the list of processes")
}

func (f *subjectFlags) empty() bool {
	return len(f.emails)+len(f.phones)+len(f.names)+len(f.faces)+len(f.serials)+len(f.owners) == 0 && f.file == ""
}

// maxSubject bounds a subject file, in bytes.
const maxSubject = 64 << 10

// load adds what the file says to the flags. Errors never quote it.
func (f *subjectFlags) load(stdin io.Reader) error {
	if f.file == "" {
		return nil
	}
	in := stdin
	if f.file != "-" {
		file, err := os.Open(f.file)
		if err != nil {
			return usage("%s", reports.Show(err.Error()))
		}
		defer file.Close()
		in = file
	}
	lines := bufio.NewScanner(io.LimitReader(in, maxSubject))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		what, value, ok := strings.Cut(line, ":")
		list := map[string]*[]string{"email": &f.emails, "phone": &f.phones, "name": &f.names, "face-name": &f.faces,
			"serial": &f.serials, "owner-id": &f.owners}[strings.TrimSpace(what)]
		if value = strings.TrimSpace(value); !ok || list == nil || value == "" {
			return usage("line %d of the subject file: write email, phone, name, face-name, serial or owner-id, a colon, and the value", n)
		}
		*list = append(*list, value)
	}
	if err := lines.Err(); err != nil {
		return usage("the subject file can't be read: its lines are too long")
	}
	return nil
}

// identifiers are the fingerprints of what the flags say. Errors never quote a
// value.
func (f *subjectFlags) identifiers(ctx context.Context, prints *scanner.Fingerprints, countries []string, db *store.DB) ([]subject.Identifier, error) {
	var out []subject.Identifier
	for _, v := range f.emails {
		v, ok := canonicalOf(email.New(), detectors.Email, v)
		if !ok {
			return nil, usage("an --email is no e-mail address: write it as ana@example.org")
		}
		out = append(out, subject.Identifier{Kind: "email", Role: subject.RoleAddress(v), Terms: terms(prints, detectors.Email, v)})
	}
	for _, v := range f.phones {
		v, ok := canonicalOf(phone.New(phone.Options{Regions: countries}), detectors.Phone, v)
		if !ok {
			return nil, usage("a --phone is no phone number of a known country: write it with + and the country's code, or name the country with --region")
		}
		out = append(out, subject.Identifier{Kind: "phone", Terms: terms(prints, detectors.Phone, v)})
	}
	for _, v := range append(f.names[:len(f.names):len(f.names)], f.faces...) {
		if field.Blank(v) {
			return nil, usage("a --name says nothing")
		}
		out = append(out, subject.Identifier{Kind: "name", Terms: terms(prints, detectors.Name, field.CanonicalName(v))})
	}
	for _, v := range f.serials {
		if field.Blank(v) {
			return nil, usage("a --serial says nothing")
		}
		out = append(out, subject.Identifier{Kind: "device_serial", Terms: terms(prints, detectors.DeviceSerial, device.Canonical(v))})
	}
	for _, v := range f.owners {
		owners, err := ownersNamed(ctx, db, v)
		if err != nil {
			return nil, err
		}
		out = append(out, owners...)
	}
	return out, nil
}

// ownersNamed are the owners that ID or TENANT:ID names: exact bytes, no folding.
func ownersNamed(ctx context.Context, db *store.DB, name string) ([]subject.Identifier, error) {
	tenants, err := db.TenantsOf(ctx, name)
	if err != nil {
		return nil, err
	}
	id := name
	if len(tenants) == 0 {
		if tenant, rest, ok := strings.Cut(name, ":"); ok {
			all, err := db.TenantsOf(ctx, rest)
			if err != nil {
				return nil, err
			}
			for _, t := range all {
				if t == tenant {
					tenants, id = []string{t}, rest
				}
			}
		}
	}
	switch len(tenants) {
	case 0:
		return nil, usage("the record knows no owner of one of the ids: `habeas report` lists them; case and spelling count")
	case 1:
		return []subject.Identifier{{Kind: subject.Owner, Owner: reports.Owner{ID: id, Tenant: tenants[0]}}}, nil
	}
	return nil, usage("%d tenants have an owner of this id: write TENANT:ID", len(tenants))
}

// terms are scanner's as the package of subjects wants them.
func terms(prints *scanner.Fingerprints, kind detectors.Kind, value string) []subject.Term {
	var out []subject.Term
	for _, t := range prints.Terms(kind, value) {
		out = append(out, subject.Term{Kind: string(t.Kind), Fingerprint: t.Fingerprint, Exact: t.Exact, How: t.How})
	}
	return out
}

// canonicalOf is v as the detector that scans look with would record it. ok is
// false if the detector does not know v as a whole.
func canonicalOf(d detectors.Detector, kind detectors.Kind, v string) (canonical string, ok bool) {
	v = strings.TrimSpace(v)
	_ = d.Detect(&detectors.Part{Path: "query", Text: []byte(v), Off: -1}, func(f detectors.Finding) {
		if f.Kind == kind && f.Start == 0 && f.End == len(v) && !f.Invalid {
			if canonical, ok = f.Canonical, true; canonical == "" {
				canonical = f.Value
			}
		}
	})
	return canonical, ok
}

// findings is a record as subject.Find wants it.
type findings struct{ *store.DB }

var _ subject.Record = findings{}

func (f findings) ByFingerprint(ctx context.Context, prints []string, fn func(*reports.Entry) error) error {
	return f.Select(ctx, store.Selection{Fingerprints: prints}, fn)
}

func (f findings) ByOwner(ctx context.Context, o reports.Owner, fn func(*reports.Entry) error) error {
	return f.Select(ctx, store.Selection{Owner: &o}, fn)
}

// tooMany gives the error of a query its sentence.
func tooMany(err error) error {
	if errors.Is(err, store.ErrTooMany) {
		return usage("%s", err)
	}
	return err
}
