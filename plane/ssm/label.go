package ssm

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// mostLabels is the quota of labels of a version.
const mostLabels = 10

// labelPattern and what a label must not begin with are documented:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html
var labelPattern = regexp.MustCompile(`^[A-Za-z_.-][A-Za-z0-9_.-]{0,99}$`)

func validLabel(s string) bool {
	low := strings.ToLower(s)
	return labelPattern.MatchString(s) && !strings.HasPrefix(low, "aws") && !strings.HasPrefix(low, "ssm")
}

// label gives labels to a version, which other versions lose.
func label(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	var valid, wrong []string
	for _, s := range r.In.Texts("Labels") {
		if validLabel(s) {
			valid = append(valid, s)
		} else {
			wrong = append(wrong, s)
		}
	}
	var number int64
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, v, err := labelled(r, tx)
		if err != nil {
			return err
		}
		number = v.Doc.Int("Version")
		for _, other := range tx.List("ssm", versionKind(rec.ID), r.Account, r.Region) {
			labels := slices.DeleteFunc(other.Doc.Texts("Labels"), func(s string) bool { return slices.Contains(valid, s) })
			if other.ID == v.ID {
				labels = append(labels, valid...)
			}
			if len(labels) > mostLabels {
				return r.Fail("ParameterVersionLabelLimitExceeded", "An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.")
			}
			tx.Put(other.Change(tx.Now(), wire.Object{"Labels": wire.Strings(labels)}))
		}
		return nil
	})
	return wire.Object{"InvalidLabels": wire.Strings(wrong), "ParameterVersion": number}, err
}

// labelled are the parameter and the version of a request about labels.
func labelled(r *emulate.Request, tx *records.Tx) (parameter, version *records.Record, err error) {
	parameter = tx.Get(key(r, r.In.Text("Name")))
	if parameter == nil {
		return nil, nil, r.Fail("ParameterNotFound", "")
	}
	number := r.In.Int("ParameterVersion")
	if number == 0 {
		number = parameter.Doc.Int("Version")
	}
	if version = tx.Get(versionKey(r, parameter.ID, number)); version == nil {
		return nil, nil, r.Fail("ParameterVersionNotFound", "Systems Manager could not find version %d of %s. Verify the version and try again.", number, parameter.ID)
	}
	return parameter, version, nil
}

func unlabel(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	removed, wrong := []string{}, []string{}
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		_, v, err := labelled(r, tx)
		if err != nil {
			return err
		}
		labels := v.Doc.Texts("Labels")
		for _, s := range r.In.Texts("Labels") {
			if i := slices.Index(labels, s); i >= 0 {
				labels, removed = slices.Delete(labels, i, i+1), append(removed, s)
			} else {
				wrong = append(wrong, s)
			}
		}
		tx.Put(v.Change(tx.Now(), wire.Object{"Labels": wire.Strings(labels)}))
		return nil
	})
	return wire.Object{"RemovedLabels": wire.Strings(removed), "InvalidLabels": wire.Strings(wrong)}, err
}

// tagged is the parameter of a request about tags.
func tagged(r *emulate.Request, get emulate.Reader) (arn string, err error) {
	if r.In.Text("ResourceType") != "Parameter" {
		return "", r.Fail("InvalidResourceType", "not implemented by the local plane: resource type %s", r.In.Text("ResourceType"))
	}
	rec := get(key(r, r.In.Text("ResourceId")))
	if rec == nil {
		return "", r.Fail("InvalidResourceId", "")
	}
	return parameterARN(r, rec.ID), nil
}

var tagger = emulate.Tagger{ARN: tagged}

func listTags(_ context.Context, r *emulate.Request) (wire.Object, error) {
	tags, err := tagger.Of(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"TagList": emulate.TagList(tags)}, nil
}
