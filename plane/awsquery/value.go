package awsquery

import (
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// The messages of MalformedInput.
const (
	// https://github.com/brendanhay/amazonka/issues/209, of SNS
	startOfList = "Start of list found where not expected"
	// https://github.com/boto/boto/issues/37, of ELB
	complexTermination = "Unexpected complex element termination"
	// https://github.com/pplu/aws-sdk-perl/issues/112, of CloudFront, whose XML is read
	// by the same framework
	listTermination = "Unexpected list element termination"
	// https://github.com/rusoto/rusoto/issues/654, of CloudWatch
	noTimestamp = "timestamp must follow ISO8601"
	// STS, for an empty integer
	missingDecimal = "missing value for decimal type"
)

// simpleValue reads a value that is no list, map or structure into v and checks it.
func simpleValue(n *shape.Node, form value, v reflect.Value) (shape.Breach, *Error) {
	text, ok := form.text()
	if !ok || len(form.below().parameters) > 0 {
		return 0, malformed(startOfList)
	}
	switch n.Shape.Type {
	case model.TypeString:
		v.SetString(text)
		return n.CheckText([]byte(text)), nil
	case model.TypeBlob:
		blob, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || strings.ContainsAny(text, "\r\n") {
			return 0, malformed("")
		}
		v.SetBytes(blob)
		return n.CheckSize(float64(len(blob))), nil
	case model.TypeBoolean:
		b, ok := shape.Boolean(text) // the words are those of JSON; not confirmed
		if !ok {
			return 0, malformed("")
		}
		v.SetBool(b)
		return 0, nil
	case model.TypeTimestamp:
		t, ok := parseTimestamp(text)
		if !ok {
			return 0, malformed(noTimestamp)
		}
		v.Set(reflect.ValueOf(t))
		return 0, nil
	case model.TypeInteger, model.TypeLong:
		return integerValue(n, text, v)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || v.OverflowFloat(f) {
		return 0, malformed("")
	}
	v.SetFloat(f)
	return n.CheckSize(f), nil
}

func integerValue(n *shape.Node, text string, v reflect.Value) (shape.Breach, *Error) {
	if text == "" {
		return 0, malformed(missingDecimal)
	}
	size := 64
	if n.Shape.Type == model.TypeInteger {
		size = 32
	}
	i, err := strconv.ParseInt(text, 10, size)
	if err != nil || v.OverflowInt(i) {
		return 0, malformed("")
	}
	v.SetInt(i)
	return n.CheckSize(float64(i)), nil
}

// parseTimestamp reads ISO 8601 with a zone and at most six digits after the second, as
// CloudWatch does (https://github.com/brendanhay/amazonka/issues/495).
func parseTimestamp(text string) (time.Time, bool) {
	_, fraction, _ := strings.Cut(text, ".")
	if digits := len(fraction) - len(strings.TrimLeft(fraction, "0123456789")); digits > 6 {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, text)
	return t.UTC(), err == nil
}

// plain returns the text of a value, which was read without an error, as Java prints it.
func plain(n *shape.Node, form value) (string, bool) {
	if !n.Shown() {
		return "", false
	}
	text, _ := form.text()
	switch n.Shape.Type {
	case model.TypeStructure, model.TypeBlob:
		return "", false
	case model.TypeList, model.TypeMap:
		return plainEntries(n, form)
	case model.TypeInteger, model.TypeLong:
		i, _ := strconv.ParseInt(text, 10, 64)
		return strconv.FormatInt(i, 10), true
	}
	return text, true
}

// plainEntries returns "[a, b]" for a list and "{k=v, l=w}" for a map.
func plainEntries(n *shape.Node, form value) (string, bool) {
	isMap := n.Shape.Type == model.TypeMap
	brackets := "[]"
	if isMap {
		brackets = "{}"
	}
	var texts []string
	all, _ := entriesOf(n, form)
	for _, e := range all {
		text, ok := plain(n.Element, e.value)
		if isMap {
			key, shown := plain(n.Key, e.key)
			text, ok = key+"="+text, ok && shown
		}
		if !ok {
			return "", false
		}
		texts = append(texts, text)
	}
	return brackets[:1] + strings.Join(texts, ", ") + brackets[1:], true
}
