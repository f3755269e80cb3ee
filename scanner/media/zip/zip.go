// Package zip walks ZIP archives (PKWARE APPNOTE 6.3.10) by their central
// directory: the tail is read, then each member where it stands. Members are
// handed out as "member/NAME"; a name is only ever shown, nothing is written by
// it. Stored members are not copied; packed ones are unfolded in memory, at most
// media.MaxBlock of each.
//
// An archive without a directory that can be believed is read from its front,
// header to header, and told as truncated or corrupt. A Package, such as that of
// office documents, takes over archives whose members it knows.
package zip

import (
	"bytes"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

const (
	localSig   = "PK\x03\x04"
	centralSig = "PK\x01\x02"
	endSig     = "PK\x05\x06"
	end64Sig   = "PK\x06\x06"
	locatorSig = "PK\x06\x07"
	spanSig    = "PK\x07\x08" // also that of a data descriptor
	spareSig   = "PK00"       // of an archive that was to be split and was not
)

// Package takes over archives that are documents. Its methods are called from
// many goroutines.
type Package interface {
	// Knows gives the kind of document that members of these names make up, which
	// starts the path of what is in it: "ooxml"; "" for none.
	Knows(names []string) string
	// Walk reads the document. open gives a member, nil if nothing of it can be
	// read: the reason has been told by then. An error of open is the source's or
	// the visitor's and ends the walk.
	Walk(kind string, names []string, open func(i int) (*io.SectionReader, error), v media.Visitor) error
}

// New gives the format. Each archive goes to the first package that knows it.
func New(packages ...Package) media.Format { return format{packages} }

type format struct{ packages []Package }

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "zip" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "ZIP, JAR, APK and other archives made like it",
		Types: "application/zip, application/java-archive, application/vnd.android.package-archive",
		Reads: "every member (stored, deflate, bzip2, LZMA, zstd), names of members, comments; what is left of cut archives",
		Not:   "encrypted members, deflate64, XZ and PPMd inside of ZIP, checksums of stored members over 64 KiB and of packed ones over 64 MiB, members over 1 GiB",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool {
	for _, sig := range []string{localSig, endSig, end64Sig, spanSig + localSig, spareSig + localSig} {
		if bytes.HasPrefix(head, []byte(sig)) {
			return true
		}
	}
	return len(head) < 4 && len(head) > 1 && bytes.HasPrefix([]byte(localSig), head)
}

// Walk implements media.Format.
func (f format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &walk{r: &ahead{r: r, size: size}, size: size, v: v, budget: media.BudgetOf(v)}
	dir, err := w.directory()
	if err != nil {
		return err
	}
	if w.overlaps(dir) {
		v.Problem("", media.LimitRatio)
	}
	names := make([]string, len(dir))
	for i := range dir {
		names[i] = dir[i].name
	}
	for _, p := range f.packages {
		if kind := p.Knows(names); kind != "" {
			w.prefix = kind + "/"
			return p.Walk(kind, names, func(i int) (*io.SectionReader, error) { return w.open(&dir[i]) }, v)
		}
	}
	w.prefix = "member/"
	if err := w.tell(names); err != nil {
		return err
	}
	locked := sealed(names)
	if locked {
		v.Problem("", media.Encrypted)
	}
	for i := range dir {
		if dir[i].isFolder() || locked && strings.HasSuffix(names[i], ".iwa") {
			continue
		}
		s, err := w.open(&dir[i])
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		if err := v.Nested(w.prefix+dir[i].name, s); err != nil {
			return err
		}
	}
	return nil
}

// sealed knows a document of Pages, Numbers or Keynote that has a password: beside
// its archives lies what proves it.
func sealed(names []string) bool {
	proof, archive := false, false
	for _, n := range names {
		proof = proof || strings.HasSuffix(n, ".iwpv2") || strings.HasSuffix(n, ".iwpv")
		archive = archive || strings.HasSuffix(n, ".iwa")
	}
	return proof && archive
}

// walk is the state of one Walk.
type walk struct {
	r       *ahead
	size    int64
	v       media.Visitor
	budget  *media.Budget
	prefix  string // of the paths of members
	comment string // of the archive
	base    int64  // what offsets of the directory count from
}

// tell shows what people wrote into the archive itself: names and comment.
func (w *walk) tell(names []string) error {
	t := media.NewRunning(w.v, "names")
	for _, n := range names {
		t.WriteString(n)
		t.Line()
	}
	if err := t.End(); err != nil {
		return err
	}
	if w.comment == "" {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: "comment", Text: []byte(w.comment), Off: -1})
}

// overlaps finds members whose data lie on those of others, which is how small
// archives unfold to any size, and drops them from the directory's work: they
// are marked and never opened. Sorted copies would cost more than the check on
// archives whose members stand in order, which nearly all do.
func (w *walk) overlaps(dir []entry) bool {
	found := false
	for _, e := range sortedByPlace(dir) {
		if e.prev != nil && e.at < e.prev.at+30+e.prev.packed {
			e.over = true
			found = true
		}
	}
	return found
}
