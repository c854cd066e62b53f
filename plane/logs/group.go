package logs

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// The kinds of records, and codes of refusals.
const (
	groupKind = "log-group"
	invalid   = "InvalidParameterException"
	notFound  = "ResourceNotFoundException"
	exists    = "ResourceAlreadyExistsException"
	exceeded  = "LimitExceededException"
)

// mostGroups is the quota of log groups in an account and Region, and mostDescribed the largest
// page of all listings.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
const (
	mostGroups    = 1_000_000
	mostDescribed = 50
)

// The messages of groups and streams are those of the service, as clients record them.
func noGroup(r *emulate.Request) error {
	return r.Fail(notFound, "The specified log group does not exist.")
}

// group is the group of a request.
func group(r *emulate.Request, get emulate.Reader) (*records.Record, error) {
	for _, member := range []string{"logGroupIdentifier", "resourceArn"} {
		if text := r.In.Text(member); strings.HasPrefix(text, "arn:") && !strings.HasPrefix(text, r.ARN("log-group:")) {
			return nil, noGroup(r) // of another account or Region, or no group
		}
	}
	if r.In.Has("logGroupName") && r.In.Has("logGroupIdentifier") {
		return nil, r.Fail(invalid, "Only one of logGroupName or logGroupIdentifier can be specified.")
	}
	name := groupName(r)
	if name == "" {
		return nil, r.Fail(invalid, "Either logGroupName or logGroupIdentifier must be specified.")
	}
	if rec := get(r.Key(groupKind, name)); rec != nil {
		return rec, nil
	}
	return nil, noGroup(r)
}

// changeGroup changes a group that is there.
func changeGroup(ctx context.Context, r *emulate.Request, f func(rec *records.Record) (*records.Record, error)) error {
	return r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := group(r, tx.Get)
		if err != nil {
			return err
		}
		if rec, err = f(rec); err == nil {
			tx.Put(rec)
		}
		return err
	})
}

// set changes members of the document of a group; nil takes one away.
func set(ctx context.Context, r *emulate.Request, members wire.Object) (wire.Object, error) {
	return nil, changeGroup(ctx, r, func(rec *records.Record) (*records.Record, error) {
		return rec.Change(r.Service.Now(), members), nil
	})
}

func createGroup(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	name := r.In.Text("logGroupName")
	tags := r.In.Map("tags")
	if len(tags) > 0 {
		if err := allow(ctx, r, "TagResource", onTagged); err != nil {
			return nil, err
		}
	}
	k := r.Key(groupKind, name)
	already := r.Fail(exists, "The specified log group already exists")
	if r.Service.Records.Get(k) != nil {
		return nil, already
	}
	if len(r.List(groupKind)) >= mostGroups {
		return nil, r.Fail(exceeded, "Resource limit exceeded.")
	}
	rec := &records.Record{Key: k, Doc: r.In.Pick("logGroupName", "kmsKeyId", "deletionProtectionEnabled")}
	rec.Doc["logGroupClass"] = cmp.Or(r.In.Text("logGroupClass"), "STANDARD")
	if key := r.In.Text("kmsKeyId"); key != "" {
		sealed, err := keyed(ctx, r, name, key)
		if err != nil {
			return nil, err
		}
		rec.Sealed = map[string]*records.Sealed{slot: sealed}
	}
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(k) != nil {
			return already
		}
		tx.Put(rec)
		emulate.PutTags(tx, r.ARN("log-group:"+name), tags)
		return nil
	})
}

func describeGroups(_ context.Context, r *emulate.Request) (wire.Object, error) {
	prefix, pattern := r.In.Text("logGroupNamePrefix"), r.In.Text("logGroupNamePattern")
	if prefix != "" && pattern != "" {
		return nil, r.Fail(invalid, "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	if r.In.Bool("includeLinkedAccounts") || r.In.Has("accountIdentifiers") {
		return nil, r.Fail(invalid, "not implemented by the local plane: linked accounts")
	}
	var wanted []string
	for _, text := range r.In.Texts("logGroupIdentifiers") {
		wanted = append(wanted, nameOf(text))
	}
	class := r.In.Text("logGroupClass")
	var out []wire.Object
	for _, rec := range r.List(groupKind) {
		if strings.HasPrefix(rec.ID, prefix) && strings.Contains(rec.ID, pattern) &&
			(wanted == nil || slices.Contains(wanted, rec.ID)) && (class == "" || rec.Doc.Text("logGroupClass") == class) {
			out = append(out, described(r, rec))
		}
	}
	slices.SortFunc(out, func(a, b wire.Object) int { return cmp.Compare(a.Text("logGroupName"), b.Text("logGroupName")) })
	return r.Page(out, mostDescribed, invalid)
}

// described is a group as DescribeLogGroups shows it: the arn ends with ":*", logGroupArn does
// not. Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
func described(r *emulate.Request, rec *records.Record) wire.Object {
	arn := r.ARN("log-group:" + rec.ID)
	var stored int64
	for _, s := range r.List(streamKind(rec.ID)) {
		stored += s.Doc.Int(storedBytes)
	}
	out := wire.Object{
		"creationTime": rec.Created.UnixMilli(), "arn": arn + ":*", "logGroupArn": arn, "deletionProtectionEnabled": false,
		"metricFilterCount": int64(len(r.List(metrics.kind(rec.ID)))), "storedBytes": stored,
	}
	return out.With(rec.Doc)
}

func deleteGroup(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec, err := group(r, tx.Get)
		if err != nil {
			return err
		}
		if rec.Doc.Bool("deletionProtectionEnabled") {
			// The text is unconfirmed.
			return r.Fail("ValidationException", "The log group is protected from deletion. Disable deletion protection and try again.")
		}
		name := rec.ID
		for _, s := range deleteAll(tx, r, streamKind(name)) {
			deleteAll(tx, r, batchKind(name, s.ID))
		}
		deleteAll(tx, r, subscriptions.kind(name))
		deleteAll(tx, r, metrics.kind(name))
		emulate.PutTags(tx, r.ARN("log-group:"+name), nil)
		tx.Delete(rec.Key)
		return nil
	})
}

// deleteAll deletes the records of a kind, and returns them.
func deleteAll(tx *records.Tx, r *emulate.Request, kind string) []*records.Record {
	all := tx.List(r.Key(kind, "").Service, kind, r.Account, r.Region)
	for _, rec := range all {
		tx.Delete(rec.Key)
	}
	return all
}

func putProtection(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return set(ctx, r, r.In.Pick("deletionProtectionEnabled"))
}

// retentions are the days that a retention can have.
// Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentions = []int64{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func putRetention(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	if !slices.Contains(retentions, r.In.Int("retentionInDays")) {
		// The text is unconfirmed.
		return nil, r.Fail(invalid, "Invalid retention value. Valid values are: %d", retentions)
	}
	return set(ctx, r, r.In.Pick("retentionInDays"))
}

func deleteRetention(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	return set(ctx, r, wire.Object{"retentionInDays": nil})
}
