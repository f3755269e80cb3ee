package plist

// archive gives the objects of an archive, as NSKeyedArchiver writes them: one list,
// in which objects refer to each other by number.
func (w *walk) archive() (objects object, ok bool) {
	top, ok := w.l.object(w.l.top)
	if !ok || top.kind != kindDict {
		return objects, false
	}
	archiver := false
	for i := range top.n {
		switch w.key(w.l.ref(top, i)) {
		case "$archiver":
			archiver = true
		case "$objects":
			objects, _ = w.l.object(w.l.ref(top, top.n+i))
		}
	}
	return objects, archiver && objects.kind == kindArray
}

// objects tells the values of an archive under the names of the fields that refer
// to them. What none refers to is told later, with all the rest.
func (w *walk) objects(all object) {
	for i := range all.n {
		n := w.l.ref(all, i)
		o, ok := w.l.object(n)
		if !ok || o.kind != kindDict {
			continue
		}
		w.told[n] = true
		w.fields(all, o)
		w.end()
		if w.err != nil {
			return
		}
	}
}

// fields tells one object of an archive: a dictionary of the program's by its own
// keys, any other by the names of its fields.
func (w *walk) fields(all, o object) {
	var keys, values object
	for i := range o.n {
		name, field := w.key(w.l.ref(o, i)), w.l.ref(o, o.n+i)
		v, ok := w.l.object(field)
		switch {
		case !ok || name == "$class" || name == "$classes" || name == "$classname":
			continue
		case name == "NS_keys" && v.kind == kindArray:
			keys = v
		case name == "NS_objects" && v.kind == kindArray:
			values = v
		case v.kind == kindUID:
			w.referred(all, v, name)
		case v.kind != kindArray && v.kind != kindDict:
			w.scalar(field, v, name)
		default:
			w.value(field, name, 1)
		}
	}
	for i := range values.n {
		name := ""
		if i < keys.n {
			if k, ok := w.l.object(w.l.ref(keys, i)); ok {
				if n, ok := w.refers(all, k); ok {
					w.told[n] = true
					name = w.key(n)
				}
			}
		}
		if v, ok := w.l.object(w.l.ref(values, i)); ok {
			w.referred(all, v, name)
		}
	}
}

// refers is the object that a UID stands for.
func (w *walk) refers(all, uid object) (n uint64, ok bool) {
	if uid.kind != kindUID || uid.int < 0 || uint64(uid.int) >= all.n {
		return 0, false
	}
	return w.l.ref(all, uint64(uid.int)), true
}

// referred tells a value by the name of the field that refers to it.
func (w *walk) referred(all, uid object, name string) {
	n, ok := w.refers(all, uid)
	if !ok {
		return
	}
	o, ok := w.l.object(n)
	if !ok || o.kind == kindArray || o.kind == kindDict || o.kind == kindUID {
		return
	}
	w.scalar(n, o, name)
	w.told[n] = true // it is not told once more without a name
}
