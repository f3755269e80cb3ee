package s3

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	errStalled  = errors.New("no byte within the idle timeout")
	errTooLarge = errors.New("answer larger than any page can be")
	errRedirect = errors.New("redirect to another host refused")
	errMetadata = errors.New("link-local and metadata addresses are refused")
)

const (
	// A page holds at most 1,000 keys of 1,024 bytes, each byte escaped as three,
	// and some hundred bytes more for each.
	maxPage   = 16 << 20
	maxAnswer = 1 << 20 // of an error
	maxHeader = 1 << 20 // user metadata is at most 2 KB, headers 8 KB
)

// httpClient builds the client on the SDK's own transport, which carries the
// proxy and the certificate bundle of the user's configuration.
func (s *Source) httpClient(base *http.Transport) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: s.refuseMetadata}
	base.DialContext = dialer.DialContext
	base.MaxIdleConns = 0
	base.MaxIdleConnsPerHost = s.opts.MaxInFlight
	base.DisableCompression = true
	base.MaxResponseHeaderBytes = maxHeader
	if base.TLSClientConfig == nil {
		base.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return &http.Client{
		Transport:     &transport{base: base, idle: s.opts.IdleTimeout, read: &s.stats.bytes},
		CheckRedirect: checkRedirect,
	}
}

// refuseMetadata keeps a name or a redirect from leading to the metadata service
// of the machine: link-local addresses, and the two that clouds use outside that
// range. An address that the user wrote as the endpoint is allowed.
func (s *Source) refuseMetadata(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil // a proxy's Unix socket, which no name resolves to
	}
	if a := ap.Addr().Unmap().WithZone(""); a != s.allowed.Unmap() && metadataAddr(a) {
		return errMetadata
	}
	return nil
}

func metadataAddr(a netip.Addr) bool {
	return a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() ||
		a == netip.AddrFrom4([4]byte{100, 100, 100, 200}) || a == netip.MustParseAddr("fd00:ec2::254")
}

// checkRedirect follows 307 and 308, as the SDK does, but only within the same
// family of hosts, and never from https to http. Any other redirect is an answer.
func checkRedirect(r *http.Request, via []*http.Request) error {
	if c := r.Response.StatusCode; c != http.StatusTemporaryRedirect && c != http.StatusPermanentRedirect {
		return http.ErrUseLastResponse
	}
	first := via[0].URL
	if len(via) > 3 || !sameFamily(first.Hostname(), r.URL.Hostname()) || first.Scheme == "https" && r.URL.Scheme != "https" {
		return errRedirect
	}
	if r.URL.Host != first.Host {
		// As net/http does with Authorization.
		r.Header.Del("X-Amz-Security-Token")
	}
	return nil
}

// sameFamily holds for equal hosts, for a host and a bucket below it, and for two
// hosts of Amazon's.
func sameFamily(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a) {
		return true
	}
	for _, root := range []string{".amazonaws.com", ".amazonaws.com.cn"} {
		if strings.HasSuffix(a, root) && strings.HasSuffix(b, root) {
			return true
		}
	}
	return false
}

// transport ends a request in which no byte moves for idle, whichever half of it
// that is. A deadline for the whole would punish large objects; none at all would
// hang on a store that went silent.
type transport struct {
	base http.RoundTripper
	idle time.Duration
	read *atomic.Int64
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	w := &watch{idle: t.idle, ctx: ctx, cancel: cancel}
	w.timer = time.AfterFunc(t.idle, func() { cancel(errStalled) })
	r = r.WithContext(ctx)
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &sentBody{ReadCloser: r.Body, w: w}
	}
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		err = w.why(err)
		w.stop()
		return nil, err
	}
	w.timer.Stop()
	limit := int64(-1)
	switch {
	case resp.StatusCode >= 300:
		limit = maxAnswer
	case r.URL.Query().Has("list-type") || r.URL.Query().Has("tagging"):
		limit = maxPage
	}
	resp.Body = &body{rc: resp.Body, w: w, read: t.read, limit: limit}
	if s := resp.StatusCode; (s == http.StatusMovedPermanently || s == http.StatusFound) && resp.Header.Get("Location") == "" {
		// S3 sends 301 without a Location, at which net/http gives up before it asks
		// CheckRedirect. The place named here is never gone to.
		resp.Header.Set("Location", r.URL.Scheme+"://"+r.URL.Host+"/")
	}
	return resp, nil
}

// CloseIdleConnections is what http.Client looks for.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

type watch struct {
	idle   time.Duration
	timer  *time.Timer
	ctx    context.Context // of this one request, in the struct because http.RoundTripper has no other place
	cancel context.CancelCauseFunc
}

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// why tells a stall from the caller's own cancellation.
func (w *watch) why(err error) error {
	if err != nil && errors.Is(context.Cause(w.ctx), errStalled) {
		return errStalled
	}
	return err
}

// sentBody restarts the timer whenever a piece of the request is taken.
type sentBody struct {
	io.ReadCloser
	w *watch
}

func (b *sentBody) Read(p []byte) (int, error) {
	b.w.timer.Reset(b.w.idle)
	return b.ReadCloser.Read(p)
}

// body is a response's, read by one goroutine. The timer runs only while a Read
// waits: a slow reader is no stalled server.
type body struct {
	rc    io.ReadCloser
	w     *watch
	read  *atomic.Int64
	limit int64 // bytes left; negative is none
}

func (b *body) Read(p []byte) (int, error) {
	if b.limit == 0 {
		return 0, errTooLarge
	}
	if b.limit > 0 && int64(len(p)) > b.limit {
		p = p[:b.limit]
	}
	b.w.timer.Reset(b.w.idle)
	n, err := b.rc.Read(p)
	b.w.timer.Stop()
	b.read.Add(int64(n))
	if b.limit > 0 {
		b.limit -= int64(n)
	}
	if err == io.EOF {
		return n, io.EOF
	}
	return n, b.w.why(err)
}

func (b *body) Close() error {
	b.w.stop()
	return b.rc.Close()
}
