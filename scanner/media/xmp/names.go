package xmp

import "strings"

// namespaces are well-known prefixes, as ExifTool and the standards write them,
// with their URIs. URIs are compared by uriKey: without scheme, case and the
// slash or # at the end, which writers get wrong.
var namespaces = [][2]string{
	{"x", "adobe:ns:meta/"},
	{"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
	{"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
	{"xml", "http://www.w3.org/XML/1998/namespace"},
	{"iX", "http://ns.adobe.com/iX/1.0/"},
	{"dc", "http://purl.org/dc/elements/1.1/"},
	{"dcterms", "http://purl.org/dc/terms/"},
	{"xmp", "http://ns.adobe.com/xap/1.0/"},
	{"xmp", "http://ns.adobe.com/xmp/1.0/"},
	{"xmpRights", "http://ns.adobe.com/xap/1.0/rights/"},
	{"xmpMM", "http://ns.adobe.com/xap/1.0/mm/"},
	{"xmpBJ", "http://ns.adobe.com/xap/1.0/bj/"},
	{"xmpTPg", "http://ns.adobe.com/xap/1.0/t/pg/"},
	{"xmpDM", "http://ns.adobe.com/xmp/1.0/DynamicMedia/"},
	{"xmpNote", "http://ns.adobe.com/xmp/note/"},
	{"xmpG", "http://ns.adobe.com/xap/1.0/g/"},
	{"xmpGImg", "http://ns.adobe.com/xap/1.0/g/img/"},
	{"xmpidq", "http://ns.adobe.com/xmp/Identifier/qual/1.0/"},
	{"stDim", "http://ns.adobe.com/xap/1.0/sType/Dimensions#"},
	{"stEvt", "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"},
	{"stFnt", "http://ns.adobe.com/xap/1.0/sType/Font#"},
	{"stJob", "http://ns.adobe.com/xap/1.0/sType/Job#"},
	{"stMfs", "http://ns.adobe.com/xap/1.0/sType/ManifestItem#"},
	{"stRef", "http://ns.adobe.com/xap/1.0/sType/ResourceRef#"},
	{"stVer", "http://ns.adobe.com/xap/1.0/sType/Version#"},
	{"stArea", "http://ns.adobe.com/xmp/sType/Area#"},
	{"photoshop", "http://ns.adobe.com/photoshop/1.0/"},
	{"panorama", "http://ns.adobe.com/photoshop/1.0/panorama-profile"},
	{"tiff", "http://ns.adobe.com/tiff/1.0/"},
	{"exif", "http://ns.adobe.com/exif/1.0/"},
	{"aux", "http://ns.adobe.com/exif/1.0/aux/"},
	{"exifEX", "http://cipa.jp/exif/1.0/"},
	{"exifEX", "http://cipa.jp/exif/2.32/"},
	{"crs", "http://ns.adobe.com/camera-raw-settings/1.0/"},
	{"crss", "http://ns.adobe.com/camera-raw-saved-settings/1.0/"},
	{"crd", "http://ns.adobe.com/camera-raw-defaults/1.0/"},
	{"lr", "http://ns.adobe.com/lightroom/1.0/"},
	{"album", "http://ns.adobe.com/album/1.0/"},
	{"pdf", "http://ns.adobe.com/pdf/1.3/"},
	{"pdfx", "http://ns.adobe.com/pdfx/1.3/"},
	{"pdfaid", "http://www.aiim.org/pdfa/ns/id/"},
	{"creatorAtom", "http://ns.adobe.com/creatorAtom/1.0/"},
	{"illustrator", "http://ns.adobe.com/illustrator/1.0/"},
	{"hdrgm", "http://ns.adobe.com/hdr-gain-map/1.0/"},
	{"DICOM", "http://ns.adobe.com/DICOM/"},
	{"Iptc4xmpCore", "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"},
	{"Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"},
	{"Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-19/"},
	{"plus", "http://ns.useplus.org/ldf/xmp/1.0/"},
	{"cc", "http://creativecommons.org/ns#"},
	{"prism", "http://prismstandard.org/namespaces/basic/1.2/"},
	{"prism", "http://prismstandard.org/namespaces/basic/2.0/"},
	{"prism", "http://prismstandard.org/namespaces/basic/2.1/"},
	{"prism", "http://prismstandard.org/namespaces/basic/3.0/"},
	{"mwg-rs", "http://www.metadataworkinggroup.com/schemas/regions/"},
	{"mwg-kw", "http://www.metadataworkinggroup.com/schemas/keywords/"},
	{"mwg-coll", "http://www.metadataworkinggroup.com/schemas/collections/"},
	{"MicrosoftPhoto", "http://ns.microsoft.com/photo/1.0/"},
	{"MP1", "http://ns.microsoft.com/photo/1.1/"},
	{"MP", "http://ns.microsoft.com/photo/1.2/"},
	{"MPRI", "http://ns.microsoft.com/photo/1.2/t/RegionInfo#"},
	{"MPReg", "http://ns.microsoft.com/photo/1.2/t/Region#"},
	{"expressionmedia", "http://ns.microsoft.com/expressionmedia/1.0/"},
	{"mediapro", "http://ns.iview-multimedia.com/mediapro/1.0/"},
	{"digiKam", "http://www.digikam.org/ns/1.0/"},
	{"kipi", "http://www.digikam.org/ns/kipi/1.0/"},
	{"acdsee", "http://ns.acdsee.com/iptc/1.0/"},
	{"acdsee-rs", "http://ns.acdsee.com/regions/"},
	{"acdsee-stArea", "http://ns.acdsee.com/sType/Area#"},
	{"ics", "http://ns.idimager.com/ics/1.0/"},
	{"photomech", "http://ns.camerabits.com/photomechanic/1.0/"},
	{"fpv", "http://ns.fastpictureviewer.com/fpv/1.0/"},
	{"extensis", "http://ns.extensis.com/extensis/1.0/"},
	{"dex", "http://ns.optimasc.com/dex/1.0/"},
	{"getty", "http://xmp.gettyimages.com/gift/1.0/"},
	{"GIMP", "http://www.gimp.org/xmp/"},
	{"apple-fi", "http://ns.apple.com/faceinfo/1.0/"},
	{"GPano", "http://ns.google.com/photos/1.0/panorama/"},
	{"GImage", "http://ns.google.com/photos/1.0/image/"},
	{"GAudio", "http://ns.google.com/photos/1.0/audio/"},
	{"GDepth", "http://ns.google.com/photos/1.0/depthmap/"},
	{"GFocus", "http://ns.google.com/photos/1.0/focus/"},
	{"GCamera", "http://ns.google.com/photos/1.0/camera/"},
	{"GCreations", "http://ns.google.com/photos/1.0/creations/"},
	{"GContainer", "http://ns.google.com/photos/1.0/container/"},
	{"Item", "http://ns.google.com/photos/1.0/container/item/"},
	{"Device", "http://ns.google.com/photos/dd/1.0/device/"},
	{"Camera", "http://pix4d.com/camera/1.0/"},
	{"drone-dji", "http://www.dji.com/drone-dji/1.0/"},
	{"nine", "http://ns.nikon.com/nine/1.0/"},
	{"sdc", "http://ns.nikon.com/sdc/1.0/"},
	{"dwc", "http://rs.tdwg.org/dwc/index.htm"},
	{"dwc", "http://rs.tdwg.org/dwc/terms/"},
	{"geo", "http://www.w3.org/2003/01/geo/wgs84_pos#"},
	{"foaf", "http://xmlns.com/foaf/0.1/"},
}

// byURI gives the well-known prefix of a URI, isKnown which prefixes those are.
var byURI, isKnown = func() (map[string]string, map[string]bool) {
	uris, known := make(map[string]string, len(namespaces)), make(map[string]bool, len(namespaces))
	for _, n := range namespaces {
		uris[uriKey(n[1])] = n[0]
		known[n[0]] = true
	}
	return uris, known
}()

func uriKey(uri string) string {
	uri = strings.Trim(uri, blanks)
	if rest, ok := strings.CutPrefix(uri, "http://"); ok {
		uri = rest
	} else if rest, ok := strings.CutPrefix(uri, "https://"); ok {
		uri = rest
	}
	return strings.ToLower(strings.TrimRight(uri, "/#"))
}

// prefixFor is the prefix for names of a namespace: the well-known one, or the
// document's own, changed where it would pose as a well-known one.
func prefixFor(uri, own string) string {
	if p := byURI[uriKey(uri)]; p != "" {
		return p
	}
	own = sanitise(own)
	if own == "" {
		own = "ns"
	}
	if isKnown[own] {
		return "x-" + own
	}
	return own
}

// maxName is how much of a name is kept.
const maxName = 128

// sanitise keeps letters, digits, and what joins them, so that a path stays a path.
func sanitise(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), maxName)], "")
	return strings.Map(func(r rune) rune {
		if r == '/' || r == '[' || r == ']' || r == ':' || r <= ' ' {
			return '_'
		}
		return r
	}, s)
}
