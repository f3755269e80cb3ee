package local

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"habeas/sources"
)

// Exposure tells from the mode bits whether every user of this machine may read
// what lies in the folder: that takes the right to search it and each folder above
// it. Whether a server hands the folder out to others, nothing here tells.
func (s *Source) Exposure(ctx context.Context) (sources.Exposure, error) {
	if err := ctx.Err(); err != nil {
		return sources.Exposure{}, err
	}
	if !modesTell {
		return sources.Exposure{Audience: sources.AudienceUnknown, Unknown: []string{unreadRights}}, nil
	}
	open, err := s.reachable()
	if err != nil {
		return sources.Exposure{Audience: sources.AudienceUnknown}, nil
	}
	if open {
		return sources.Exposure{Audience: sources.AudienceShared, Because: []string{sources.BecauseMode}}, nil
	}
	return sources.Exposure{Audience: sources.AudiencePrivate, Because: []string{sources.BecauseClosed}}, nil
}

// unreadRights stands for what an exposure is not known by where mode bits say
// nothing.
const unreadRights = "access lists of this system"

// Bits of a mode that are about users who are neither the owner nor in the group.
const (
	othersRead   fs.FileMode = 0o004
	othersSearch fs.FileMode = 0o001
)

// reachable reports whether every user may get as far as into the folder.
func (s *Source) reachable() (bool, error) {
	dir, err := filepath.EvalSymlinks(s.name)
	if err != nil {
		return false, err
	}
	if info, err := os.Stat(dir); err != nil {
		return false, err
	} else if !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	for dir != s.top {
		info, err := os.Stat(dir)
		if err != nil {
			return false, err
		}
		if info.Mode()&othersSearch == 0 {
			return false, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return true, nil
		}
		dir = above
	}
	return true, nil
}

// audience is Object.Audience of a file in a folder that others can reach, or not:
// only what differs from the Exposure of the whole source is said.
func audience(info fs.FileInfo, reachable, shut bool) string {
	if reachable && (shut || info.Mode()&othersRead == 0) {
		return sources.AudiencePrivate
	}
	return ""
}
