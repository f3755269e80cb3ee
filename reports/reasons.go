package reports

// ReasonText is what a coverage code means and what a person can do about it.
type ReasonText struct {
	Code    string
	Meaning string
	Fix     string
}

// Reasons lists every code that an Entry may carry, in order of code.
func Reasons() []ReasonText {
	return []ReasonText{
		{"archived", "stored in a class that needs a restore before it can be read", "restore the object, then scan again"},
		{"changed", "kept changing while it was read", "scan again when writes have stopped"},
		{"checksum", "its bytes do not match the checksum stored with it", "restore the object from a good copy"},
		{"corrupt", "its structure contradicts itself, so something may hide behind the damage", "open it by hand"},
		{"crashed", "a worker died on it, twice", "open it by hand, and tell us"},
		{"denied", "no permission to read it", "grant the scanning role s3:GetObject (and kms:Decrypt), or read rights on the file"},
		{"encrypted", "protected with a password", "ask the owner for the password, or open it by hand"},
		{"invalid_value", "a field holds a value that can't be true", "look at the field by hand"},
		{"limit.bytes", "larger than one object may cost", "raise the limit and scan it alone"},
		{"limit.depth", "nested too deep", "unpack it by hand"},
		{"limit.entity", "declares XML entities, which are never expanded", "look at it by hand"},
		{"limit.entries", "holds too many entries", "unpack it and scan the parts"},
		{"limit.findings", "holds more findings than are kept of one object", "count on more like them, or split it, as a log by its days, and scan the pieces"},
		{"limit.pixels", "declares more pixels than are ever decoded", "open it by hand"},
		{"limit.ratio", "inflates too far", "treat it as hostile"},
		{"limit.segments", "holds too many segments", "open it by hand"},
		{"limit.time", "took longer than one object may", "scan it alone with a higher limit"},
		{"needs-key", "encrypted with a key that only its writer has (SSE-C)", "read it with that key"},
		{"not-regular", "a symlink, FIFO, socket or device: not opened", "scan what it points to"},
		{"requester-pays", "readable only by who accepts the bill", "scan again with --requester-pays"},
		{"truncated", "ends before its structure does", "find the whole file"},
		{"unavailable", "the store kept failing on it", "scan again later: only what is missing is read"},
		{"unsupported", "of a type or variant that is not read", "open it by hand"},
		{"vanished", "was listed and then gone", "nothing, if it was deleted on purpose"},
	}
}
