package secretsmanager

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// A record of a secret has the name as id. These members of its document are not shown as they
// are; the others have the names of DescribeSecret.
const (
	secretKind   = "secret"
	policyMember = "policy"
	replicas     = "replicas"
)

// The codes of refusals.
const (
	notFound   = "ResourceNotFoundException"
	exists     = "ResourceExistsException"
	invalid    = "InvalidParameterException"
	impossible = "InvalidRequestException"
)

// namePattern and its message are those of the service.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9/_+=.@!-]{1,512}$`)

// lookup finds a secret by its name, its ARN, or its ARN without the six characters that the
// service appends; nil: there is none.
// Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html
func lookup(r *emulate.Request, get func(records.Key) *records.Record, id string) *records.Record {
	k := r.Key(secretKind, id)
	a, err := arn.Parse(id)
	if err != nil {
		return get(k)
	}
	name, ok := strings.CutPrefix(a.Resource, "secret:")
	if !ok || a.Service != api || a.Region != r.Region {
		return nil
	}
	k.Account = a.Account
	if cut := len(name) - suffix - 1; cut > 0 && name[cut] == '-' {
		k.ID = name[:cut]
		if rec := get(k); rec != nil && rec.Doc.Text("ARN") == id {
			return rec
		}
	}
	k.ID = name
	return get(k)
}

// suffix is the number of random characters at the end of an ARN.
const suffix = 6

// find is the secret of a request.
func find(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	if rec := lookup(r, get, r.In.Text("SecretId")); rec != nil {
		return rec, nil
	}
	return nil, r.Fail(notFound, "Secrets Manager can't find the specified secret.")
}

// live is the secret of a request, unless it is to be deleted.
func live(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	rec, err := find(r, get)
	if err == nil && rec.Doc.Has("DeletedDate") {
		err = r.Fail(impossible, "You can't perform this operation on the secret because it was marked for deletion.")
	}
	return rec, err
}

// primary is the secret of a request, unless it is a replica.
func primary(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	rec, err := live(r, get)
	if err == nil && isReplica(rec) {
		// The text is unconfirmed.
		err = r.Fail(impossible, "You can't perform this operation on a replica secret. Use the primary secret in %s.", rec.Doc.Text("PrimaryRegion"))
	}
	return rec, err
}

// change changes the secret of a request.
func change(ctx context.Context, r *emulate.Request, which func(*emulate.Request, emulate.Reader) (*records.Record, error), set wire.Object) (*records.Record, error) {
	var rec *records.Record
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		var err error
		if rec, err = which(r, tx.Get); err != nil {
			return err
		}
		rec = rec.Change(tx.Now(), set)
		tx.Put(rec)
		return nil
	})
	return rec, err
}

func createSecret(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	name := r.In.Text("Name")
	if !namePattern.MatchString(name) {
		return nil, r.Fail("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	}
	if r.In.Has("CrossAccountPrimaryARN") || r.In.Has("Type") {
		return nil, r.Fail(invalid, "not implemented by the local plane: external secrets and replicas in other accounts")
	}
	id := r.ARN("secret:" + name + "-" + r.Service.ID(emulate.Letters, suffix))
	old := lookup(r, r.Service.Records.Get, name)
	if old != nil {
		id = old.Doc.Text("ARN")
	}
	if err := allow(ctx, r, "CreateSecret", id); err != nil {
		return nil, err
	}
	tags := r.TagsIn("Tags")
	if len(tags) > 0 {
		if err := allow(ctx, r, "TagResource", id); err != nil {
			return nil, err
		}
	}
	content, err := contentOf(r)
	if err != nil {
		return nil, err
	}
	if old != nil {
		return created(ctx, r, old, content)
	}
	now := r.Service.Now()
	rec := &records.Record{Key: r.Key(secretKind, name), Doc: r.In.Pick("Name", "Description", "KmsKeyId").With(wire.Object{"ARN": id, "LastChangedDate": now, "CreatedDate": now})}
	if rec.Doc.Text("KmsKeyId") == defaultKey { // which answers leave out
		rec.Doc = rec.Doc.Without("KmsKeyId")
	}
	var first *records.Record
	if content != nil {
		if first, err = seal(ctx, r, rec, r.In.Text("ClientRequestToken"), content, []string{current}); err != nil {
			return nil, err
		}
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(rec.Key) != nil {
			return alreadyThere(r, name)
		}
		tx.Put(rec)
		if first != nil {
			tx.Put(first)
		}
		emulate.PutTags(tx, id, tags)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := rec.Doc.Pick("ARN", "Name")
	if first != nil {
		out["VersionId"] = first.ID
	}
	if add := r.In.Objects("AddReplicaRegions"); add != nil {
		if out["ReplicationStatus"], err = addReplicas(ctx, r, rec, add); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// created answers the creation of a secret that is there: as before when the token and the
// value are those of the first call.
func created(ctx context.Context, r *emulate.Request, old *records.Record, content wire.Object) (wire.Object, error) {
	if old.Doc.Has("DeletedDate") {
		return nil, r.Fail(impossible, "You can't create this secret because a secret with this name is already scheduled for deletion.")
	}
	version := r.Service.Records.Get(versionKey(old, r.In.Text("ClientRequestToken")))
	if version == nil || content == nil {
		return nil, alreadyThere(r, old.ID)
	}
	if err := sameContent(ctx, r, old, version, content); err != nil {
		return nil, err
	}
	return old.Doc.Pick("ARN", "Name").With(wire.Object{"VersionId": version.ID}), nil
}

func alreadyThere(r *emulate.Request, name string) error {
	return r.Fail(exists, "The operation failed because the secret %s already exists.", name)
}

// shown is what DescribeSecret and ListSecrets have of a secret; stages is the name of the
// member with the versions, which differs.
func shown(r *emulate.Request, rec *records.Record, stages string) wire.Object {
	out := rec.Doc.Without(policyMember, replicas)
	versions := wire.Object{}
	for _, v := range versionsOf(r, rec) {
		if labels := v.Doc.List("VersionStages"); len(labels) > 0 {
			versions[v.ID] = labels
		}
	}
	if len(versions) > 0 {
		out[stages] = versions
	}
	if tags := r.Service.Tags(rec.Doc.Text("ARN")); tags != nil {
		out["Tags"] = emulate.TagList(tags)
	}
	return out
}

func describeSecret(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	out := shown(r, rec, "VersionIdsToStages")
	if status := statuses(rec); len(status) > 0 {
		out["ReplicationStatus"] = status
		out["PrimaryRegion"] = cmp.Or(rec.Doc.Text("PrimaryRegion"), rec.Region)
	}
	return out, nil
}

func updateSecret(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := primary(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	if r.In.Has("Type") {
		return nil, r.Fail(invalid, "not implemented by the local plane: external secrets")
	}
	content, err := contentOf(r)
	if err != nil {
		return nil, err
	}
	set := r.In.Pick("Description", "KmsKeyId")
	if set.Has("KmsKeyId") && (set.Text("KmsKeyId") == "" || set.Text("KmsKeyId") == defaultKey) {
		set["KmsKeyId"] = nil // the key of the service again
	}
	rekeyed := r.In.Has("KmsKeyId") && r.In.Text("KmsKeyId") != rec.Doc.Text("KmsKeyId")
	if len(set) > 0 {
		set["LastChangedDate"] = r.Service.Now()
		next := rec.Change(r.Service.Now(), set)
		if rekeyed {
			if err := rekey(ctx, r, rec, next); err != nil {
				return nil, err
			}
		}
		if rec, err = change(ctx, r, primary, set); err != nil {
			return nil, err
		}
	}
	out := rec.Doc.Pick("ARN", "Name")
	if content == nil {
		return out, nil
	}
	token := r.In.Text("ClientRequestToken")
	if _, err := putVersion(ctx, r, rec, token, content, []string{current}); err != nil {
		return nil, err
	}
	return out.With(wire.Object{"VersionId": token}), nil
}
