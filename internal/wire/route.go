package wire

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/model"
)

// router finds operations by the HTTP bindings of the model.
type router struct{ routes []*route }

// route is a binding of one operation.
type route struct {
	op     *operation
	method string
	// earlier: members that are in the body by the model are in the query, see [Observed].
	earlier bool
	// segments of the path; a label begins with a brace.
	segments []string
	// query are the parameters that must be there, with their values.
	query url.Values
}

const greedy = "+}"

func (r *router) add(o *operation, method, uri string) *route {
	path, query, _ := strings.Cut(uri, "?")
	fixed, _ := url.ParseQuery(query) // the model's own
	added := &route{op: o, method: method, segments: strings.Split(path, "/"), query: fixed}
	r.routes = append(r.routes, added)
	return added
}

// sort puts the more exact routes first: fewer labels, then more fixed parameters, then more
// required members in query and headers, then those that are not deprecated.
func (r *router) sort() {
	slices.SortFunc(r.routes, func(a, b *route) int {
		return cmp.Or(a.compare(b), cmp.Compare(len(b.demands()), len(a.demands())), deprecated(a)-deprecated(b), strings.Compare(a.op.name, b.op.name))
	})
}

// compare says which route has the more exact path and fixed parameters.
func (r *route) compare(b *route) int {
	return cmp.Or(cmp.Compare(r.labels(), b.labels()), cmp.Compare(len(b.segments), len(r.segments)), cmp.Compare(len(b.query), len(r.query)))
}

func deprecated(r *route) int {
	if r.op.Deprecated {
		return 1
	}
	return 0
}

func (r *route) labels() (n int) {
	for _, s := range r.segments {
		switch {
		case strings.HasSuffix(s, greedy):
			n += 100
		case strings.HasPrefix(s, "{"):
			n++
		}
	}
	return n
}

// match returns the operation of a request. Where several operations share method and path,
// the parameters and headers that they require tell them apart; a request that lacks such a
// one is still one of the operation that requires the fewest.
func (r *router) match(req *http.Request) (operation string, ok bool) {
	path := strings.Split(req.URL.EscapedPath(), "/")
	query := req.URL.Query()
	var closest *route
	for _, route := range r.routes {
		if route.method != req.Method || !route.has(query) {
			continue
		}
		if _, fits := route.bind(path); !fits {
			continue
		}
		if closest != nil && closest.compare(route) < 0 {
			break
		}
		if closest = route; route.demanded(query, req.Header) {
			break
		}
	}
	if closest == nil {
		return "", false
	}
	return closest.op.name, true
}

// route returns the binding of an operation with a method, else another of the operation.
func (r *router) route(operation, method string) (found *route) {
	for _, route := range r.routes {
		if route.op.name == operation && (found == nil || route.method == method) {
			found = route
		}
	}
	return found
}

// bind returns the labels of a path, decoded. A label is not empty; slashes inside of one
// are escaped, but in a greedy one.
func (r *route) bind(path []string) (labels map[string]string, ok bool) {
	labels = map[string]string{}
	for i, s := range r.segments {
		if i >= len(path) {
			return nil, false
		}
		name, label := strings.CutPrefix(s, "{")
		switch {
		case !label:
			if path[i] != s {
				return nil, false
			}
		case strings.HasSuffix(name, greedy):
			rest := path[i : len(path)-(len(r.segments)-1-i)]
			if len(rest) == 0 {
				return nil, false
			}
			text, err := url.PathUnescape(strings.Join(rest, "/"))
			if err != nil || text == "" {
				return nil, false
			}
			labels[strings.TrimSuffix(name, greedy)] = text
			return labels, slices.Equal(path[i+len(rest):], r.segments[i+1:])
		default:
			text, err := url.PathUnescape(path[i])
			if err != nil || text == "" {
				return nil, false
			}
			labels[strings.TrimSuffix(name, "}")] = text
		}
	}
	return labels, len(path) == len(r.segments)
}

// has says whether a query has the fixed parameters of the route.
func (r *route) has(query url.Values) bool {
	for name, want := range r.query {
		if got, ok := query[name]; !ok || want[0] != "" && !slices.Contains(got, want[0]) {
			return false
		}
	}
	return true
}

// demands are the members in query and headers that the operation requires.
func (r *route) demands() []*model.Member {
	var out []*model.Member
	for i := range r.op.input.Members {
		if m := &r.op.input.Members[i]; m.Required && (m.Location == model.LocationQuery || m.Location == model.LocationHeader) {
			out = append(out, m)
		}
	}
	return out
}

func (r *route) demanded(query url.Values, h http.Header) bool {
	return !slices.ContainsFunc(r.demands(), func(m *model.Member) bool {
		if m.Location == model.LocationHeader {
			return h.Get(m.WireName()) == ""
		}
		return !query.Has(m.WireName())
	})
}
