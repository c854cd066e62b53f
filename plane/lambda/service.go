package lambda

import (
	"context"
	"fmt"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// api is the name of the model, principal that of the service.
const (
	api       = "lambda"
	principal = "lambda.amazonaws.com"
)

// The kinds of records: with the name of the function after them for what belongs to one.
const (
	functionKind = "function"
	versionKind  = "version:"
	aliasKind    = "alias:"
	policyKind   = "policy:"
)

// latest is the version of a function that can be changed.
const latest = "$LATEST"

// pageSize is the largest page of listings.
const pageSize = 50

// The codes of refusals.
const (
	invalid  = "InvalidParameterValueException"
	conflict = "ResourceConflictException"
	notFound = "ResourceNotFoundException"
	changed  = "PreconditionFailedException"
)

// operations are all that there are on one function, with whether they take a qualifier.
var operations = map[string]struct {
	qualified bool
	do        func(context.Context, *emulate.Request) (wire.Object, error)
}{
	"CreateFunction":              {false, createFunction},
	"GetFunction":                 {true, getFunction},
	"GetFunctionConfiguration":    {true, getConfiguration},
	"UpdateFunctionConfiguration": {false, updateConfiguration},
	"UpdateFunctionCode":          {false, updateCode},
	"DeleteFunction":              {true, deleteFunction},

	"PublishVersion":         {false, publishVersion},
	"ListVersionsByFunction": {false, listVersions},
	"CreateAlias":            {false, createAlias},
	"GetAlias":               {false, getAlias},
	"UpdateAlias":            {false, updateAlias},
	"DeleteAlias":            {false, deleteAlias},
	"ListAliases":            {false, listAliases},

	"AddPermission":    {true, addPermission},
	"RemovePermission": {true, removePermission},
	"GetPolicy":        {true, getPolicy},

	"Invoke": {true, invoke},
}

// tagging are the operations on the ARN of a function.
var tagging = map[string]func(context.Context, *emulate.Request) (wire.Object, error){
	"TagResource": tagger.Tag, "UntagResource": tagger.Untag, "ListTags": listTags,
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: api, Refused: refused, Invalid: invalid, Tagged: unqualified})
	if err != nil {
		return nil, fmt.Errorf("lambda: %w", err)
	}
	for name, o := range operations {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			if err := allow(ctx, r, name, targetOf(r, "FunctionName", o.qualified)); err != nil {
				return nil, err
			}
			return o.do(ctx, r)
		}})
	}
	for name, do := range tagging {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			if err := allow(ctx, r, name, targetOf(r, "Resource", false)); err != nil {
				return nil, err
			}
			return do(ctx, r)
		}})
	}
	s.Handle("ListFunctions", emulate.Op{Do: listFunctions})
	return []*emulate.Service{s}, nil
}

// target is the function that a request names, with a version or an alias, or none.
type target struct{ account, name, qualifier string }

// targetOf reads the name of a function: its name, its ARN or the end of one, which a qualifier
// may follow.
// Source: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
func targetOf(r *emulate.Request, member string, qualified bool) target {
	t := target{account: r.Account, name: r.In.Text(member)}
	if before, name, ok := strings.Cut(t.name, "function:"); ok {
		t.name = name
		if parts := strings.Split(strings.TrimSuffix(before, ":"), ":"); parts[len(parts)-1] != "" {
			t.account = parts[len(parts)-1]
		}
	}
	t.name, t.qualifier, _ = strings.Cut(t.name, ":")
	if q := r.In.Text("Qualifier"); q != "" {
		t.qualifier = q
	}
	if !qualified && member == "FunctionName" {
		t.qualifier = ""
	}
	return t
}

// key names a record of the function's account.
func (t target) key(r *emulate.Request, kind, id string) records.Key {
	k := r.Key(kind, id)
	k.Account = t.account
	return k
}

// arn is the ARN of the function, or of a version or an alias of it.
func (t target) arn(r *emulate.Request, qualifier string) string {
	in := *r.Call
	in.Account = t.account
	of := *r
	of.Call = &in
	out := of.ARN("function:" + t.name)
	if qualifier != "" {
		out += ":" + qualifier
	}
	return out
}

// unqualified is the ARN of the function that an ARN is of.
func unqualified(resource string) string {
	parts := strings.Split(resource, ":")
	return strings.Join(parts[:min(len(parts), 7)], ":")
}

// allow authorizes an operation with the policy of the function, the version or the alias.
func allow(ctx context.Context, r *emulate.Request, action string, t target) error {
	if action == "Invoke" {
		action = "InvokeFunction"
	}
	asked := &plane.Asked{Action: "lambda:" + action, Resource: t.arn(r, t.qualifier)}
	asked.Policy = emulate.PolicyOf(asked.Resource, policyText(r, r.Service.Records.Get, t))
	return r.AllowAs(ctx, asked)
}

// find returns the function of a target.
func (t target) find(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	rec := get(t.key(r, functionKind, t.name))
	if rec == nil {
		return nil, t.missing(r)
	}
	return rec, nil
}

func (t target) missing(r *emulate.Request) error {
	return r.Fail(notFound, "Function not found: %s", t.arn(r, t.qualifier))
}

// version returns the function, or the version that a target names, by itself or by an alias.
func (t target) version(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	rec, err := t.find(r, get)
	if err != nil || t.qualifier == "" || t.qualifier == latest {
		return rec, err
	}
	number := t.qualifier
	if alias := get(t.key(r, aliasKind+t.name, number)); alias != nil {
		if number = alias.Doc.Text("FunctionVersion"); number == latest {
			return rec, nil
		}
	}
	if rec = get(t.key(r, versionKind+t.name, number)); rec == nil {
		return nil, t.missing(r)
	}
	return rec, nil
}

// unchanged refuses a request that was made for another revision.
func unchanged(r *emulate.Request, rec *records.Record) error {
	if want := r.In.Text("RevisionId"); want != "" && want != rec.Doc.Text("RevisionId") {
		return r.Fail(changed, "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")
	}
	return nil
}
