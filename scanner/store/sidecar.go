package store

import (
	"context"
	"database/sql"
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A sidecar tells of another file by its name alone:
//
//	a.xmp, a.jpg.xmp                      XMP beside a.jpg (or any other picture a)
//	IMG_1.AAE, IMG_O1.AAE                 Apple's edits of IMG_1.HEIC
//	a.jpg.json, a.jpg.supplemental-m.json Google Takeout's data of a.jpg
//	a.jpg(1).json                         and of a(1).jpg
//
// Which file that is shows only when both are in the record, so the two are
// joined when it is replayed.

// mediaTypes are the endings, in lower case, of what has sidecars.
var mediaTypes = []string{".jpg", ".jpeg", ".heic", ".heif", ".avif", ".png", ".webp", ".tif", ".tiff", ".gif", ".jxl", ".jp2", ".psd", ".pdf",
	".dng", ".nef", ".arw", ".cr2", ".cr3", ".raf", ".orf", ".rw2", ".pef", ".srw", ".gpr", ".mov", ".mp4", ".m4v", ".3gp", ".avi", ".mkv", ".mp3", ".m4a"}

func isMedia(name string) bool { return slices.Contains(mediaTypes, strings.ToLower(path.Ext(name))) }

// maxSiblings bounds the keys looked at for one sidecar.
const maxSiblings = 50

var takeout = regexp.MustCompile(`^(.+?)(\.[A-Za-z0-9]{2,5})(?:\.s[a-z-]*)?(\(\d+\))?$`)

// mediaOf gives what may be the key of the file that key is a sidecar of: exact
// keys, and stems that any media ending may follow.
func mediaOf(key string) (exact, stems []string) {
	ext := path.Ext(key)
	rest := strings.TrimSuffix(key, ext)
	dir, name := path.Split(rest)
	if name == "" {
		return nil, nil
	}
	switch strings.ToLower(ext) {
	case ".xmp":
		if isMedia(name) {
			return []string{rest}, nil
		}
		return nil, []string{rest + "."}
	case ".aae":
		stems = []string{rest + "."}
		if n, ok := strings.CutPrefix(name, "IMG_O"); ok {
			stems = append(stems, dir+"IMG_"+n+".")
		}
		return nil, stems
	case ".json":
		m := takeout.FindStringSubmatch(name)
		if m == nil || !isMedia(m[2]) {
			return nil, nil
		}
		return []string{dir + m[1] + m[3] + m[2]}, nil
	}
	return nil, nil
}

// sidecars looks the files up in one transaction.
type sidecars struct {
	exact, siblings *sql.Stmt
}

func newSidecars(ctx context.Context, tx *sql.Tx) (*sidecars, error) {
	exact, err := tx.PrepareContext(ctx, `SELECT key FROM object JOIN source s ON s.id = object.source WHERE s.name = ? AND key = ? LIMIT 1`)
	if err != nil {
		return nil, err
	}
	siblings, err := tx.PrepareContext(ctx, `SELECT key FROM object JOIN source s ON s.id = object.source
		WHERE s.name = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?`)
	if err != nil {
		return nil, errors.Join(err, exact.Close())
	}
	return &sidecars{exact, siblings}, nil
}

func (s *sidecars) close() error { return errors.Join(s.exact.Close(), s.siblings.Close()) }

// of gives the key of the file that the object is a sidecar of, or "".
func (s *sidecars) of(ctx context.Context, source, key string) (string, error) {
	exact, stems := mediaOf(key)
	for _, k := range exact {
		var found []byte
		switch err := s.exact.QueryRowContext(ctx, source, []byte(k)).Scan(&found); {
		case err == nil:
			return string(found), nil
		case !errors.Is(err, sql.ErrNoRows):
			return "", err
		}
	}
	for _, stem := range stems {
		if k, err := s.sibling(ctx, source, stem); err != nil || k != "" {
			return k, err
		}
	}
	return "", nil
}

// sibling is the first media file whose key is stem, which ends in a dot, and an
// ending.
func (s *sidecars) sibling(ctx context.Context, source, stem string) (string, error) {
	after := stem[:len(stem)-1] + "/" // the byte after the dot
	rows, err := s.siblings.QueryContext(ctx, source, []byte(stem), []byte(after), maxSiblings)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		var k []byte
		if err := rows.Scan(&k); err != nil {
			return "", err
		}
		if end := string(k[len(stem)-1:]); isMedia(end) && path.Ext(end) == end {
			return string(k), nil
		}
	}
	return "", rows.Err()
}
