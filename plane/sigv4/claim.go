package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	basicISO   = "20060102T150405Z"
	maxExpires = 604800 // seconds; https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
)

// target is what the request line asks for, as it came: not decoded, because
// the signature is over how it was written.
type target struct {
	path  string
	query string
}

func targetOf(r *http.Request) target {
	uri := r.RequestURI
	if uri == "" {
		return target{path: r.URL.EscapedPath(), query: r.URL.RawQuery}
	}
	path, query, _ := strings.Cut(uri, "?")
	if i := strings.Index(path, "://"); i > 0 && path[0] != '/' {
		// The absolute form, as sent to a proxy.
		path = path[i+3:]
		if slash := strings.IndexByte(path, '/'); slash >= 0 {
			path = path[slash:]
		} else {
			path = "/"
		}
	}
	return target{path: path, query: query}
}

// claim is who a request says has signed it, and how.
type claim struct {
	presigned     bool
	algorithm     string
	credential    string
	signedHeaders string
	signature     string
	token         string
	date          string // as written
	httpDate      bool   // date may be an HTTP date
	expires       string // as written; presigned only
	hasExpires    bool
	payloadHash   string // presigned only

	// Filled by parse.
	signed                                      time.Time
	accessKeyID, day, region, service, lastPart string // empty without five parts
}

// claimOf finds the claim in the header or in the query.
func claimOf(r *http.Request, t target) (*claim, error) {
	authorization := headerValue(r.Header["Authorization"])
	var presigned bool
	if t.query != "" {
		presigned = queryHas(t.query, "X-Amz-Algorithm")
	}
	var c *claim
	var err *Error
	switch {
	case authorization != "" && presigned:
		return nil, refuse(BothForms, textBoth)
	case authorization != "":
		c, err = parseAuthorization(authorization, headerValue(r.Header["X-Amz-Date"]), headerValue(r.Header["Date"]))
		if c != nil {
			c.token = headerValue(r.Header["X-Amz-Security-Token"])
		}
	case presigned:
		c, err = parsePresigned(t.query)
		if c != nil && c.token == "" {
			c.token = headerValue(r.Header["X-Amz-Security-Token"])
		}
	default:
		return nil, refuse(MissingToken, textMissing)
	}
	if err != nil {
		return nil, err
	}
	if err := c.parse(); err != nil {
		return nil, err
	}
	return c, nil
}

// headerValue joins the values of a header as the signature does, so that a
// duplicate cannot hide behind the first.
func headerValue(values []string) string {
	switch len(values) {
	case 0:
		return ""
	case 1:
		return strings.Trim(values[0], " \t")
	}
	return strings.Trim(strings.Join(values, ","), " \t")
}

// parseAuthorization reads the header form:
//
//	AWS4-HMAC-SHA256 Credential=ID/scope, SignedHeaders=a;b, Signature=hex
//
// Parts may be separated by commas, blanks or both, as AWS has it (kinesalite,
// and https://github.com/scylladb/scylladb/issues/9568).
func parseAuthorization(authorization, amzDate, httpDate string) (*claim, *Error) {
	c := &claim{date: amzDate}
	if amzDate == "" {
		c.date, c.httpDate = httpDate, true
	}
	rest := authorization
	c.algorithm, rest = nextPart(rest)
	if strings.Contains(c.algorithm, "=") {
		return nil, refuse(Incomplete, "Authorization header must begin with the algorithm name, which cannot include an equal-sign.")
	}
	var seen [3]bool
	for {
		var part string
		part, rest = nextPart(rest)
		if part == "" {
			break
		}
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			// Texts with a hash were observed since 2023 (API Gateway). They
			// replaced ones that repeated the header. What is hashed when only a
			// part is wrong is unconfirmed.
			return nil, refuse(Incomplete, "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '"+hashed(authorization)+"'.")
		}
		i := -1
		switch key {
		case "Credential":
			i, c.credential = 0, value
		case "Signature":
			i, c.signature = 1, value
		case "SignedHeaders":
			i, c.signedHeaders = 2, value
		}
		if i >= 0 {
			if seen[i] {
				return nil, refuse(Incomplete, textTwice)
			}
			seen[i] = true
		}
	}

	var missing strings.Builder
	if c.credential == "" {
		missing.WriteString("Authorization header requires 'Credential' parameter. ")
	}
	if c.signature == "" {
		missing.WriteString("Authorization header requires 'Signature' parameter. ")
	}
	if !seen[2] {
		missing.WriteString("Authorization header requires 'SignedHeaders' parameter. ")
	}
	if c.date == "" {
		missing.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	if missing.Len() > 0 {
		return nil, refuse(Incomplete, missing.String()+"(Hashed with SHA-256 and encoded with Base64) Authorization="+hashed(authorization))
	}
	return c, nil
}

// nextPart cuts the first part off, with the separators around it.
func nextPart(s string) (part, rest string) {
	const separators = ", \t"
	s = strings.TrimLeft(s, separators)
	if i := strings.IndexAny(s, separators); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// parsePresigned reads the query form.
func parsePresigned(query string) (*claim, *Error) {
	c := &claim{presigned: true}
	fields := []struct {
		name     string
		value    *string
		required bool
		seen     bool
	}{
		// In the order of AWS's message.
		{name: "X-Amz-Algorithm", value: &c.algorithm, required: true},
		{name: "X-Amz-Credential", value: &c.credential, required: true},
		{name: "X-Amz-Signature", value: &c.signature, required: true},
		{name: "X-Amz-SignedHeaders", value: &c.signedHeaders, required: true},
		{name: "X-Amz-Date", value: &c.date, required: true},
		{name: "X-Amz-Expires", value: &c.expires},
		{name: "X-Amz-Security-Token", value: &c.token},
		{name: "X-Amz-Content-Sha256", value: &c.payloadHash},
	}
	for pair := range strings.SplitSeq(query, "&") {
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return nil, refuse(Incomplete, textEscape)
		}
		for i := range fields {
			f := &fields[i]
			if f.name != name {
				continue
			}
			value, err := url.QueryUnescape(rawValue)
			if err != nil {
				return nil, refuse(Incomplete, textEscape)
			}
			if f.seen {
				return nil, refuse(Incomplete, textTwice)
			}
			f.seen, *f.value = true, value
		}
	}
	c.hasExpires = fields[5].seen

	var missing strings.Builder
	for _, f := range fields {
		if f.required && *f.value == "" {
			missing.WriteString("AWS query-string parameters must include '" + f.name + "'. ")
		}
	}
	if missing.Len() > 0 {
		return nil, refuse(Incomplete, missing.String()+"Re-examine the query-string parameters.")
	}
	return c, nil
}

// queryHas reports whether a parameter is in the query, with or without value.
func queryHas(query, name string) bool {
	for pair := range strings.SplitSeq(query, "&") {
		raw, _, _ := strings.Cut(pair, "=")
		if raw == name {
			return true
		}
		if strings.Contains(raw, "%") {
			if decoded, err := url.QueryUnescape(raw); err == nil && decoded == name {
				return true
			}
		}
	}
	return false
}

// parse reads the date and takes the credential apart.
func (c *claim) parse() *Error {
	var ok bool
	if c.signed, ok = parseDate(c.date, c.httpDate); !ok {
		return refuse(Incomplete, "Date must be in ISO-8601 'basic format'. Got '"+c.date+"'. See http://en.wikipedia.org/wiki/ISO_8601")
	}
	if strings.Count(c.credential, "/") == 4 {
		rest := c.credential
		for _, part := range []*string{&c.accessKeyID, &c.day, &c.region, &c.service} {
			*part, rest, _ = strings.Cut(rest, "/")
		}
		c.lastPart = rest
	}
	return nil
}

// scope is the credential without the access key.
func (c *claim) scope() string { return c.credential[len(c.accessKeyID)+1:] }

func parseDate(s string, httpDate bool) (time.Time, bool) {
	// time.Parse takes fractions of seconds where the layout has none; AWS does
	// not, hence the length.
	if len(s) == len(basicISO) {
		if t, err := time.Parse(basicISO, s); err == nil {
			return t, true
		}
	}
	if httpDate {
		if t, err := http.ParseTime(s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// expiry returns how long a presigned URL is valid. Only S3 honours
// X-Amz-Expires: for STS it was confirmed that the parameter is ignored and
// the skew rules (github.com/kubernetes-sigs/aws-iam-authenticator,
// pkg/token). The range is checked for all.
func (c *claim) expiry() (time.Duration, *Error) {
	if !c.hasExpires {
		if isS3(c.service) {
			return 0, refuse(BadExpires, textNoExpires)
		}
		return 0, nil
	}
	seconds, err := strconv.ParseInt(c.expires, 10, 64)
	switch {
	case err != nil:
		return 0, refuse(BadExpires, textExpiresNaN)
	case seconds < 1:
		return 0, refuse(BadExpires, textExpiresZero)
	case seconds > maxExpires:
		return 0, refuse(BadExpires, textExpiresWeek)
	}
	return time.Duration(seconds) * time.Second, nil
}
