package ssm

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

const (
	slot       = "value"
	defaultKey = "alias/aws/ssm"
)

func subject(r *emulate.Request, name string) *behalf.Subject {
	s := r.Subject("AWS::SSM::Parameter", slot, parameterARN(r, name))
	s.Name = strings.TrimPrefix(name, "/")
	return s
}

// seal seals the value of a version: in the standard tier KMS encrypts it itself.
func seal(ctx context.Context, r *emulate.Request, name string, doc wire.Object, value string) (*records.Sealed, error) {
	s := subject(r, name)
	s.Only = []string{"Encrypt"}
	if doc.Text("Tier") == advanced {
		s.Only = []string{"GenerateDataKey"}
	}
	key := doc.Text("KeyId")
	if strings.HasSuffix(key, defaultKey) {
		managed, err := r.Service.KMS.Managed(ctx, r.Account, r.Region, "ssm")
		if err != nil {
			return nil, err
		}
		key = managed.ARN()
	}
	return r.Service.Keys.Seal(ctx, r.Call, s, key, "create", []byte(value))
}

// refused is how the service answers when a key is not there for it: with the text of KMS. A
// policy in the way is recorded (https://github.com/Droplr/aws-env/issues/29), InvalidKeyId for
// the rest is documented, with an unconfirmed text:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html.
func refused(r *emulate.Request, e *behalf.Error) error {
	code := "InvalidKeyId"
	if e.Denied() {
		code = "AccessDeniedException"
	}
	return r.Fail(code, "%s (Service: AWSKMS; Status Code: 400; Error Code: %s; Request ID: %s; Proxy: null)", e.Message, e.Code, r.Service.UUID())
}

// value is that of a version. One that is not decrypted is what KMS made of the data key.
func value(ctx context.Context, r *emulate.Request, v *records.Record) (string, error) {
	sealed := v.Sealed[slot]
	if v.Doc.Text("Type") == secure && !r.In.Bool("WithDecryption") {
		return base64.StdEncoding.EncodeToString(sealed.DataKey), nil
	}
	plain, err := r.Service.Keys.Open(ctx, r.Call, subject(r, v.Doc.Text("Name")), sealed, "use")
	return string(plain), err
}

// version finds the version that a name asks for, the newest when it says none.
func version(r *emulate.Request, name string) (v *records.Record, selector string, err error) {
	plain, selector := selected(name)
	rec := r.Service.Records.Get(key(r, plain))
	if rec == nil {
		return nil, "", r.Fail("ParameterNotFound", "")
	}
	if selector == "" {
		return r.Service.Records.Get(versionKey(r, rec.ID, rec.Doc.Int("Version"))), "", nil
	}
	if n, err := strconv.ParseInt(selector[1:], 10, 64); err == nil {
		if v := r.Service.Records.Get(versionKey(r, rec.ID, n)); v != nil {
			return v, selector, nil
		}
		return nil, "", r.Fail("ParameterVersionNotFound", "Systems Manager could not find version %d of %s. Verify the version and try again.", n, plain)
	}
	for _, v := range r.List(versionKind(rec.ID)) {
		if slices.Contains(v.Doc.Texts("Labels"), selector[1:]) {
			return v, selector, nil
		}
	}
	return nil, "", r.Fail("ParameterVersionLabelNotFound", "Systems Manager could not find label %s of %s. Verify the label and try again.", selector[1:], plain)
}

// read is the parameter of a name, as the operations that get values show it.
func read(ctx context.Context, r *emulate.Request, name string) (wire.Object, error) {
	v, selector, err := version(r, name)
	if err != nil {
		return nil, err
	}
	text, err := value(ctx, r, v)
	if err != nil {
		return nil, err
	}
	out := v.Doc.Pick("Name", "Type", "Version", "LastModifiedDate", "DataType").With(wire.Object{"Value": text, "ARN": parameterARN(r, v.Doc.Text("Name"))})
	if selector != "" {
		out["Selector"] = selector
	}
	return out, nil
}

func getParameter(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	p, err := read(ctx, r, r.In.Text("Name"))
	if err != nil {
		return nil, err
	}
	return wire.Object{"Parameter": p}, nil
}

func getParameters(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	found, unknown := []any{}, []string{}
	for _, name := range r.In.Texts("Names") {
		p, err := read(ctx, r, name)
		var refusal *wire.Error
		switch {
		case err == nil:
			found = append(found, p)
		case errors.As(err, &refusal) && strings.HasSuffix(refusal.Code, "NotFound"):
			unknown = append(unknown, name)
		default:
			return nil, err
		}
	}
	return wire.Object{"Parameters": found, "InvalidParameters": wire.Strings(unknown)}, nil
}

// mostByPath is the largest page of GetParametersByPath.
const mostByPath = 10

func getByPath(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	path := r.In.Text("Path")
	if !strings.HasPrefix(path, "/") {
		return nil, r.Fail(invalid, "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". It can't be prefixed with \\\"aws\\\" or \\\"ssm\\\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_.")
	}
	var items []wire.Object
	for _, rec := range sorted(r) {
		if !below(rec.ID, path, r.In.Bool("Recursive")) {
			continue
		}
		ok, err := passes(r, rec, r.In.Objects("ParameterFilters"))
		if err != nil {
			return nil, err
		}
		if ok {
			items = append(items, wire.Object{"Name": rec.ID})
		}
	}
	out, err := r.Page(items, mostByPath, "InvalidNextToken")
	if err != nil {
		return nil, err
	}
	// Only what is shown is decrypted.
	list := out.Objects("Parameters")
	for i, o := range list {
		if list[i], err = read(ctx, r, o.Text("Name")); err != nil {
			return nil, err
		}
	}
	all := make([]any, len(list))
	for i, o := range list {
		all[i] = o
	}
	out["Parameters"] = all
	return out, nil
}

// below says whether a parameter is below a path: directly, or at any depth.
func below(name, path string, deep bool) bool {
	rest, ok := strings.CutPrefix(name, strings.TrimSuffix(path, "/")+"/")
	return ok && (deep || !strings.Contains(rest, "/"))
}

// mostDescribed is the largest page of the other listings.
const mostDescribed = 50

func getHistory(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec := r.Service.Records.Get(key(r, r.In.Text("Name")))
	if rec == nil {
		return nil, r.Fail("ParameterNotFound", "")
	}
	var items []wire.Object
	for _, v := range r.List(versionKind(rec.ID)) {
		text, err := value(ctx, r, v)
		if err != nil {
			return nil, err
		}
		labels := v.Doc.List("Labels")
		if labels == nil {
			labels = []any{}
		}
		items = append(items, v.Doc.With(wire.Object{"Value": text, "Labels": labels}))
	}
	return r.Page(items, mostDescribed, "InvalidNextToken")
}
