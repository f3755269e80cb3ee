package media

import (
	"image"
	"math"

	"habeas/detectors"
)

// Picture is what a container knows of the picture that it holds, for whoever
// walks something inside: a metadata block of the picture shares the Picture of
// its container, a thumbnail or second picture has one of its own whose Outer is
// the container's. Copies that show more than the picture itself are found by it.
type Picture struct {
	Width, Height int // pixels as shown, before any rotation; 0 if unknown
	// The same, for who draws a frame around it, where a format sets no Width because
	// copies are not to be compared with the picture. See Measured.
	FullWidth, FullHeight int

	ExifWidth, ExifHeight int // what Exif says that they were; 0 if it doesn't

	Orientation int // EXIF, 1 to 8: how the picture is to be turned; 0 if nothing says so

	Located             bool    // Exif has a position
	Latitude, Longitude float64 // degrees, of that position

	Outer *Picture // nil if this is no copy inside another picture
}

// Pictured is an optional ability of a Visitor: the Picture of the container that
// is being walked.
type Pictured interface {
	Picture() *Picture
}

// PictureOf is the Picture that v carries, or one of no use to others where v
// carries none. It is never nil.
func PictureOf(v Visitor) *Picture {
	if c, ok := v.(Pictured); ok {
		if p := c.Picture(); p != nil {
			return p
		}
	}
	return new(Picture)
}

// Measured tells the Picture of v how large it is, pixels as stored. The first to
// say so is the container itself: a block inside it may speak of the picture as it
// once was. Sizes that no picture has are ignored.
func Measured(v Visitor, width, height uint64) {
	p := PictureOf(v)
	if width > 0 && height > 0 && width <= math.MaxInt32 && height <= math.MaxInt32 && p.FullWidth == 0 {
		p.FullWidth, p.FullHeight = int(width), int(height)
	}
}

// Size is that of the picture as it is stored; 0 if nothing says.
func (p *Picture) Size() (width, height int) {
	if p.Width > 0 && p.Height > 0 {
		return p.Width, p.Height
	}
	return p.FullWidth, p.FullHeight
}

// SameShape reports whether two sizes have one aspect ratio, within 2 % or the
// pixel and a half that rounding costs, upright or turned by 90 degrees. Sizes
// that are not known differ from none.
func SameShape(w, h, w2, h2 int) bool {
	if w <= 0 || h <= 0 || w2 <= 0 || h2 <= 0 {
		return true
	}
	return similar(w, h, w2, h2) || similar(w, h, h2, w2)
}

func similar(w, h, w2, h2 int) bool {
	// The second size with the aspect of the first, by one side and by the other.
	x, y := float64(h2)*float64(w)/float64(h), float64(w2)*float64(h)/float64(w)
	return near(x, float64(w2)) || near(y, float64(h2))
}

func near(a, b float64) bool { return math.Abs(a-b) <= max(1.5, 0.02*b) }

// Hidden is the group of tags that tell of a copy hidden in a file.
const Hidden = "Hidden"

// Names of tags in the group Hidden.
const (
	HiddenThumbnail = "Thumbnail"          // a small copy that shows something else than the picture
	HiddenUncropped = "UncroppedThumbnail" // one of the shape that the picture had before a crop
	HiddenPicture   = "OtherPicture"       // another picture beside the one that is shown
	HiddenOriginal  = "Original"           // the picture as it was before a crop, an overlay or an effect
	HiddenVideo     = "MotionPhoto"        // a short video behind a picture
	HiddenRows      = "DeletedRows"        // of a database, that no table leads to any more
	HiddenPlace     = "OtherPlace"         // a copy with another position than the picture's
)

// HiddenCopy tells v that a copy stands at path; name is one of the Hidden names,
// why says in words of ours what shows it.
func HiddenCopy(v Visitor, path, name, why string) error {
	return v.Part(&detectors.Part{Path: path, Off: -1, Tags: []detectors.Tag{{Group: Hidden, Name: name, Value: why}}})
}

// Unseer is an optional ability of a Visitor: it is told of pictures that the
// walker knows no way to hand out. See Unseen.
type Unseer interface {
	Unseen(path string)
}

// Unseen tells v that there is a picture at path whose pixels nobody will see:
// reports count it.
func Unseen(v Visitor, path string) {
	if u, ok := v.(Unseer); ok {
		u.Unseen(path)
	}
}

// Shower is an optional ability of a Visitor: it looks at pictures that stand in no
// file of their own, as a page that its walker draws. See Show.
type Shower interface {
	// Showing reports whether pictures are looked at, and not only counted.
	Showing() bool
	// Show counts the picture at path and, if pictures are looked at, calls draw and
	// looks at what it gives. An error of draw is the picture's own, unless reads
	// have failed. Its own error ends the walk.
	Show(path string, draw func() (image.Image, error)) error
	// ShowFrame does the same for a frame of the video that is walked, which counts
	// as one picture however many of its frames are shown. film gives a movie in MP4
	// (ISO/IEC 14496-14) that holds this one frame, coded as it was.
	ShowFrame(path string, film func() ([]byte, error)) error
}

// OneFrame is the type of what ShowFrame is given.
const OneFrame = "video/mp4;frames=1"

// Showing reports whether v looks at pictures.
func Showing(v Visitor) bool {
	s, ok := v.(Shower)
	return ok && s.Showing()
}

// Show has v look at a picture that draw gives, or only count it.
func Show(v Visitor, path string, draw func() (image.Image, error)) error {
	if s, ok := v.(Shower); ok {
		return s.Show(path, draw)
	}
	return nil
}

// ShowFrame has v look at one frame of the video that is walked.
func ShowFrame(v Visitor, path string, film func() ([]byte, error)) error {
	if s, ok := v.(Shower); ok {
		return s.ShowFrame(path, film)
	}
	return nil
}
