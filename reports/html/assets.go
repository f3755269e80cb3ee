package html

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"strings"
	"time"

	"habeas/reports"
	"habeas/reports/decisions"
	"habeas/reports/geomap"
	"habeas/reports/places"
)

//go:embed templates/*.tmpl style.css page.js decide.js
var files embed.FS

// templates parses what is embedded. The only text that is not escaped is our
// own style and scripts, and the policy that names their hashes.
func templates() (*template.Template, error) {
	var text [3]string
	for i, name := range []string{"style.css", "page.js", "decide.js"} {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		text[i] = compact(string(b))
	}
	words, err := decisionWords()
	if err != nil {
		return nil, err
	}
	css, decide := text[0]+compact(geomap.Style), words+text[2]
	page := text[1] + "addEventListener('DOMContentLoaded', () => {\n" + compact(geomap.Script) + "});\n"
	policy := "default-src 'none'; script-src " + pin(page) + " " + pin(decide) + "; style-src " + pin(css) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
	return template.New("").Funcs(template.FuncMap{
		"csp": func() string { return policy }, "style": func() template.CSS { return template.CSS(css) },
		"pageScript": func() template.JS { return template.JS(page) }, "decideScript": func() template.JS { return template.JS(decide) },
		"show": reports.Show, "start": startOf, "rest": restOf, "len64": func(s string) int64 { return int64(len(s)) }, "time": stamp, "number": number, "bytes": byteWords, "plural": plural, "count": countWords,
		"kind": kindWords, "party": partyWords, "coverage": coverageWords, "reason": reasonWords, "place": placeWords,
		"clear": func(f reports.Finding) string { return clearText(&f) }, "percent": percent, "risk": riskWords,
		"join": func(s []string) string { return strings.Join(s, ", ") }, "add": func(a, b int) int { return a + b },
		"attribution": func() string { return places.Attribution },
	}).ParseFS(files, "templates/*.tmpl")
}

// decisionWords is a line of script with what can be decided and why, and the
// kinds that are never shown in full.
func decisionWords() (string, error) {
	type action struct {
		Action decisions.Action `json:"action"`
		Label  string           `json:"label"`
		Text   string           `json:"text"`
	}
	type reason struct {
		Code    string             `json:"code"`
		Text    string             `json:"text"`
		Actions []decisions.Action `json:"actions"`
	}
	var words struct {
		Actions []action `json:"actions"`
		Reasons []reason `json:"reasons"`
		Never   []string `json:"never"`
	}
	for _, a := range decisions.Actions() {
		words.Actions = append(words.Actions, action(a))
	}
	for _, r := range decisions.Reasons() {
		words.Reasons = append(words.Reasons, reason(r))
	}
	words.Never = neverShown()
	b, err := json.Marshal(words) // also escapes what would end a script
	return "'use strict';\nconst WORDS = " + string(b) + ";\n", err
}

// pin is the source expression that allows exactly one inline text.
func pin(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// compact drops indentation, empty lines and lines that are only a comment: each
// of maybe 100,000 pages carries the text. No string in our style and scripts
// spans lines.
func compact(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") || strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/") {
			continue
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String()
}

func stamp(t time.Time) template.HTML {
	t = t.UTC()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + t.Format("2006-01-02 15:04 UTC") + `</time>`) // digits only
}
