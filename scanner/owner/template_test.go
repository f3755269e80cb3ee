package owner

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
)

func attribute(t *testing.T, rule, key string) Attribution {
	t.Helper()
	rules, err := FromTemplates([]string{rule})
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
	return rules.Attribute(sources.Object{Source: "s3://b", Key: key})
}

func TestTemplate(t *testing.T) {
	const uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
	tests := []struct {
		name, template, key string
		owner, tenant       string // "" for none
	}{
		{"whole segment", "users/{owner}/**", "users/alice/a.jpg", "alice", ""},
		{"deep", "users/{owner}/**", "users/alice/a/b/c/d.jpg", "alice", ""},
		{"alike prefix is another owner", "users/{owner}/**", "users/alice2/a.jpg", "alice2", ""},
		{"alike folder", "users/{owner}/**", "users2/alice/a.jpg", "", ""},
		{"alike folder by suffix", "users/{owner}/**", "xusers/alice/a.jpg", "", ""},
		{"below another folder", "users/{owner}/**", "x/users/alice/a.jpg", "", ""},
		{"case of the folder", "users/{owner}/**", "Users/alice/a.jpg", "", ""},
		{"case of the owner", "users/{owner}/**", "users/Alice/a.jpg", "Alice", ""},
		{"NFC", "users/{owner}/**", "users/jos\u00e9/a.jpg", "jos\u00e9", ""},
		{"NFD", "users/{owner}/**", "users/jose\u0301/a.jpg", "jose\u0301", ""},
		{"NFC literal, NFD key", "caf\u00e9/{owner}/**", "cafe\u0301/alice/a.jpg", "", ""},
		{"not UTF-8", "users/{owner}/**", "users/\xff\xfe/a.jpg", "\xff\xfe", ""},
		{"blanks kept", "users/{owner}/**", "users/ alice /a.jpg", " alice ", ""},
		{"only blanks", "users/{owner}/**", "users/  /a.jpg", "", ""},
		{"newline", "users/{owner}/**", "users/a\nb/x", "a\nb", ""},
		{"NUL", "users/{owner}/**", "users/a\x00b/x", "", ""},
		{"percent stays", "users/{owner}/**", "users/a%40b/x", "a%40b", ""},
		{"parent in the hole", "users/{owner}/**", "users/../a.jpg", "", ""},
		{"parent behind", "users/{owner}/**", "users/alice/../bob/a.jpg", "", ""},
		{"dot in the hole", "users/{owner}/**", "users/./a.jpg", "", ""},
		{"dots that are a name", "users/{owner}/**", "users/..alice/a.jpg", "..alice", ""},
		{"empty owner", "users/{owner}/**", "users//a.jpg", "", ""},
		{"empty segment behind", "users/{owner}/**", "users/alice//a.jpg", "alice", ""},
		{"leading slash", "users/{owner}/**", "/users/alice/a.jpg", "", ""},
		{"leading slash in both", "/users/{owner}/**", "/users/alice/a.jpg", "alice", ""},
		{"no file in the folder", "users/{owner}/**", "users/alice", "", ""},
		{"marker of the folder", "users/{owner}/**", "users/alice/", "alice", ""},
		{"empty key", "users/{owner}/**", "", "", ""},

		{"prefix", "user_{id}/**", "user_42/a.jpg", "42", ""},
		{"prefix, nothing behind", "user_{id}/**", "user_/a.jpg", "", ""},
		{"prefix, alike", "user_{id}/**", "superuser_42/a.jpg", "", ""},
		{"suffix", "{owner}.jpg", "alice.jpg", "alice", ""},
		{"suffix twice", "{owner}.jpg", "alice.jpg.jpg", "alice.jpg", ""},
		{"suffix alone", "{owner}.jpg", ".jpg", "", ""},
		{"overlapping affixes", "ab{owner}ba", "aba", "", ""},
		{"both affixes", "ab{owner}ba", "abxba", "x", ""},

		{"tenant", "{tenant}/{owner}/**", "acme/alice/a.jpg", "alice", "acme"},
		{"empty tenant", "{tenant}/{owner}/**", "/alice/a.jpg", "", ""},
		{"blank tenant", "{tenant}/{owner}/**", " /alice/a.jpg", "", ""},
		{"tenant in a segment", "{tenant}-{owner}/**", "acme-42/a.jpg", "42", "acme"},
		{"two ways to cut", "{tenant}-{owner}/**", "acme-eu-42/a.jpg", "", ""},
		{"no second part", "{tenant}-{owner}/**", "acme-/a.jpg", "", ""},
		{"uuid with the literal in it", "{tenant}-{owner:uuid}/**", "acme-" + uuid + "/a.jpg", uuid, "acme"},

		{"star", "x/*/{owner}/*", "x/1/alice/a.jpg", "alice", ""},
		{"star is one segment", "x/*/{owner}/*", "x/1/2/alice/a.jpg", "", ""},
		{"star is not empty", "x/*/{owner}/*", "x//alice/a.jpg", "", ""},
		{"star at the end is one segment", "{owner}/*", "alice/b/a.jpg", "", ""},
		{"star within", "img-*/{owner}/*", "img-/alice/a.jpg", "alice", ""},
		{"star before a hole", "*_{owner}/**", "a_b_alice/x", "alice", ""},
		{"star behind a hole", "{owner}_*/**", "alice_b_c/x", "alice", ""},

		{"any depth, none", "**/users/{owner}/**", "users/alice/a.jpg", "alice", ""},
		{"any depth, two", "**/users/{owner}/**", "x/y/users/alice/a.jpg", "alice", ""},
		{"any depth in the middle", "a/**/u_{owner}/*", "a/u_1/x", "1", ""},
		{"leftmost wins", "**/users/{owner}/**", "users/alice/users/bob/a.jpg", "alice", ""},

		{"date", "up/{yyyy}/{mm}/{dd}/{owner}/**", "up/2024/05/31/alice/a.jpg", "alice", ""},
		{"no month", "up/{yyyy}/{mm}/{dd}/{owner}/**", "up/2024/5/31/alice/a.jpg", "", ""},
		{"no day", "up/{yyyy}/{mm}/{dd}/{owner}/**", "up/2024/05/32/alice/a.jpg", "", ""},
		{"date in one segment", "{yyyy}-{mm}-{dd}_{owner}/**", "2024-05-31_alice/a.jpg", "alice", ""},
		{"digits", "{owner:digits}/**", "42/a.jpg", "42", ""},
		{"other digits", "{owner:digits}/**", "\u0664\u0662/a.jpg", "", ""},
		{"no digits", "{owner:digits}/**", "42a/a.jpg", "", ""},
		{"hex", "{hex}/{owner}/**", "a0F/alice/x", "alice", ""},
		{"uuid", "{owner:uuid}/**", uuid + "/x", uuid, ""},
		{"long uuid", "{owner:uuid}/**", uuid + "0/x", "", ""},
		{"uuid with a wrong dash", "{owner:uuid}/**", strings.Replace(uuid, "-", "0", 1) + "/x", "", ""},
		{"partition", "c/{id_partition}/**", "c/000/001/042/a.jpg", "1042", ""},
		{"partition of nobody", "c/{id_partition}/**", "c/000/000/000/a.jpg", "", ""},
		{"short partition", "c/{id_partition}/**", "c/001/042/a.jpg", "", ""},
		{"partition of letters", "c/{id_partition}/**", "c/0a0/001/042/a.jpg", "", ""},

		{"escapes", `\{x\}/\*/{owner}/*`, "{x}/*/alice/a", "alice", ""},
		{"escaped star is no wildcard", `\*/{owner}/*`, "x/alice/a", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := attribute(t, test.template, test.key).Owner
			want := Owner{ID: test.owner, Tenant: test.tenant}
			if want.ID != "" {
				want.Rule = "template " + test.template
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q of %q (-want +got):\n%s", test.template, test.key, diff)
			}
		})
	}
}

func TestTemplateErrors(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"no owner", "users/**", "no hole for the owner"},
		{"misspelt hole", "users/{ownr}/**", "there is no hole {ownr}"},
		{"unknown form", "users/{owner:int}/**", `there is no form "int"`},
		{"owner twice", "{owner}/{uid}/**", "names the owner twice"},
		{"owner twice by partition", "{owner}/{id_partition}/**", "names the owner twice"},
		{"partition twice", "{id_partition}/{id_partition}/**", "names the owner twice"},
		{"tenant twice", "{tenant}/{org}/{owner}/**", "names the tenant twice"},
		{"side by side", "{tenant}{owner}/**", "side by side"},
		{"star beside a hole", "*{owner}/**", "side by side"},
		{"two stars", "a*b*/{owner}/**", `more than one "*"`},
		{"stars in a segment", "a**/{owner}/**", "side by side"},
		{"open", "{owner/**", "without '}'"},
		{"closed", "owner}/**", "without '{'"},
		{"escape of nothing", `a\b/{owner}/**`, `stands before none`},
		{"escape at the end", `{owner}/a\`, `stands before none`},
		{"parent", "../{owner}/**", "never matched"},
		{"partition in a segment", "x{id_partition}/**", "must be a whole segment"},
		{"many any", "**/a/**/{owner}/**", `more than 2 "**"`},
		{"long", strings.Repeat("a", 1025) + "/{owner}", "more than 1024 bytes"},
		{"empty", "", "needs a value"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := FromTemplates([]string{test.template})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestTemplateDecode(t *testing.T) {
	tests := []struct{ name, key, owner string }{
		{"once", "users/a%40b/x", "a@b"},
		{"not twice", "users/a%2540b/x", "a%40b"},
		{"plus stays", "users/a+b/x", "a+b"},
		{"broken", "users/a%4/x", ""},
		{"parent", "users/%2e%2e/x", ""},
		{"parent in a path", "users/a%2F..%2Fbob/x", ""},
		{"NUL", "users/a%00/x", ""},
		{"not UTF-8", "users/%FF/x", "\xff"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules := parse(t, "rules:\n  - template: users/{owner}/**\n    decode: true\n")
			if got := rules.Attribute(sources.Object{Key: test.key}).Owner.ID; got != test.owner {
				t.Errorf("%q, want %q", got, test.owner)
			}
		})
	}
}

func TestSeveralWaysAreConflicts(t *testing.T) {
	a := attribute(t, "**/users/{owner}/**", "users/alice/users/bob/users/alice/x")
	want := []Conflict{{ID: "bob", Rule: "template **/users/{owner}/**"}}
	if a.Owner.ID != "alice" {
		t.Errorf("owner %q, want alice", a.Owner.ID)
	}
	if diff := cmp.Diff(want, a.Conflicts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPresets(t *testing.T) {
	for _, p := range Presets() {
		a := attribute(t, "preset:"+p.Name, p.Example)
		if a.Owner.ID != p.Owner || a.Owner.Tenant != p.Tenant || !strings.HasPrefix(a.Owner.Rule, "preset "+p.Name+": ") {
			t.Errorf("%s of %q: %+v", p.Name, p.Example, a.Owner)
		}
		if len(a.Conflicts) > 0 {
			t.Errorf("%s contradicts itself: %v", p.Name, a.Conflicts)
		}
	}
	const uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
	tests := []struct{ preset, key, owner, tenant string }{
		{"amplify", "protected/eu-west-1:" + uuid + "/x", "eu-west-1:" + uuid, ""},
		{"amplify", "public/a/x", "", ""},
		{"amplify", "private/x", "", ""},
		{"django", "media/user_7/x", "7", ""},
		{"django", "user_7", "", ""},
		{"firebase", "users/abc/x", "abc", ""},
		{"firebase", "images/x", "", ""},
		{"rails", "users/avatars/000/000/007/thumb/x", "7", ""},
		{"rails", "photos/images/000/000/007/thumb/x", "", ""},
		{"rails", "public/system/users/avatars/123/456/789/thumb/x", "123456789", ""},
		{"supabase", "avatars/x", "", ""},
		{"tenants", "tenants/acme/users/bob/x", "bob", "acme"},
		{"tenants", "acme/users/bob/x", "bob", "acme"},
		{"tenants", "acme/bob", "", ""},
		{"users", "uploads/users/bob/x", "bob", ""},
		{"users", "user/bob/x", "", ""},
	}
	for _, test := range tests {
		got := attribute(t, "preset:"+test.preset, test.key).Owner
		if got.ID != test.owner || got.Tenant != test.tenant {
			t.Errorf("%s of %q: %q of %q, want %q of %q", test.preset, test.key, got.ID, got.Tenant, test.owner, test.tenant)
		}
	}
}

// TestHostileKeys: the work for a key stays small whatever the template. It counts
// no time; a match that grows with a power of the key's length never ends.
func TestHostileKeys(t *testing.T) {
	keys := []string{
		strings.Repeat("a/", 2048), strings.Repeat("users/", 700) + "x", strings.Repeat("-", 4096), strings.Repeat("/", 4096),
		strings.Repeat("a-", 2048), strings.Repeat("_", 2000) + "/" + strings.Repeat("_", 2000),
	}
	templates := []string{
		"**/users/{owner}/**", "**/a/**/{owner}", "*_{owner}/**", "{tenant}-{owner}-{any}/**", "*-{owner}", "{any}-{owner}_{tenant}",
	}
	for _, text := range templates {
		for _, key := range keys {
			attribute(t, text, key)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, p := range Presets() {
		for _, text := range p.Templates {
			f.Add(text, p.Example)
		}
	}
	f.Add("**/a/**/{owner}", "a/a/b/c/\xff")
	f.Add(`\{*-{tenant}-{owner:hex}/{mm}/**`, "{x-y-0f/12/q")
	f.Fuzz(func(t *testing.T, text, key string) {
		tmpl, err := newTemplate(text, false)
		if err != nil {
			return
		}
		for _, a := range tmpl.match(newObject(&sources.Object{Key: key}).segments) {
			if !isID(a.ID) {
				t.Errorf("owner %q", a.ID)
			}
			if !strings.Contains(text, "{id_partition}") && !strings.Contains(key, a.ID) {
				t.Errorf("owner %q is not in the key", a.ID)
			}
			if strings.Contains(a.ID, "/") || strings.Contains(a.Tenant, "/") {
				t.Errorf("owner %q of %q crosses segments", a.ID, a.Tenant)
			}
		}
	})
}
