package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Bounds of a form, as in package awsquery.
const (
	maxForm       = 1 << 20
	maxParameters = 10_000
)

// parseForm reads the form of a request in the query protocol: a.b.1 = x is the text x below
// a, b and 1. Of a repeated parameter the first counts.
func parseForm(body []byte) (*element, error) {
	if len(body) > maxForm {
		return nil, &Error{http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", fmt.Sprintf("The request is larger than %d bytes.", maxForm)}
	}
	b := formBuilder{root: &element{}, places: map[string]*element{}}
	parameters := 0
	for pair := range strings.SplitSeq(string(body), "&") {
		if pair == "" {
			continue
		}
		name, text, err := parameter(pair)
		if err != nil {
			// The text of https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html
			return nil, &Error{http.StatusNotFound, "MalformedQueryString", "The query string contains a syntax error."}
		}
		if parameters++; parameters > maxParameters || !utf8.ValidString(name) || !utf8.ValidString(text) {
			return nil, serialization("")
		}
		if !spoken(name) {
			if err := b.add(name, text); err != nil {
				return nil, err
			}
		}
	}
	return b.root, nil
}

func parameter(pair string) (name, text string, err error) {
	name, text, _ = strings.Cut(pair, "=")
	if name, err = url.QueryUnescape(name); err == nil {
		text, err = url.QueryUnescape(text)
	}
	return name, text, err
}

// spoken says whether a parameter belongs to the protocol and not to the input.
func spoken(name string) bool {
	return name == "Action" || name == "Version" || strings.HasPrefix(name, "X-Amz-")
}

// formBuilder puts parameters where their names say.
type formBuilder struct {
	root   *element
	places map[string]*element // by their whole names
	given  map[string]bool
}

func (b *formBuilder) add(name, text string) error {
	if strings.Count(name, ".") > maxDepth {
		return serialization("")
	}
	e := b.place(name)
	if b.given[name] {
		return nil
	}
	if b.given == nil {
		b.given = map[string]bool{}
	}
	b.given[name], e.text = true, text
	return nil
}

func (b *formBuilder) place(name string) *element {
	if e := b.places[name]; e != nil {
		return e
	}
	parent, last := b.root, name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		parent, last = b.place(name[:i]), name[i+1:]
	}
	e := &element{name: last}
	parent.children = append(parent.children, e)
	b.places[name] = e
	return e
}

// Named returns the operation that the form of a request in the query protocol names. It is
// not ok for an operation that the API does not have, or for another version of it.
func (a *API) Named(form []byte) (operation string, ok bool) {
	version := a.model.APIVersion
	for pair := range strings.SplitSeq(string(form[:min(len(form), maxForm)]), "&") {
		switch name, text, _ := parameter(pair); name {
		case "Action":
			if operation == "" {
				operation = text
			}
		case "Version":
			version = text
		}
	}
	return operation, a.ops[operation] != nil && version == a.model.APIVersion
}
