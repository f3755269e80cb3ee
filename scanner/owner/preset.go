package owner

import (
	"fmt"
	"strings"
)

// Preset is a set of templates for what frameworks and services do by habit.
type Preset struct {
	Name      string
	About     string   // one line, plain words
	Templates []string // the first that matches a key counts, the others are not asked
	Example   string   // a key
	Owner     string   // whom Example belongs to
	Tenant    string
}

// Presets lists all presets, in order of name.
func Presets() []Preset {
	return []Preset{
		{
			Name:  "amplify",
			About: "AWS Amplify storage: the identity below private or protected; what is public has no owner",
			Templates: []string{
				"private/{identity}/**", "protected/{identity}/**",
				"media/private/{identity}/**", "media/protected/{identity}/**",
			},
			Example: "private/us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e/a.jpg",
			Owner:   "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e",
		},
		{
			Name:      "django",
			About:     "Django's upload_to by user: user_ID",
			Templates: []string{"user_{id}/**", "media/user_{id}/**", "uploads/user_{id}/**"},
			Example:   "user_42/a.jpg",
			Owner:     "42",
		},
		{
			Name:      "firebase",
			About:     "Firebase storage: below users or user, or ids of 20 to 128 characters at the top",
			Templates: []string{"users/{uid}/**", "user/{uid}/**", "{uid:uid}/**"},
			Example:   "kGf3mW1bQ2XyZ0aLr8tUvN5cJd42/a.jpg",
			Owner:     "kGf3mW1bQ2XyZ0aLr8tUvN5cJd42",
		},
		{
			Name:  "rails",
			About: "Rails id_partition: attachments of the class users, 000/001/042 is 1042",
			Templates: []string{
				"users/*/{id_partition}/**", "system/users/*/{id_partition}/**", "public/system/users/*/{id_partition}/**",
				"uploads/users/*/{id_partition}/**", "users/{id_partition}/**",
			},
			Example: "users/avatars/000/001/042/original/a.jpg",
			Owner:   "1042",
		},
		{
			Name:      "supabase",
			About:     "Supabase storage: the user's UUID at the top",
			Templates: []string{"{uid:uuid}/**"},
			Example:   "0f8fad5b-d9cb-469f-a165-70867728950e/a.jpg",
			Owner:     "0f8fad5b-d9cb-469f-a165-70867728950e",
		},
		{
			Name:  "tenants",
			About: "a folder for each tenant, in it one for each owner",
			Templates: []string{
				"tenants/{tenant}/users/{owner}/**", "tenants/{tenant}/{owner}/**",
				"{tenant}/users/{owner}/**", "{tenant}/{owner}/**",
			},
			Example: "acme/42/a.jpg",
			Owner:   "42",
			Tenant:  "acme",
		},
		{
			Name:      "users",
			About:     "a folder for each user below users",
			Templates: []string{"users/{owner}/**", "uploads/users/{owner}/**"},
			Example:   "users/42/a.jpg",
			Owner:     "42",
		},
	}
}

// preset is a Preset as a rule.
type preset struct {
	name      string
	templates []*template
}

func newPreset(name string, decode bool) (*preset, error) {
	names := []string{}
	for _, p := range Presets() {
		names = append(names, p.Name)
		if p.Name != name {
			continue
		}
		r := &preset{name: name}
		for _, text := range p.Templates {
			t, err := newTemplate(text, decode)
			if err != nil {
				return nil, err
			}
			r.templates = append(r.templates, t)
		}
		return r, nil
	}
	return nil, fmt.Errorf("there is no preset %q: use one of %s, or write a template", name, strings.Join(names, ", "))
}

func (p *preset) String() string { return "preset " + p.name }

func (p *preset) spec() string {
	all := p.String()
	for _, t := range p.templates {
		all += "; " + t.spec()
	}
	return all
}

func (p *preset) ask(o *object, answer func(Owner)) {
	for _, t := range p.templates {
		if found := t.match(o.segments); len(found) > 0 {
			for _, a := range found {
				a.Rule = p.String() + ": " + t.text
				answer(a)
			}
			return
		}
	}
}
