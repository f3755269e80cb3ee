//go:build !(linux || darwin || windows)

package decode

import (
	"io"

	"habeas/scanner/media"
)

// heif has no decoder here.
func heif(string, *io.SectionReader, func(Picture) error) error {
	return media.Stop("", media.Unsupported)
}
