package riff

import "strings"

// infoName is ExifTool's name of an INFO field, or the id itself: letters,
// digits and whatever else stands there, blanks cut.
func infoName(id string) string {
	if n := infoNames[id]; n != "" {
		return n
	}
	id = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, id))
	if id == "" {
		return "INFO"
	}
	return id
}

// infoNames are the fields of Microsoft's Multimedia Programming Interface and
// Data Specifications 1.0 (1991) and those that programs added.
var infoNames = map[string]string{
	"IARL": "ArchivalLocation",
	"IART": "Artist",
	"ICMS": "Commissioned",
	"ICMT": "Comment",
	"ICOP": "Copyright",
	"ICRD": "DateCreated",
	"ICNT": "Country",
	"IDIT": "DateTimeOriginal",
	"IDST": "DistributedBy",
	"IEDT": "EditedBy",
	"IENC": "EncodedBy",
	"IENG": "Engineer",
	"IGNR": "Genre",
	"IKEY": "Keywords",
	"ILNG": "Language",
	"IMED": "Medium",
	"IMUS": "MusicBy",
	"INAM": "Title",
	"IPDS": "ProductionDesigner",
	"IPRD": "Product",
	"IPRO": "ProducedBy",
	"ISBJ": "Subject",
	"ISFT": "Software",
	"ISRC": "Source",
	"ISRF": "SourceForm",
	"ISTD": "ProductionStudio",
	"ISTR": "Starring",
	"ITCH": "Technician",
	"IWMU": "WatermarkURL",
	"IWRI": "WrittenBy",
	"ecor": "Make",
	"emdl": "Model",
	"etim": "TimeCreated",
	"eucm": "UserComment",
	"erel": "RelatedImageFile",
	"CMNT": "Comment",
	"COMM": "Comments",
	"DIRC": "Directory",
	"LOCA": "Location",
	"STAR": "Starring",
	"TORG": "Organization",
	"TURL": "URL",
}
