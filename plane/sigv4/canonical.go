package sigv4

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// hidden replaces what must not be shown in a canonical request.
const hidden = "(hidden)"

// secretHeader reports whether a header carries a credential or a key.
func secretHeader(name string) bool {
	switch name {
	case "authorization", "proxy-authorization", "cookie", "x-amz-security-token",
		"x-amz-server-side-encryption-customer-key",
		"x-amz-copy-source-server-side-encryption-customer-key":
		return true
	}
	return false
}

// appendCanonical appends the canonical request:
//
//	method, path, query, headers, signed headers and payload hash, a line each
//
// With hide, values that are credentials are left out. It reports a refusal
// when the request has no canonical form.
func appendCanonical(b []byte, r *http.Request, t target, c *claim, payloadHash []byte, hide bool) ([]byte, *Error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	b = append(b, method...)
	b = append(b, '\n')
	var ok bool
	if isS3(c.service) {
		b, ok = appendPathOnce(b, t.path)
	} else {
		b, ok = appendPathTwice(b, t.path), true
	}
	if !ok {
		return b, refuse(Incomplete, textEscape)
	}
	b = append(b, '\n')
	if t.query != "" {
		if b, ok = appendQuery(b, t.query, c.presigned, hide); !ok {
			return b, refuse(Incomplete, textEscape)
		}
	}
	b = append(b, '\n')
	if b, ok = appendHeaders(b, r, c.signedHeaders, hide); !ok {
		return b, refuse(Mismatch, textMismatch)
	}
	b = append(b, '\n')
	b = append(b, c.signedHeaders...)
	b = append(b, '\n')
	return append(b, payloadHash...), nil
}

// appendPathTwice appends a path as every service but S3 signs it: normalised,
// and what the client has encoded for the wire is encoded once more.
func appendPathTwice(b []byte, path string) []byte {
	path = normalise(path)
	for i := range len(path) {
		b = appendEscaped(b, path[i], true)
	}
	return b
}

// appendPathOnce appends a path as S3 signs it: each byte of the object's key
// encoded once, however the client wrote it.
func appendPathOnce(b []byte, path string) ([]byte, bool) {
	if path == "" {
		return append(b, '/'), true
	}
	return appendRecoded(b, path, false, true)
}

// normalise removes empty and "." segments, and ".." with the segment before
// it, as RFC 3986, section 5.2.4, but never above the root. Encoded dots stay.
func normalise(path string) string {
	if path == "" {
		return "/"
	}
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	last := ""
	for segment := range strings.SplitSeq(path, "/") {
		last = segment
		switch segment {
		case "", ".":
		case "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
		default:
			kept = append(kept, segment)
		}
	}
	clean := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && (last == "" || last == "." || last == "..") {
		clean += "/"
	}
	return clean
}

// appendQuery appends the parameters, encoded and sorted by name, then value.
// A parameter without "=" has the empty value; "+" is a blank. X-Amz-Signature
// is left out of a presigned URL.
func appendQuery(b []byte, query string, presigned, hide bool) ([]byte, bool) {
	type parameter struct{ name, value string }
	var few [8]parameter
	parameters := few[:0]
	var scratch []byte
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		var ok bool
		if scratch, ok = appendRecoded(scratch[:0], rawName, true, false); !ok {
			return b, false
		}
		name := string(scratch)
		if scratch, ok = appendRecoded(scratch[:0], rawValue, true, false); !ok {
			return b, false
		}
		if presigned && name == "X-Amz-Signature" {
			continue
		}
		if hide && name == "X-Amz-Security-Token" {
			scratch = append(scratch[:0], hidden...)
		}
		parameters = append(parameters, parameter{name, string(scratch)})
	}
	slices.SortFunc(parameters, func(x, y parameter) int {
		if c := strings.Compare(x.name, y.name); c != 0 {
			return c
		}
		return strings.Compare(x.value, y.value)
	})
	for i, p := range parameters {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, p.name...)
		b = append(b, '=')
		b = append(b, p.value...)
	}
	return b, true
}

// appendHeaders appends a line for each signed header. It reports false when
// the list is not in its canonical form or a header is not in the request.
func appendHeaders(b []byte, r *http.Request, list string, hide bool) ([]byte, bool) {
	previous := ""
	for name := range strings.SplitSeq(list, ";") {
		if name <= previous || !lower(name) {
			return b, false
		}
		previous = name
		b = append(b, name...)
		b = append(b, ':')
		if hide && secretHeader(name) {
			b = append(append(b, hidden...), '\n')
			continue
		}
		var ok bool
		if b, ok = appendHeaderValue(b, r, name); !ok {
			return b, false
		}
		b = append(b, '\n')
	}
	return b, true
}

func appendHeaderValue(b []byte, r *http.Request, name string) ([]byte, bool) {
	switch name {
	case "host", ":authority":
		host := r.Host
		if host == "" && r.URL != nil {
			host = r.URL.Host
		}
		return appendCollapsed(b, host), host != ""
	case "transfer-encoding":
		// net/http takes it out of the headers.
		if len(r.TransferEncoding) > 0 {
			return append(b, strings.Join(r.TransferEncoding, ",")...), true
		}
	}
	values := valuesOf(r.Header, name)
	if len(values) == 0 {
		if name == "content-length" && r.ContentLength >= 0 {
			return strconv.AppendInt(b, r.ContentLength, 10), true
		}
		return b, false
	}
	for i, value := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCollapsed(b, value)
	}
	return b, true
}

// valuesOf looks a header up by its name in lower case, as
// http.CanonicalHeaderKey would but without allocating.
func valuesOf(h http.Header, name string) []string {
	var key [64]byte
	if len(name) > len(key) {
		return h[http.CanonicalHeaderKey(name)]
	}
	first := true
	for i := range len(name) {
		c := name[i]
		if first && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		key[i] = c
		first = c == '-'
	}
	return h[string(key[:len(name)])]
}

// appendCollapsed appends a header's value without blanks around it and with
// one where there are several, in quotes too.
func appendCollapsed(b []byte, s string) []byte {
	s = strings.Trim(s, " \t")
	for {
		i := strings.Index(s, "  ")
		if i < 0 {
			return append(b, s...)
		}
		b = append(b, s[:i+1]...)
		s = strings.TrimLeft(s[i:], " ")
	}
}

func lower(s string) bool {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			return false
		}
	}
	return true
}

// appendRecoded decodes percent escapes and encodes again, so that the result
// does not depend on which characters the client chose to escape. It reports
// false for a malformed escape.
func appendRecoded(b []byte, s string, plus, keepSlash bool) ([]byte, bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%':
			if i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
				return b, false
			}
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		case c == '+' && plus:
			c = ' '
		}
		b = appendEscaped(b, c, keepSlash)
	}
	return b, true
}

// appendEscaped appends a byte as AWS's UriEncode does: all but the unreserved
// characters of RFC 3986 are escaped, in upper case.
func appendEscaped(b []byte, c byte, keepSlash bool) []byte {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
		c == '-', c == '.', c == '_', c == '~', c == '/' && keepSlash:
		return append(b, c)
	}
	const digits = "0123456789ABCDEF"
	return append(b, '%', digits[c>>4], digits[c&15])
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
