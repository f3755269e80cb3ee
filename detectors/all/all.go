// Package all lists every detector.
package all

import (
	"habeas/detectors"
	"habeas/detectors/email"
	"habeas/detectors/geo"
	"habeas/detectors/network"
)

// Options are the choices that detectors share.
type Options struct {
	Regions []string // likely countries of the people, ISO 3166-1 alpha-2, best first
}

// Detectors are all detectors, in order of name.
func Detectors(opts Options) []detectors.Detector {
	return []detectors.Detector{email.New(), geo.New(), network.New()}
}
