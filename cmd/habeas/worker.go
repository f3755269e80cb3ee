package main

import (
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"habeas/detectors"
	"habeas/detectors/unveil"
	"habeas/scanner"
	"habeas/scanner/media"
	mediaall "habeas/scanner/media/all"
	"habeas/scanner/pixels/thumb"
	"habeas/scanner/sandbox"
)

// workerName is the command that a scan starts for itself.
const workerName = "worker"

// workerCommand is the life of a worker process. It is hidden: nobody types it.
func (a *app) workerCommand() *cobra.Command {
	var countries []string
	var rulesFile string
	var compiled string
	var onlyCompile, leave, small, copies bool
	var seen pixelFlags
	c := &cobra.Command{
		Use:    workerName,
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := newLook(countries, rulesFile)
			if err != nil {
				return err
			}
			if l.pixels, err = a.pixelSetup(seen); err != nil {
				return err
			}
			e := examiner(l)
			if compiled != "" {
				// A page can be drawn for minutes, longer than a job without pictures takes.
				warm(e.Formats, compiled, l.pixels != nil)
			}
			if leave {
				leaveDocuments(e.Formats)
			}
			if onlyCompile {
				return nil
			}
			in, inOK := a.stdin.(*os.File)
			out, outOK := a.stdout.(*os.File)
			if !inOK || !outOK {
				return usage("a worker speaks through files: it is started by a scan, not by hand")
			}
			if small {
				os.Stdout = os.Stderr // decoders that run as WebAssembly print to it
				return sandbox.Serve(func(q []byte) []byte { return thumb.Answer(e, q) }, in, out)
			}
			if copies {
				os.Stdout = os.Stderr
				return sandbox.ServeAbout(serveCopies(e), in, out, pixelAddresses)
			}
			o := sandbox.Options{}
			if l.pixels != nil {
				// Decoders that run as WebAssembly print to it.
				os.Stdout = os.Stderr
				r, end, err := l.pixels.load()
				if err != nil {
					return err
				}
				defer end()
				e.Pixels = r
				o = sandbox.Options{Addresses: pixelAddresses, Turns: 1, Large: 1}
			}
			return sandbox.Main(e, in, out, o)
		},
	}
	c.Flags().StringSliceVar(&countries, "country", nil, "")
	c.Flags().StringVar(&rulesFile, "rules", "", "")
	c.Flags().StringVar(&compiled, "compiled", "", "")
	c.Flags().BoolVar(&onlyCompile, "only-compile", false, "")
	c.Flags().BoolVar(&leave, "leave-documents", false, "")
	seen.add(c)
	c.Flags().StringVar(&seen.tesseract, "tesseract", "", "")
	c.Flags().StringVar(&seen.ffmpeg, "ffmpeg", "", "")
	c.Flags().BoolVar(&small, "small-pictures", false, "")
	c.Flags().BoolVar(&copies, "copies", false, "")
	return c
}

// examiner is the one way in which objects are taken apart, in workers and here.
func examiner(l look) *scanner.Examiner {
	e := &scanner.Examiner{
		Formats:   mediaall.Formats(),
		Detectors: l.detectors(),
		Sniff:     media.Sniff,
		Views:     views,
		Now:       time.Now,
	}
	if l.pixels != nil {
		e.Pixels = newLazyPixels(l.pixels)
	}
	return e
}

// pixelAddresses is what a worker that looks at pixels may map, bytes: one
// picture, its models, and what a decoder of HEIC takes.
const pixelAddresses = 6 << 30

// views shows the detectors what encoded text says.
func views(p *detectors.Part, look func(*detectors.Part, scanner.Placer)) {
	unveil.Views(p, func(v *unveil.View) { look(&v.Part, v.Found) })
}

// softMemory is from where on the collector works harder in a process that has
// workers, bytes.
const softMemory = 192 << 20

// runner gives what examines objects, and how to end it.
func (a *app) runner(workers int, inProcess bool, l look) (scanner.Runner, func(), error) {
	if inProcess {
		return scanner.InProcess{Examiner: examiner(l)}, func() {}, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, stopped("this program can't find its own file to start workers: use --in-process")
	}
	command := append([]string{self, workerName}, l.arguments()...)
	cfg := sandbox.Config{Command: command, Workers: workers, Hash: examiner(l).Hash()}
	if l.pixels != nil {
		cfg.Time = media.MaxObjectTime + media.MaxPixelTime
	}
	others := cfg
	others.Command = append(command[:len(command):len(command)], "--leave-documents")
	pool, err := sandbox.NewPool(others)
	if err != nil {
		return nil, nil, err
	}
	both, end := a.withDocuments(pool, cfg)
	// What is left to do here holds little and makes much garbage: to collect it
	// seldom saves a tenth of the time, and stops short of the memory that a scan
	// may take.
	percent, limit := debug.SetGCPercent(400), debug.SetMemoryLimit(softMemory)
	return both, func() {
		end()
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}, nil
}
