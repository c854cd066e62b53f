package awsjson

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

func serialization(message string) *Error { return &Error{SerializationException, message} }

// mismatch is the refusal of a value of another JSON type than the shape's.
func mismatch(n *shape.Node, raw []byte) *Error {
	token := ""
	switch raw[0] {
	case '{':
		return serialization("Start of structure or map found where not expected.")
	case '[':
		return serialization("Start of list found where not expected")
	case '"':
		token = "STRING_VALUE"
	case 't':
		token = "TRUE_VALUE"
	case 'f':
		token = "FALSE_VALUE"
	case 'n':
		return serialization("") // null in a map; not confirmed
	default:
		token = "NUMBER_VALUE"
	}
	target := ""
	switch n.Shape.Type {
	case model.TypeList:
		return serialization("Expected list or null")
	case model.TypeMap:
		return serialization("Expected map or null")
	case model.TypeStructure:
		return serialization("Expected null")
	case model.TypeString:
		target = "a String"
	case model.TypeInteger:
		target = "an Integer"
	case model.TypeLong:
		target = "a Long" // not confirmed
	case model.TypeBoolean:
		if target = "a Boolean"; raw[0] == '"' {
			target = "an Boolean" // sic
		}
	case model.TypeTimestamp:
		target = "milliseconds since epoch" // observed of X-Ray, for strings
	case model.TypeBlob:
		target = "a Blob" // older services; not confirmed for today's
	default:
		target = "a " + strings.ToUpper(n.Shape.Type.String()[:1]) + n.Shape.Type.String()[1:] // not confirmed
	}
	return serialization(token + " can not be converted to " + target)
}

// simpleValue reads a value that is no list, map or structure into v and checks it.
func simpleValue(n *shape.Node, raw []byte, v reflect.Value) (shape.Breach, *Error) {
	switch n.Shape.Type {
	case model.TypeString:
		return stringValue(n, raw, v)
	case model.TypeBlob:
		return blobValue(n, raw, v)
	case model.TypeBoolean:
		b, ok := parseBoolean(raw)
		if !ok {
			return 0, mismatch(n, raw)
		}
		v.SetBool(b)
		return 0, nil
	case model.TypeTimestamp:
		t, ok := parseTimestamp(raw)
		if !ok {
			return 0, unlessNumber(n, raw)
		}
		v.Set(reflect.ValueOf(t))
		return 0, nil
	case model.TypeInteger, model.TypeLong:
		i, ok := parseInteger(raw)
		if !ok || v.OverflowInt(i) || n.Shape.Type == model.TypeInteger && int64(int32(i)) != i {
			return 0, unlessNumber(n, raw)
		}
		v.SetInt(i)
		return n.CheckSize(float64(i)), nil
	default:
		f, ok := parseFloat(raw)
		if !ok || v.OverflowFloat(f) {
			return 0, unlessNumber(n, raw)
		}
		v.SetFloat(f)
		return n.CheckSize(f), nil
	}
}

// unlessNumber is the refusal of what is no number, or of a number out of range, whose
// text is not known.
func unlessNumber(n *shape.Node, raw []byte) *Error {
	if number(raw) {
		return serialization("")
	}
	return mismatch(n, raw)
}

func number(raw []byte) bool { return raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9' }

func stringValue(n *shape.Node, raw []byte, v reflect.Value) (shape.Breach, *Error) {
	if raw[0] != '"' {
		return 0, mismatch(n, raw)
	}
	text := unquoted(raw)
	if known, ok := n.Known(text); ok {
		v.SetString(known)
	} else {
		v.SetString(string(text))
	}
	return n.CheckText(text), nil
}

// blobValue reads base64 of the standard alphabet with its padding. The texts are those of
// DynamoDB (https://github.com/architect/dynalite) and Kinesis; others of the framework
// quote the value, which must not happen to a plaintext. Not confirmed for KMS.
func blobValue(n *shape.Node, raw []byte, v reflect.Value) (shape.Breach, *Error) {
	if raw[0] != '"' {
		return 0, mismatch(n, raw)
	}
	text := unquoted(raw)
	if len(text)%4 != 0 {
		return 0, serialization(fmt.Sprintf("Base64 encoded length is expected a multiple of 4 bytes but found: %d", len(text)))
	}
	blob := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	size, err := base64.StdEncoding.Strict().Decode(blob, text)
	data := bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("=")), []byte("="))
	if err != nil || size != len(data)*3/4 { // the decoder skips ends of lines
		return 0, serialization(corrupt(data))
	}
	v.SetBytes(blob[:size])
	return n.CheckSize(float64(size)), nil
}

// corrupt names what is wrong with base64 without its padding, in AWS's spelling.
func corrupt(data []byte) string {
	for i, c := range data {
		if !inBase64(c) {
			r, _ := utf8.DecodeRune(data[i:])
			return fmt.Sprintf("Invalid Base64 character: '%c'", r)
		}
	}
	return "Invalid last non-pad Base64 character dectected"
}

func inBase64(c byte) bool {
	return c == '+' || c == '/' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func parseBoolean(raw []byte) (value, ok bool) {
	switch raw[0] {
	case 't', 'f':
		return raw[0] == 't', true
	case '"':
		return shape.Boolean(string(unquoted(raw)))
	}
	return false, false
}

// parseInteger cuts off a fraction.
func parseInteger(raw []byte) (int64, bool) {
	if i, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return i, true
	}
	f, ok := parseFloat(raw)
	if f = math.Trunc(f); !ok || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

func parseFloat(raw []byte) (float64, bool) {
	if !number(raw) {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	return f, err == nil
}

// maxTimestamp is the end of the year 9999, in seconds; so is its negative accepted.
const maxTimestamp = 253402300799

// parseTimestamp reads seconds since 1970 to the millisecond.
func parseTimestamp(raw []byte) (time.Time, bool) {
	f, ok := parseFloat(raw)
	if !ok || math.Abs(f) > maxTimestamp {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(math.Round(f * 1000))).UTC(), true
}
