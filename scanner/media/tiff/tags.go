package tiff

import "slices"

// form is how the value of a tag is to be understood, whatever its type claims.
type form uint8

const (
	asNumber  form = iota // numbers; text only if the file holds text instead
	asText                // text; numbers are written out
	asComment             // text behind an eight byte character code (Exif 3.0, 4.6.5, UserComment)
	asUTF16               // UTF-16LE in bytes, as Windows writes it
)

// def is what is known of one tag. Names are ExifTool's.
type def struct {
	id     uint16
	form   form
	goexif bool // its value is goexif's to decode: goexif has a name for it, and it may tell of a person
	name   string
}

// Tags that lead elsewhere or describe the picture's storage. They are not
// handed out as tags.
const (
	tagSubfileType    = 0x00FE
	tagImageWidth     = 0x0100
	tagImageHeight    = 0x0101
	tagCompression    = 0x0103
	tagStripOffsets   = 0x0111
	tagStripCounts    = 0x0117
	tagTileWidth      = 0x0142
	tagTileLength     = 0x0143
	tagTileOffsets    = 0x0144
	tagTileCounts     = 0x0145
	tagSubIFDs        = 0x014A
	tagJPEGOffset     = 0x0201
	tagJPEGLength     = 0x0202
	tagXMP            = 0x02BC
	tagIPTC           = 0x83BB
	tagPhotoshop      = 0x8649
	tagExifIFD        = 0x8769
	tagGPSIFD         = 0x8825
	tagMakerNote      = 0x927C
	tagInteropIFD     = 0xA005
	tagDNGPrivate     = 0xC634
	tagPanasonicJPEG  = 0x002E // in RW2 only
	tagWindowsPadding = 0xEA1C
)

// imageTags are the tags of IFD0, IFD1, SubIFDs and the Exif IFD, sorted: TIFF
// 6.0, TIFF/EP, Exif 3.0, DNG 1.7, GeoTIFF and the Windows tags. Shooting
// parameters that say nothing of a person or a device are left out.
var imageTags = [...]def{
	{0x000B, asText, false, "ProcessingSoftware"},
	{0x010D, asText, false, "DocumentName"},
	{0x010E, asText, true, "ImageDescription"},
	{0x010F, asText, false, "Make"},
	{0x0110, asText, false, "Model"},
	{0x0112, asNumber, false, "Orientation"},
	{0x011D, asText, false, "PageName"},
	{0x0131, asText, false, "Software"},
	{0x0132, asText, false, "ModifyDate"},
	{0x013B, asText, true, "Artist"},
	{0x013C, asText, false, "HostComputer"},
	{0x014D, asText, false, "InkNames"},
	{0x0151, asText, false, "TargetPrinter"},
	{0x4747, asText, false, "XP_DIP_XML"},
	{0x800D, asText, false, "ImageID"},
	{0x827D, asText, false, "Model2"},
	{0x8298, asText, true, "Copyright"},
	{0x82A8, asText, false, "MDLabName"},
	{0x82A9, asText, false, "MDSampleInfo"},
	{0x82AA, asText, false, "MDPrepDate"},
	{0x82AB, asText, false, "MDPrepTime"},
	{0x830E, asNumber, false, "PixelScale"},
	{0x8482, asNumber, false, "ModelTiePoint"},
	{0x84E0, asText, false, "Site"},
	{0x8546, asText, false, "SEMInfo"},
	{0x85D8, asNumber, false, "ModelTransform"},
	{0x87AF, asNumber, false, "GeoTiffDirectory"},
	{0x87B0, asNumber, false, "GeoTiffDoubleParams"},
	{0x87B1, asText, false, "GeoTiffAsciiParams"},
	{0x8824, asText, false, "SpectralSensitivity"},
	{0x882A, asNumber, false, "TimeZoneOffset"},
	{0x885D, asText, false, "FaxSubAddress"},
	{0x885E, asText, false, "FaxRecvTime"},
	{0x8871, asText, false, "FedexEDR"},
	{0x9003, asText, false, "DateTimeOriginal"},
	{0x9004, asText, false, "CreateDate"},
	{0x9009, asText, false, "GooglePlusUploadCode"},
	{0x9010, asText, false, "OffsetTime"},
	{0x9011, asText, false, "OffsetTimeOriginal"},
	{0x9012, asText, false, "OffsetTimeDigitized"},
	{0x9211, asNumber, false, "ImageNumber"},
	{0x9212, asText, false, "SecurityClassification"},
	{0x9213, asText, false, "ImageHistory"},
	{0x9214, asNumber, false, "SubjectArea"},
	{0x9286, asComment, false, "UserComment"}, // goexif has a name but no text for it
	{0x9290, asText, false, "SubSecTime"},
	{0x9291, asText, false, "SubSecTimeOriginal"},
	{0x9292, asText, false, "SubSecTimeDigitized"},
	{0x932F, asText, false, "MSDocumentText"},
	{0x9C9B, asUTF16, false, "XPTitle"}, // goexif gives the bytes of these five as numbers
	{0x9C9C, asUTF16, false, "XPComment"},
	{0x9C9D, asUTF16, false, "XPAuthor"},
	{0x9C9E, asUTF16, false, "XPKeywords"},
	{0x9C9F, asUTF16, false, "XPSubject"},
	{0xA002, asNumber, false, "ExifImageWidth"},
	{0xA003, asNumber, false, "ExifImageHeight"},
	{0xA004, asText, true, "RelatedSoundFile"},
	{0xA211, asNumber, false, "ImageNumber"},
	{0xA212, asText, false, "SecurityClassification"},
	{0xA213, asText, false, "ImageHistory"},
	{0xA214, asNumber, false, "SubjectLocation"},
	{0xA420, asText, true, "ImageUniqueID"},
	{0xA430, asText, false, "OwnerName"},    // CameraOwnerName in Exif
	{0xA431, asText, false, "SerialNumber"}, // BodySerialNumber in Exif
	{0xA432, asNumber, false, "LensInfo"},
	{0xA433, asText, false, "LensMake"},
	{0xA434, asText, false, "LensModel"},
	{0xA435, asText, false, "LensSerialNumber"},
	{0xA436, asText, false, "ImageTitle"},
	{0xA437, asText, false, "Photographer"},
	{0xA438, asText, false, "ImageEditor"},
	{0xA439, asText, false, "CameraFirmware"},
	{0xA43A, asText, false, "RAWDevelopingSoftware"},
	{0xA43B, asText, false, "ImageEditingSoftware"},
	{0xA43C, asText, false, "MetadataEditingSoftware"},
	{0xA480, asText, false, "GDALMetadata"},
	{0xA481, asText, false, "GDALNoData"},
	{0xC427, asText, false, "OceScanjobDesc"},
	{0xC429, asText, false, "OceIDNumber"},
	{0xC44F, asText, false, "Annotations"},
	{0xC573, asText, false, "OriginalFileName"},
	{0xC614, asText, false, "UniqueCameraModel"},
	{0xC615, asText, false, "LocalizedCameraModel"},
	{0xC62F, asText, false, "CameraSerialNumber"},
	{0xC68B, asText, false, "OriginalRawFileName"},
	{0xC6D2, asText, false, "PanasonicTitle"},
	{0xC6D3, asText, false, "PanasonicTitle2"},
	{0xC6F6, asText, false, "AsShotProfileName"},
	{0xC6F8, asText, false, "ProfileName"},
	{0xC6FE, asText, false, "ProfileCopyright"},
	{0xC716, asText, false, "PreviewApplicationName"},
	{0xC717, asText, false, "PreviewApplicationVersion"},
	{0xC718, asText, false, "PreviewSettingsName"},
	{0xC71B, asText, false, "PreviewDateTime"},
	{0xC789, asText, false, "ReelName"},
	{0xC7A1, asText, false, "CameraLabel"},
	{0xC7EE, asText, false, "EnhanceParams"},
	{0xFDE8, asText, false, "OwnerName"},    // these four: Photoshop Camera Raw
	{0xFDE9, asText, false, "SerialNumber"}, //
	{0xFDEA, asText, false, "Lens"},         //
	{0xFE4C, asText, false, "RawFile"},      //
}

// gpsTags are the tags of the GPS IFD by number (Exif 3.0, 4.6.7).
var gpsTags = [...]def{
	{0x00, asNumber, false, "GPSVersionID"},
	{0x01, asText, true, "GPSLatitudeRef"},
	{0x02, asNumber, true, "GPSLatitude"},
	{0x03, asText, true, "GPSLongitudeRef"},
	{0x04, asNumber, true, "GPSLongitude"},
	{0x05, asNumber, true, "GPSAltitudeRef"},
	{0x06, asNumber, true, "GPSAltitude"},
	{0x07, asNumber, true, "GPSTimeStamp"},
	{0x08, asText, false, "GPSSatellites"},
	{0x09, asText, true, "GPSStatus"},
	{0x0A, asText, false, "GPSMeasureMode"},
	{0x0B, asNumber, false, "GPSDOP"},
	{0x0C, asText, false, "GPSSpeedRef"},
	{0x0D, asNumber, false, "GPSSpeed"},
	{0x0E, asText, false, "GPSTrackRef"},
	{0x0F, asNumber, false, "GPSTrack"},
	{0x10, asText, false, "GPSImgDirectionRef"},
	{0x11, asNumber, false, "GPSImgDirection"},
	{0x12, asText, false, "GPSMapDatum"},
	{0x13, asText, true, "GPSDestLatitudeRef"},
	{0x14, asNumber, true, "GPSDestLatitude"},
	{0x15, asText, true, "GPSDestLongitudeRef"},
	{0x16, asNumber, true, "GPSDestLongitude"},
	{0x17, asText, false, "GPSDestBearingRef"},
	{0x18, asNumber, false, "GPSDestBearing"},
	{0x19, asText, false, "GPSDestDistanceRef"},
	{0x1A, asNumber, false, "GPSDestDistance"},
	{0x1B, asComment, false, "GPSProcessingMethod"},
	{0x1C, asComment, false, "GPSAreaInformation"},
	{0x1D, asText, true, "GPSDateStamp"},
	{0x1E, asNumber, false, "GPSDifferential"},
	{0x1F, asNumber, false, "GPSHPositioningError"},
}

// Positions among gpsTags.
const (
	gpsLatitude      = 0x02
	gpsLongitude     = 0x04
	gpsDestLatitude  = 0x14
	gpsDestLongitude = 0x16
)

// interopTags are the tags of the Interoperability IFD. They share numbers with
// the GPS IFD, which is why a tag is never looked up by number alone.
var interopTags = [...]def{
	{0x0001, asText, false, "InteropIndex"},
	{0x1000, asText, false, "RelatedImageFileFormat"},
}

// lookup finds what is known of tag id in a directory of the kind k, or nil.
func lookup(k dirKind, id uint16) *def {
	switch k {
	case gpsDir:
		if int(id) < len(gpsTags) {
			return &gpsTags[id]
		}
		return nil
	case interopDir:
		for i := range interopTags {
			if interopTags[i].id == id {
				return &interopTags[i]
			}
		}
		return nil
	}
	i, ok := slices.BinarySearchFunc(imageTags[:], id, func(d def, id uint16) int { return int(d.id) - int(id) })
	if !ok {
		return nil
	}
	return &imageTags[i]
}
