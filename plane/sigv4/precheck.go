package sigv4

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxSignedHeaders bounds the list of signed headers. S3 allows 2 KB of
// metadata headers, which is far fewer.
const maxSignedHeaders = 512

// isS3 says which services follow S3's rules: paths are encoded once and not
// normalised, the payload's hash is declared in x-amz-content-sha256, and
// X-Amz-Expires counts. Signing names as in the AWS SDK for Go, which switches
// DisableURIPathEscaping on for them.
func isS3(service string) bool {
	switch service {
	case "s3", "s3express", "s3-object-lambda", "s3-outposts":
		return true
	}
	return false
}

// skew is how far the clocks may be apart. Observed in messages of AWS: 15
// minutes from STS and IAM, 5 from Kinesis, Secrets Manager, Rekognition.
func (v *Verifier) skew(service string) time.Duration {
	switch {
	case v.Skew != 0:
		return v.Skew
	case isS3(service), service == "sts", service == "iam":
		return 15 * time.Minute
	}
	return 5 * time.Minute
}

// precheck does everything that needs no secret.
func (v *Verifier) precheck(r *http.Request, c *claim) error {
	if err := v.checkDate(c); err != nil {
		return err
	}
	if err := checkSignedHeaders(r, c); err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(c.algorithm, "AWS4-ECDSA"):
		return refuse(Asymmetric, unsupported(c.algorithm))
	case c.algorithm != algorithm:
		return refuse(UnsupportedAlgorithm, unsupported(c.algorithm))
	case c.accessKeyID == "":
		return refuse(Incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '"+c.credential+"'")
	}
	if err := v.checkScope(r, c); err != nil {
		return err
	}
	return nil
}

func unsupported(a string) string {
	return "Unsupported AWS 'algorithm': '" + a + "' (only " + algorithm + " for now). "
}

func (v *Verifier) checkDate(c *claim) error {
	now := time.Now
	if v.Now != nil {
		now = v.Now
	}
	t := now().UTC().Truncate(time.Second)
	skew := v.skew(c.service)

	expiry := time.Duration(0)
	if c.presigned {
		var err *Error
		if expiry, err = c.expiry(); err != nil {
			return err
		}
	}
	switch earliest, latest := t.Add(-skew), t.Add(skew); {
	case c.signed.After(latest):
		return refuse(NotYetCurrent, "Signature not yet current: "+stamp(c.signed)+" is still later than "+stamp(latest)+" ("+stamp(t)+" + "+minutes(skew)+".)")
	case c.presigned && isS3(c.service):
		if t.After(c.signed.Add(expiry)) {
			return refuse(Expired, textS3Expired)
		}
	case c.signed.Before(earliest):
		return refuse(Expired, "Signature expired: "+stamp(c.signed)+" is now earlier than "+stamp(earliest)+" ("+stamp(t)+" - "+minutes(skew)+".)")
	}
	return nil
}

func stamp(t time.Time) string { return t.Format(basicISO) }

// minutes writes a skew as AWS does; what is not whole minutes is ours alone.
func minutes(d time.Duration) string {
	if d%time.Minute != 0 {
		return d.String()
	}
	return strconv.Itoa(int(d/time.Minute)) + " min"
}

// checkSignedHeaders demands that the host and all x-amz-* headers are signed.
func checkSignedHeaders(r *http.Request, c *claim) error {
	if strings.Count(c.signedHeaders, ";") >= maxSignedHeaders {
		return refuse(Mismatch, textMismatch)
	}
	if !listed(c.signedHeaders, "host") && !listed(c.signedHeaders, ":authority") {
		return refuse(HeaderNotSigned, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	const prefix = "x-amz-"
	var first string
	for name := range r.Header {
		if len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) || strings.EqualFold(name, "x-amz-user-agent") {
			continue
		}
		if (first == "" || name < first) && !listed(c.signedHeaders, name) {
			first = name
		}
	}
	switch {
	case first == "":
		return nil
	case isS3(c.service):
		// For S3 observed with presigned URLs, code AccessDenied.
		return refuse(HeaderNotSigned, "There were headers present in the request which were not signed")
	}
	// The pattern is that of Host; unconfirmed for other headers.
	return refuse(HeaderNotSigned, "'"+first+"' must be a 'SignedHeader' in the AWS Authorization.")
}

// listed reports whether a header is in a list such as "host;x-amz-date",
// whatever its case.
func listed(list, name string) bool {
	for len(list) >= len(name) {
		if len(list) == len(name) || list[len(name)] == ';' {
			if strings.EqualFold(list[:len(name)], name) {
				return true
			}
		}
		i := strings.IndexByte(list, ';')
		if i < 0 {
			return false
		}
		list = list[i+1:]
	}
	return false
}

func (v *Verifier) checkScope(r *http.Request, c *claim) error {
	var region, service string
	if v.Scope != nil {
		region, service = v.Scope(r)
	}
	var wrong strings.Builder
	if region != "" && c.region != region || !regionLike(c.region) {
		wrong.WriteString("Credential should be scoped to a valid region, not '" + c.region + "'. ")
	}
	if service != "" && c.service != service {
		wrong.WriteString("Credential should be scoped to correct service: '" + service + "'. ")
	}
	if c.lastPart != terminator {
		wrong.WriteString("Credential should be scoped with a valid terminator: '" + terminator + "', not '" + c.lastPart + "'. ")
	}
	var day [len("20060102")]byte
	if c.signed.AppendFormat(day[:0], "20060102"); c.day != string(day[:]) {
		wrong.WriteString("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" + c.day + "' != '" + string(day[:]) + "', from '" + stamp(c.signed) + "'.")
	}
	if wrong.Len() > 0 {
		return refuse(WrongScope, wrong.String())
	}
	return nil
}

// regionLike reports whether s could name a Region: letters, digits, hyphens.
func regionLike(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		if b := s[i]; (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-' {
			return false
		}
	}
	return true
}
