package scanner

import (
	"slices"
	"strings"

	"habeas/reports"
	"habeas/scanner/media"
)

// Codes that the engine gives itself; the others come from sources.Error and
// media.Reason. All are in reports.Reasons.
const (
	codeChanged     = "changed"
	codeCrashed     = "crashed"
	codeUnavailable = "unavailable"
	codeUnsupported = "unsupported"
	codeLimitTime   = "limit.time"
	codeLimitFound  = "limit.findings"
)

// ReasonCrashed and ReasonTime are what a Runner reports when an object killed
// its worker, or had to be stopped.
const (
	ReasonCrashed = codeCrashed
	ReasonTime    = codeLimitTime
)

// ReasonElsewhere is what an Examiner reports of an object that it left to another
// one: a Runner that has such Examiners has the object examined there.
const ReasonElsewhere = string(media.Elsewhere)

// unread is the coverage of an object of which nothing was read, by the reason:
// skipped where not reading it is as it should be and no retry would help,
// failed where something went wrong. Once something was read, every reason but
// those of wholly makes the object partial.
var unread = map[string]reports.Coverage{
	"archived":       reports.Skipped,
	"changed":        reports.Failed,
	"checksum":       reports.Failed,
	"corrupt":        reports.Failed,
	"crashed":        reports.Failed,
	"denied":         reports.Failed,
	"encrypted":      reports.Skipped,
	"invalid_value":  reports.Failed,
	"limit.bytes":    reports.Failed,
	"limit.depth":    reports.Failed,
	"limit.entity":   reports.Failed,
	"limit.entries":  reports.Failed,
	"limit.findings": reports.Failed,
	"limit.pixels":   reports.Failed,
	"limit.ratio":    reports.Failed,
	"limit.segments": reports.Failed,
	"limit.time":     reports.Failed,
	"needs-key":      reports.Skipped,
	"not-regular":    reports.Skipped,
	"requester-pays": reports.Skipped,
	"truncated":      reports.Failed,
	"unavailable":    reports.Failed,
	"unsupported":    reports.Skipped,
	"vanished":       reports.Skipped,
}

// wholly are the reasons that hold for the object as a whole, however much was
// read before: bytes of which versions were mixed, or that fail their checksum,
// prove nothing, and a worker's death may have hidden anything.
var wholly = map[string]bool{
	"changed":  true,
	"checksum": true,
	"crashed":  true,
	"vanished": true,
}

// settled are the reasons that the same bytes give every time they are read in
// the same way. An object that has no other is not read again while it stays as
// it is: in a bucket full of videos that nothing reads, each would cost a request
// in every scan. The other reasons may be gone tomorrow.
var settled = map[string]bool{
	"corrupt":        true,
	"encrypted":      true,
	"invalid_value":  true,
	"limit.bytes":    true,
	"limit.depth":    true,
	"limit.entity":   true,
	"limit.entries":  true,
	"limit.findings": true,
	"limit.pixels":   true,
	"limit.ratio":    true,
	"limit.segments": true,
	"truncated":      true,
	"unsupported":    true,
}

func complete(st Stored) bool { return st.Coverage == reports.Complete }

// settledAll reports whether reading what st tells of once more would give the
// same.
func settledAll(st Stored) bool {
	if complete(st) {
		return true
	}
	return len(st.Reasons) > 0 && !slices.ContainsFunc(st.Reasons, func(r reports.Reason) bool { return !settled[r.Code] })
}

// cover is the coverage that the reasons of r make. What concerns a piece of the
// object leaves it partial; what concerns the whole of it, too, if parts of it
// were looked at before.
func cover(r *Result) reports.Coverage {
	if len(r.Reasons) == 0 {
		return reports.Complete
	}
	worst := reports.Partial
	for _, x := range r.Reasons {
		u, ok := unread[x.Code]
		if !ok {
			u = reports.Failed
		}
		root := x.Part == "" || x.Part == r.Format
		switch {
		case wholly[x.Code]:
			return u
		case r.Parts > 0 || !root || worst == reports.Failed:
		default:
			worst = u
		}
	}
	return worst
}

// sortReasons puts reasons in order of code and part, each once.
func sortReasons(rs []reports.Reason) []reports.Reason {
	slices.SortFunc(rs, func(a, b reports.Reason) int {
		if c := strings.Compare(a.Code, b.Code); c != 0 {
			return c
		}
		return strings.Compare(a.Part, b.Part)
	})
	return slices.Compact(rs)
}
