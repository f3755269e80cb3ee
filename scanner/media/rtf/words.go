package rtf

import (
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// properties are the groups of \info, named as ExifTool does.
var properties = map[string]string{
	"title": "Title", "subject": "Subject", "author": "Author", "manager": "Manager", "company": "Company", "operator": "LastModifiedBy",
	"category": "Category", "keywords": "Keywords", "comment": "Comment", "doccomm": "Comments", "hlinkbase": "HyperlinkBase",
}

// destinations are groups whose text is not that of the body. Those that are
// optional and not named here are ignored.
var destinations = map[string]dest{
	"colortbl": ignored, "stylesheet": ignored, "filetbl": inBody, "listtable": ignored, "listoverridetable": ignored, "rsidtbl": ignored,
	"generator": ignored, "themedata": ignored, "colorschememapping": ignored, "datastore": ignored, "latentstyles": ignored, "blipuid": ignored,
	"objclass": ignored, "pgptbl": ignored, "mmathPr": ignored, "wgrffmtfilter": ignored, "xmlnstbl": ignored, "falt": ignored, "panose": ignored,
	"fontemb": ignored, "nonshppict": ignored, "picprop": ignored, "bkmkstart": ignored, "bkmkend": ignored, "passwordhash": ignored, "writereservhash": ignored,
	"info": inInfo, "revtbl": inAuthors, "pict": inPicture, "objdata": inObject, "fonttbl": inFonts,
}

// shown are optional groups that hold words.
var shown = map[string]bool{
	"shppict": true, "fldinst": true, "annotation": true, "atnauthor": true, "atnid": true, "shpinst": true, "shptxt": true, "sp": true, "sv": true, "docvar": true,
	"ud": true, "userprops": true, "propname": true, "staticval": true, "linkval": true, "ffname": true, "ffdeftext": true, "ffl": true, "ffhelptext": true,
	"ffstattext": true, "formfield": true, "footnote": true, "template": true, "mailmerge": true, "mmdatasource": true, "mmconnectstr": true, "mmaddfieldname": true,
	"protusertbl": true, "background": true, "xe": true, "tc": true, "hl": true, "hlsrc": true, "hlfr": true, "hlloc": true, "xform": true,
	"headerf": true, "footerf": true, "do": true, "dptxbxtext": true, "flddirty": true,
}

// word does what a word of control asks for.
func (w *walk) word(word string, n int, has bool) error {
	star := w.star
	w.star = false
	if word == "u" && has {
		w.unicode(n)
		return nil
	}
	if word == "bin" && n > 0 {
		return w.binary(n)
	}
	if w.skip > 0 && word != "uc" { // a word stands for one character
		w.skip--
	}
	if d, ok := destinations[word]; ok {
		w.flush()
		if w.now.dest != ignored {
			w.now.dest = d
		}
		return nil
	}
	if w.now.dest == inInfo && properties[word] != "" {
		w.flush()
		w.now.dest, w.name = inValue, properties[word]
		w.value.Reset()
		return nil
	}
	if star && !shown[word] {
		w.flush()
		if w.now.dest == inBody {
			w.now.dest = ignored
		}
		return nil
	}
	if star && (word == "atnauthor" || word == "template") {
		w.flush()
		w.now.dest, w.name = inValue, map[string]string{"atnauthor": "CommentAuthor", "template": "Template"}[word]
		w.value.Reset()
		return nil
	}
	w.mark(word, n, has)
	return nil
}

// mark does what words within the text ask for.
func (w *walk) mark(word string, n int, has bool) {
	switch word {
	case "par":
		w.inTable = w.inTable && w.inCell
		w.rune('\n')
	case "line", "sect", "page", "column":
		w.rune('\n')
	case "trowd":
		w.row()
	case "row", "nestrow":
		w.endRow()
	case "cell", "nestcell":
		w.flush()
		w.cells++
	case "intbl":
		w.inCell = true
	case "pard":
		w.inCell = false
	case "tab":
		w.rune('\t')
	case "emdash", "endash":
		w.rune('–')
	case "lquote", "rquote":
		w.rune('’')
	case "ldblquote", "rdblquote":
		w.rune('"')
	case "bullet":
		w.rune('•')
	case "emspace", "enspace", "qmspace":
		w.rune(' ')
	case "fldinst", "fldrslt", "footnote", "annotation", "header", "headerl", "headerr", "footer", "footerl", "footerr", "sv", "staticval", "propname":
		w.flush()
		if w.now.dest == inBody {
			w.body.Space()
		}
	case "uc":
		if has && n >= 0 {
			w.now.uc = min(n, 16)
		}
	case "ansicpg":
		w.page = charset.CodePage(n)
	case "mac":
		w.page = charmap.Macintosh
	case "pc":
		w.page = charmap.CodePage437
	case "pca":
		w.page = charmap.CodePage850
	case "f":
		w.flush()
		w.now.font = n
		if w.now.dest == inFonts {
			w.font = n
		}
	case "fcharset":
		if w.now.dest == inFonts && len(w.fonts) < 4096 {
			w.fonts[w.font] = fontCharset(n)
		}
	case "cpg":
		if w.now.dest == inFonts && len(w.fonts) < 4096 {
			w.fonts[w.font] = charset.CodePage(n)
		}
	}
}

// binary takes bytes that stand as they are (\binN).
func (w *walk) binary(n int) error {
	keep := (w.now.dest == inPicture || w.now.dest == inObject) && len(w.hex)+n <= media.MaxBlock
	var buf [4096]byte
	for n > 0 {
		k, err := io.ReadFull(w.in, buf[:min(n, len(buf))])
		if keep {
			w.hex = append(w.hex, buf[:k]...)
		}
		if err != nil {
			return nil // the end is told by whoever reads on
		}
		n -= k
	}
	return nil
}

// fontCharset is the code page of a font by its character set.
func fontCharset(n int) encoding.Encoding {
	pages := map[int]int{
		77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850, 0: 1252,
	}
	if p := pages[n]; p != 0 {
		return charset.CodePage(p)
	}
	return nil
}
