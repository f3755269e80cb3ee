package cases

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"habeas/reports/subject"
)

//go:embed templates/*.txt
var builtIn embed.FS

// LetterNames lists the letters that there are templates for.
func LetterNames() []string {
	return []string{"acknowledge", "identify", "extend", "refuse", "answer", "refer"}
}

// Letter data: what a template may say.
type LetterData struct {
	Case       *Case
	Regime     string // name
	Title      string // of the regime, in words
	Request    string // the kind of the request, in words
	Today      Date
	Due        Date // the answer's, as it is now
	Reason     string
	To         string // whom the letter goes to; not recorded
	Controller Controller
	Referrals  []subject.Referral
	Search     *Search // for an answer; nil if nothing was searched
}

// Controller is who answers. Empty fields print as a gap to fill in.
type Controller struct {
	Name, Address, Officer, Email, Authority string
}

// Search is what an answer says of how far was looked.
type Search struct {
	AsOf                                            string
	Listed, Complete, Partial, Skipped, Failed      int64
	Verified, Likely, Possible, Objects, OwnObjects int
}

// Whole reports whether everything that is there was read.
func (s *Search) Whole() bool { return s.Complete == s.Listed }

// Letters are templates, ready to be filled in.
type Letters struct{ t *template.Template }

// LoadLetters reads the built-in templates, and over them those of the same name
// in folder; "" for none.
func LoadLetters(folder string) (*Letters, error) {
	t := template.New("letters").Option("missingkey=error").Funcs(template.FuncMap{"gap": gap})
	t, err := t.ParseFS(builtIn, "templates/*.txt")
	if err != nil {
		return nil, err
	}
	if folder == "" {
		return &Letters{t}, nil
	}
	own, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(own) == 0 {
		return nil, errors.New("the folder of templates holds none: `habeas case templates` writes them")
	}
	for _, path := range own {
		b, err := readTemplate(path)
		if err != nil {
			return nil, err
		}
		if _, err := t.New(filepath.Base(path)).Parse(string(b)); err != nil {
			return nil, fmt.Errorf("template %s: %w", filepath.Base(path), err)
		}
	}
	return &Letters{t}, nil
}

// maxTemplate bounds a template, in bytes.
const maxTemplate = 1 << 20

func readTemplate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxTemplate))
}

// gap is s, or a mark that something is to be filled in.
func gap(what, s string) string {
	if strings.TrimSpace(s) == "" {
		return "[" + what + ": officer to complete]"
	}
	return s
}

// Write fills in the letter of this name.
func (l *Letters) Write(w io.Writer, name string, d LetterData) error {
	if !slices.Contains(LetterNames(), name) {
		return fmt.Errorf("there is no letter of this name: it is one of %s", strings.Join(LetterNames(), ", "))
	}
	d.Regime, d.Title, d.Request = d.Case.Regime, RegimeTitle(d.Case.Regime), requestWords(d.Case.Kind)
	var b bytes.Buffer
	if err := l.t.ExecuteTemplate(&b, name+".txt", d); err != nil {
		return fmt.Errorf("letter %s: %w", name, err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Gaps reports whether a letter still has something to fill in.
func Gaps(letter []byte) bool { return bytes.Contains(letter, []byte(": officer to complete]")) }

func requestWords(k Kind) string {
	switch k {
	case Access:
		return "access to your personal information"
	case Portability:
		return "a portable copy of the data that you gave us"
	case Rectify:
		return "correction of your personal information"
	case Erase:
		return "deletion of your personal information"
	case Restrict:
		return "restriction of the use of your personal information"
	case Object:
		return "an end to the use of your personal information"
	}
	return "what was disclosed of you for direct marketing"
}

// WriteTemplates writes the built-in templates into folder, to be edited, and
// overwrites nothing. It gives the names written.
func WriteTemplates(folder string) ([]string, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	all, err := fs.Glob(builtIn, "templates/*.txt")
	if err != nil {
		return nil, err
	}
	var written []string
	for _, path := range all {
		b, err := builtIn.ReadFile(path)
		if err != nil {
			return written, err
		}
		f, err := os.OpenFile(filepath.Join(folder, filepath.Base(path)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return written, err
		}
		_, err = f.Write(b)
		if err := errors.Join(err, f.Close()); err != nil {
			return written, err
		}
		written = append(written, filepath.Base(path))
	}
	return written, nil
}
