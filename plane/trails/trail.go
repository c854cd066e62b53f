package trails

import (
	"context"
	"maps"
	"regexp"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// Trails are records of the account, by home Region and name: one of all Regions is known in
// each.
const trailKind = "trail"

// Members of a trail's document beside those that it is shown with.
const (
	loggingMember = "logging"
	startedMember = "started"
	stoppedMember = "stopped"
)

// members are those of a trail as AWS shows it, see
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html.
var members = []string{
	"Name", "S3BucketName", "S3KeyPrefix", "SnsTopicName", "SnsTopicARN", "IncludeGlobalServiceEvents", "IsMultiRegionTrail", "CloudWatchLogsLogGroupArn",
	"CloudWatchLogsRoleArn", "KmsKeyId", "IsOrganizationTrail",
}

// namePattern and its text are those of the documentation of CreateTrail.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$`)

// mostTrails is how many trails a Region has.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
const mostTrails = 5

func homeOf(rec *records.Record) string {
	region, _, _ := strings.Cut(rec.ID, "/")
	return region
}

func trailKey(r *emulate.Request, region, name string) records.Key {
	k := r.Key(trailKind, region+"/"+name)
	k.Region = ""
	return k
}

func trailARN(partition string, rec *records.Record) string {
	return arn.ARN{Partition: partition, Service: "cloudtrail", Region: homeOf(rec), Account: rec.Account, Resource: "trail/" + rec.Doc.Text("Name")}.String()
}

func arnOf(r *emulate.Request, rec *records.Record) string { return trailARN(r.Partition(), rec) }

// all are the trails that a Region has, with those of all Regions.
func all(r *emulate.Request) []*records.Record {
	var out []*records.Record
	for _, rec := range r.Service.Records.List("cloudtrail", trailKind, r.Account, "") {
		if homeOf(rec) == r.Region || rec.Doc.Bool("IsMultiRegionTrail") {
			out = append(out, rec)
		}
	}
	return out
}

// lookup is the trail of a name or an ARN; nil: there is none in the Region.
func lookup(r *emulate.Request, name string) *records.Record {
	for _, rec := range all(r) {
		if rec.Doc.Text("Name") == name && homeOf(rec) == r.Region || arnOf(r, rec) == name {
			return rec
		}
	}
	return nil
}

// find is the trail that a member of the input names. Its text is as
// emulators have it, and unconfirmed.
func find(r *emulate.Request, member string) (*records.Record, error) {
	name := r.In.Text(member)
	if strings.HasPrefix(name, "arn:") && !isARN(name) {
		return nil, r.Fail("CloudTrailARNInvalidException", "The specified trail ARN is not valid: %s", name)
	}
	if rec := lookup(r, name); rec != nil {
		return rec, nil
	}
	return nil, r.Fail("TrailNotFoundException", "Unknown trail: %s for the user: %s", name, r.Account)
}

// home is find for an operation that only the home Region of a trail has.
func home(r *emulate.Request, member string) (*records.Record, error) {
	rec, err := find(r, member)
	if err == nil && homeOf(rec) != r.Region {
		return nil, r.Fail("InvalidHomeRegionException", "The trail %s can be changed in its home Region %s only.", rec.Doc.Text("Name"), homeOf(rec))
	}
	return rec, err
}

// shown is a trail in answers that make and change it.
func shown(r *emulate.Request, rec *records.Record) wire.Object {
	out := rec.Doc.Pick(members...)
	out["TrailARN"], out["LogFileValidationEnabled"] = arnOf(r, rec), rec.Doc.Bool("EnableLogFileValidation")
	return out
}

// whole is a trail in answers that read it.
func whole(r *emulate.Request, rec *records.Record) wire.Object {
	out := shown(r, rec)
	out["HomeRegion"], out["HasInsightSelectors"] = homeOf(rec), false
	out["HasCustomEventSelectors"] = rec.Doc.Has(selectorsMember) || rec.Doc.Has(advancedMember)
	return out
}

func (t *Trails) createTrail(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	name, tags := r.In.Text("Name"), r.TagsIn("TagsList")
	if err := checkName(r, name); err != nil {
		return nil, err
	}
	doc := wire.Object{"IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": false, "IsOrganizationTrail": false, "EnableLogFileValidation": false}.
		With(r.In.Without("TagsList", "RecursiveLogging"))
	rec := &records.Record{Key: trailKey(r, r.Region, name), Doc: given(doc)}
	free := func(get func(records.Key) *records.Record) error {
		if get(rec.Key) != nil {
			return r.Fail("TrailAlreadyExistsException", "Trail %s already exists for customer: %s", name, r.Account)
		}
		if len(all(r)) >= mostTrails {
			return r.Fail("MaximumNumberOfTrailsExceededException", "User: %s already has %d trails in %s.", r.Account, mostTrails, r.Region)
		}
		return nil
	}
	if err := free(r.Service.Records.Get); err != nil {
		return nil, err
	}
	if err := t.prove(ctx, r, rec); err != nil {
		return nil, err
	}
	return shown(r, rec), r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if err := free(tx.Get); err != nil {
			return err
		}
		tx.Put(rec)
		emulate.PutTags(tx, arnOf(r, rec), tags)
		return nil
	})
}

// checkName refuses a name as documented; the texts are unconfirmed.
func checkName(r *emulate.Request, name string) error {
	switch {
	case len(name) < 3:
		return r.Fail("InvalidTrailNameException", "Trail name too short. Minimum allowed length: 3 characters. Specified name length: %d characters.", len(name))
	case len(name) > 128:
		return r.Fail("InvalidTrailNameException", "Trail name too long. Maximum allowed length: 128 characters. Specified name length: %d characters.", len(name))
	case !namePattern.MatchString(name):
		return r.Fail("InvalidTrailNameException", "Trail name must start and end with a letter or number, and have only letters, numbers, periods, underscores and dashes.")
	}
	return nil
}

// given are settings without those that are empty, which is how they are taken away.
func given(doc wire.Object) wire.Object {
	maps.DeleteFunc(doc, func(_ string, v any) bool { return v == "" })
	return doc
}

// updateTrail changes what is given; what is not stays.
func (t *Trails) updateTrail(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := home(r, "Name")
	if err != nil {
		return nil, err
	}
	now := *rec
	now.Doc = given(rec.Doc.With(r.In.Without("Name", "RecursiveLogging")))
	if !now.Doc.Has("SnsTopicName") {
		delete(now.Doc, "SnsTopicARN")
	}
	if err := t.prove(ctx, r, &now); err != nil {
		return nil, err
	}
	return shown(r, &now), r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		old := tx.Get(rec.Key)
		if old == nil {
			return r.Fail("TrailNotFoundException", "Unknown trail: %s for the user: %s", r.In.Text("Name"), r.Account)
		}
		changed := old.Change(tx.Now(), nil)
		changed.Doc = now.Doc.With(old.Doc.Pick(loggingMember, startedMember, stoppedMember, selectorsMember, advancedMember, statusMember))
		tx.Put(changed)
		return nil
	})
}

func getTrail(_ context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := find(r, "Name")
	if err != nil {
		return nil, err
	}
	return wire.Object{"Trail": whole(r, rec)}, nil
}

func describeTrails(_ context.Context, r *emulate.Request) (wire.Object, error) {
	shadows := !r.In.Has("includeShadowTrails") || r.In.Bool("includeShadowTrails")
	list, names := []any{}, r.In.Texts("trailNameList")
	for _, rec := range all(r) {
		asked := len(names) == 0
		for _, name := range names {
			asked = asked || name == rec.Doc.Text("Name") || name == arnOf(r, rec)
		}
		if asked && (shadows || homeOf(rec) == r.Region) {
			list = append(list, whole(r, rec))
		}
	}
	return wire.Object{"trailList": list}, nil
}

// pageSize is that of listings of trails; AWS does not say it.
const pageSize = 100

func listTrails(_ context.Context, r *emulate.Request) (wire.Object, error) {
	items := []wire.Object{}
	for _, rec := range all(r) {
		items = append(items, wire.Object{"TrailARN": arnOf(r, rec), "Name": rec.Doc.Text("Name"), "HomeRegion": homeOf(rec)})
	}
	return r.Page(items, pageSize, invalid)
}

func (t *Trails) deleteTrail(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := home(r, "Name")
	if err != nil {
		return nil, err
	}
	t.forget(rec.Key)
	return nil, r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		emulate.PutTags(tx, arnOf(r, rec), nil)
		tx.Delete(rec.Key)
		return nil
	})
}

// prefix is what the names of a trail's objects begin with.
func prefix(rec *records.Record) string {
	own := rec.Doc.Text("S3KeyPrefix")
	if own != "" {
		own = strings.TrimSuffix(own, "/") + "/"
	}
	return own + "AWSLogs/" + rec.Account + "/CloudTrail/"
}
