package erasure

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"habeas/reports"
	"habeas/reports/audit"
	"habeas/reports/keptfile"
	"habeas/sources"
)

const (
	receiptKind = "erasure receipt"
	signedKind  = "signed erasure receipt"
	// signedText stands before what is signed, so that no other file's signature
	// can pass for a receipt's.
	signedText = "habeas erasure receipt v1\n"
	// retainMonths is how long a receipt is kept: what California's regulations ask
	// for records of requests (section 7101).
	retainMonths = 24
)

// Receipt says what became of a plan. It names keys: it is the officer's copy.
// Letter is the subject's.
type Receipt struct {
	Schema     int            `json:"schema"`
	Kind       string         `json:"habeas"`
	ID         string         `json:"id"` // "R-" and the start of the plan's hash
	Tool       string         `json:"tool"`
	Case       string         `json:"case,omitempty"`
	Identified string         `json:"identified,omitempty"` // for what the person was identified, and when
	Ground     string         `json:"ground"`
	Plan       string         `json:"plan_sha256"`
	Of         Selection      `json:"of"`
	Places     []Place        `json:"places"`
	By         string         `json:"by"`                  // who ran it
	Approvers  []string       `json:"approvers,omitempty"` // who else approved it
	Started    time.Time      `json:"started"`
	Finished   time.Time      `json:"finished"`
	Complete   bool           `json:"complete"` // everything that the plan deletes is gone, and was looked for
	Counts     map[State]int  `json:"counts"`
	Bytes      int64          `json:"bytes_erased"`
	Appeared   int            `json:"appeared,omitempty"` // versions that came after the plan was made, and were not touched
	Items      []ReceiptItem  `json:"items"`
	Conflicts  []Conflict     `json:"conflicts,omitempty"`
	Residuals  []Residual     `json:"residuals,omitempty"` // open until somebody closes them
	Outputs    []Output       `json:"outputs,omitempty"`
	Notes      []string       `json:"notes,omitempty"`
	Audit      audit.Head     `json:"audit_head"` // of the audit log when the receipt was made
	Retain     string         `json:"retain_until"`
	Listed     map[string]int `json:"listed"`
}

// ReceiptItem is one item of the plan and where it ended.
type ReceiptItem struct {
	N           int       `json:"n"`
	Source      string    `json:"source"`
	Key         []byte    `json:"key_base64"`
	Shown       string    `json:"key"`
	Fingerprint string    `json:"key_fingerprint"`
	What        string    `json:"what"`
	Version     string    `json:"version,omitempty"`
	Upload      string    `json:"upload,omitempty"`
	ETag        string    `json:"etag,omitempty"`
	Size        int64     `json:"size"`
	State       State     `json:"state"`
	At          time.Time `json:"at,omitzero"`
	Verified    string    `json:"verified,omitempty"` // how it was made sure that it is gone
	Detail      string    `json:"detail,omitempty"`
}

// NewReceipt makes the receipt of a plan that was carried out as far as out says.
// by and approvers are people, head is the audit log's.
func (a *Apply) NewReceipt(out []Outcome, by string, approvers []string, head audit.Head) (*Receipt, error) {
	lines, err := a.Journal.Lines()
	if err != nil {
		return nil, err
	}
	p := a.Plan
	r := &Receipt{Schema: SchemaVersion, Kind: receiptKind, ID: "R-" + a.Hash[:12], Tool: p.Tool, Case: p.Case, Identified: p.Identified, Ground: p.Ground, Plan: a.Hash, Of: p.Of,
		Places: p.Places, By: by, Approvers: approvers, Complete: true, Counts: Count(out), Conflicts: p.Conflicts, Outputs: p.Outputs,
		Notes: slices.Clone(p.Notes), Residuals: slices.Clone(p.Elsewhere), Audit: head, Listed: p.Listed}
	if len(lines) > 0 {
		r.Started, r.Finished = lines[0].At, lines[len(lines)-1].At
	} else {
		r.Started, r.Finished = a.Now().UTC(), a.Now().UTC()
	}
	r.Retain = r.Finished.AddDate(0, retainMonths, 0).Format(time.DateOnly)
	for i := range p.Items {
		it, o := &p.Items[i], &out[i]
		item := ReceiptItem{N: it.N, Source: it.Source, Key: it.Key, Shown: it.Shown, Fingerprint: a.Fingerprint(it.Source, string(it.Key)), What: it.What,
			Version: it.Version, Upload: it.Upload, ETag: it.ETag, Size: it.Size, State: o.State, At: o.At, Detail: o.Detail}
		switch o.State {
		case Erased:
			r.Bytes += it.Size
			item.Verified = "its key was listed again, and it was not there"
		case Gone:
			item.Verified = "its key was listed, and it was not there"
		case Kept:
		default:
			r.Complete = false
			r.residual(it, o)
		}
		r.Items = append(r.Items, item)
	}
	r.appeared(p, out)
	return r, nil
}

// residual keeps an item open that could not be deleted.
func (r *Receipt) residual(it *Item, o *Outcome) {
	what := string(o.State)
	why := o.Detail
	switch {
	case o.State == Changed:
		why = "another content stands there: make a new plan"
	case o.State == Open:
		why = "the run ended before it"
	case o.Hidden:
		why += "; a delete marker hides it until then: make a new plan after that"
	}
	until := ""
	if o.State == Locked {
		until = it.Until
	}
	r.Residuals = append(r.Residuals, Residual{What: what, Name: it.Source + " " + it.Shown + " " + it.What + " " + reports.Show(or(it.Version, it.Upload)), Why: why, Until: until, Status: "open"})
}

// appeared counts what came since the plan, once for each key.
func (r *Receipt) appeared(p *Plan, out []Outcome) {
	for i := range p.Items {
		if i == 0 || !sameKey(&p.Items[i-1], &p.Items[i]) {
			most := 0
			for j := i; j < len(p.Items) && sameKey(&p.Items[i], &p.Items[j]); j++ {
				most = max(most, out[j].Appeared)
			}
			r.Appeared += most
		}
	}
}

type signed struct {
	Kind      string          `json:"habeas"`
	Receipt   json.RawMessage `json:"receipt"`
	PublicKey string          `json:"public_key"` // Ed25519 (RFC 8032), hex
	Signature string          `json:"signature"`  // base64, over signedText and the receipt as compact JSON
}

// Sign gives the bytes of the signed receipt's file.
func (r *Receipt) Sign(key ed25519.PrivateKey) ([]byte, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	pub, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, refuse("the signing key is no Ed25519 key")
	}
	b, err := json.MarshalIndent(signed{signedKind, raw, hex.EncodeToString(pub), base64.StdEncoding.EncodeToString(ed25519.Sign(key, append([]byte(signedText), raw...)))}, "", " ")
	return append(b, '\n'), err
}

// OpenReceipt reads a signed receipt and checks its signature. Whose key signed it
// is for the caller to judge.
func OpenReceipt(b []byte) (*Receipt, ed25519.PublicKey, error) {
	bad := func() (*Receipt, ed25519.PublicKey, error) {
		return nil, nil, refuse("the receipt's signature does not fit: it was changed after it was signed")
	}
	var s signed
	if err := keptfile.Decode(b, &s); err != nil || s.Kind != signedKind {
		return nil, nil, refuse("this is no signed receipt of this version of habeas")
	}
	pub, err := hex.DecodeString(s.PublicKey)
	if err != nil || len(pub) != ed25519.PublicKeySize {
		return bad()
	}
	sig, err := base64.StdEncoding.DecodeString(s.Signature)
	if err != nil {
		return bad()
	}
	var raw bytes.Buffer
	if err := json.Compact(&raw, s.Receipt); err != nil || !ed25519.Verify(pub, append([]byte(signedText), raw.Bytes()...), sig) {
		return bad()
	}
	var r Receipt
	if err := keptfile.Decode(s.Receipt, &r); err != nil || r.Schema != SchemaVersion || r.Kind != receiptKind {
		return nil, nil, refuse("this is no receipt of this version of habeas")
	}
	return &r, pub, nil
}

// Back is something that should be gone and is there.
type Back struct {
	N     int    `json:"n"`
	Shown string `json:"key"`
	What  string `json:"what"` // a sentence
}

// Check looks in the stores for what r says is gone. It changes nothing.
func (r *Receipt) Check(ctx context.Context, targets []*Target) ([]Back, error) {
	var out []Back
	byName := map[string]*Target{}
	for _, t := range targets {
		byName[t.Name()] = t
	}
	looker := &run{}
	for i := 0; i < len(r.Items); {
		it := &r.Items[i]
		t := byName[it.Source]
		if t == nil {
			return out, refuse("the receipt is about a source that was not named")
		}
		now, err := looker.look(ctx, t, string(it.Key))
		if err != nil {
			return out, err
		}
		for ; i < len(r.Items) && r.Items[i].Source == it.Source && string(r.Items[i].Key) == string(it.Key); i++ {
			if one := &r.Items[i]; (one.State == Erased || one.State == Gone) && now.has(one) {
				out = append(out, Back{one.N, one.Shown, "it is there again"})
			}
		}
	}
	return out, nil
}

// has reports whether what a receipt names is there.
func (h *have) has(it *ReceiptItem) bool {
	if it.What == WhatUpload {
		return slices.ContainsFunc(h.uploads, func(u sources.Upload) bool { return u.ID == it.Upload })
	}
	return slices.ContainsFunc(h.versions, func(v sources.Version) bool {
		return v.Version == it.Version && v.ETag == it.ETag && v.Marker == (it.What == WhatMarker)
	})
}

// Letter is the subject's copy: plain words, no keys, no other person.
func (r *Receipt) Letter() string {
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\n") }
	line("Receipt " + r.ID + caseText(r.Case))
	line("Erasure carried out from " + r.Started.Format("2 January 2006") + " to " + r.Finished.Format("2 January 2006"))
	line("")
	files := map[string]bool{}
	for i := range r.Items {
		if it := &r.Items[i]; it.State == Erased && it.What == WhatVersion {
			files[it.Source+"\x00"+string(it.Key)] = true
		}
	}
	line(plural(len(files), "file was", "files were") + " erased, with " + plural(r.Counts[Erased], "stored version, marker or unfinished upload", "stored versions, markers and unfinished uploads") + " in all.")
	if n := r.Counts[Gone]; n > 0 {
		line(plural(n, "item was", "items were") + " gone already when we came to it.")
	}
	if r.Complete {
		line("Each was looked for afterwards, and none was found.")
	}
	r.open(line)
	line("")
	line("This receipt is kept until " + r.Retain + ". If you do not agree with this answer, you may complain to the person named in our letter, to a supervisory authority, or go to court.")
	return b.String()
}

// letterStates are what may be left, in words for a subject.
var letterStates = []struct {
	state State
	text  string
}{
	{Locked, "Can't be deleted yet, because a lock is in force"},
	{Held, "Must be kept for now, because a dispute or an order is open"},
	{Hiding, "Kept to hide what can't be deleted yet"},
	{Denied, "Could not be deleted, because our own system refused it"},
	{Failed, "Could not be deleted, because our own system failed"},
	{Changed, "Changed since your request was looked at, and looked at again"},
	{Open, "Still to be deleted"},
	{Kept, "Kept, for a reason that our letter names"},
}

func (r *Receipt) open(line func(string)) {
	for _, s := range letterStates {
		if n := r.Counts[s.state]; n > 0 {
			line(s.text + ": " + plural(n, "item", "items") + ".")
		}
	}
	kinds := map[string]int{}
	last := map[string]string{}
	for _, res := range r.Residuals {
		kinds[res.What]++
		last[res.What] = max(last[res.What], res.Until)
	}
	for _, k := range []struct{ what, text string }{
		{"locked", "Locked items can be deleted from"}, {"backup", "Copies in backups are beyond use and overwritten by"},
		{"replica", "Copies in other places are erased on their own, expected by"}, {"cdn", "Copies in delivery networks expire by"},
	} {
		if kinds[k.what] > 0 {
			line(k.text + " " + or(last[k.what], "a date that is not known yet") + ".")
		}
	}
}

func caseText(c string) string {
	if c == "" {
		return ""
	}
	return ", case " + reports.Show(c)
}
