// Package all lists every detector.
package all

import (
	"habeas/detectors"
	"habeas/detectors/address"
	"habeas/detectors/device"
	"habeas/detectors/email"
	"habeas/detectors/face"
	"habeas/detectors/geo"
	"habeas/detectors/hidden"
	"habeas/detectors/identity"
	"habeas/detectors/network"
	"habeas/detectors/payment"
	"habeas/detectors/person"
	"habeas/detectors/phone"
	"habeas/detectors/record"
	"habeas/detectors/renamed"
	"habeas/detectors/textscan"
	"habeas/detectors/transaction"
)

// Options are the choices that detectors share. The zero value is every detector
// as it comes.
type Options struct {
	Regions []string // likely countries of the people, ISO 3166-1 alpha-2, best first
}

// Detectors are all detectors, in order of name.
func Detectors(opts Options) []detectors.Detector {
	words := new(textscan.Lexicon)
	return []detectors.Detector{
		address.New(),
		device.New(),
		email.New(),
		face.New(),
		geo.New(),
		hidden.New(),
		identity.NewSharing(words),
		network.NewSharing(words),
		payment.New(),
		person.New(),
		phone.New(phone.Options{Regions: opts.Regions, Words: words}),
		record.New(),
		renamed.New(),
		transaction.New(),
	}
}
