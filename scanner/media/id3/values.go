package id3

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// attached hands on a picture (APIC: encoding, type, kind, description; in
// version 2 PIC with three letters for the type) or a file (GEOB: encoding, type,
// file name, description).
func (w *walk) attached(in *body, id string) error {
	head, err := media.ReadUpTo(in.win.R, in.off, min(in.end-in.off, 4<<10), in.win.Size)
	if err != nil || len(head) < 2 || id == "RVA2" {
		return err
	}
	enc, d := head[0], head[1:]
	path := ""
	if id == "GEOB" {
		_, d, _ = bytes.Cut(d, []byte{0})
		name, rest := cutText(enc, d)
		desc, rest := cutText(enc, rest)
		d = rest
		w.files++
		path = fmt.Sprintf("attachment[%d]", w.files)
		tags := add(add(nil, "FileName", name), "Description", desc)
		if err := w.part(path, tags); err != nil {
			return err
		}
	} else {
		link := false
		if in.version == 2 {
			link = strings.HasPrefix(string(d), "-->")
			d = d[min(3, len(d)):]
		} else {
			var mime []byte
			mime, d, _ = bytes.Cut(d, []byte{0})
			link = string(mime) == "-->"
		}
		d = d[min(1, len(d)):]
		desc, rest := cutText(enc, d)
		d = rest
		w.covers++
		path = fmt.Sprintf("cover[%d]", w.covers)
		if err := w.part(path, add(nil, "PictureDescription", desc)); err != nil || link {
			return err
		}
	}
	off := in.off + int64(len(head)-len(d))
	if len(d) == 0 || off >= in.end {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(in.win.R, off, in.end-off))
}

// cutText takes a text of an encoding, and the NUL that ends it.
func cutText(enc byte, b []byte) (string, []byte) {
	if enc == 1 || enc == 2 {
		for i := 0; i+1 < len(b); i += 2 {
			if b[i] == 0 && b[i+1] == 0 {
				return text(enc, b[:i]), b[i+2:]
			}
		}
		return text(enc, b), nil
	}
	s, rest, _ := bytes.Cut(b, []byte{0})
	return text(enc, s), rest
}

// text decodes by the byte that says how (2.4, 4): 0 Latin-1, 1 UTF-16 with a
// mark, 2 UTF-16 big-endian, 3 UTF-8. Writers are careless with all of them.
func text(enc byte, b []byte) string {
	if enc != 1 && enc != 2 {
		return media.Legacy(b)
	}
	cs := media.UTF16BE
	switch {
	case len(b) > 1 && b[0] == 0xff && b[1] == 0xfe:
		cs, b = media.UTF16LE, b[2:]
	case len(b) > 1 && b[0] == 0xfe && b[1] == 0xff:
		b = b[2:]
	case enc == 1 && len(b) > 1 && b[1] == 0 && b[0] != 0: // no mark, but ASCII
		cs = media.UTF16LE
	}
	s, _ := media.AppendWide(nil, b, cs, true)
	return string(s)
}

// all are the texts that NULs part (2.4, 4.2), each with or without a mark.
func all(enc byte, b []byte) []string {
	var out []string
	for len(b) > 0 && len(out) < maxTags {
		var s string
		if s, b = cutText(enc, b); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// values reads a frame of texts.
func values(tags []detectors.Tag, id string, d []byte) []detectors.Tag {
	name := names[id]
	if name == "" {
		name = id
	}
	switch {
	case id == "TXXX" || id == "WXXX":
		key, rest := cutText(d[0], d[1:])
		if k := media.FieldName(key); k != "" {
			name = k
		}
		if id == "WXXX" {
			return add(tags, names[id], media.Legacy(rest))
		}
		for _, s := range all(d[0], rest) {
			tags = add(tags, name, s)
		}
	case id == "COMM" || id == "USLT":
		return comment(tags, name, d)
	case id == "USER":
		if len(d) > 4 {
			return add(tags, name, text(d[0], d[4:]))
		}
	case id == "TIPL" || id == "TMCL" || id == "IPLS":
		list := all(d[0], d[1:])
		for i := 1; i < len(list); i += 2 { // part, name, part, name
			tags = add(tags, name, list[i])
		}
		if len(list) == 1 {
			tags = add(tags, name, list[0])
		}
	case id == "POPM" || id == "UFID" || id == "PRIV" || id == "AENC" || id == "ENCR" || id == "GRID":
		owner, _, _ := bytes.Cut(d, []byte{0})
		return add(tags, name, printable(owner))
	case id == "OWNE" || id == "COMR":
		return trade(tags, id, d)
	case id[0] == 'W':
		s, _, _ := bytes.Cut(d, []byte{0})
		return add(tags, name, media.Legacy(s))
	case id[0] == 'T':
		if d[0] > 3 { // no encoding at all
			return add(tags, name, media.Legacy(d))
		}
		for _, s := range all(d[0], d[1:]) {
			tags = add(tags, name, s)
		}
	}
	return tags
}

// comment reads a comment or lyrics: encoding, language, description, text.
func comment(tags []detectors.Tag, name string, d []byte) []detectors.Tag {
	if len(d) < 5 {
		return tags
	}
	desc, rest := cutText(d[0], d[4:])
	value, _ := cutText(d[0], rest)
	if value == "" { // without the description that should stand first
		value, desc = desc, ""
	}
	if strings.HasPrefix(desc, "iTun") { // numbers of iTunes
		return tags
	}
	if !strings.EqualFold(desc, "id3v1 comment") {
		tags = add(tags, name+"Description", desc)
	}
	return add(tags, name, value)
}

// trade reads who sold the file: OWNE (price, NUL, date, seller) or COMR (price,
// NUL, date, URL, NUL, how it was delivered, seller, description).
func trade(tags []detectors.Tag, id string, d []byte) []detectors.Tag {
	_, rest, ok := bytes.Cut(d[1:], []byte{0})
	if !ok || len(rest) <= 8 {
		return tags
	}
	rest = rest[8:]
	if id == "OWNE" {
		return add(tags, "Seller", text(d[0], rest))
	}
	url, rest, _ := bytes.Cut(rest, []byte{0})
	tags = add(tags, "CommercialURL", media.Legacy(url))
	if len(rest) < 2 {
		return tags
	}
	seller, rest := cutText(d[0], rest[1:])
	desc, _ := cutText(d[0], rest)
	return add(add(tags, "Seller", seller), "Description", desc)
}

// printable is an owner identifier, an address mostly; "" for anything binary.
func printable(b []byte) string {
	for _, c := range b {
		if c < ' ' {
			return ""
		}
	}
	return media.Legacy(b)
}

// known tells whether a frame may hold something of a person: all texts and
// links do.
func known(id string) bool {
	if len(id) < 4 {
		return false
	}
	if id[0] == 'T' || id[0] == 'W' {
		if names[id] == "" {
			return id[0] == 'T' && !numeric[id]
		}
		return true
	}
	return names[id] != ""
}

// numeric are texts that count or measure.
var numeric = map[string]bool{"TBPM": true, "TDLY": true, "TLEN": true, "TSIZ": true, "TKEY": true, "TCMP": true, "TFLT": true, "TMED": true, "TRCK": true, "TPOS": true}

// names are ExifTool's names of the frames (2.3, 4; 2.4, 4).
var names = map[string]string{
	"APIC": "Picture", "GEOB": "GeneralObject", "CHAP": "Chapter", "CTOC": "Chapters", "COMM": "Comment", "COMR": "Commercial", "AENC": "AudioEncryption", "ENCR": "EncryptionMethod", "GRID": "Group",
	"OWNE": "Seller", "POPM": "Popularimeter", "PRIV": "Private", "UFID": "UniqueFileID", "USER": "TermsOfUse", "USLT": "Lyrics",
	"IPLS": "InvolvedPeople", "TIPL": "InvolvedPeople", "TMCL": "MusicianCredits", "TALB": "Album", "TCAT": "PodcastCategory", "TCOM": "Composer", "TCON": "Genre", "TCOP": "Copyright",
	"TDES": "PodcastDescription", "TDOR": "OriginalReleaseTime", "TDRC": "RecordingTime", "TDRL": "ReleaseTime", "TDTG": "TaggingTime", "TDEN": "EncodingTime", "TENC": "EncodedBy", "TEXT": "Lyricist",
	"TGID": "PodcastID", "TIT1": "Grouping", "TIT2": "Title", "TIT3": "Subtitle", "TKWD": "PodcastKeywords", "TLAN": "Language", "TMOO": "Mood", "TOAL": "OriginalAlbum", "TOFN": "OriginalFileName",
	"TOLY": "OriginalLyricist", "TOPE": "OriginalArtist", "TOWN": "FileOwner", "TPE1": "Artist", "TPE2": "Band", "TPE3": "Conductor", "TPE4": "InterpretedBy", "TPRO": "ProducedNotice", "TPUB": "Publisher",
	"TRDA": "RecordingDates", "TRSN": "InternetRadioStationName", "TRSO": "InternetRadioStationOwner", "TSO2": "AlbumArtistSortOrder", "TSOA": "AlbumSortOrder", "TSOC": "ComposerSortOrder", "TSOP": "PerformerSortOrder", "TSOT": "TitleSortOrder",
	"TSRC": "ISRC", "TSSE": "EncoderSettings", "TSST": "SetSubtitle", "TXXX": "UserDefinedText", "TDAT": "Date", "TIME": "Time", "TYER": "Year", "TORY": "OriginalReleaseYear",
	"WCOM": "CommercialURL", "WCOP": "CopyrightURL", "WFED": "PodcastURL", "WOAF": "FileURL", "WOAR": "ArtistURL", "WOAS": "SourceURL", "WORS": "InternetRadioStationURL", "WPAY": "PaymentURL", "WPUB": "PublisherURL", "WXXX": "UserDefinedURL",
	"MVNM": "MovementName", "GRP1": "Grouping",
}

// old are the frames of version 2 (id3v2-00) by their later names.
var old = map[string]string{
	"PIC": "APIC", "GEO": "GEOB", "COM": "COMM", "POP": "POPM", "UFI": "UFID", "ULT": "USLT", "IPL": "IPLS", "CRA": "AENC",
	"TAL": "TALB", "TCM": "TCOM", "TCO": "TCON", "TCR": "TCOP", "TDA": "TDAT", "TEN": "TENC", "TIM": "TIME", "TLA": "TLAN", "TOA": "TOPE", "TOF": "TOFN", "TOL": "TOLY", "TOR": "TORY", "TOT": "TOAL",
	"TP1": "TPE1", "TP2": "TPE2", "TP3": "TPE3", "TP4": "TPE4", "TPB": "TPUB", "TRC": "TSRC", "TRD": "TRDA", "TSS": "TSSE", "TT1": "TIT1", "TT2": "TIT2", "TT3": "TIT3", "TXT": "TEXT", "TXX": "TXXX", "TYE": "TYER",
	"WAF": "WOAF", "WAR": "WOAR", "WAS": "WOAS", "WCM": "WCOM", "WCP": "WCOP", "WPB": "WPUB", "WXX": "WXXX", "PRV": "PRIV", "TST": "TSOT", "TSA": "TSOA", "TSP": "TSOP", "TS2": "TSO2", "TSC": "TSOC", "PCS": "PCST", "TCT": "TCAT", "TDS": "TDES", "TID": "TGID", "TKW": "TKWD", "WFD": "WFED", "TDR": "TDRL",
}
