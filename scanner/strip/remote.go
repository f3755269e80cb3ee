package strip

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"

	"habeas/detectors"
	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/media"
)

// Planner plans and proves: a Stripper in this process, or a Remote.
type Planner interface {
	// Plan looks at content and decides what has to change. It fails with a
	// *media.Refusal where what was asked for can't be taken out without loss, with
	// the error of a read where content can't be read.
	Plan(ctx context.Context, req Request, content io.ReaderAt) (*Plan, error)
	// Prove checks a plan against the whole content. It fails with a *media.Refusal
	// where the result would show something else.
	Prove(ctx context.Context, req Request, content io.ReaderAt, plan *Plan) (*Proof, error)
}

var (
	_ Planner = (*Stripper)(nil)
	_ Planner = (*Remote)(nil)
)

// Worker is a process that answers requests about content with Answer.
type Worker interface {
	AskAbout(ctx context.Context, request []byte, content io.ReaderAt, size int64) ([]byte, error)
}

// Remote is a Planner that has a worker process take the content apart, which may
// be hostile. Here the changes are put in place and bytes are hashed, no more. It
// may be used from as many goroutines as its Worker.
type Remote struct {
	Worker Worker
	Lost   func(err error) bool // tells what Worker fails with when it dies of an object, or can't be asked about it
}

// died is why an object is refused that ended its worker.
const died = "the process that takes it apart died of it, or took too long"

// The messages are JSON. What may be no UTF-8 goes as bytes.
type (
	question struct {
		Prove    bool              `json:"prove,omitempty"`
		Kinds    []Kind            `json:"kinds,omitempty"`
		Findings []spot            `json:"findings,omitempty"`
		Clear    []string          `json:"clear,omitempty"`
		Set      map[string]string `json:"set,omitempty"`
		Key      []byte            `json:"key"`
		Claimed  []byte            `json:"claimed,omitempty"`
		Meta     [][2][]byte       `json:"meta,omitempty"`
		Tags     [][2][]byte       `json:"tags,omitempty"`
		Regions  []string          `json:"regions,omitempty"`
		Format   string            `json:"format,omitempty"` // of the plan to prove
		Cuts     []media.Cut       `json:"cuts,omitempty"`   // of the plan to prove
	}
	spot struct {
		Part []byte `json:"part"`
		Tag  []byte `json:"tag"`
	}
	reply struct {
		Plan    *planned `json:"plan,omitempty"`
		Proof   *proved  `json:"proof,omitempty"`
		Refused bool     `json:"refused,omitempty"`
		Part    []byte   `json:"part,omitempty"` // that was refused
		Why     string   `json:"why,omitempty"`
	}
	planned struct {
		Format, Type string
		Coverage     reports.Coverage
		Reasons      []reasoned
		Cuts         []media.Cut
		Removed      []removed
		Outside      int
		Seen         int
	}
	reasoned struct {
		Code string
		Part []byte
	}
	removed struct {
		spot
		Kind  detectors.Kind
		Count int
	}
	proved struct {
		Content     *Content
		Left, Again int
	}
)

// Answer is what a worker makes of a request about content.
func Answer(s *Stripper, request []byte, content io.ReaderAt, size int64) []byte {
	var q question
	r := reply{Refused: true, Why: died}
	if json.Unmarshal(request, &q) == nil {
		r = s.answer(&q, content, size)
	}
	b, err := json.Marshal(r)
	if err != nil {
		return nil // the other side takes it for a dead worker's
	}
	return b
}

func (s *Stripper) answer(q *question, content io.ReaderAt, size int64) reply {
	ctx, req := context.Background(), q.request(size)
	var out reply
	var err error
	if q.Prove {
		plan := &Plan{Format: q.Format, Cuts: q.Cuts, Size: size}
		if plan.After, err = media.NewSpliced(content, size, q.Cuts); err == nil {
			out.Proof, err = s.proved(ctx, req, content, plan)
		}
	} else {
		var plan *Plan
		if plan, err = s.Plan(ctx, req, content); plan != nil {
			out.Plan = plan.coded()
		}
	}
	if err != nil {
		out.Refused, out.Why = true, "its structure makes no sense"
		if r := media.AsRefusal(err); r != nil {
			out.Part, out.Why = []byte(r.Path), r.Why
		}
	}
	return out
}

func (p *Plan) coded() *planned {
	out := &planned{Format: p.Format, Type: p.Type, Coverage: p.Coverage, Cuts: p.Cuts, Outside: p.Outside, Seen: p.Seen}
	for _, r := range p.Reasons {
		out.Reasons = append(out.Reasons, reasoned{r.Code, []byte(r.Part)})
	}
	for _, r := range p.Removed {
		out.Removed = append(out.Removed, removed{spot{[]byte(r.Part), []byte(r.Tag)}, r.Kind, r.Count})
	}
	return out
}

func (q *question) request(size int64) Request {
	req := Request{Kinds: q.Kinds, Clear: q.Clear, Set: q.Set, Size: size,
		Subject: scanner.Subject{Key: string(q.Key), Claimed: string(q.Claimed), Meta: asMap(q.Meta), Tags: asMap(q.Tags), Regions: q.Regions}}
	for _, f := range q.Findings {
		req.Findings = append(req.Findings, Finding{string(f.Part), string(f.Tag)})
	}
	return req
}

func ask(req *Request) question {
	q := question{Kinds: req.Kinds, Clear: req.Clear, Set: req.Set, Key: []byte(req.Subject.Key), Claimed: []byte(req.Subject.Claimed),
		Meta: asPairs(req.Subject.Meta), Tags: asPairs(req.Subject.Tags), Regions: req.Subject.Regions}
	for _, f := range req.Findings {
		q.Findings = append(q.Findings, spot{[]byte(f.Part), []byte(f.Tag)})
	}
	return q
}

func asPairs(m map[string]string) (out [][2][]byte) {
	for k, v := range m {
		out = append(out, [2][]byte{[]byte(k), []byte(v)})
	}
	return out
}

func asMap(pairs [][2][]byte) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	m := map[string]string{}
	for _, p := range pairs {
		m[string(p[0])] = string(p[1])
	}
	return m
}

// send asks the worker.
func (r *Remote) send(ctx context.Context, q question, content io.ReaderAt, size int64) (*reply, error) {
	message, err := json.Marshal(q)
	if err != nil {
		return nil, media.Refuse("", "what is to be changed can't be told to a worker")
	}
	b, err := r.Worker.AskAbout(ctx, message, content, size)
	if err != nil {
		if r.Lost(err) {
			return nil, media.Refuse("", died)
		}
		return nil, err
	}
	var out reply
	if json.Unmarshal(b, &out) != nil || !out.plausible() {
		return nil, media.Refuse("", died)
	}
	return &out, nil
}

// word is what names of formats, kinds and reasons are made of.
var word = regexp.MustCompile(`^[a-zA-Z0-9/+._;= -]{0,80}$`)

// plausible reports whether a reply is one of Answer's: a worker that was taken
// over may say anything.
func (r *reply) plausible() bool {
	if r.Plan == nil && r.Proof == nil && !r.Refused || len(r.Why) > 300 {
		return false
	}
	if p := r.Plan; p != nil {
		if !word.MatchString(p.Format) || !word.MatchString(p.Type) || !word.MatchString(string(p.Coverage)) || p.Outside < 0 || p.Seen < 0 {
			return false
		}
		for _, x := range p.Reasons {
			if !word.MatchString(x.Code) {
				return false
			}
		}
		for _, x := range p.Removed {
			if !word.MatchString(string(x.Kind)) || x.Count < 0 {
				return false
			}
		}
	}
	if p := r.Proof; p != nil && p.Content != nil {
		return word.MatchString(p.Content.What) && word.MatchString(p.Content.SHA256)
	}
	return true
}

// refusal is that of a reply; nil if it has none.
func (r *reply) refusal() error {
	if !r.Refused {
		return nil
	}
	return &media.Refusal{Path: string(r.Part), Why: r.Why}
}

// Plan implements Planner.
func (r *Remote) Plan(ctx context.Context, req Request, content io.ReaderAt) (*Plan, error) {
	got, err := r.send(ctx, ask(&req), content, req.Size)
	if err != nil {
		return nil, err
	}
	p := got.Plan
	if p == nil {
		return nil, media.AsRefusal(errors.Join(got.refusal(), media.Refuse("", died)))
	}
	plan := &Plan{Format: p.Format, Type: p.Type, Coverage: p.Coverage, Cuts: p.Cuts, Size: req.Size, Outside: p.Outside, Seen: p.Seen}
	for _, x := range p.Reasons {
		plan.Reasons = append(plan.Reasons, reports.Reason{Code: x.Code, Part: string(x.Part)})
	}
	for _, x := range p.Removed {
		plan.Removed = append(plan.Removed, Removed{Kind: x.Kind, Part: string(x.Part), Tag: string(x.Tag), Count: x.Count})
	}
	if plan.After, err = media.NewSpliced(content, req.Size, plan.Cuts); err != nil {
		return nil, media.Refuse("", died) // no worker of ours says that
	}
	return plan, got.refusal()
}

// Prove implements Planner.
func (r *Remote) Prove(ctx context.Context, req Request, content io.ReaderAt, plan *Plan) (*Proof, error) {
	q := ask(&req)
	q.Prove, q.Format, q.Cuts = true, plan.Format, plan.Cuts
	got, err := r.send(ctx, q, content, req.Size)
	if err != nil {
		return nil, err
	}
	if err := got.refusal(); err != nil {
		return nil, err
	}
	if got.Proof == nil {
		return nil, media.Refuse("", died)
	}
	return hashed(content, plan, got.Proof)
}
