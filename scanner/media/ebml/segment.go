package ebml

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// Elements that are read (RFC 9559, 5.1).
const (
	idEBML    = 0x1a45dfa3
	idVoid    = 0xec
	idCRC     = 0xbf
	idSegment = 0x18538067

	idSeekHead     = 0x114d9b74
	idSeek         = 0x4dbb
	idSeekID       = 0x53ab
	idSeekPosition = 0x53ac

	idInfo      = 0x1549a966
	idTitle     = 0x7ba9
	idMuxer     = 0x4d80
	idWriter    = 0x5741
	idFilename  = 0x7384
	idPrevFile  = 0x3c83ab
	idNextFile  = 0x3e83bb
	idTracks    = 0x1654ae6b
	idTrack     = 0xae
	idNumber    = 0xd7
	idType      = 0x83
	idName      = 0x536e
	idCodec     = 0x86
	idEncodings = 0x6d80

	idTags      = 0x1254c367
	idTag       = 0x7373
	idSimple    = 0x67c8
	idTagName   = 0x45a3
	idTagString = 0x4487

	idAttachments = 0x1941a469
	idFile        = 0x61a7
	idFileName    = 0x466e
	idFileType    = 0x4660
	idFileText    = 0x467e
	idFileData    = 0x465c

	idChapters = 0x1043a770
	idEdition  = 0x45b9
	idChapter  = 0xb6
	idDisplay  = 0x80
	idChapText = 0x85

	idCluster = 0x1f43b675
	idCues    = 0x1c53bb6b
)

const (
	// maxClusters are stepped over in a file without an index, to see what
	// follows them; then its end is searched.
	maxClusters = 64
	// maxSeeks bounds the entries of all indexes of a segment.
	maxSeeks = 1_000
	// tail is how much of the end of a file is searched for tags.
	tail = 64 << 10
)

// segment goes from element to element up to the first cluster, then to what the
// index says there is.
func (w *walk) segment(s element) error {
	var seeks []int64
	clusters := 0
	var first element // cluster
	for off := s.body; off < s.end; {
		if w.steps++; w.steps > maxSteps {
			w.v.Problem("", media.LimitCount)
			return nil
		}
		e, why, err := w.element(off, s.end)
		if err != nil {
			return err
		}
		if e.id == 0 || e.unknown && e.id != idCluster {
			if e.id != 0 {
				why = media.Corrupt
			}
			w.problem(why)
			break
		}
		if why != "" && !w.cut {
			w.problem(why)
		}
		if e.id == idCluster {
			if clusters++; clusters == 1 {
				first = e
			}
			if len(seeks) > 0 || clusters > maxClusters || e.unknown {
				break
			}
		}
		if err := w.top(s, e, &seeks); err != nil {
			return err
		}
		off = e.end
	}
	for i := 0; i < len(seeks); i++ { // an index may name another
		if seeks[i] >= s.end || w.visited[seeks[i]] {
			if seeks[i] >= s.end && !w.cut {
				w.problem(media.Corrupt)
			}
			continue
		}
		e, why, err := w.element(seeks[i], s.end)
		if err != nil {
			return err
		}
		if e.id == 0 || why != "" || e.unknown && e.id != idCluster {
			w.problem(cmp.Or(why, media.Corrupt))
			if e.id == 0 || e.unknown {
				continue
			}
		}
		if err := w.top(s, e, &seeks); err != nil {
			return err
		}
	}
	if len(seeks) == 0 && clusters > 0 {
		if err := w.searchEnd(s); err != nil {
			return err
		}
	}
	return w.subtitles(s, first)
}

func (w *walk) problem(why media.Reason) { w.v.Problem("", why) }

// top reads an element of a segment, once.
func (w *walk) top(s, e element, seeks *[]int64) error {
	if w.visited[e.off] {
		return nil
	}
	switch e.id {
	case idSeekHead:
		w.visited[e.off] = true
		return w.seekHead(s, e, seeks)
	case idInfo:
		w.visited[e.off] = true
		return w.info(e)
	case idTracks:
		w.visited[e.off] = true
		return w.trackList(e)
	case idTags:
		w.visited[e.off] = true
		return w.tagList(e)
	case idAttachments:
		w.visited[e.off] = true
		return w.attachments(e)
	case idChapters:
		w.visited[e.off] = true
		var tags []detectors.Tag
		if err := w.chapters(&tags, e, 3); err != nil {
			return err
		}
		return w.part("chapters", tags)
	}
	return nil
}

// seekHead reads where the elements of a segment are (5.1.1).
func (w *walk) seekHead(s, e element, seeks *[]int64) error {
	return w.children("", e, 2, func(c element) error {
		if c.id != idSeek {
			return nil
		}
		var id, position uint64
		err := w.children("", c, 3, func(c element) (err error) {
			switch c.id {
			case idSeekID:
				id, err = w.number(c)
			case idSeekPosition:
				position, err = w.number(c)
			}
			return err
		})
		if err != nil {
			return err
		}
		switch id {
		case idSeekHead, idInfo, idTracks, idTags, idAttachments, idChapters:
			if position < 1<<60 && len(*seeks) < maxSeeks {
				*seeks = append(*seeks, s.body+int64(position))
			}
		}
		return nil
	})
}

// searchEnd looks for tags at the end of a file that has no index.
func (w *walk) searchEnd(s element) error {
	from := max(s.body, s.end-tail)
	d, err := media.ReadUpTo(w.r, from, s.end-from, w.win.Size)
	if err != nil {
		return err
	}
	for at := 0; ; at++ {
		i := bytes.Index(d[at:], []byte("\x12\x54\xc3\x67"))
		if i < 0 {
			return nil
		}
		at += i
		e, why, err := w.element(from+int64(at), s.end)
		if err != nil {
			return err
		}
		if e.id == idTags && why == "" && !e.unknown && !w.visited[e.off] {
			return w.top(s, e, new([]int64))
		}
	}
}

// info reads the general information of a segment (5.1.2).
func (w *walk) info(e element) error {
	var tags []detectors.Tag
	err := w.children("info", e, 2, func(c element) (err error) {
		if name := infoNames[c.id]; name != "" {
			tags, err = w.add(tags, "info", name, c)
		}
		return err
	})
	if err != nil {
		return err
	}
	return w.part("info", tags)
}

var infoNames = map[uint32]string{idTitle: "Title", idMuxer: "MuxingApp", idWriter: "WritingApp", idFilename: "SegmentFilename", idPrevFile: "PrevFilename", idNextFile: "NextFilename"}

// trackList reads the names of tracks, and which hold texts (5.1.4).
func (w *walk) trackList(e element) error {
	var tags []detectors.Tag
	err := w.children("tracks", e, 2, func(c element) error {
		if c.id != idTrack {
			return nil
		}
		w.tracks++
		var number, kind uint64
		codec, packed := "", false
		err := w.children("tracks", c, 3, func(c element) (err error) {
			switch c.id {
			case idNumber:
				number, err = w.number(c)
			case idType:
				kind, err = w.number(c)
			case idCodec:
				codec, err = w.text("tracks", c)
			case idName:
				tags, err = w.add(tags, "tracks", "TrackName", c)
			case idEncodings:
				packed = true
			}
			return err
		})
		if err != nil || kind != 17 { // subtitles
			return err
		}
		if packed || !strings.HasPrefix(codec, "S_TEXT/") && codec != "D_WEBVTT/SUBTITLES" {
			w.v.Problem(fmt.Sprintf("track[%d]", w.tracks), media.Unsupported)
			return nil
		}
		if w.texts == nil {
			w.texts = map[uint64]bool{}
		}
		w.texts[number] = true
		return nil
	})
	if err != nil {
		return err
	}
	return w.part("tracks", tags)
}

// tagList reads tags (5.1.8): names and texts, which may have others below them.
func (w *walk) tagList(e element) error {
	var tags []detectors.Tag
	err := w.children("tags", e, 2, func(c element) error {
		if c.id != idTag {
			return nil
		}
		return w.children("tags", c, 3, func(c element) error {
			if c.id != idSimple {
				return nil
			}
			return w.simpleTag(&tags, "", c, 4)
		})
	})
	if err != nil {
		return err
	}
	return w.part("tags", tags)
}

// simpleTag reads one tag. What stands below it describes it: an address below
// an artist is the artist's.
func (w *walk) simpleTag(tags *[]detectors.Tag, above string, e element, depth int) error {
	name := above + "Tag"
	var below []element
	var value element
	err := w.children("tags", e, depth, func(c element) error {
		switch c.id {
		case idTagName:
			s, err := w.text("tags", c)
			if n := media.FieldName(s); n != "" {
				name = above + n
			}
			return err
		case idTagString:
			value = c
		case idSimple:
			below = append(below, c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if value.id != 0 {
		if *tags, err = w.add(*tags, "tags", name, value); err != nil {
			return err
		}
	}
	for _, c := range below {
		if err := w.simpleTag(tags, name[:min(len(name), 256)]+"/", c, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// chapters reads the texts of chapters, which may have others below them (5.1.7).
func (w *walk) chapters(tags *[]detectors.Tag, e element, depth int) error {
	return w.children("chapters", e, depth, func(c element) (err error) {
		switch c.id {
		case idEdition, idChapter, idDisplay:
			return w.chapters(tags, c, depth+1)
		case idChapText:
			*tags, err = w.add(*tags, "chapters", "ChapterString", c)
		}
		return err
	})
}

// attachments hands on attached files (5.1.6).
func (w *walk) attachments(e element) error {
	return w.children("attachments", e, 2, func(c element) error {
		if c.id != idFile {
			return nil
		}
		w.files++
		path := fmt.Sprintf("attachment[%d]", w.files)
		var tags []detectors.Tag
		var data element
		kind := ""
		err := w.children(path, c, 3, func(c element) (err error) {
			switch c.id {
			case idFileName:
				tags, err = w.add(tags, path, "AttachedFileName", c)
			case idFileText:
				tags, err = w.add(tags, path, "AttachedFileDescription", c)
			case idFileType:
				kind, err = w.text(path, c)
			case idFileData:
				data = c
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := w.part(path, tags); err != nil {
			return err
		}
		if data.size() <= 0 || strings.Contains(kind, "font") || strings.Contains(kind, "opentype") {
			return nil // fonts say nothing of people
		}
		return w.v.Nested(path, io.NewSectionReader(w.r, data.body, data.size()))
	})
}
