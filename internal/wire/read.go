package wire

import (
	"fmt"
	"net/http"

	"github.com/bedlock/bedlock/internal/shape"
)

// Read makes the input of an operation from JSON that has all of its members by their names,
// wherever the protocol puts them, and checks it as [API.Decode] does. A blob is the text that
// stands for it, not base64. It is for calls that people write down.
func (a *API) Read(operation string, text []byte) (Object, error) {
	o := a.operation(operation)
	if o == nil {
		return nil, fmt.Errorf("%s has no operation %s", a.model.Name, operation)
	}
	v, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	d := &decoding{plain: true}
	in := Object{}
	if err := d.members(o.in, v, in); err != nil {
		return nil, err
	}
	d.check(o.in, in)
	if message := d.Message(); message != "" {
		return nil, &Error{http.StatusBadRequest, ValidationException, message}
	}
	return in, nil
}

// member finds a member by its name on the wire, or in plain input by its own.
func (d *decoding) member(n *shape.Node, name string) (*shape.Member, bool) {
	if d.plain {
		if i := memberIndex(n, name); i >= 0 {
			return &n.Members[i], true
		}
		return nil, false
	}
	i, ok := n.Index[name]
	if !ok || outside(n.Members[i].Model.Location) {
		return nil, false
	}
	return &n.Members[i], true
}
