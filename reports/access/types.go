package access

import "strings"

// isPicture reports whether Renderer.Cover may know a type.
func isPicture(mime string) bool {
	switch mime {
	case "image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp", "image/heic", "image/heif", "image/avif":
		return true
	}
	return false
}

// isDocument reports whether Renderer.Text may know a type.
func isDocument(mime string) bool {
	switch mime {
	case "application/pdf", "application/rtf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook", "application/epub+zip":
		return true
	}
	return strings.HasPrefix(mime, "application/vnd.openxmlformats-officedocument.") || strings.HasPrefix(mime, "application/vnd.oasis.opendocument.")
}

// isText reports whether values can be replaced in the bytes of a type.
func isText(mime string) bool {
	switch mime {
	case "application/json", "application/x-ndjson", "application/xml", "image/svg+xml", "message/rfc822", "application/mbox", "application/javascript":
		return true
	}
	return strings.HasPrefix(mime, "text/") || strings.HasSuffix(mime, "+xml") || strings.HasSuffix(mime, "+json")
}
