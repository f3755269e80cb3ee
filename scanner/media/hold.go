package media

// Holder is an optional ability of a Visitor: it bounds how many walks need much
// memory at the same time. See Hold.
type Holder interface {
	// Hold waits for a place and gives what lets go of it. A nil function says
	// that there is nothing to wait for. The error is the visitor's.
	Hold() (release func(), err error)
}

// Hold waits until a walk may take much memory (up to 200 MiB), if v bounds how
// many may. Between Hold and release the walk may read the object; it calls no
// method of v, which might wait for the place that it holds. A nil function says
// that v bounds nothing: a format then bounds itself.
func Hold(v Visitor) (release func(), err error) {
	if h, ok := v.(Holder); ok {
		return h.Hold()
	}
	return nil, nil
}

// Warmer is an optional ability of a Format whose first walk in a process takes
// seconds. Its methods are called before any walk.
type Warmer interface {
	// KeepIn names a folder, of this user alone, for what can be kept from one
	// process to the next. Nothing of any object goes there.
	KeepIn(dir string)
	// Warm does now what the first walk would do, for a process that can open no
	// file later. Unless patient, walks are then ended from outside where they take
	// too long; a patient one ends what takes too long itself, at a price.
	Warm(patient bool) error
	// Leave has walks that need what Warm does report Elsewhere instead of doing it.
	Leave()
}

// Elsewhere is the Reason with which a walk leaves the whole object to a process
// that is made for it. It ends the examination at once and goes no further than the
// Runner, which has the object examined there: no report knows it.
const Elsewhere Reason = "elsewhere"
