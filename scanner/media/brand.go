package media

import "encoding/binary"

// BrandType is the MIME type that the file type box of an ISO base media file
// declares (ISO/IEC 14496-12, 4.3), "" where head does not begin with such a
// box or names no brand that is known. The major brand decides; a compatible
// brand only where the major one is unknown.
func BrandType(head []byte) string {
	if len(head) < 12 || string(head[4:8]) != "ftyp" {
		return ""
	}
	size := binary.BigEndian.Uint32(head)
	if size < 12 || size > HeadSize { // a text, by chance
		return ""
	}
	if t := brands[string(head[8:12])]; t != "" {
		return t
	}
	end := min(int64(size), int64(len(head)))
	for off := int64(16); off+4 <= end; off += 4 {
		if t := brands[string(head[off:off+4])]; t != "" {
			return t
		}
	}
	return ""
}

// brands are those registered at mp4ra.org that files in the wild have.
var brands = map[string]string{
	"heic": "image/heic", "heix": "image/heic", "heim": "image/heic", "heis": "image/heic",
	"hevc": "image/heic-sequence", "hevx": "image/heic-sequence", "hevm": "image/heic-sequence", "hevs": "image/heic-sequence",
	"avif": "image/avif", "avis": "image/avif", "avio": "image/avif",
	"mif1": "image/heif", "mif2": "image/heif", "mif3": "image/heif", "miaf": "image/heif", "avci": "image/heif", "jpeg": "image/heif",
	"msf1": "image/heif-sequence", "avcs": "image/heif-sequence", "jpgs": "image/heif-sequence",
	"crx ": "image/x-canon-cr3",
	"qt  ": "video/quicktime",
	"M4A ": "audio/mp4", "M4B ": "audio/mp4", "M4P ": "audio/mp4", "F4A ": "audio/mp4", "F4B ": "audio/mp4",
	"3gp4": "video/3gpp", "3gp5": "video/3gpp", "3gp6": "video/3gpp", "3gp7": "video/3gpp", "3gp8": "video/3gpp", "3gp9": "video/3gpp",
	"3ge6": "video/3gpp", "3ge7": "video/3gpp", "3gg6": "video/3gpp", "3gr6": "video/3gpp", "3gs7": "video/3gpp",
	"3g2a": "video/3gpp2", "3g2b": "video/3gpp2", "3g2c": "video/3gpp2", "KDDI": "video/3gpp2",
	"isom": "video/mp4", "iso2": "video/mp4", "iso3": "video/mp4", "iso4": "video/mp4", "iso5": "video/mp4", "iso6": "video/mp4", "iso7": "video/mp4", "iso8": "video/mp4", "iso9": "video/mp4",
	"mp41": "video/mp4", "mp42": "video/mp4", "mp71": "video/mp4", "avc1": "video/mp4", "hvc1": "video/mp4", "dash": "video/mp4", "msdh": "video/mp4",
	"M4V ": "video/mp4", "M4VH": "video/mp4", "M4VP": "video/mp4", "F4V ": "video/mp4", "F4P ": "video/mp4", "MSNV": "video/mp4", "NDSC": "video/mp4", "NDSH": "video/mp4", "NDSM": "video/mp4", "NDSP": "video/mp4", "NDSS": "video/mp4", "XAVC": "video/mp4", "mmp4": "video/mp4", "f4v ": "video/mp4",
	"jp2 ": "image/jp2", "jpx ": "image/jpx", "jpm ": "image/jpm", "mjp2": "video/mj2",
}
