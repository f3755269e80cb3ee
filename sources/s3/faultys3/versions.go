package faultys3

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kept is one version or delete marker of a key.
type kept struct {
	id     string
	marker bool
	e      *entry
}

func (s *Server) stamp(n int) time.Time { return time.Date(2024, 5, 1, 12, 0, n%60, 0, time.UTC) }

// newID is what the next version is called. Versions that are written while the
// bucket keeps none are called "null", and replace each other.
func (s *Server) newID(key string) string {
	if s.cfg.Versioning == "Enabled" {
		s.ids++
		return fmt.Sprintf("v%04d", s.ids)
	}
	s.kept[key] = slices.DeleteFunc(s.kept[key], func(k *kept) bool { return k.id == "null" })
	return "null"
}

// keep makes e the newest version of key.
func (s *Server) keep(key string, e *entry) {
	id := s.newID(key)
	s.kept[key] = slices.Insert(s.kept[key], 0, &kept{id: id, e: e})
	s.current(key)
}

// hide is a DELETE that names no version.
func (s *Server) hide(key string) {
	if s.cfg.Versioning == "" {
		delete(s.kept, key)
	} else {
		id := s.newID(key)
		s.kept[key] = slices.Insert(s.kept[key], 0, &kept{id: id, marker: true, e: &entry{modified: s.stamp(s.ids)}})
	}
	s.current(key)
}

// current makes what a request without a version sees of key what is newest.
func (s *Server) current(key string) {
	i, listed := slices.BinarySearch(s.keys, key)
	if all := s.kept[key]; len(all) > 0 && !all[0].marker {
		s.objects[key] = all[0].e
		if !listed {
			s.keys = slices.Insert(s.keys, i, key)
		}
		return
	}
	delete(s.objects, key)
	if listed {
		s.keys = slices.Delete(s.keys, i, i+1)
	}
}

func (s *Server) latest(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if all := s.kept[key]; len(all) > 0 {
		return all[0].id
	}
	return ""
}

// Upload begins an upload in parts that nobody finishes.
func (s *Server) Upload(key, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.uploads[key] == nil {
		s.uploads[key] = map[string]time.Time{}
	}
	s.uploads[key][id] = s.stamp(0)
}

// Kept lists what is kept of key, newest first, as "id" or "id marker", then its
// unfinished uploads as "upload id".
func (s *Server) Kept(key string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, k := range s.kept[key] {
		name := k.id
		if k.marker {
			name += " marker"
		}
		out = append(out, name)
	}
	for _, id := range slices.Sorted(maps.Keys(s.uploads[key])) {
		out = append(out, "upload "+id)
	}
	return out
}

// editKept deletes one version or aborts one upload.
func (s *Server) editKept(w http.ResponseWriter, r *http.Request, key string, q url.Values) {
	if id := q.Get("uploadId"); q.Has("uploadId") {
		if _, ok := s.uploads[key][id]; !ok {
			fail(w, &Answer{Status: http.StatusNotFound, Code: "NoSuchUpload"})
			return
		}
		delete(s.uploads[key], id)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	id := q.Get("versionId")
	i := slices.IndexFunc(s.kept[key], func(k *kept) bool { return k.id == id })
	if i >= 0 {
		k := s.kept[key][i]
		if m := r.Header.Get("If-Match"); m != "" && strings.Trim(m, `"`) != k.e.etag && !s.cfg.IgnoreIfMatch {
			fail(w, &Answer{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed"})
			return
		}
		bypass := r.Header.Get("X-Amz-Bypass-Governance-Retention") == "true" && k.e.LockMode == "GOVERNANCE"
		if k.e.LegalHold || k.e.LockMode != "" && s.Clock.Now().Before(k.e.LockUntil) && !bypass {
			fail(w, &Answer{Status: http.StatusForbidden, Code: "AccessDenied", Message: "Access Denied because object protected by object lock."})
			return
		}
		s.kept[key] = slices.Delete(s.kept[key], i, i+1)
		s.current(key)
	}
	w.Header().Set("X-Amz-Version-Id", id)
	w.WriteHeader(http.StatusNoContent)
}

// answerer answers a question about the bucket or an object.
type answerer func(w http.ResponseWriter, q url.Values, f Fault)

// question gives who answers what q asks; nil if it asks for a listing or content.
func (s *Server) question(q url.Values, key string) answerer {
	for name, a := range map[string]answerer{
		"versions": s.versions, "uploads": s.listUploads,
		"versioning":   s.fixed(versioningXML{Status: s.cfg.Versioning, MFADelete: mfa(s.cfg.MFADelete)}),
		"policyStatus": s.policyStatus(), "publicAccessBlock": s.accessBlock(), "ownershipControls": s.ownership(),
		"object-lock": s.lockable(), "replication": s.replication(), "acl": func(w http.ResponseWriter, q url.Values, f Fault) { s.acl(w, key, f) },
		"retention":  func(w http.ResponseWriter, q url.Values, f Fault) { s.retention(w, key, q.Get("versionId"), f) },
		"legal-hold": func(w http.ResponseWriter, q url.Values, f Fault) { s.legalHold(w, key, q.Get("versionId"), f) },
	} {
		if q.Has(name) {
			return a
		}
	}
	return nil
}

type versioningXML struct {
	XMLName   xml.Name `xml:"VersioningConfiguration"`
	Status    string   `xml:",omitempty"`
	MFADelete string   `xml:"MfaDelete,omitempty"`
}

func mfa(on bool) string {
	if on {
		return "Enabled"
	}
	return ""
}

func (s *Server) fixed(v any) answerer {
	return func(w http.ResponseWriter, _ url.Values, f Fault) { s.xml(w, v, f) }
}

func missing(code string) answerer {
	return func(w http.ResponseWriter, _ url.Values, _ Fault) {
		fail(w, &Answer{Status: http.StatusNotFound, Code: code})
	}
}

func (s *Server) lockable() answerer {
	if !s.cfg.Lockable {
		return missing("ObjectLockConfigurationNotFoundError")
	}
	return s.fixed(struct {
		XMLName           xml.Name `xml:"ObjectLockConfiguration"`
		ObjectLockEnabled string
	}{ObjectLockEnabled: "Enabled"})
}

// setting answers a question by its setting, unless that is empty or "none".
func (s *Server) setting(value, none string, answer any) answerer {
	switch value {
	case "":
		return func(w http.ResponseWriter, _ url.Values, _ Fault) {
			fail(w, &Answer{Status: http.StatusNotImplemented, Code: "NotImplemented"})
		}
	case "none":
		return missing(none)
	}
	return s.fixed(answer)
}

func (s *Server) policyStatus() answerer {
	return s.setting(s.cfg.Access.Policy, "NoSuchBucketPolicy", struct {
		XMLName  xml.Name `xml:"PolicyStatus"`
		IsPublic bool
	}{IsPublic: s.cfg.Access.Policy == "public"})
}

func (s *Server) accessBlock() answerer {
	on := strings.Split(s.cfg.Access.Block, ",")
	return s.setting(s.cfg.Access.Block, "NoSuchPublicAccessBlockConfiguration", struct {
		XMLName                                 xml.Name `xml:"PublicAccessBlockConfiguration"`
		IgnorePublicAcls, RestrictPublicBuckets bool
	}{IgnorePublicAcls: slices.Contains(on, "IgnorePublicAcls"), RestrictPublicBuckets: slices.Contains(on, "RestrictPublicBuckets")})
}

func (s *Server) ownership() answerer {
	return s.setting(s.cfg.Access.Ownership, "OwnershipControlsNotFoundError", struct {
		XMLName   xml.Name `xml:"OwnershipControls"`
		Ownership string   `xml:"Rule>ObjectOwnership"`
	}{Ownership: s.cfg.Access.Ownership})
}

func (s *Server) replication() answerer {
	if len(s.cfg.Replicas) == 0 {
		return missing("ReplicationConfigurationNotFoundError")
	}
	type rule struct {
		Status string
		Bucket string `xml:"Destination>Bucket"`
	}
	c := struct {
		XMLName xml.Name `xml:"ReplicationConfiguration"`
		Rules   []rule   `xml:"Rule"`
	}{}
	for _, b := range s.cfg.Replicas {
		c.Rules = append(c.Rules, rule{"Enabled", "arn:aws:s3:::" + b})
	}
	return s.fixed(c)
}

func (s *Server) xml(w http.ResponseWriter, v any, f Fault) {
	body, err := xml.Marshal(v)
	if err != nil {
		fail(w, &Answer{Status: http.StatusInternalServerError, Code: "InternalError"})
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	s.send(w, nil, http.StatusOK, append([]byte(xml.Header), body...), f)
}

// find gives one version of key; the newest if id is empty.
func (s *Server) find(key, id string) *kept {
	for _, k := range s.kept[key] {
		if k.id == id || id == "" {
			return k
		}
	}
	return nil
}

func (s *Server) retention(w http.ResponseWriter, key, id string, f Fault) {
	s.mu.Lock()
	k := s.find(key, id)
	s.mu.Unlock()
	if k == nil || k.e.LockMode == "" {
		missing("NoSuchObjectLockConfiguration")(w, nil, f)
		return
	}
	s.xml(w, struct {
		XMLName         xml.Name `xml:"Retention"`
		Mode            string
		RetainUntilDate string
	}{Mode: k.e.LockMode, RetainUntilDate: k.e.LockUntil.UTC().Format(time.RFC3339)}, f)
}

func (s *Server) legalHold(w http.ResponseWriter, key, id string, f Fault) {
	s.mu.Lock()
	k := s.find(key, id)
	s.mu.Unlock()
	status := "OFF"
	if k != nil && k.e.LegalHold {
		status = "ON"
	}
	s.xml(w, struct {
		XMLName xml.Name `xml:"LegalHold"`
		Status  string
	}{Status: status}, f)
}

type granteeXML struct {
	XSI  string `xml:"xmlns:xsi,attr"`
	Type string `xml:"xsi:type,attr"`
	ID   string `xml:",omitempty"`
	URI  string `xml:",omitempty"`
}

type grantXML struct {
	Grantee    granteeXML
	Permission string
}

// acl has the owner's grant, and those that the headers of a PUT gave.
func (s *Server) acl(w http.ResponseWriter, key string, f Fault) {
	const xsi = "http://www.w3.org/2001/XMLSchema-instance"
	grants := []grantXML{{granteeXML{XSI: xsi, Type: "CanonicalUser", ID: "account-1"}, "FULL_CONTROL"}}
	if g := s.cfg.Access.Grantee; g != "" && key == "" {
		x := grantXML{granteeXML{XSI: xsi, Type: "CanonicalUser", ID: g}, "READ"}
		if strings.Contains(g, ":") {
			x.Grantee = granteeXML{XSI: xsi, Type: "Group", URI: g}
		}
		grants = append(grants, x)
	}
	s.mu.Lock()
	if e := s.objects[key]; e != nil {
		for _, h := range restorable {
			p, ok := strings.CutPrefix(h, "X-Amz-Grant-")
			if !ok || e.Header[h] == "" {
				continue
			}
			for g := range strings.SplitSeq(e.Header[h], ",") {
				kind, who, _ := strings.Cut(strings.TrimSpace(g), "=")
				who = strings.Trim(who, `"`)
				x := grantXML{granteeXML{XSI: xsi}, strings.ToUpper(strings.ReplaceAll(p, "-", "_"))}
				switch {
				case who == "account-1":
					continue
				case kind == "uri":
					x.Grantee.Type, x.Grantee.URI = "Group", who
				default:
					x.Grantee.Type, x.Grantee.ID = "CanonicalUser", who
				}
				grants = append(grants, x)
			}
		}
	}
	s.mu.Unlock()
	s.xml(w, struct {
		XMLName xml.Name   `xml:"AccessControlPolicy"`
		Owner   owner      `xml:"Owner"`
		Grants  []grantXML `xml:"AccessControlList>Grant"`
	}{Owner: owner{"account-1"}, Grants: grants}, f)
}

type versionXML struct {
	XMLName      xml.Name
	Key          string
	VersionID    string `xml:"VersionId"`
	IsLatest     bool
	LastModified string
	ETag         string `xml:",omitempty"`
	Size         *int   `xml:",omitempty"`
	StorageClass string `xml:",omitempty"`
	Owner        owner
}

// versions is one page of ListObjectVersions.
func (s *Server) versions(w http.ResponseWriter, q url.Values, f Fault) {
	size := s.cfg.PageSize
	if n, err := strconv.Atoi(q.Get("max-keys")); err == nil && n > 0 {
		size = min(size, n)
	}
	res := struct {
		XMLName             xml.Name `xml:"ListVersionsResult"`
		Name                string
		Prefix              string
		EncodingType        string
		MaxKeys             int
		IsTruncated         bool
		NextKeyMarker       string `xml:",omitempty"`
		NextVersionIDMarker string `xml:"NextVersionIdMarker,omitempty"`
		Rows                []versionXML
	}{Name: Bucket, Prefix: q.Get("prefix"), EncodingType: "url", MaxKeys: size}
	atKey, atID := q.Get("key-marker"), q.Get("version-id-marker")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(s.kept)) {
		past := key > atKey
		if !strings.HasPrefix(key, q.Get("prefix")) || key < atKey || key == atKey && atID == "" && atKey != "" {
			continue
		}
		for i, k := range s.kept[key] {
			if !past && atKey != "" {
				past = k.id == atID
				continue
			}
			if len(res.Rows) == size {
				last := res.Rows[size-1]
				res.IsTruncated, res.NextKeyMarker, res.NextVersionIDMarker = true, last.Key, last.VersionID
				break
			}
			res.Rows = append(res.Rows, versionRow(key, k, i == 0))
		}
		if res.IsTruncated {
			break
		}
	}
	s.xml(w, res, f)
}

func versionRow(key string, k *kept, latest bool) versionXML {
	row := versionXML{XMLName: xml.Name{Local: "DeleteMarker"}, Key: url.QueryEscape(key), VersionID: k.id, IsLatest: latest,
		LastModified: k.e.modified.Format("2006-01-02T15:04:05.000Z"), Owner: owner{"account-1"}}
	if !k.marker {
		n := len(k.e.Data)
		row.XMLName.Local, row.ETag, row.Size, row.StorageClass = "Version", `"`+k.e.etag+`"`, &n, "STANDARD"
	}
	return row
}

// listUploads is ListMultipartUploads, in one page.
func (s *Server) listUploads(w http.ResponseWriter, q url.Values, f Fault) {
	type upload struct {
		Key       string
		UploadID  string `xml:"UploadId"`
		Initiated string
		Owner     owner
	}
	res := struct {
		XMLName      xml.Name `xml:"ListMultipartUploadsResult"`
		Bucket       string
		EncodingType string
		MaxUploads   int
		IsTruncated  bool
		Uploads      []upload `xml:"Upload"`
	}{Bucket: Bucket, EncodingType: "url", MaxUploads: 1000}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(s.uploads)) {
		if !strings.HasPrefix(key, q.Get("prefix")) {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(s.uploads[key])) {
			res.Uploads = append(res.Uploads, upload{url.QueryEscape(key), id, s.uploads[key][id].Format(time.RFC3339), owner{"account-1"}})
		}
	}
	s.xml(w, res, f)
}

// Object gives the newest content of key with all that belongs to it; the zero
// Object if there is none.
func (s *Server) Object(key string) Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.objects[key]; e != nil {
		return e.Object
	}
	return Object{}
}
