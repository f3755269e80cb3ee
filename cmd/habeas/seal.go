package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"habeas/reports"
)

// recipients reads age recipients: age1… of a person.
func recipients(names []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, n := range names {
		got, err := age.ParseRecipients(strings.NewReader(n))
		if err != nil {
			return nil, usage("%s is no age recipient: it begins with age1 (`age-keygen` makes one)", reports.Show(n))
		}
		all = append(all, got...)
	}
	return all, nil
}

// sealed is what the flags say of the person, encrypted.
func (f *subjectFlags) sealed(to []string) (string, error) {
	who, err := recipients(to)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	text := armor.NewWriter(&b)
	w, err := age.Encrypt(text, who...)
	if err != nil {
		return "", err
	}
	for _, of := range []struct {
		name   string
		values []string
	}{{"email", f.emails}, {"phone", f.phones}, {"name", f.names}, {"face-name", f.faces}, {"serial", f.serials}, {"owner-id", f.owners}} {
		for _, v := range of.values {
			if _, err := io.WriteString(w, of.name+": "+v+"\n"); err != nil {
				return "", err
			}
		}
	}
	return b.String(), errors.Join(w.Close(), text.Close())
}

// unseal reads what sealed wrote with the age identities in a file.
func unseal(sealed, identities string) (string, error) {
	if sealed == "" {
		return "", usage("nothing was sealed in this case")
	}
	f, err := os.Open(identities)
	if err != nil {
		return "", usage("%s", reports.Show(err.Error()))
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		return "", usage("%s holds no age identities", reports.Show(identities))
	}
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), ids...)
	if err != nil {
		return "", usage("the identities in %s don't open the case", reports.Show(identities))
	}
	b, err := io.ReadAll(io.LimitReader(r, maxSubject))
	return string(b), err
}
