// Package all lists every format that habeas reads. A new format adds its line
// here, and nothing else outside of its package.
package all

import (
	"habeas/scanner/media"
	"habeas/scanner/media/accesslog"
	"habeas/scanner/media/appledouble"
	"habeas/scanner/media/ar"
	"habeas/scanner/media/asf"
	"habeas/scanner/media/bmp"
	"habeas/scanner/media/compress"
	"habeas/scanner/media/csv"
	"habeas/scanner/media/dicom"
	"habeas/scanner/media/ebml"
	"habeas/scanner/media/fit"
	"habeas/scanner/media/flir"
	"habeas/scanner/media/gif"
	"habeas/scanner/media/html"
	"habeas/scanner/media/id3"
	"habeas/scanner/media/iff"
	"habeas/scanner/media/iptc"
	"habeas/scanner/media/isobmff"
	"habeas/scanner/media/iwork"
	"habeas/scanner/media/jp2"
	"habeas/scanner/media/jpeg"
	"habeas/scanner/media/json"
	"habeas/scanner/media/lnk"
	"habeas/scanner/media/mail"
	"habeas/scanner/media/metafile"
	"habeas/scanner/media/office"
	"habeas/scanner/media/ole"
	"habeas/scanner/media/parquet"
	"habeas/scanner/media/pdf"
	"habeas/scanner/media/photoshop"
	"habeas/scanner/media/plist"
	"habeas/scanner/media/png"
	"habeas/scanner/media/rar"
	"habeas/scanner/media/raw"
	"habeas/scanner/media/riff"
	"habeas/scanner/media/rtf"
	"habeas/scanner/media/sevenzip"
	"habeas/scanner/media/sqlite"
	"habeas/scanner/media/svg"
	"habeas/scanner/media/tar"
	"habeas/scanner/media/text"
	"habeas/scanner/media/tiff"
	"habeas/scanner/media/tnef"
	"habeas/scanner/media/vobject"
	"habeas/scanner/media/xiph"
	"habeas/scanner/media/xmldoc"
	"habeas/scanner/media/xmp"
	"habeas/scanner/media/zip"
)

// Formats is every format, in the order in which they are asked whether content
// is theirs: the most frequent first, those that look at more than a few bytes
// later, text, which takes what nobody else knows, last. The slice is the
// caller's.
func Formats() []media.Format {
	return []media.Format{
		jpeg.New(),
		png.New(),
		riff.New(),
		isobmff.New(),
		xiph.NewFLAC(),
		xiph.NewOgg(),
		ebml.New(),
		asf.New(),
		iff.New(),
		id3.New(),
		pdf.New(),
		zip.New(office.Documents{}),
		compress.NewGzip(),
		compress.NewBzip2(),
		compress.NewXZ(),
		compress.NewZstd(),
		sevenzip.New(),
		rar.New(),
		ar.New(),
		tar.New(),
		ole.New(),
		tnef.New(),
		sqlite.New(),
		sqlite.NewWAL(),
		sqlite.NewJournal(),
		parquet.New(),
		plist.New(),
		iwork.New(),
		photoshop.New(),
		iptc.New(),
		tiff.New(),
		flir.New(),
		gif.New(),
		jp2.NewJXL(),
		jp2.New(),
		raw.New(),
		dicom.New(),
		fit.New(),
		lnk.New(),
		appledouble.New(),
		bmp.New(),
		bmp.NewIcon(),
		metafile.New(),
		metafile.NewWindows(),
		office.New(),
		compress.NewLZMA(),
		xmp.New(),
		svg.New(),
		html.New(),
		rtf.New(),
		vobject.NewCard(),
		vobject.NewCalendar(),
		mail.NewMbox(),
		mail.New(),
		xmldoc.New(),
		json.New(),
		accesslog.New(),
		csv.New(),
		text.New(),
	}
}
