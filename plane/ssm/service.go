package ssm

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy/authz"
)

// operations are all that there are, with the members that name what they are authorized on.
var operations = map[string]struct {
	on string
	do func(context.Context, *emulate.Request) (wire.Object, error)
}{
	"PutParameter":            {"Name", putParameter},
	"GetParameter":            {"Name", getParameter},
	"GetParameters":           {"Names", getParameters},
	"GetParametersByPath":     {"Path", getByPath},
	"GetParameterHistory":     {"Name", getHistory},
	"DescribeParameters":      {"", describeParameters},
	"DeleteParameter":         {"Name", deleteParameter},
	"DeleteParameters":        {"Names", deleteParameters},
	"LabelParameterVersion":   {"Name", label},
	"UnlabelParameterVersion": {"Name", unlabel},
	"AddTagsToResource":       {"ResourceId", tagger.Tag},
	"RemoveTagsFromResource":  {"ResourceId", tagger.Untag},
	"ListTagsForResource":     {"ResourceId", listTags},
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: "ssm", Refused: refused})
	if err != nil {
		return nil, fmt.Errorf("ssm: %w", err)
	}
	for name, o := range operations {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			if err := allow(ctx, r, name, o.on); err != nil {
				return nil, err
			}
			return o.do(ctx, r)
		}})
	}
	return []*emulate.Service{s}, nil
}

// allow authorizes an operation on each of the parameters that it names.
func allow(ctx context.Context, r *emulate.Request, action, on string) error {
	names := []string{r.In.Text(on)}
	if on == "Names" {
		names = r.In.Texts(on)
	}
	for _, name := range names {
		asked := &plane.Asked{Action: "ssm:" + action, Resource: "*", Context: authz.Context{}}
		if on != "" {
			plain, _ := selected(name)
			asked.Resource = parameterARN(r, plain)
		}
		for _, key := range []string{"Overwrite", "Recursive"} {
			if r.In.Has(key) {
				asked.Context["ssm:"+strings.ToLower(key)] = authz.Value{Values: []string{strconv.FormatBool(r.In.Bool(key))}}
			}
		}
		if err := r.AllowAs(ctx, asked); err != nil {
			return err
		}
	}
	return nil
}

// parameterARN is that of a parameter; the slash that begins a path is there once.
func parameterARN(r *emulate.Request, name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return r.ARN("parameter/" + strings.TrimPrefix(name, "/"))
}

// selected parts a name from the version or label after it: NAME:3, NAME:LABEL.
func selected(name string) (plain, selector string) {
	at := strings.LastIndexByte(name, ':')
	if at < 0 || strings.HasPrefix(name, "arn:") && at < strings.Index(name, ":parameter/")+1 {
		return name, ""
	}
	return name[:at], name[at:]
}
