package cloudtrail

import (
	"crypto/tls"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/plane"
)

// accessDenied is the code of denials in records, whatever it is on the wire.
const accessDenied = "AccessDenied"

// Bounds of fields in bytes. What is too long is cut off, parameters are left out.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
const (
	maxText     = 1 << 10
	maxElements = 100 << 10
)

// record is what is to be encoded.
type record struct {
	call  *plane.Call
	event *Event
	// shared is the sharedEventID of a call that is recorded in two accounts; invokedBy the
	// service that made the call for its caller.
	shared, invokedBy string
}

// event says in short what a call was.
func (t *Trail) event(c *plane.Call) Event {
	s := t.formats.service(c.Service)
	e := Event{
		ID: c.EventID, Time: c.Began.Add(c.Took).UTC(), Account: c.Account, Region: c.Region,
		Who: c.Caller.Principal.ARN, Username: username(&c.Caller.Principal), AccessKeyID: strings.Clone(c.AccessKeyID),
		Source: s.source, Operation: c.Operation, ReadOnly: c.ReadOnly(),
		Code: s.code(c.Code), Message: cut(c.Message),
	}
	if s.rec != nil {
		s.rec.complete(&e, c)
	} else {
		e.Resources = resources(c)
	}
	return e
}

// append encodes the record of a call. The order of members is that of AWS's records.
func (t *Trail) append(dst []byte, r *record) []byte {
	c, e := r.call, r.event
	dst = append(dst, `{"eventVersion":"1.11","userIdentity":`...)
	if e.Account == c.Account {
		dst = appendIdentity(dst, c, r.invokedBy)
	} else {
		dst = appendForeigner(dst, &c.Caller.Principal)
	}
	dst = append(dst, `,"eventTime":"`...)
	dst = e.Time.AppendFormat(dst, time.RFC3339)
	dst = append(dst, '"')
	dst = appendMember(dst, "eventSource", e.Source)
	dst = appendMember(dst, "eventName", e.Operation)
	dst = appendMember(dst, "awsRegion", e.Region)
	dst = appendMember(dst, "sourceIPAddress", c.Remote)
	dst = appendMember(dst, "userAgent", cut(c.UserAgent))
	if e.Code != "" {
		dst = appendMember(dst, "errorCode", e.Code)
		if e.Message != "" {
			dst = appendMember(dst, "errorMessage", e.Message)
		}
	}
	dst = append(dst, `,"requestParameters":`...)
	dst = t.appendParameters(dst, r)
	dst = append(dst, `,"responseElements":`...)
	dst = t.appendResponse(dst, r)
	dst = appendAdditional(dst, c)
	dst = appendMember(dst, "requestID", c.RequestID)
	dst = appendMember(dst, "eventID", e.ID)
	dst = append(dst, `,"readOnly":`...)
	dst = strconv.AppendBool(dst, e.ReadOnly)
	if len(e.Resources) > 0 || listsNoResources(c) {
		dst = appendResources(dst, e.Resources)
	}
	dst = append(dst, `,"eventType":"AwsApiCall"`...)
	rec := t.formats.service(c.Service).rec
	if rec != nil && rec.version != "" {
		dst = appendMember(dst, "apiVersion", rec.version)
	}
	dst = append(dst, `,"managementEvent":`...)
	dst = strconv.AppendBool(dst, !e.Data)
	dst = appendMember(dst, "recipientAccountId", e.Account)
	if r.shared != "" {
		dst = appendMember(dst, "sharedEventID", r.shared)
	}
	if e.Data {
		dst = append(dst, `,"eventCategory":"Data"`...)
	} else {
		dst = append(dst, `,"eventCategory":"Management"`...)
	}
	dst = appendTLS(dst, c.TLS, c.Host)
	return append(dst, '}')
}

// appendParameters appends requestParameters. Those of denied calls are null: so it was
// recorded of STS and IAM, of KMS and most others it is unconfirmed.
func (t *Trail) appendParameters(dst []byte, r *record) []byte {
	c := r.call
	rec := t.formats.service(c.Service).rec
	if c.Input == nil || r.event.Code == accessDenied && (rec == nil || !rec.denied) || unrecorded[c.Service.Name+":"+c.Operation] {
		return append(dst, "null"...)
	}
	start := len(dst)
	dst = t.appendElements(dst, c, model.Input, asDone(c.Input))
	if rec != nil && rec.markup && c.Host != "" && dst[start] == '{' {
		host := appendString([]byte(`"Host":`), c.Host)
		dst = slices.Insert(dst, start+1, append(host, ',')...)
	}
	if s := c.Caller.Session; c.Operation == "AssumeRole" && s != nil && len(s.Transitive) > 0 && dst[start] == '{' {
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
		tags := appendStrings([]byte(`"incomingTransitiveTags":`), s.Transitive)
		dst = slices.Insert(dst, start+1, append(tags, ',')...)
	}
	return dst
}

// appendResponse appends responseElements.
func (t *Trail) appendResponse(dst []byte, r *record) []byte {
	c, rec := r.call, t.formats.service(r.call.Service).rec
	switch {
	case rec != nil && rec.markup && !r.event.Data:
	case c.Code != "" || r.event.ReadOnly && c.Service.Name != "sts" || !answers(c):
	case c.Service.Name != "kms":
		if c.Output != nil {
			return t.appendElements(dst, c, model.Output, c.Output)
		}
	default:
		return t.appendKMSResponse(dst, r)
	}
	return append(dst, "null"...)
}

// appendElements appends an input or an output, null when nothing of it is shown. The form
// of one that is left out is unconfirmed.
func (t *Trail) appendElements(dst []byte, c *plane.Call, side model.Direction, v any) []byte {
	start := len(dst)
	dst = t.formats.append(dst, c, side, v)
	switch n := len(dst) - start; {
	case n <= len("{}"):
		return append(dst[:start], "null"...)
	case n > maxElements:
		return append(dst[:start], `{"omitted":true}`...)
	}
	return dst
}

func appendResources(dst []byte, all []Resource) []byte {
	dst = append(dst, `,"resources":[`...)
	for i, x := range all {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		if account := accountOf(x.ARN); account != "" {
			dst = append(appendString(append(dst, `"accountId":`...), account), ',')
		}
		if x.Type != "" {
			dst = append(appendString(append(dst, `"type":`...), x.Type), ',')
		}
		dst = append(appendString(append(dst, `"ARN":`...), x.ARN), '}')
	}
	return append(dst, ']')
}

// appendTLS appends tlsDetails; without TLS, which AWS does not have, there are none.
func appendTLS(dst []byte, state *tls.ConnectionState, host string) []byte {
	if state == nil {
		return dst
	}
	dst = append(dst, `,"tlsDetails":{"tlsVersion":`...)
	dst = appendString(dst, strings.Replace(tls.VersionName(state.Version), "TLS ", "TLSv", 1))
	dst = appendMember(dst, "cipherSuite", tls.CipherSuiteName(state.CipherSuite))
	dst = appendMember(dst, "clientProvidedHostHeader", host)
	if state.CurveID != 0 {
		dst = appendMember(dst, "keyExchange", state.CurveID.String())
	}
	return append(dst, '}')
}

// ownerOf is the account of a resource that is not the one of the record; empty: there is
// none.
func ownerOf(e *Event) string {
	i := slices.IndexFunc(e.Resources, func(r Resource) bool {
		owner := accountOf(r.ARN)
		return owner != "" && owner != e.Account
	})
	if i < 0 {
		return ""
	}
	return accountOf(e.Resources[i].ARN)
}

func accountOf(arn string) string {
	for range 4 {
		_, arn, _ = strings.Cut(arn, ":")
	}
	account, _, _ := strings.Cut(arn, ":")
	return account
}

// cut bounds a text.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.Clone(strings.ToValidUTF8(s[:maxText], ""))
}

// appendMember appends a string member, which is not the first.
func appendMember(dst []byte, name, value string) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	return appendString(dst, value)
}

// appendString appends a JSON string; what is not UTF-8 is replaced.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
