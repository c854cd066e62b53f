package wire

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// The formats of timestamps, as models name them.
const (
	formatISO    = "iso8601"
	formatRFC822 = "rfc822"
	formatUnix   = "unixTimestamp"
)

// timestamps is the format of timestamps in bodies.
func (a *API) timestamps() string {
	switch a.protocol {
	case model.ProtocolRESTXML, model.ProtocolQuery:
		return formatISO
	}
	return formatUnix
}

const httpTime = "Mon, 02 Jan 2006 15:04:05 GMT"

// text reads a scalar from its text.
func (d *decoding) text(n *shape.Node, s string) (any, error) {
	switch n.Shape.Type {
	case model.TypeString:
		return s, nil
	case model.TypeBlob:
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return nil, serialization("")
		}
		return b, nil
	case model.TypeBoolean:
		if v, ok := shape.Boolean(s); ok {
			return v, nil
		}
	case model.TypeInteger, model.TypeLong:
		if v, ok := parseInteger(s); ok {
			return v, nil
		}
	case model.TypeFloat, model.TypeDouble:
		// No service has a use for a number that is none, or without end.
		if v, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v, nil
		}
	case model.TypeTimestamp:
		if t, ok := parseTime(s); ok {
			return t, nil
		}
	}
	return nil, mismatch(n, s)
}

// parseInteger cuts off a fraction, as services of the framework do.
func parseInteger(s string) (int64, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// maxTimestamp is the end of the year 9999, in seconds.
const maxTimestamp = 253402300799

// parseTime reads a timestamp in any of the formats.
func parseTime(s string) (time.Time, bool) {
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		if math.IsNaN(f) || math.Abs(f) > maxTimestamp {
			return time.Time{}, false
		}
		return time.UnixMilli(int64(math.Round(f * 1000))).UTC(), true
	}
	for _, layout := range []string{time.RFC3339Nano, httpTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// formatTime writes a timestamp.
func formatTime(t time.Time, n *shape.Node, format string) string {
	if n.Shape.TimestampFormat != "" {
		format = n.Shape.TimestampFormat
	}
	t = t.UTC()
	switch format {
	case formatISO:
		return t.Format("2006-01-02T15:04:05.999Z07:00")
	case formatRFC822:
		return t.Format(httpTime)
	}
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64)
}

// scalarText is the text of a scalar.
func scalarText(n *shape.Node, v any, format string) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		return formatTime(v, n, format)
	}
	return ""
}
