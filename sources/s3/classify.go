package s3

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"habeas/sources"
)

// act is what the loop in call.go does about a failed request.
type act int

const (
	giveUp   act = iota // Code and Hint are the answer
	again               // repeat, after a pause of this request
	slowDown            // repeat, and slow down everybody
	renew               // repeat with fresh credentials, once
	move                // repeat in verdict.region, once
	reskew              // repeat once: the SDK took the store's time from the answer
)

// verdict is what classify makes of a failure.
type verdict struct {
	act    act
	code   string // of sources.Error, if it comes to that
	fatal  bool
	hint   string
	tries  int    // 0 means the usual number
	region string // for move
	is     error  // sources.ErrChanged, where it is that
}

// op is the kind of a request: some failures mean something else on a listing.
type op int

const (
	opList op = iota
	opGet
	opTags
	opHead
	opEdit
	opBucket // a question about the bucket as a whole
)

func (o op) String() string {
	return [...]string{"list", "get", "get tags", "head", "edit", "bucket"}[o]
}

var (
	errShort     = errors.New("body ends too early")
	errMalformed = errors.New("answer is not what S3 answers")
	errChecksum  = errors.New("body does not match its checksum")
	errVersion   = errors.New("answer is of another version")
	errSkips     = errors.New("store ignores ranges")
)

// fault is the cause inside a sources.Error. Its text is made of words of ours
// and of the store's error code, cut to what such codes consist of; whatever else
// an SDK error quotes (URLs, headers, parts of a body) is only there for errors.Is.
type fault struct {
	op     op
	status int
	code   string
	err    error
}

func (f *fault) Error() string {
	if f.status == 0 {
		return fmt.Sprintf("s3 %s: no answer", f.op)
	}
	return fmt.Sprintf("s3 %s: status %d %s", f.op, f.status, f.code)
}

func (f *fault) Unwrap() error { return f.err }

func fatal(code, hint string, err error) error {
	return &sources.Error{Code: code, Fatal: true, Hint: hint, Err: err}
}

// apiRow is what an error code of the store means for a request on an object.
// The codes are those of "Error Responses" in the Amazon S3 API Reference.
var apiRows = map[string]verdict{
	"SlowDown":              {act: slowDown},
	"ServiceUnavailable":    {act: slowDown},
	"TooManyRequests":       {act: slowDown},
	"Throttling":            {act: slowDown},
	"ThrottlingException":   {act: slowDown},
	"RequestLimitExceeded":  {act: slowDown},
	"InternalError":         {act: again},
	"OperationAborted":      {act: again},
	"RequestTimeout":        {act: again},
	"IncompleteBody":        {act: again},
	"RequestTimeTooSkewed":  {act: reskew},
	"ExpiredToken":          {act: renew},
	"ExpiredTokenException": {act: renew},
	"TokenRefreshRequired":  {act: renew},
	"InvalidToken":          {act: renew},

	"InvalidAccessKeyId":          {code: sources.CodeCredentials, fatal: true, hint: "the store doesn't know this access key: check which credentials are set (AWS_PROFILE, AWS_ACCESS_KEY_ID) and that they are for this endpoint"},
	"InvalidClientTokenId":        {code: sources.CodeCredentials, fatal: true, hint: "the store doesn't know this access key: check which credentials are set (AWS_PROFILE, AWS_ACCESS_KEY_ID)"},
	"UnrecognizedClientException": {code: sources.CodeCredentials, fatal: true, hint: "the store doesn't know this access key: check which credentials are set (AWS_PROFILE, AWS_ACCESS_KEY_ID)"},
	"SignatureDoesNotMatch":       {code: sources.CodeCredentials, fatal: true, hint: "the secret key doesn't belong to the access key: set both again"},
	"AuthFailure":                 {code: sources.CodeCredentials, fatal: true, hint: "the store refuses these credentials: set them again"},
	"NotSignedUp":                 {code: sources.CodeCredentials, fatal: true, hint: "this account has no S3: use another account"},
	"AccountProblem":              {code: sources.CodeCredentials, fatal: true, hint: "the account has a problem that only its owner can solve"},
	"AllAccessDisabled":           {code: sources.CodeCredentials, fatal: true, hint: "all access to this bucket is disabled: ask the owner of the account"},

	"NoSuchBucket":      {code: sources.CodeNoSuchBucket, fatal: true},
	"InvalidBucketName": {code: sources.CodeNoSuchBucket, fatal: true},
	"PermanentRedirect": {act: move},

	"NoSuchKey":                  {code: sources.CodeVanished},
	"NoSuchVersion":              {code: sources.CodeVanished},
	"NotFound":                   {code: sources.CodeVanished},
	"MethodNotAllowed":           {code: sources.CodeVanished}, // GET of a delete marker
	"PreconditionFailed":         {code: sources.CodeChanged, is: sources.ErrChanged},
	"InvalidRange":               {code: sources.CodeChanged, is: sources.ErrChanged},
	"ConditionalRequestConflict": {code: sources.CodeChanged, is: sources.ErrChanged},
	"InvalidObjectState":         {code: sources.CodeArchived, hint: "restore the object, then scan again"},
	"InvalidRequest":             {code: sources.CodeNeedsKey, hint: "only who wrote the object has its key (SSE-C)"},
}

// statusRows is for answers without a code that the table above knows.
var statusRows = map[int]verdict{
	http.StatusTooManyRequests:              {act: slowDown},
	http.StatusServiceUnavailable:           {act: slowDown},
	http.StatusRequestTimeout:               {act: again},
	http.StatusInternalServerError:          {act: again},
	http.StatusBadGateway:                   {act: again},
	http.StatusGatewayTimeout:               {act: again},
	http.StatusNotFound:                     {code: sources.CodeVanished},
	http.StatusMethodNotAllowed:             {code: sources.CodeVanished},
	http.StatusPreconditionFailed:           {code: sources.CodeChanged, is: sources.ErrChanged},
	http.StatusRequestedRangeNotSatisfiable: {code: sources.CodeChanged, is: sources.ErrChanged},
	http.StatusConflict:                     {code: sources.CodeChanged, is: sources.ErrChanged},
}

// classify reads one failure. It gives the verdict and the cause to keep.
func (s *Source) classify(o op, c *conn, err error) (verdict, *fault) {
	f := &fault{op: o, err: err}
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) {
		f.status = resp.HTTPStatusCode()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		f.code = cleanCode(api.ErrorCode())
		return s.classifyAPI(o, c, f, api.ErrorMessage(), resp), f
	}
	if v, ok := s.classifyLocal(err); ok {
		return v, f
	}
	if f.status >= 300 {
		// An error page that is no XML: a proxy's, or a server of another kind.
		if v, ok := statusRows[f.status]; ok && (v.act == again || v.act == slowDown) {
			return v, f
		}
		if f.status == http.StatusForbidden {
			return s.refused(o, ""), f
		}
		return s.strange(o), f
	}
	return verdict{act: again}, f
}

// strange is for answers that are not S3's. About a listing, that is the
// endpoint's fault. About one object it may be its key's: proxies refuse what
// looks like an attack to them, and no uploader shall be able to end a scan.
func (s *Source) strange(o op) verdict {
	if o == opList {
		return verdict{act: again, tries: 4, code: sources.CodeEndpoint, fatal: true,
			hint: fmt.Sprintf("%s does not answer as S3 does: check the endpoint", s.endpointName())}
	}
	return verdict{act: again, tries: 4}
}

// suspect holds for fatal codes that a proxy causes for a single object, by
// rewriting a key such as "a//b" or "../b" in the path. See Source.confirm.
func suspect(code string) bool {
	return code == "SignatureDoesNotMatch" || code == "NoSuchBucket" || code == "InvalidBucketName"
}

// classifyLocal knows the failures that no store told us about.
func (s *Source) classifyLocal(err error) (verdict, bool) {
	var chain *chainError
	var dns *net.DNSError
	var tlsName x509.HostnameError
	var tlsRoot x509.UnknownAuthorityError
	var tlsBad x509.CertificateInvalidError
	switch {
	case errors.As(err, &chain):
		v := verdict{code: sources.CodeCredentials, fatal: true,
			hint: "no credentials found: set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, sign in again, or scan a public bucket with --anonymous"}
		if s.succeeded.Load() {
			// They were there before: an instance or a token service that fails for a while.
			v.act, v.tries = again, 6
		}
		return v, true
	case errors.Is(err, errMetadata):
		return verdict{code: sources.CodeEndpoint, fatal: true,
			hint: "the endpoint leads to a link-local or metadata address; if that is meant, write the address itself as the endpoint"}, true
	case errors.Is(err, errRedirect):
		return verdict{code: sources.CodeEndpoint, fatal: true, hint: "the endpoint redirects to another host: name that one as the endpoint, if you trust it"}, true
	case errors.As(err, &tlsName), errors.As(err, &tlsRoot), errors.As(err, &tlsBad):
		return verdict{code: sources.CodeEndpoint, fatal: true,
			hint: fmt.Sprintf("the certificate of %s is not trusted: set AWS_CA_BUNDLE, or check the endpoint", s.endpointName())}, true
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return verdict{code: sources.CodeEndpoint, fatal: true, hint: "the endpoint speaks http, not https: write http://"}, true
	case errors.As(err, &dns) && dns.IsNotFound:
		return verdict{act: again, tries: 4, code: sources.CodeEndpoint, fatal: true,
			hint: fmt.Sprintf("there is no host of the name that %s and the bucket make: check both, or put the bucket into the path with --path-style", s.endpointName())}, true
	case errors.Is(err, errChecksum):
		return verdict{act: again, tries: 4, code: sources.CodeChecksum, hint: "restore the object from a good copy"}, true
	case errors.Is(err, errVersion):
		return verdict{code: sources.CodeChanged, is: sources.ErrChanged}, true
	case errors.Is(err, errSkips):
		return verdict{code: sources.CodeUnavailable, hint: "the store ignores ranges, and this part is too far into the object to be reached without"}, true
	case errors.Is(err, errTooLarge):
		return verdict{act: again, tries: 4, code: sources.CodeEndpoint, fatal: true,
			hint: fmt.Sprintf("%s sends answers larger than S3's: check the endpoint", s.endpointName())}, true
	}
	return verdict{}, false
}

func (s *Source) classifyAPI(o op, c *conn, f *fault, message string, resp *smithyhttp.ResponseError) verdict {
	if region := bucketRegion(f, message, resp); region != "" {
		return verdict{act: move, region: region, code: sources.CodeWrongRegion, fatal: true,
			hint: fmt.Sprintf("bucket %q is in region %s, not %s: scan again with --region %s", s.bucket, region, c.region, region)}
	}
	v, known := apiRows[f.code]
	if !known {
		v, known = statusRows[f.status]
	}
	switch {
	case f.code == "NoSuchBucket" || f.code == "InvalidBucketName" || o == opList && v.code == sources.CodeVanished:
		return verdict{code: sources.CodeNoSuchBucket, fatal: true,
			hint: fmt.Sprintf("%s has no bucket %q: check its name and the endpoint", s.endpointName(), s.bucket)}
	case o == opEdit && (f.code == "InvalidRequest" || f.code == "MethodNotAllowed" || f.code == "NotImplemented"):
		return verdict{code: sources.CodeUnavailable, hint: "the store does not allow this change"}
	case o == opBucket && v.act == giveUp && f.status != http.StatusForbidden && !v.fatal:
		return verdict{code: sources.CodeUnavailable, hint: "the store does not answer this question"}
	case v.act == move:
		return verdict{code: sources.CodeWrongRegion, fatal: true,
			hint: fmt.Sprintf("bucket %q is not in region %s, and the store doesn't say where: name its region with --region", s.bucket, c.region)}
	case v.act == reskew:
		return verdict{act: reskew, code: sources.CodeClockSkew, fatal: true, hint: skewHint(resp)}
	case v.act == renew:
		return verdict{act: renew, code: sources.CodeCredentials, fatal: true,
			hint: "the credentials have expired: sign in again, then resume the scan: what is done stays done"}
	case strings.HasPrefix(f.code, "KMS."):
		return s.denied(o, "kms:Decrypt")
	case f.status == http.StatusForbidden && (!known || v.code == ""):
		return s.refused(o, message)
	case f.status >= 300 && f.status < 400:
		return s.strange(o)
	case o == opList && known && v.act == giveUp && !v.fatal:
		return verdict{act: again, tries: 4, code: sources.CodeListing, fatal: true, hint: "the store refuses to list: check that the endpoint speaks S3's ListObjectsV2"}
	case known:
		return v
	case f.status >= 500:
		return verdict{act: again}
	case o == opList:
		return verdict{act: again, tries: 4, code: sources.CodeListing, fatal: true, hint: "the store refuses to list: check that the endpoint speaks S3's ListObjectsV2"}
	}
	return verdict{act: again, tries: 4}
}

// refused reads a 403 without a better code. Its message is matched against
// fixed words and goes nowhere.
func (s *Source) refused(o op, message string) verdict {
	m := strings.ToLower(message)
	switch {
	case o == opEdit && (strings.Contains(m, "object lock") || strings.Contains(m, "worm protected")):
		return verdict{code: sources.CodeLocked}
	case strings.Contains(m, "request-payer") || strings.Contains(m, "requester pays") || strings.Contains(m, "requestpayer"):
		return verdict{code: sources.CodeRequesterPays, fatal: o == opList, hint: "scan again with --requester-pays: the bill is then yours"}
	case strings.Contains(m, "kms:") || strings.Contains(m, "ciphertext"):
		return s.denied(o, "kms:Decrypt")
	case o == opList:
		return s.denied(o, "s3:ListBucket")
	case o == opTags:
		return s.denied(o, "s3:GetObjectTagging")
	case o == opEdit:
		return s.denied(o, "s3:DeleteObject, s3:DeleteObjectVersion, s3:AbortMultipartUpload or s3:PutObject, as the change needs it,")
	}
	return s.denied(o, "s3:GetObject")
}

func (s *Source) denied(o op, permission string) verdict {
	who := "the scanning identity"
	if s.opts.Anonymous {
		who = "everybody (or scan with credentials)"
	}
	if o == opList {
		return verdict{code: sources.CodeDeniedListing, fatal: true,
			hint: fmt.Sprintf("listing bucket %q is refused: grant s3:ListBucket on it to %s, and check that the prefix is one it may list", s.bucket, who)}
	}
	hint := fmt.Sprintf("grant %s to %s", permission, who)
	if permission == "s3:GetObject" && !s.opts.RequesterPays {
		hint += ", or use --requester-pays if the bucket wants that"
	}
	return verdict{code: sources.CodeDenied, hint: hint}
}

var (
	codeText   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	regionText = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}$|^auto$`)
	expecting  = regexp.MustCompile(`expecting '([a-z0-9-]{1,40})'`)
)

// cleanCode keeps what error codes look like: a hostile store may send anything.
func cleanCode(code string) string {
	if codeText.MatchString(code) {
		return code
	}
	return "unknown"
}

// bucketRegion is where the store says that the bucket is, if this failure is
// about that.
func bucketRegion(f *fault, message string, resp *smithyhttp.ResponseError) string {
	switch {
	case f.code == "AuthorizationHeaderMalformed" || f.code == "IllegalLocationConstraintException":
	case f.status == http.StatusMovedPermanently || f.code == "PermanentRedirect":
	default:
		return ""
	}
	if resp != nil && resp.Response != nil && resp.Response.Response != nil {
		if r := resp.Response.Header.Get("X-Amz-Bucket-Region"); regionText.MatchString(r) {
			return r
		}
	}
	if m := expecting.FindStringSubmatch(message); m != nil && regionText.MatchString(m[1]) {
		return m[1]
	}
	return ""
}

// skewHint says by how much, from the Date that the answer came with.
func skewHint(resp *smithyhttp.ResponseError) string {
	const fix = "set the clock of this machine, then resume the scan"
	if resp == nil || resp.Response == nil || resp.Response.Response == nil {
		return fix
	}
	server, err := http.ParseTime(resp.Response.Header.Get("Date"))
	if err != nil {
		return fix
	}
	d := time.Since(server).Round(time.Second)
	switch {
	case d > 0:
		return fmt.Sprintf("this machine's clock is %v ahead of the store's: %s", d, fix)
	case d < 0:
		return fmt.Sprintf("this machine's clock is %v behind the store's: %s", -d, fix)
	}
	return fix
}

// bodyError gives a failure while a body was read the name that classify knows.
func bodyError(err error) error {
	switch {
	case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
		return errShort
	case strings.HasPrefix(err.Error(), "checksum did not match"):
		// The SDK's own type for this is not exported.
		return errChecksum
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return err
}
