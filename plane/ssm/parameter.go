package ssm

import (
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// A record of a parameter has its name as id and what DescribeParameters shows; that of a
// version has the number as id, what GetParameterHistory shows, and the value sealed.
const (
	parameterKind = "parameter"
	secure        = "SecureString"
	standard      = "Standard"
	advanced      = "Advanced"
	invalid       = "ValidationException"
)

// The bounds of parameters.
// Source: https://docs.aws.amazon.com/general/latest/gr/ssm.html
const (
	longestStandard = 4096
	longestAdvanced = 8192
	mostStandard    = 10_000
	mostVersions    = 100
	mostLevels      = 15
)

var namePattern = regexp.MustCompile(`^/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$`)

// key names a parameter that a request names, also by its ARN.
func key(r *emulate.Request, name string) records.Key {
	if path, ok := strings.CutPrefix(name, r.ARN("parameter/")); ok {
		// A name in an ARN has lost the slash that began it.
		if k := r.Key(parameterKind, "/"+path); r.Service.Records.Get(k) != nil {
			return k
		}
		return r.Key(parameterKind, path)
	}
	return r.Key(parameterKind, name)
}

func versionKind(name string) string { return "version:" + name }

func versionKey(r *emulate.Request, name string, version int64) records.Key {
	return r.Key(versionKind(name), strconv.FormatInt(version, 10))
}

func putParameter(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	name := r.In.Text("Name")
	k := key(r, name)
	if err := checkName(r, name); err != nil {
		return nil, err
	}
	old := r.Service.Records.Get(k)
	doc, err := wanted(r, old)
	if err != nil {
		return nil, err
	}
	tags := r.TagsIn("Tags")
	switch {
	case old != nil && !r.In.Bool("Overwrite"):
		return nil, r.Fail("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
	case r.In.Bool("Overwrite") && len(tags) > 0:
		return nil, r.Fail(invalid, "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.")
	}
	sealed, err := seal(ctx, r, k.ID, doc, r.In.Text("Value"))
	if err != nil {
		return nil, err
	}
	var version int64
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		now := tx.Get(k)
		switch {
		case now == nil && len(tx.List(k.Service, k.Kind, k.Account, k.Region)) >= mostStandard:
			return r.Fail("ParameterLimitExceeded", "You have exceeded the number of parameters for this AWS account. Delete one or more parameters and try again.")
		case now != nil && !r.In.Bool("Overwrite"):
			return r.Fail("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
		}
		rec := &records.Record{Key: k, Doc: doc}
		version = 1
		if now != nil {
			rec.Number, rec.Created, rec.Updated = now.Number, now.Created, tx.Now()
			version = now.Doc.Int("Version") + 1
		}
		doc["Version"] = version
		tx.Put(rec)
		tx.Put(&records.Record{Key: versionKey(r, k.ID, version), Doc: doc, Sealed: map[string]*records.Sealed{slot: sealed}})
		if len(tags) > 0 {
			emulate.PutTags(tx, parameterARN(r, k.ID), tags)
		}
		return forget(tx, r, k.ID)
	})
	return wire.Object{"Version": version, "Tier": doc.Text("Tier")}, err
}

// checkName refuses names. The text is the service's.
func checkName(r *emulate.Request, name string) error {
	first := strings.ToLower(strings.SplitN(strings.TrimPrefix(name, "/"), "/", 2)[0])
	if !namePattern.MatchString(name) || strings.HasPrefix(first, "aws") || strings.HasPrefix(first, "ssm") {
		return r.Fail(invalid, `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`)
	}
	if levels := strings.Count(strings.TrimPrefix(name, "/"), "/") + 1; levels > mostLevels {
		return r.Fail("HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of %d levels.", mostLevels)
	}
	return nil
}

// wanted is a parameter as a request has it. What the request leaves out of a parameter that is
// there is gone, but for its type, tier and data type. That the key is gone, so that the value
// is under alias/aws/ssm again, is documented
// (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html); that
// description, pattern and policies are is unconfirmed.
func wanted(r *emulate.Request, old *records.Record) (wire.Object, error) {
	was := wire.Object{}
	if old != nil {
		was = old.Doc
	}
	typ := cmp.Or(r.In.Text("Type"), was.Text("Type"))
	switch {
	case typ == "":
		return nil, r.Fail(invalid, "A parameter type is required when you create a parameter.")
	case old != nil && typ != was.Text("Type"):
		return nil, r.Fail("HierarchyTypeMismatchException", "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.")
	case typ != secure && r.In.Has("KeyId"):
		// The text is unconfirmed.
		return nil, r.Fail(invalid, "KeyId is only valid for parameters of the type SecureString.")
	}
	tier, err := tierOf(r, was.Text("Tier"))
	if err != nil {
		return nil, err
	}
	if pattern := r.In.Text("AllowedPattern"); pattern != "" {
		expression, err := regexp.Compile(`^(?:` + pattern + `)$`)
		if err != nil {
			return nil, r.Fail("InvalidAllowedPatternException", "The request does not meet the regular expression requirement.")
		}
		if !r.Service.MadeUp && !expression.MatchString(r.In.Text("Value")) {
			return nil, r.Fail("ParameterPatternMismatchException", "Parameter value, cannot be validated against allowedPattern: %s", pattern)
		}
	}
	doc := r.In.Pick("Description", "AllowedPattern").With(wire.Object{
		"Name": r.In.Text("Name"), "Type": typ, "Tier": tier, "LastModifiedDate": r.Service.Now(), "LastModifiedUser": r.Caller.Principal.ARN,
		"DataType": cmp.Or(r.In.Text("DataType"), was.Text("DataType"), "text"),
	})
	if typ == secure {
		doc["KeyId"] = cmp.Or(r.In.Text("KeyId"), defaultKey)
	}
	if text := r.In.Text("Policies"); text != "" {
		list, err := policies(r, text)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			doc["Policies"] = list
		}
	}
	return doc, nil
}

// policies are those of a text, each with a text of its own.
// Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterInlinePolicy.html
func policies(r *emulate.Request, text string) ([]any, error) {
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		// The text is unconfirmed.
		return nil, r.Fail("InvalidPolicyAttributeException", "The policies are not a JSON array of policies.")
	}
	var out []any
	for _, one := range list {
		var p struct{ Type string }
		if json.Unmarshal(one, &p) != nil || p.Type == "" {
			return nil, r.Fail("InvalidPolicyTypeException", "A policy has no Type.")
		}
		out = append(out, wire.Object{"PolicyText": string(one), "PolicyType": p.Type, "PolicyStatus": "Pending"})
	}
	return out, nil
}

// tierOf is the tier of a value. A parameter of the advanced tier stays in it.
func tierOf(r *emulate.Request, was string) (string, error) {
	size := len(r.In.Text("Value"))
	needs := size > longestStandard || r.In.Has("Policies")
	tier := cmp.Or(r.In.Text("Tier"), was, standard)
	if tier == "Intelligent-Tiering" {
		if tier = standard; needs || was == advanced {
			tier = advanced
		}
	}
	switch {
	case tier == standard && was == advanced:
		return "", r.Fail(invalid, "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. Be aware that standard parameters have a value limit of 4096 characters.")
	case tier == standard && size > longestStandard:
		return "", r.Fail(invalid, "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html")
	case tier == standard && r.In.Has("Policies"):
		// The text is unconfirmed.
		return "", r.Fail(invalid, "Parameter policies are only supported by the advanced-parameter tier.")
	case size > longestAdvanced:
		return "", r.Fail(invalid, "Advanced tier parameters support a maximum parameter value of 8192 characters.")
	}
	return tier, nil
}

// forget deletes the oldest version of a parameter that has too many.
func forget(tx *records.Tx, r *emulate.Request, name string) error {
	all := tx.List("ssm", versionKind(name), r.Account, r.Region)
	if len(all) <= mostVersions {
		return nil
	}
	if oldest := all[0]; len(oldest.Doc.List("Labels")) > 0 {
		return r.Fail("ParameterMaxVersionLimitExceeded", "You attempted to create a new version of %s by calling the PutParameter API with the overwrite flag. Version %s, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.", name, oldest.ID)
	}
	tx.Delete(all[0].Key)
	return nil
}

func deleteParameter(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if !drop(tx, r, r.In.Text("Name")) {
			return r.Fail("ParameterNotFound", "")
		}
		return nil
	})
}

func deleteParameters(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	deleted, unknown := []string{}, []string{}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		for _, name := range r.In.Texts("Names") {
			if drop(tx, r, name) {
				deleted = append(deleted, name)
			} else {
				unknown = append(unknown, name)
			}
		}
		return nil
	})
	return wire.Object{"DeletedParameters": wire.Strings(deleted), "InvalidParameters": wire.Strings(unknown)}, err
}

// drop deletes a parameter with its versions, and says whether it was there.
func drop(tx *records.Tx, r *emulate.Request, name string) bool {
	k := key(r, name)
	if tx.Get(k) == nil {
		return false
	}
	for _, v := range tx.List(k.Service, versionKind(k.ID), k.Account, k.Region) {
		tx.Delete(v.Key)
	}
	emulate.PutTags(tx, parameterARN(r, k.ID), nil)
	tx.Delete(k)
	return true
}

// sorted are the parameters of the account and Region by name.
func sorted(r *emulate.Request) []*records.Record {
	all := r.List(parameterKind)
	slices.SortFunc(all, func(a, b *records.Record) int { return cmp.Compare(a.ID, b.ID) })
	return all
}
