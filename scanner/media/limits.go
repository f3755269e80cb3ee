package media

import "time"

// The limits of one object, all in this one file. A limit that bites is a
// Reason in coverage, never silence. They count bytes seen, not bytes declared.
const (
	MaxDepth       = 8         // containers inside containers; real mail inside zip inside mail stays under 5
	MaxMembers     = 100_000   // nested things and parts in one object
	MaxInflated    = 1 << 30   // bytes that decompression may yield, per object
	MaxRatio       = 1_000     // of inflated to packed bytes, once past RatioFloor
	RatioFloor     = 10 << 20  // small highly packed blocks are normal
	MaxText        = 1 << 30   // bytes of text read of one object
	MaxBlock       = 64 << 20  // bytes of one metadata block held in memory
	MaxIFDs        = 64        // in one Exif block; cameras write up to about 10
	MaxIFDEntries  = 4_096     // in one Exif block
	MaxXMLDepth    = 64        // real XMP stays under 15
	MaxXMLTokens   = 1_000_000 // in one XML block
	MaxBoxDepth    = 20        // ISOBMFF; as libheif
	MaxBoxes       = 10_000    // children of one box
	MaxSegments    = 100_000   // markers of a JPEG, chunks of a PNG or RIFF
	MaxObjectTime  = 60 * time.Second
	MaxPixelTime   = 10 * time.Minute // on the pixels of one object: some hundred scanned pages
	MaxPixels      = 250_000_000      // that a picture may declare; the largest cameras stay under 200 million
	MaxFindings    = 100_000          // of one object: more says the same as this many
	MaxObjectReads = 4 << 30          // bytes read of one object, re-reads counted
)
