// Package page is the page at / of a local plane: accounts and keys, the last calls, and
// why a call was denied.
//
// It has no login and changes nothing. So it is for loopback only: it answers requests
// whose Host is loopback or one that it was given, which keeps out names that others make
// resolve to this machine. It has no scripts and loads nothing from elsewhere. Key
// material, plaintexts, ciphertexts, secrets and tokens are never shown; encryption
// contexts are, as in records of CloudTrail.
package page

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/bedlock/bedlock/internal/markup"
	"github.com/bedlock/bedlock/kms"
)

// Kept is how many calls the page remembers.
const Kept = 500

// Options are the settings of a [Page].
type Options struct {
	// KMS has the keys; required.
	KMS *kms.Service
	// Now is the clock; nil: the machine's.
	Now func() time.Time
	// Hosts are names and addresses, without ports, by which the page may be asked for
	// besides localhost and loopback addresses.
	Hosts []string
	// Off: there is no page, and no calls are kept. It is for planes that others reach.
	Off bool
	// AllowAll: the plane allows everything, which the page says.
	AllowAll bool
}

// Page is the page, and the [plane.Observer] that tells it of calls.
type Page struct {
	opts Options
	mux  *http.ServeMux

	mu    sync.Mutex
	total int // calls seen
	ring  [Kept]*record
}

// New makes a page.
func New(o Options) *Page {
	if o.Now == nil {
		o.Now = time.Now
	}
	p := &Page{opts: o, mux: http.NewServeMux()}
	p.mux.HandleFunc("/{$}", p.home)
	p.mux.HandleFunc("/calls", p.calls)
	p.mux.HandleFunc("/calls/{n}", p.call)
	p.mux.HandleFunc("/keys/{account}/{region}/{id}", p.key)
	p.mux.HandleFunc("/", p.nothing)
	return p
}

//go:embed page.css
var style string

// policyHeader allows the page's own style, its own forms, and nothing else.
var policyHeader = "default-src 'none'; style-src 'sha256-" + hash(style) + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// ServeHTTP answers GET and HEAD.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policyHeader)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	switch {
	case p.opts.Off:
		http.Error(w, "This plane has no page: it has no login, so it is for planes on loopback only.", http.StatusNotFound)
	case !p.serves(r.Host):
		http.Error(w, "This page answers to localhost and loopback addresses only, and was asked for by another name.\n"+
			"Open it as http://127.0.0.1 or http://localhost with the plane's port.", http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "This page changes nothing: it answers GET and HEAD.", http.StatusMethodNotAllowed)
	default:
		p.mux.ServeHTTP(w, r)
	}
}

// serves reports whether the page may be asked for by a Host.
func (p *Page) serves(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), "."))
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return true
	}
	return host == "localhost" || host != "" && slices.ContainsFunc(p.opts.Hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// document is one answer while it is written.
type document struct {
	*markup.Writer
	page *Page
	r    *http.Request
	now  time.Time
}

// answer writes a page with a title; body writes what is between its header and footer.
func (p *Page) answer(w http.ResponseWriter, r *http.Request, status int, title string, body func(d *document)) {
	var b bytes.Buffer
	d := &document{markup.NewWriter(&b), p, r, p.opts.Now().UTC()}
	d.head(title)
	body(d)
	d.foot()
	_ = d.Flush() // a buffer takes everything
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes()) // the reader may be gone; there is nobody to tell
	}
}

func (d *document) head(title string) {
	d.Markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")
	every := refreshing(d.r)
	if every != "" {
		d.Element("<meta http-equiv=\"refresh\" content=\"", every, "\">\n")
	}
	d.Element("<title>", title+" · bedlock local", "</title>\n<style>")
	d.Markup(markup.Markup(style))
	d.Markup("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n" +
		"<header>\n<p class=\"brand\"><a href=\"/\">bedlock local</a></p>\n<nav aria-label=\"Pages\"><a href=\"/\">Overview</a> <a href=\"/calls\">Calls</a> <a href=\"/calls?outcome=denied\">Denied</a></nav>\n<p class=\"quiet\">")
	d.time(d.now)
	d.Markup(" UTC &middot; ")
	if every == "" {
		d.Element("<a href=\"", here(d.r, "refresh", "5"), "\">refresh every 5 s</a></p>\n</header>\n")
	} else {
		d.Element("refreshes every ", every, " s, ")
		d.Element("<a href=\"", here(d.r, "refresh", ""), "\">stop</a></p>\n</header>\n")
	}
	if d.page.opts.AllowAll {
		d.Markup("<p class=\"warn\" role=\"note\">This plane runs with --allow-all: no policy, no grant and no key policy is enforced.</p>\n")
	}
	d.Element("<main id=\"main\">\n<h1>", title, "</h1>\n")
}

func (d *document) foot() {
	d.Markup("</main>\n</body>\n</html>\n")
}

// refreshing is after how many seconds the page is loaded again, if somebody wanted it.
func refreshing(r *http.Request) string {
	if n, err := strconv.Atoi(r.URL.Query().Get("refresh")); err == nil && n >= 1 && n <= 3600 {
		return strconv.Itoa(n)
	}
	return ""
}

// here is the address of the page that was asked for with another value in its query; an
// empty one is left out.
func here(r *http.Request, name, value string) string {
	q := r.URL.Query()
	q.Del(name)
	if value != "" {
		q.Set(name, value)
	}
	out := r.URL.EscapedPath()
	if len(q) > 0 {
		out += "?" + q.Encode()
	}
	return out
}

func (p *Page) nothing(w http.ResponseWriter, r *http.Request) {
	p.missing(w, r, "There is nothing at "+r.URL.Path+".")
}

func (p *Page) missing(w http.ResponseWriter, r *http.Request, what string) {
	p.answer(w, r, http.StatusNotFound, "Not found", func(d *document) {
		d.Element("<p>", short(what, 300), "</p>\n<p><a href=\"/\">To the overview</a></p>\n")
	})
}
