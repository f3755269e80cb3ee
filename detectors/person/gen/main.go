// Command gen makes the table of given and family names that package person looks
// words up in, from the locales of the npm package @faker-js/faker (MIT licence),
// whose hash it checks:
//
//	npm pack @faker-js/faker@10.6.0
//	go run ./detectors/person/gen -from .
//
// It is run from the root of the repository. The table holds no names: it is the
// sorted hashes of them, four bytes each, the lowest two bits of which say what
// the name is (1 given, 2 family).
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"habeas/detectors/person/namelist"
)

const (
	archive = "faker-js-faker-10.6.0.tgz"
	sum     = "13b79ed894af1a52a624fdb144384e1fd6c4afc1a30488830d3be64924333674"
)

// maxFile bounds one file of the package, bytes.
const maxFile = 8 << 20

func main() {
	from := flag.String("from", ".", "`FOLDER` with the package")
	flag.Parse()
	if err := run(*from); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(from string) error {
	packed, err := os.ReadFile(filepath.Join(from, archive))
	if err != nil {
		return err
	}
	if got := sha256.Sum256(packed); hex.EncodeToString(got[:]) != sum {
		return fmt.Errorf("%s is not the file that this was written for", archive)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	table := map[uint32]uint32{}
	for files := tar.NewReader(unpacked); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if ok, _ := path.Match("package/dist/*.js", h.Name); !ok {
			continue
		}
		source, err := io.ReadAll(io.LimitReader(files, maxFile))
		if err != nil {
			return err
		}
		collect(string(source), "first_name:{", uint32(namelist.Given), table)
		collect(string(source), "last_name:{", uint32(namelist.Family), table)
	}
	var out []byte
	for _, hash := range slices.Sorted(maps.Keys(table)) {
		out = binary.LittleEndian.AppendUint32(out, hash|table[hash])
	}
	fmt.Fprintf(os.Stderr, "%d names, %d bytes\n", len(table), len(out))
	return os.WriteFile("detectors/person/namelist/names.bin", out, 0o644)
}

// lists are the strings of a locale, one to an item or many with a sign between
// that the source splits them at.
var lists = regexp.MustCompile("`([^`]*)`(?:\\.split\\(`([^`])`\\))?")

// collect adds the names behind every mark in source, up to the end of its braces.
func collect(source, mark string, flag uint32, table map[uint32]uint32) {
	for at := strings.Index(source, mark); at >= 0; at = strings.Index(source, mark) {
		source = source[at+len(mark):]
		end := strings.IndexByte(source, '}')
		if end < 0 {
			return
		}
		for _, m := range lists.FindAllStringSubmatch(source[:end], -1) {
			all := []string{m[1]}
			if m[2] != "" {
				all = strings.Split(m[1], m[2])
			}
			for _, name := range all {
				add(name, flag, table)
			}
		}
	}
}

// add keeps names of one word that begin with a capital and have three letters.
func add(name string, flag uint32, table map[uint32]uint32) {
	first, _ := utf8.DecodeRuneInString(name)
	if utf8.RuneCountInString(name) < 3 || !unicode.IsUpper(first) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return
	}
	table[namelist.Hash([]byte(name))&^3] |= flag
}
