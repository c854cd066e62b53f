package plane

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/bedlock/bedlock/plane/sigv4"
)

// pathStyle returns a request to the host of a bucket as one for the same by its path, and
// takes the slash after a bucket away. What is signed is the request as it came, see package sigv4.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
func pathStyle(r *http.Request) *http.Request {
	if sigv4.ClaimedService(r) != "s3" {
		return r
	}
	path := r.URL.EscapedPath()
	if bucket := bucketOfHost(r.Host); bucket != "" {
		path = "/" + bucket + path
	}
	if bucket, rest, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/"); ok && rest == "" && bucket != "" {
		path = "/" + bucket
	}
	if path == r.URL.EscapedPath() {
		return r
	}
	u := *r.URL
	if err := setPath(&u, path); err != nil {
		return r // it was parsed once
	}
	other := *r
	other.URL = &u
	return &other
}

// bucketOfHost is the bucket in a host: before .s3.REGION.amazonaws.com, .s3-REGION…, or
// before localhost, as clients of local planes have it.
func bucketOfHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	for _, mark := range []string{".s3.", ".s3-"} {
		if bucket, rest, ok := cutLast(host, mark); ok && (strings.HasSuffix(rest, "amazonaws.com") || strings.HasSuffix(rest, "amazonaws.com.cn") || strings.HasSuffix(rest, "localhost")) {
			return bucket
		}
	}
	bucket, _ := strings.CutSuffix(host, ".localhost")
	if bucket == host || bucket == "s3" || strings.HasPrefix(bucket, "s3.") {
		return ""
	}
	return bucket
}

// cutLast is strings.Cut at the last place; names of buckets can have dots.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func setPath(u *url.URL, escaped string) (err error) {
	if u.Path, err = url.PathUnescape(escaped); err == nil {
		u.RawPath = escaped
	}
	return err
}

// checked adds the checksums that came behind a body to the headers.
func checked(h, trailer http.Header) {
	for name, values := range trailer {
		if strings.HasPrefix(strings.ToLower(name), "x-amz-checksum-") && h.Get(name) == "" {
			h[http.CanonicalHeaderKey(name)] = values
		}
	}
}
