package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/pixels"
	"habeas/scanner/pixels/blazeface"
	"habeas/scanner/pixels/ffmpeg"
	"habeas/scanner/pixels/models"
	"habeas/scanner/pixels/onnx"
	"habeas/scanner/pixels/ppocr"
	"habeas/scanner/pixels/tesseract"
	"habeas/scanner/pixels/yunet"
	"habeas/scanner/sandbox"
)

// Engines that read text.
const (
	enginePPOCR     = "ppocr"
	engineTesseract = "tesseract"
)

// pixelFlags say what is looked for in the pixels of pictures.
type pixelFlags struct {
	ocr, faces bool
	engine     string
	languages  string
	faceModel  string
	models     string
	tesseract  string // path of the program; found where it is empty
	turned     bool   // the program can tell how a picture is turned
	ffmpeg     string // path of the program; found where it is empty
}

func (f *pixelFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.BoolVar(&f.ocr, "ocr", false, "read the text that pictures show (needs 'habeas models install'; reads whole objects)")
	fl.BoolVar(&f.faces, "faces", false, "find faces in pictures: where they are, never whose (needs 'habeas models install'; reads whole objects)")
	fl.StringVar(&f.engine, "ocr-engine", enginePPOCR, "`ENGINE` that reads text: ppocr, or tesseract where that program is installed")
	fl.StringVar(&f.languages, "ocr-lang", "eng", "`LANGUAGES` for tesseract, as eng+deu")
	fl.StringVar(&f.faceModel, "face-model", "", "`FILE` of a YuNet model to find faces with")
	fl.StringVar(&f.models, "models", "", "`FOLDER` of the models (default: habeas/models in the cache folder)")
}

// pixelSetup is what pixelFlags come to: checked, named, and not yet loaded.
type pixelSetup struct {
	pixelFlags
	name  string // of all that decides what is seen
	words string // for reports
	faceB []byte // the model of --face-model
}

// setup checks that all is there that f asks for. It gives nil where f asks for
// nothing.
func (a *app) pixelSetup(f pixelFlags) (*pixelSetup, error) {
	if !f.ocr && !f.faces {
		if f.faceModel != "" {
			return nil, usage("--face-model is for --faces")
		}
		return nil, nil
	}
	if f.models == "" {
		f.models = a.modelsFolder()
	}
	s := &pixelSetup{pixelFlags: f}
	var name, words []string
	if f.ocr {
		n, err := s.checkText()
		if err != nil {
			return nil, err
		}
		name, words = append(name, n), append(words, "text ("+f.engine+")")
	}
	if f.faces {
		n, model, err := s.checkFaces()
		if err != nil {
			return nil, err
		}
		name, words = append(name, n), append(words, "faces ("+model+")")
	}
	name = append(name, s.checkFrames())
	s.name, s.words = strings.Join(name, "; "), strings.Join(words, " and ")
	return s, nil
}

// checkFrames names what decodes frames of videos: nothing, where ffmpeg is not
// installed.
func (s *pixelSetup) checkFrames() string {
	if s.ffmpeg == noProgram {
		return "no frames"
	}
	if s.ffmpeg == "" {
		path, err := exec.LookPath("ffmpeg")
		if err != nil {
			s.ffmpeg = noProgram
			return "no frames"
		}
		s.ffmpeg = path
	}
	out, err := exec.Command(s.ffmpeg, "-version").Output()
	if err != nil {
		s.ffmpeg = noProgram
		return "no frames"
	}
	first, _, _ := strings.Cut(string(out), "\n")
	version, _, _ := strings.Cut(strings.TrimPrefix(first, "ffmpeg version "), " ")
	return "ffmpeg 1 " + version
}

// noProgram stands for a program that is not installed.
const noProgram = "-"

// checkText names the reader of text, or says what it lacks.
func (s *pixelSetup) checkText() (string, error) {
	switch s.engine {
	case enginePPOCR:
		return "ppocr 1 " + pinned(models.Library, models.Detector, models.Recogniser, models.Dictionary),
			s.need(models.Library, models.Detector, models.Recogniser, models.Dictionary)
	case engineTesseract:
		if !tesseract.ValidLanguages(s.languages) {
			return "", usage("--ocr-lang takes names of languages joined by +, as eng+deu")
		}
		if s.tesseract == "" {
			path, err := exec.LookPath("tesseract")
			if err != nil {
				return "", usage("tesseract is not installed: `apt-get install tesseract-ocr` or the like, or leave --ocr-engine away")
			}
			s.tesseract = path
		}
		version, have, err := tesseractHas(s.tesseract)
		if err != nil {
			return "", usage("%s does not say which languages it has: it is another program, or too old", reports.Show(s.tesseract))
		}
		for l := range strings.SplitSeq(s.languages, "+") {
			if !have[l] {
				return "", usage("tesseract has no data for %s: `apt-get install tesseract-ocr-%s` or the like", reports.Show(l), reports.Show(strings.ReplaceAll(l, "_", "-")))
			}
		}
		s.turned = have[tesseract.Turns]
		return fmt.Sprintf("tesseract 2 %s %s %t", version, s.languages, s.turned), nil
	}
	return "", usage("--ocr-engine takes %s or %s", enginePPOCR, engineTesseract)
}

// checkFaces names the finder of faces, or says what it lacks.
func (s *pixelSetup) checkFaces() (name, model string, err error) {
	if s.faceModel == "" {
		return "blazeface 1 " + pinned(models.Library, models.BlazeFace), "blazeface", s.need(models.Library, models.BlazeFace)
	}
	if err := s.need(models.Library); err != nil {
		return "", "", err
	}
	if s.faceB, err = readModel(s.faceModel); err != nil {
		return "", "", usage("--face-model: %s", reports.Show(err.Error()))
	}
	sum := sha256.Sum256(s.faceB)
	return "yunet 1 " + hex.EncodeToString(sum[:]), "yunet", nil
}

// maxModel bounds a model of the user's, bytes.
const maxModel = 64 << 20

func readModel(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxModel+1))
	if err == nil && (len(b) == 0 || len(b) > maxModel) {
		err = fmt.Errorf("%s is no model", path)
	}
	return b, err
}

// need fails unless the files are in the store.
func (s *pixelSetup) need(names ...string) error {
	if len(models.Files()) == 0 {
		return usage("there is no ONNX Runtime for this system: --ocr-engine tesseract reads text without it")
	}
	for _, f := range models.Files() {
		for _, name := range names {
			if f.Name != name {
				continue
			}
			switch models.Check(s.models, f) {
			case models.Missing:
				return usage("the models are not installed: run `habeas models install` once (--ocr-engine tesseract reads text without them)")
			case models.Differs:
				return usage("%s in %s is not the file that it should be: delete it and run `habeas models install`", f.Name, reports.Show(s.models))
			}
		}
	}
	return nil
}

// pinned names files of the store by their hashes.
func pinned(names ...string) string {
	var out []string
	for _, f := range models.Files() {
		for _, n := range names {
			if f.Name == n {
				out = append(out, f.SHA256[:16])
			}
		}
	}
	return strings.Join(out, " ")
}

// tesseractHas gives the version of the program and its languages.
func tesseractHas(path string) (version string, languages map[string]bool, err error) {
	out, err := exec.Command(path, "--list-langs").CombinedOutput()
	if err != nil {
		return "", nil, err
	}
	languages = map[string]bool{}
	for l := range strings.Lines(string(out)) {
		languages[strings.TrimSpace(l)] = true
	}
	out, err = exec.Command(path, "--version").CombinedOutput()
	if err != nil {
		return "", nil, err
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(first), languages, nil
}

// arguments tell a worker.
func (s *pixelSetup) arguments() []string {
	if s == nil {
		return nil
	}
	args := []string{"--models", s.models, "--ocr-engine", s.engine, "--ocr-lang", s.languages, "--face-model", s.faceModel, "--tesseract", s.tesseract, "--ffmpeg", s.ffmpeg}
	if s.ocr {
		args = append(args, "--ocr")
	}
	if s.faces {
		args = append(args, "--faces")
	}
	return args
}

// load loads the libraries and models, and starts the program that is needed.
// end lets go of what must not outlive this.
func (s *pixelSetup) load() (r *pixels.Reader, end func(), err error) {
	o := pixels.Options{Name: s.name}
	var helpers []*sandbox.Helper
	end = func() {
		for _, h := range helpers {
			_ = h.Close()
		}
	}
	var rt *onnx.Runtime
	if s.faces || s.engine == enginePPOCR {
		path, err := models.Path(s.models, models.Library)
		if err != nil {
			return nil, nil, err
		}
		if rt, err = onnx.Load(path); err != nil {
			return nil, nil, err
		}
	}
	if s.faces {
		if err := s.loadFaces(rt, &o); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case !s.ocr:
	case s.engine == enginePPOCR:
		if o.Lines, err = s.loadText(rt); err != nil {
			return nil, nil, err
		}
	default:
		h, err := startHelper(engineTesseract, s.tesseract, s.languages, fmt.Sprint(s.turned))
		if err != nil {
			return nil, nil, err
		}
		helpers = append(helpers, h)
		o.Lines = tesseract.New(h)
	}
	if s.ffmpeg != noProgram {
		h, err := startHelper(programFFmpeg, s.ffmpeg)
		if err != nil {
			end()
			return nil, nil, err
		}
		helpers = append(helpers, h)
		o.Frames = ffmpeg.New(h)
	}
	return pixels.New(o), end, nil
}

// startHelper starts the process that runs a program for a worker.
func startHelper(program, path string, options ...string) (*sandbox.Helper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return sandbox.StartHelper(append([]string{self, helperName, program, path}, options...))
}

func (s *pixelSetup) loadText(rt *onnx.Runtime) (pixels.LineReader, error) {
	det, err := s.session(rt, models.Detector)
	if err != nil {
		return nil, err
	}
	rec, err := s.session(rt, models.Recogniser)
	if err != nil {
		return nil, err
	}
	dictionary, err := models.Read(s.models, models.Dictionary)
	if err != nil {
		return nil, err
	}
	return ppocr.New(det, rec, dictionary)
}

func (s *pixelSetup) loadFaces(rt *onnx.Runtime, o *pixels.Options) error {
	if s.faceModel == "" {
		m, err := s.session(rt, models.BlazeFace)
		if err != nil {
			return err
		}
		o.Faces, o.Model, o.Likely = blazeface.New(m), "blazeface", blazeface.Likely
		return nil
	}
	m, err := rt.Session(s.faceB)
	if err != nil {
		return fmt.Errorf("--face-model: %w", err)
	}
	f, err := yunet.New(m)
	if err != nil {
		return fmt.Errorf("--face-model: %w", err)
	}
	o.Faces, o.Model, o.Likely = f, "yunet", yunet.Likely
	return nil
}

func (s *pixelSetup) session(rt *onnx.Runtime, name string) (*onnx.Session, error) {
	b, err := models.Read(s.models, name)
	if err != nil {
		return nil, err
	}
	return rt.Session(b)
}

// lazyPixels loads what it needs at the first picture: the process that starts
// workers looks at none, and one that has no workers may meet none.
type lazyPixels struct {
	setup *pixelSetup
	start func() (*pixels.Reader, error)
}

var _ scanner.Pixels = lazyPixels{}

func newLazyPixels(s *pixelSetup) lazyPixels {
	return lazyPixels{s, sync.OnceValues(func() (*pixels.Reader, error) {
		r, _, err := s.load() // what it starts ends with this process
		return r, err
	})}
}

// Hash implements scanner.Pixels.
func (l lazyPixels) Hash() string { return l.setup.name }

// Look implements scanner.Pixels.
func (l lazyPixels) Look(ctx context.Context, p scanner.Picture, seen func(scanner.Seen) error) error {
	r, err := l.start()
	if err != nil {
		return errors.Join(errPixels, err)
	}
	return r.Look(ctx, p, seen)
}

// errPixels says that nothing can look at pictures.
var errPixels = errors.New("the models do not load")

// helperName is the command of the process that runs tesseract or ffmpeg for a
// worker.
const helperName = "pixel-helper"

// programFFmpeg is how a helper is told that its program is ffmpeg.
const programFFmpeg = "ffmpeg"

// helperCommand is hidden: nobody types it.
func (a *app) helperCommand() *cobra.Command {
	return &cobra.Command{
		Use:    helperName,
		Hidden: true,
		Args:   cobra.RangeArgs(2, 4),
		RunE: func(_ *cobra.Command, args []string) error {
			in, inOK := a.stdin.(*os.File)
			out, outOK := a.stdout.(*os.File)
			program, path, options := args[0], args[1], args[2:]
			switch {
			case !inOK || !outOK:
			case program == engineTesseract && len(options) == 2 && tesseract.ValidLanguages(options[0]):
				return sandbox.HelperMain(append([]string{path}, tesseract.Arguments(options[0], options[1] == "true")...), tesseract.Environment(), in, out)
			case program == programFFmpeg && len(options) == 0:
				return sandbox.HelperMain(append([]string{path}, ffmpeg.Arguments()...), ffmpeg.Environment(), in, out)
			}
			return usage("a helper is started by a worker, not by hand")
		},
	}
}

// modelsFolder is where the models are kept.
func (a *app) modelsFolder() string {
	if cache := a.cacheFolder(); cache != "" {
		return filepath.Join(cache, "habeas", "models")
	}
	return ""
}
