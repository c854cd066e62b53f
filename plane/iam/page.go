package iam

import (
	"encoding/base64"
	"sort"
)

// defaultItems is how many a page has when MaxItems is not given. IAM may send fewer than
// asked for; this plane does not.
// Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
const defaultItems = 100

// page is what the answers of lists say of the next page.
type page struct {
	IsTruncated bool
	Marker      string
}

// paginate cuts a page out of a list that is in the order of its keys. A marker is the key
// of the last entry before, so that pages stay right when entries come and go.
func paginate[T any](list []T, key func(T) string, marker string, max int) ([]T, page, error) {
	if marker != "" {
		last, err := base64.RawURLEncoding.DecodeString(marker)
		if err != nil {
			return nil, page{}, validationError("Invalid Marker.") // the text is not confirmed
		}
		list = list[sort.Search(len(list), func(i int) bool { return key(list[i]) > string(last) }):]
	}
	if max == 0 {
		max = defaultItems
	}
	if len(list) <= max {
		return list, page{}, nil
	}
	list = list[:max]
	return list, page{true, base64.RawURLEncoding.EncodeToString([]byte(key(list[max-1])))}, nil
}

// same is the key of a list of texts.
func same(s string) string { return s }
