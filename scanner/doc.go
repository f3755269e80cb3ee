// Package scanner is the engine: it lists sources, has each object taken apart
// and looked at by every detector, attributes what was found, and records it.
// It joins the contracts in sources, scanner/media, detectors and reports, and
// knows no implementation of any.
//
// Scan is the way in. It reads what the record does not hold yet, through a
// Runner: scanner/sandbox, which keeps the parsers in worker processes, or
// InProcess. Both use an Examiner, which takes one object apart.
//
// Every object that was listed ends in the record with a coverage, and one that
// was not read in full with the reason. Values exist from the detector to the
// entry, in memory; the entry holds masks and fingerprints.
package scanner
