package device

import (
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
)

func one(group, name, value string) []detectors.Tag {
	return []detectors.Tag{{Group: group, Name: name, Value: value}}
}

func serial(rule, value, canonical string) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.DeviceSerial, Value: value, Canonical: canonical, Rule: rule, Confidence: 0.5}}
}

var cases = []detectortest.Case{
	{Name: "body", Tags: one("ExifIFD", "SerialNumber", "072021007989"), Want: serial("body", "072021007989", "072021007989")},
	{Name: "body, newer name", Tags: one("ExifIFD", "BodySerialNumber", "AB-0034 771"), Want: serial("body", "AB-0034 771", "AB0034771")},
	{Name: "lens", Tags: one("ExifIFD", "LensSerialNumber", "000005e4d2"), Want: serial("lens", "000005e4d2", "000005E4D2")},
	{Name: "raw", Tags: one("IFD0", "CameraSerialNumber", "297394"), Want: serial("body", "297394", "297394")},
	{Name: "maker's own", Tags: one("Canon", "InternalSerialNumber", "HX0270001"), Want: serial("internal", "HX0270001", "HX0270001")},
	{Name: "maker's own in bytes", Tags: one("Sony", "InternalSerialNumber", "44 0 0 0 191 12"), Want: serial("internal", "44 0 0 0 191 12", "4400019112")},
	{Name: "flash", Tags: one("Nikon", "FlashSerialNumber", "2403771"), Want: serial("accessory", "2403771", "2403771")},
	{Name: "xmp, aux", Tags: one("XMP", "aux:SerialNumber", "6742837"), Want: serial("body", "6742837", "6742837")},
	{Name: "xmp, exifEX", Tags: one("XMP", "exifEX:LensSerialNumber", "0000800dcf"), Want: serial("lens", "0000800dcf", "0000800DCF")},
	{Name: "drone", Tags: one("XMP", "drone-dji:DroneSerialNumber", "1ZNBJ7Q00C00AB"), Want: serial("drone", "1ZNBJ7Q00C00AB", "1ZNBJ7Q00C00AB")},
	{Name: "camera of a drone", Tags: one("XMP", "drone-dji:CameraSerialNumber", "4TADL3E001X9Z1"), Want: serial("body", "4TADL3E001X9Z1", "4TADL3E001X9Z1")},
	{Name: "stored identifier", Tags: one("meta", "device-id", "f3a9c1d07be2"), Want: serial("device-id", "f3a9c1d07be2", "F3A9C1D07BE2")},
	{Name: "short", Tags: one("ExifIFD", "SerialNumber", "42"), Want: serial("body", "42", "42")},
	{Name: "counting order", Tags: one("ExifIFD", "SerialNumber", "123456789"), Want: []detectors.Finding{{Kind: detectors.DeviceSerial, Value: "123456789", Dummy: true}}},
	{Name: "zero", Tags: one("ExifIFD", "SerialNumber", "0")},
	{Name: "zeros", Tags: one("ExifIFD", "LensSerialNumber", "00000000")},
	{Name: "zeros in bytes", Tags: one("Sony", "InternalSerialNumber", "0 0 0 0 0")},
	{Name: "not available", Tags: one("ExifIFD", "SerialNumber", "N/A")},
	{Name: "one digit again and again", Tags: one("ExifIFD", "SerialNumber", "9999999")},
	{Name: "form of a serial", Tags: one("Canon", "SerialNumberFormat", "Format 2")},
	{Name: "identifier of an image", Tags: one("ExifIFD", "ImageUniqueID", "3f2a9c1d07be2f3a9c1d07be2f3a9c1d")},
	{Name: "word instead of a number", Tags: one("ExifIFD", "SerialNumber", "none")},
	{Name: "number of something else", Tags: one("meta", "certificate-serial-number", "0449")},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzTags(f *testing.F) { detectortest.FuzzTags(f, New(), cases) }
