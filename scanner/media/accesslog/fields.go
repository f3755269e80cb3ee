package accesslog

import (
	"bytes"
	"strings"
)

// token is a field of a line, without its quotes or brackets.
type token struct {
	start, end int
	mark       byte // '"' or '[' where it was set in such; 0 if bare
}

// split takes a line apart: at tabs if W3C's format has them, as in CloudFront's
// logs, else at blanks outside of quotes and brackets.
func (l *log) split(line []byte) {
	l.tokens = l.tokens[:0]
	if l.fields != nil && bytes.IndexByte(line, '\t') >= 0 {
		for start := 0; start <= len(line) && len(l.tokens) < maxFields; {
			n := bytes.IndexByte(line[start:], '\t')
			if n < 0 {
				n = len(line) - start
			}
			l.tokens = append(l.tokens, token{start: start, end: start + n})
			start += n + 1
		}
		return
	}
	for i := 0; i < len(line) && len(l.tokens) < maxFields; {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		t := token{start: i}
		switch b := line[i]; b {
		case '"', '[':
			t.mark = b
			t.start++
			t.end = closing(line, t.start, b)
			i = t.end + 1
		default:
			for i < len(line) && line[i] != ' ' && line[i] != '\t' {
				i++
			}
			t.end = i
		}
		t.end = min(t.end, len(line))
		l.tokens = append(l.tokens, t)
	}
}

// closing is where a quoted or bracketed field ends. A quote that belongs to it
// has a backslash before.
func closing(line []byte, i int, open byte) int {
	shut := open
	if open == '[' {
		shut = ']'
	}
	for ; i < len(line); i++ {
		if line[i] == '\\' && open == '"' {
			i++
		} else if line[i] == shut {
			return i
		}
	}
	return len(line)
}

// The fields of each format, in its order.
var (
	// combined is that of Apache's mod_log_config, which nginx shares.
	combined = []string{"ip", "ident", "username", "time", "request", "status", "bytes", "referer", "user_agent", "forwarded_for"}
	vhost    = append([]string{"host"}, combined...)
	// s3 is "Amazon S3 server access log format".
	s3 = []string{"bucket_owner", "bucket", "time", "remote_ip", "requester", "request_id", "operation", "key", "request", "status", "error", "bytes", "object_size", "total_time", "turn_around_time", "referer", "user_agent", "version_id", "host_id", "signature_version", "cipher_suite", "authentication_type", "host", "tls_version", "access_point_arn", "acl_required"}
	// classic and application are those of Elastic Load Balancing.
	classic     = []string{"time", "elb", "client_ip", "backend", "request_processing_time", "backend_processing_time", "response_processing_time", "elb_status_code", "backend_status_code", "received_bytes", "sent_bytes", "request", "user_agent", "ssl_cipher", "ssl_protocol"}
	application = []string{"type", "time", "elb", "client_ip", "target", "request_processing_time", "target_processing_time", "response_processing_time", "elb_status_code", "target_status_code", "received_bytes", "sent_bytes", "request", "user_agent", "ssl_cipher", "ssl_protocol", "target_group_arn", "trace_id", "domain_name", "chosen_cert_arn", "matched_rule_priority", "request_creation_time", "actions_executed", "redirect_url", "error_reason", "target_list", "target_status_code_list", "classification", "classification_reason", "conn_trace_id"}
)

// layout is the format of the line that was split, by where its time and its
// request stand; nil if it is none.
func (l *log) layout(line []byte) []string {
	t := l.tokens
	for k := 2; k <= 4 && k < len(t); k++ {
		if t[k].mark != '[' || !isTime(line[t[k].start:t[k].end]) {
			continue
		}
		switch {
		case k == 2 && len(t) >= 10 && (t[8].mark == '"' || string(line[t[8].start:t[8].end]) == "-"):
			return s3
		case k == 3 && l.request(line, 4):
			return combined
		case k == 4 && l.request(line, 5):
			return vhost
		}
	}
	switch {
	case len(t) >= 12 && isStamp(line[t[0].start:t[0].end]) && t[11].mark == '"':
		return classic
	case len(t) >= 20 && isStamp(line[t[1].start:t[1].end]) && t[12].mark == '"':
		return application
	}
	return nil
}

// request reports whether field k is a quoted request, with a status behind.
func (l *log) request(line []byte, k int) bool {
	if len(l.tokens) < k+2 || l.tokens[k].mark != '"' {
		return false
	}
	status := line[l.tokens[k+1].start:l.tokens[k+1].end]
	return len(status) == 3 && digits(status) || string(status) == "-"
}

// isTime: 10/Oct/2000:13:55:36 -0700.
func isTime(b []byte) bool {
	return len(b) >= 20 && b[2] == '/' && b[6] == '/' && b[11] == ':' && b[14] == ':' && b[17] == ':' && digits(b[:2]) && digits(b[7:11])
}

// isStamp: 2015-05-13T23:39:43.945958Z.
func isStamp(b []byte) bool {
	return len(b) >= 20 && b[4] == '-' && b[7] == '-' && b[10] == 'T' && b[13] == ':' && digits(b[:4])
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// w3c are the fields of W3C's format (W3C WD-logfile-960323) by the names that the
// others have. "c-ip" is the client's, "cs(User-Agent)" a header of the request.
var w3c = map[string]string{
	"c-ip": "ip", "s-ip": "server_ip", "x-forwarded-for": "forwarded_for", "cs(x-forwarded-for)": "forwarded_for",
	"cs-username": "username", "cs-uri-stem": "path", "cs-uri-query": "query", "cs-uri": "request", "cs-method": "method",
	"cs(user-agent)": "user_agent", "cs(referer)": "referer", "cs(cookie)": "cookie", "cs(host)": "host", "cs-host": "host", "cs(authorization)": "authorization",
	"sc-status": "status", "sc-bytes": "bytes", "cs-bytes": "bytes_received", "date": "date", "time": "time",
}

// fieldName is the name of a field of W3C's format.
func fieldName(name string) string {
	if n := w3c[strings.ToLower(name)]; n != "" {
		return n
	}
	return strings.ToValidUTF8(strings.ReplaceAll(name, ".", "_"), "")
}
