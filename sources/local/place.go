package local

import (
	"context"
	"path/filepath"
	"strconv"

	"habeas/sources"
)

// Place names the folder by its path without links and by its inode: another one
// that is mounted or moved there meanwhile is another place.
func (s *Source) Place(ctx context.Context) (sources.Place, error) {
	if err := ctx.Err(); err != nil {
		return sources.Place{}, err
	}
	root, err := s.place()
	if err != nil {
		return sources.Place{}, err
	}
	real, err := filepath.EvalSymlinks(s.name)
	if err != nil {
		return sources.Place{}, atStart(err)
	}
	info, err := root.Stat(".")
	if err != nil {
		return sources.Place{}, atStart(err)
	}
	inode, _ := inodeAndChange(info)
	return sources.Place{Endpoint: "folder", Container: real, Account: "inode " + strconv.FormatUint(inode, 10), Versioning: "off"}, nil
}
