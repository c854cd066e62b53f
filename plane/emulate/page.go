package emulate

import (
	"encoding/base64"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
)

// Page returns the page of a listing that the caller asks for, with the token of the next.
// items are all of them, in a stable order; most is the size of a page without a limit and
// the largest one. Which members hold limit, tokens and items the model's paginator says. A
// token that is not one of this listing is refused with the code invalid.
func (r *Request) Page(items []wire.Object, most int, invalid string) (wire.Object, error) {
	p := r.Service.model.Operations[r.Operation].Page
	if p == nil {
		panic("emulate: " + r.Operation + " has no paginator in its model")
	}
	return r.PageAs(items, most, invalid, p.Input[0], p.Output[0], p.Limit, p.Result[0])
}

// PageAs is [Request.Page] of an operation whose model has no paginator.
func (r *Request) PageAs(items []wire.Object, most int, invalid, token, next, limit, result string) (wire.Object, error) {
	size := most
	if n := int(r.In.Int(limit)); n > 0 {
		size = min(n, most)
	}
	from := 0
	if text := r.In.Text(token); text != "" {
		var ok bool
		if from, ok = r.position(text, token, limit); !ok || from > len(items) {
			return nil, r.Fail(invalid, "The pagination token is not valid.")
		}
	}
	to := min(from+size, len(items))
	out := wire.Object{result: list(items[from:to])}
	if to < len(items) {
		out[next] = r.token(to, token, limit)
	}
	return out, nil
}

func list(items []wire.Object) []any {
	out := make([]any, len(items))
	for i, o := range items {
		out[i] = o
	}
	return out
}

// token is good for the same listing only.
func (r *Request) token(from int, token, limit string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(from) + "/" + r.listing(token, limit)))
}

func (r *Request) position(text, token, limit string) (int, bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	number, listing, _ := strings.Cut(string(b), "/")
	from, err := strconv.Atoi(number)
	return from, err == nil && from >= 0 && listing == r.listing(token, limit)
}

// listing is a digest of what is listed.
func (r *Request) listing(token, limit string) string {
	h := fnv.New64a()
	parts := []string{r.Account, r.Region, r.Operation}
	for name := range r.In {
		if name != token && name != limit {
			parts = append(parts, name+"="+r.In.Text(name))
		}
	}
	slices.Sort(parts)
	_, _ = h.Write([]byte(strings.Join(parts, "\x00")))
	return strconv.FormatUint(h.Sum64(), 36)
}
