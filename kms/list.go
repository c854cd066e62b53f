package kms

import (
	"encoding/base64"
	"slices"
	"strings"
)

// pageSize is how long a page of a list is: without a Limit, and at most. A larger Limit
// counts as the most, which is unconfirmed.
type pageSize struct{ standard, most int }

// pageSizes: the model allows 1000 everywhere, the pages of the operations say less.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html and the
// others. That of DescribeCustomKeyStores without a Limit is unconfirmed.
var pageSizes = map[string]pageSize{
	"DescribeCustomKeyStores": {100, 1000},
	"ListAliases":             {50, 100},
	"ListGrants":              {50, 100},
	"ListKeyPolicies":         {100, 1000},
	"ListKeyRotations":        {100, 1000},
	"ListKeys":                {100, 1000},
	"ListResourceTags":        {50, 50},
	"ListRetirableGrants":     {50, 100},
}

// page cuts one page out of items, which are in the order of their ids. next is the marker
// for the following page, empty on the last. A marker says behind which id the page
// begins, so lists may change between pages.
func page[T any](op, marker string, limit int, items []T, id func(T) string) (cut []T, next string, err error) {
	start := 0
	if marker != "" {
		after, ok := openMarker(op, marker)
		if !ok {
			return nil, "", fail(InvalidMarker, "") // AWS's text is unconfirmed
		}
		found := false
		start, found = slices.BinarySearchFunc(items, after, func(x T, after string) int { return strings.Compare(id(x), after) })
		if found {
			start++
		}
	}
	size := pageSizes[op]
	if limit == 0 {
		limit = size.standard
	}
	end := min(start+min(limit, size.most), len(items))
	cut = items[start:end]
	if end < len(items) {
		next = marked(op, id(items[end-1]))
	}
	return cut, next, nil
}

// marked makes a marker. It is opaque to callers, and good for its operation only.
func marked(op, after string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(op + "\x00" + after))
}

func openMarker(op, marker string) (after string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(marker)
	if err != nil {
		return "", false
	}
	after, ok = strings.CutPrefix(string(b), op+"\x00")
	return after, ok && marked(op, after) == marker // decoders pass over line ends and more
}
