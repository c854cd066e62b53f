package cloudtrail

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"time"
)

const (
	maxEvents = 50
)

// attributes say whether an event has a value, by AttributeKey.
var attributes = map[string]func(*Event, string) bool{
	"EventId":     func(e *Event, v string) bool { return e.ID == v },
	"EventName":   func(e *Event, v string) bool { return e.Operation == v },
	"ReadOnly":    func(e *Event, v string) bool { return strconv.FormatBool(e.ReadOnly) == v },
	"Username":    func(e *Event, v string) bool { return e.Username == v && v != "" },
	"EventSource": func(e *Event, v string) bool { return e.Source == v },
	"AccessKeyId": func(e *Event, v string) bool { return e.AccessKeyID == v && v != "" },
	"ResourceType": func(e *Event, v string) bool {
		return slices.ContainsFunc(e.Resources, func(r Resource) bool { return r.Type == v })
	},
	"ResourceName": func(e *Event, v string) bool {
		return slices.ContainsFunc(e.Resources, func(r Resource) bool { return r.ARN == v })
	},
}

// filter returns what an event must be to be found. Times are to the second, as in
// records, and both ends count.
func (in *LookupEventsInput) filter() (func(*Event) bool, error) {
	if len(in.LookupAttributes) > 1 {
		return nil, invalid("InvalidLookupAttributesException", "Only one lookup attribute is supported.")
	}
	has := func(*Event) bool { return true }
	for _, a := range in.LookupAttributes {
		f := attributes[a.AttributeKey]
		if f == nil {
			return nil, invalid("InvalidLookupAttributesException", "The lookup attribute "+strconv.Quote(a.AttributeKey)+" is not one of EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, AccessKeyId.")
		}
		has = func(e *Event) bool { return f(e, a.AttributeValue) }
	}
	if in.EventCategory != "" && in.EventCategory != "insight" {
		return nil, invalid("InvalidEventCategoryException", "The event category must be insight, or left out.")
	}
	if !in.StartTime.IsZero() && !in.EndTime.IsZero() && in.StartTime.After(in.EndTime) {
		return nil, invalid("InvalidTimeRangeException", "The start time is after the end time.")
	}
	return func(e *Event) bool {
		at := e.Time.Truncate(time.Second)
		return (in.StartTime.IsZero() || !at.Before(in.StartTime)) && (in.EndTime.IsZero() || !at.After(in.EndTime)) && has(e)
	}, nil
}

// fingerprint tells requests apart that must not share tokens.
func (in *LookupEventsInput) fingerprint(account, region string) [8]byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %d %d", account, region, in.LookupAttributes, in.EventCategory, in.StartTime.UnixMilli(), in.EndTime.UnixMilli()))
	return [8]byte(sum[:])
}

// token is the NextToken to go on before record n.
func token(n uint64, fingerprint [8]byte) string {
	return base64.RawURLEncoding.EncodeToString(append(binary.BigEndian.AppendUint64(nil, n), fingerprint[:]...))
}

// parseToken is the reverse; it is not ok for what token does not return for the request.
func parseToken(s string, fingerprint [8]byte) (n uint64, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 16 || [8]byte(b[8:]) != fingerprint {
		return 0, false
	}
	return binary.BigEndian.Uint64(b), true
}
