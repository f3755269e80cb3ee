package pdf

import (
	"fmt"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// form hands out the fields of an interactive form with their values (12.7), and
// the packets of an XFA form.
func (w *walk) form(f dict) {
	if f == nil {
		return
	}
	var tags []detectors.Tag
	for _, o := range w.d.array(f["Fields"]) {
		tags = w.field(tags, o, dict{}, 0)
	}
	w.tags("form", tags)
	w.xfa(f["XFA"])
}

// field adds the value of a field and those of its kids, which may inherit it.
func (w *walk) field(tags []detectors.Tag, o object, parent dict, depth int) []detectors.Tag {
	f := w.d.dict(o)
	if f == nil || !w.node() {
		return tags
	}
	if depth > maxNesting {
		w.d.note(media.LimitDepth)
		return tags
	}
	if r, isRef := o.(ref); isRef {
		if depth > 0 && w.visited[r.num] && f["Kids"] != nil {
			w.d.note(media.Corrupt) // a cycle
			return tags
		}
		w.visited[r.num] = true
	}
	own := dict{}
	for _, key := range []name{"FT", "V", "T", "TU"} {
		own[key] = f[key]
		if own[key] == nil {
			own[key] = parent[key]
		}
	}
	leaf := true
	for _, kid := range w.d.array(f["Kids"]) {
		if k := w.d.dict(kid); k["T"] != nil || k["Kids"] != nil {
			leaf = false
			tags = w.field(tags, kid, own, depth+1)
		} else if r, isRef := kid.(ref); isRef {
			w.visited[r.num] = true // a place where it shows
		}
	}
	if !leaf {
		return tags
	}
	return w.value(tags, own, f)
}

// value adds what one field says.
func (w *walk) value(tags []detectors.Tag, own, f dict) []detectors.Tag {
	label := fieldName(w.stringOf(own["T"]))
	if v := w.d.dict(own["V"]); v != nil && own["FT"] == name("Sig") {
		return w.signature(tags, v)
	}
	add := func(o object) {
		for _, line := range w.lines(o) {
			tags = append(tags, detectors.Tag{Group: "form", Name: label, Value: line})
		}
	}
	add(own["V"])
	if w.stringOf(f["DV"]) != w.stringOf(own["V"]) {
		add(f["DV"])
	}
	if tip := w.stringOf(own["TU"]); tip != "" {
		tags = append(tags, detectors.Tag{Group: group, Name: "FieldTip", Value: tip})
	}
	return tags
}

// lines are the texts of a value: one, or the choices of a list.
func (w *walk) lines(o object) []string {
	if list := w.d.array(o); list != nil {
		var out []string
		for _, item := range list[:min(len(list), 1_000)] {
			out = append(out, w.stringOf(item))
		}
		return out
	}
	if s := w.stringOf(o); s != "" {
		return []string{s}
	}
	return nil
}

// fieldName is the last part of a name as forms have it, without the number of
// its kind: "form1[0].Address[0].Phone[0]" is Phone.
func fieldName(s string) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, ""))
	if i := strings.LastIndexByte(s, '.'); i >= 0 && i+1 < len(s) {
		s = s[i+1:]
	}
	if i := strings.LastIndexByte(s, '['); i > 0 && strings.HasSuffix(s, "]") {
		s = s[:i]
	}
	if s == "" {
		return "field"
	}
	return s
}

// signature adds who signed, as the signature dictionary says (12.8.1).
func (w *walk) signature(tags []detectors.Tag, v dict) []detectors.Tag {
	for _, f := range []struct {
		key  name
		name string
	}{{"Name", "SignerName"}, {"ContactInfo", "SignerContactInfo"}, {"Location", "SigningLocation"}, {"Reason", "SigningReason"}, {"M", "SigningDate"}} {
		tags = append(tags, detectors.Tag{Group: group, Name: f.name, Value: w.stringOf(v[f.key])})
	}
	return tags
}

// xfa hands out the packets of an XFA form (12.7.8): its data and its labels.
func (w *walk) xfa(o object) {
	if s := w.d.stream(o); s != nil {
		if w.visit(o) {
			w.nested("xfa", s)
		}
		return
	}
	packets := w.d.array(o)
	for i := 1; i < len(packets) && w.node(); i += 2 {
		s := w.d.stream(packets[i])
		if s == nil || !w.visit(packets[i]) {
			continue
		}
		label := base(w.stringOf(packets[i-1]))
		switch label {
		case "preamble", "postamble", "config", "localeSet", "xdp:xdp", "</xdp:xdp>", "xdp>", "xdp":
			continue // tags that hold the others together
		}
		w.nested(fmt.Sprintf("xfa/%s", label), s)
	}
}
