// Package scanner is the engine: it lists sources, has each object taken apart
// and looked at by every detector, attributes what was found, and records it.
// It joins the contracts in sources, scanner/media, detectors and reports, and
// knows no implementation of any.
package scanner
