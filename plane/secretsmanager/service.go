package secretsmanager

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy/authz"
)

const api = "secretsmanager"

// operations are all that there are. Those of one secret are authorized on it.
var operations = map[string]func(context.Context, *emulate.Request) (wire.Object, error){
	"CreateSecret":   createSecret,
	"DescribeSecret": describeSecret,
	"UpdateSecret":   updateSecret,
	"DeleteSecret":   deleteSecret,
	"RestoreSecret":  restoreSecret,

	"GetSecretValue":           getValue,
	"PutSecretValue":           putValue,
	"ListSecretVersionIds":     listVersions,
	"UpdateSecretVersionStage": updateStage,

	"ReplicateSecretToRegions":     replicateSecret,
	"RemoveRegionsFromReplication": removeReplicas,
	"StopReplicationToReplica":     stopReplication,

	"PutResourcePolicy":    putPolicy,
	"GetResourcePolicy":    getPolicy,
	"DeleteResourcePolicy": deletePolicy,
	"TagResource":          tagger.Tag,
	"UntagResource":        tagger.Untag,
}

// New makes the service.
func New(w *emulate.World) ([]*emulate.Service, error) {
	s, err := emulate.New(w, emulate.Definition{Model: api, Refused: refused, OwnTokens: true})
	if err != nil {
		return nil, fmt.Errorf("secretsmanager: %w", err)
	}
	for name, do := range operations {
		s.Handle(name, emulate.Op{Action: emulate.ByItself, Do: func(ctx context.Context, r *emulate.Request) (wire.Object, error) {
			if name != "CreateSecret" { // it makes the ARN first
				if err := allow(ctx, r, name, r.In.Text("SecretId")); err != nil {
					return nil, err
				}
			}
			return do(ctx, r)
		}})
	}
	s.Handle("ListSecrets", emulate.Op{Do: listSecrets})
	s.Handle("BatchGetSecretValue", emulate.Op{Do: batchGetValue})
	return []*emulate.Service{s}, nil
}

// allow authorizes an operation on a secret, with the policy of the secret.
func allow(ctx context.Context, r *emulate.Request, action, id string) error {
	asked := &plane.Asked{Action: api + ":" + action, Resource: id, Called: id, Context: conditions(r)}
	if !strings.HasPrefix(id, "arn:") {
		asked.Resource = r.ARN("secret:" + id)
	}
	if rec := lookup(r, r.Service.Records.Get, id); rec != nil {
		asked.Resource = rec.Doc.Text("ARN")
		asked.Policy = emulate.PolicyOf(asked.Resource, rec.Doc.Text(policyMember))
		asked.Context["secretsmanager:secretprimaryregion"] = one(cmp.Or(rec.Doc.Text("PrimaryRegion"), r.Region))
	}
	asked.Context["secretsmanager:secretid"] = one(asked.Resource)
	for key, v := range r.Service.Tags(asked.Resource) {
		asked.Context["secretsmanager:resourcetag/"+strings.ToLower(key)] = one(v)
	}
	return r.AllowAs(ctx, asked)
}

// conditionMembers are the members of inputs that are condition keys by their own names.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
var conditionMembers = []string{
	"Name", "Description", "KmsKeyId", "VersionId", "VersionStage", "RecoveryWindowInDays",
	"ForceDeleteWithoutRecovery", "ForceOverwriteReplicaSecret", "BlockPublicPolicy",
}

func conditions(r *emulate.Request) authz.Context {
	out := authz.Context{}
	for _, name := range conditionMembers {
		if v := r.In.At(name); v != nil {
			out["secretsmanager:"+strings.ToLower(name)] = one(fmt.Sprint(v))
		}
	}
	if regions := replicaRegions(r.In.Objects("AddReplicaRegions")); regions != nil {
		out["secretsmanager:addreplicaregions"] = authz.Value{Values: slices.Clone(regions)}
	}
	return out
}

func one(s string) authz.Value { return authz.Value{Values: []string{s}} }
