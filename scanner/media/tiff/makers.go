package tiff

// makers are the layouts that are known, those with a mark of their own before
// those that only the maker's name tells.
var makers = [...]maker{
	{mark: "Nikon\x00\x02", dir: 18, order: 10, origins: []origin{10}, fields: nikonFields},
	{mark: "OLYMPUS\x00", dir: 12, order: 8, origins: []origin{0}, fields: olympusFields},
	{mark: "OM SYSTEM\x00", dir: 16, order: 12, origins: []origin{0}, fields: olympusFields},
	{mark: "OLYMP\x00", dir: 8, origins: []origin{fromHeader, 0}, fields: olympusFields},
	{mark: "EPSON\x00", dir: 8, origins: []origin{fromHeader, 0}, fields: olympusFields},
	{mark: "MINOL\x00", dir: 8, origins: []origin{fromHeader, 0}, fields: olympusFields},
	{mark: "CAMER\x00", dir: 8, origins: []origin{fromHeader, 0}, fields: olympusFields},
	{mark: "PREMI\x00", dir: 8, origins: []origin{fromHeader, 0}, fields: olympusFields},
	{mark: "SONY PI\x00", dir: 12, origins: []origin{fromHeader, 0}, fields: olympusFields},
	{mark: "Panasonic\x00", dir: 12, origins: []origin{fromHeader, 0}, fields: panasonicFields},
	{mark: "LEICA CAMERA AG\x00", dir: 18, origins: []origin{fromHeader, 0}, fields: panasonicFields},
	{mark: "FUJIFILM", pointer: 8, little: true, origins: []origin{0}, fields: fujiFields},
	{mark: "GENERALE", pointer: 8, little: true, origins: []origin{0}, fields: fujiFields},
	{mark: "SONY DSC", dir: 12, origins: []origin{fromHeader, 0}, fields: sonyFields},
	{mark: "SONY CAM", dir: 12, origins: []origin{fromHeader, 0}, fields: sonyFields},
	{mark: "SONY MOBILE", dir: 12, origins: []origin{fromHeader, 0}, fields: sonyFields},
	{mark: "\x00\x00SONY PIC\x00", dir: 12, origins: []origin{fromHeader, 0}, fields: sonyFields},
	{mark: "VHAB     \x00", dir: 12, origins: []origin{fromHeader, 0}, fields: sonyFields},
	{mark: "PENTAX \x00", dir: 10, order: 8, origins: []origin{0, fromHeader}, fields: pentaxFields},
	{mark: "RICOH\x00II", dir: 8, order: 6, origins: []origin{0, fromHeader}, fields: pentaxFields},
	{mark: "RICOH\x00MM", dir: 8, order: 6, origins: []origin{0, fromHeader}, fields: pentaxFields},
	{mark: "AOC\x00", dir: 6, order: 4, origins: []origin{fromHeader, 0}, fields: pentaxFields},
	{mark: "MOT\x00", dir: 8, origins: []origin{0, fromHeader}, fields: motorolaFields},
	{mark: "RECONYXUF\x00", whole: reconyx2},
	{mark: "RECONYXH2\x00", whole: reconyx3},
	{mark: "\x01\xF1\x02\x00", whole: reconyx1},
	{mark: "\x01\xF1\x03\x00", whole: reconyx1},
	{mark: "IIII\x04\x00", whole: labelled},
	{mark: "IIII\x06\x00", whole: labelled},
	{mark: "IIIITwaR", little: true, whole: phaseOne},
	{mark: "IIIICwaR", little: true, whole: phaseOne},
	{mark: "MMMMRaw", order: 2, whole: phaseOne},

	{brand: "CANON", origins: []origin{fromHeader, 0}, footer: true, fields: canonFields},
	{brand: "NIKON", mark: "Nikon\x00\x01", dir: 8, origins: []origin{fromHeader}, fields: nil},
	{brand: "NIKON", origins: []origin{fromHeader, 0}, fields: nikonFields},
	{brand: "SONY", origins: []origin{fromHeader, 0}, fields: sonyFields},
	{brand: "SAMSUNG", origins: []origin{0, fromHeader}, fields: samsungFields},
	{brand: "LEICA CAMERA AG", mark: "LEICA\x00\x00\x00", dir: 8, origins: []origin{8, 0, fromHeader}, fields: leicaM8Fields},
	{brand: "LEICA CAMERA AG", mark: "LEICA0", dir: 8, origins: []origin{0}, fields: leicaM9Fields},
	{brand: "LEICA CAMERA AG", mark: "LEICA\x00", dir: 8, origins: []origin{0, fromHeader}, fields: leicaXFields},
	{brand: "LEICA CAMERA AG", origins: []origin{fromHeader, 0}, fields: leicaRFields},
	{brand: "LEICA", mark: "LEICA\x00", dir: 8, origins: []origin{fromHeader, 0}, fields: panasonicFields},
	{brand: "SIGMA", mark: "SIGMA", dir: 10, origins: []origin{fromHeader, 0}, fields: sigmaFields},
	{brand: "SIGMA", mark: "FOVEON", dir: 10, origins: []origin{fromHeader, 0}, fields: sigmaFields},
	{brand: "RICOH", mark: "Ricoh", dir: 8, origins: []origin{fromHeader, 0}, fields: ricohFields},
	{brand: "RICOH", mark: "RICOH", dir: 8, origins: []origin{fromHeader, 0}, fields: ricohFields},
	{brand: "RICOH", mark: "      ", dir: 8, origins: []origin{fromHeader, 0}, fields: ricohFields},
	{brand: "PENTAX RICOH", mark: "Ricoh", dir: 8, origins: []origin{fromHeader, 0}, fields: ricohFields},
	{brand: "NINTENDO", origins: []origin{fromHeader, 0}, fields: nintendoFields},
	{brand: "HEWLETT-PACKARD", whole: labelled},
	{brand: "EASTMAN KODAK", mark: "MM\x00*\x00\x00\x00\x08", dir: 8, order: 0, origins: []origin{0}, fields: kodakFields},
	{brand: "EASTMAN KODAK", mark: "II*\x00\x08\x00\x00\x00", dir: 8, order: 0, origins: []origin{0}, fields: kodakFields},
	{brand: "EASTMAN KODAK", whole: kodak},
	{brand: "KODAK", whole: kodak},
}

var canonFields = []noteField{
	{id: 0x0009, name: "OwnerName"},
	{id: 0x000C, name: "SerialNumber", take: canonSerial},
	{id: 0x0096, name: "InternalSerialNumber", take: canonInternal},
	{id: 0x4019, name: "LensSerialNumber", take: canonLens},
}

// Of Nikon, what LensData, ShotInfo and others hold is enciphered and not read.
var nikonFields = []noteField{
	{id: 0x001D, name: "SerialNumber"},
	{id: 0x00A0, name: "SerialNumber"},
	{id: 0x0039, name: "Location", take: nikonPlace},
}

var olympusFields = []noteField{
	{id: 0x0404, name: "SerialNumber"},
	{id: 0x101A, name: "SerialNumber"},
	{id: 0x2010, name: "Equipment", take: directoryOf(olympusEquipment)},
}

var olympusEquipment = []noteField{
	{id: 0x0101, name: "SerialNumber"},
	{id: 0x0102, name: "InternalSerialNumber"},
	{id: 0x0202, name: "LensSerialNumber"},
	{id: 0x0302, name: "ExtenderSerialNumber"},
	{id: 0x1003, name: "FlashSerialNumber"},
}

var panasonicFields = []noteField{
	{id: 0x0025, name: "InternalSerialNumber"},
	{id: 0x0052, name: "LensSerialNumber"},
	{id: 0x0054, name: "AccessorySerialNumber"},
	{id: 0x0061, name: "RecognizedFace", take: panasonicFaces},
	{id: 0x0065, name: "Title"},
	{id: 0x0066, name: "BabyName"},
	{id: 0x0067, name: "Location"},
	{id: 0x0069, name: "Country"},
	{id: 0x006B, name: "State"},
	{id: 0x006D, name: "City"},
	{id: 0x006F, name: "Landmark"},
	{id: 0x0080, name: "City2"},
}

var fujiFields = []noteField{
	{id: 0x0010, name: "InternalSerialNumber"},
	{id: 0x4282, name: "Face", take: fujiFaces},
}

var sonyFields = []noteField{
	{id: 0x2031, name: "SerialNumber", take: sonySerial},
	{id: 0x9050, name: "InternalSerialNumber", take: sonyInternal},
}

var pentaxFields = []noteField{
	{id: 0x0215, name: "InternalSerialNumber", take: pentaxInternal},
	{id: 0x0229, name: "SerialNumber"},
	{id: 0x022E, name: "Artist"},
	{id: 0x022F, name: "Copyright"},
}

var samsungFields = []noteField{
	{id: 0x0030, name: "LocalLocationName"},
	{id: 0x0031, name: "LocationName"},
	{id: 0x0123, name: "FaceName"},
	{id: 0xA002, name: "SerialNumber"},
	{id: 0xA005, name: "InternalLensSerialNumber"},
}

var (
	leicaM8Fields = []noteField{{id: 0x0303, name: "SerialNumber", take: takeNumber(7)}}
	leicaRFields  = []noteField{{id: 0x000B, name: "SerialNumber", take: takeFrom(4, 8)}}
	leicaXFields  = []noteField{
		{id: 0x0305, name: "SerialNumber", take: takeNumber(0)},
		{id: 0x0500, name: "InternalSerialNumber"},
	}
	leicaM9Fields = []noteField{
		{id: 0x3000, name: "Subdir3000", take: directoryOf(leicaM9Part)},
		{id: 0x3100, name: "Subdir3100", take: directoryOf(leicaM9Part)},
		{id: 0x3400, name: "Subdir3400", take: directoryOf(leicaM9Part)},
		{id: 0x3900, name: "Subdir3900", take: directoryOf(leicaM9Part)},
	}
	leicaM9Part = []noteField{{id: 0x3103, name: "SerialNumber"}}
)

var (
	motorolaFields = []noteField{{id: 0x5501, name: "SerialNumber"}}
	sigmaFields    = []noteField{{id: 0x0002, name: "SerialNumber"}}
	ricohFields    = []noteField{{id: 0x0005, name: "SerialNumber", take: ricohSerial}}
	nintendoFields = []noteField{{id: 0x1101, name: "InternalSerialNumber", take: nintendoSerial}}
)

var kodakFields = []noteField{
	{id: 0xFC00, name: "SubIFD0", take: directoryOf(kodakPart)},
	{id: 0xFE00, name: "SubIFD0", take: directoryOf(kodakPart)},
}

var kodakPart = []noteField{
	{id: 0xFA00, name: "SerialNumber"},
	{id: 0xFA19, name: "SerialNumber"},
}
