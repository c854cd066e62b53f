package s3

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// bucket is a bucket. The names of buckets are those of a whole partition, so a record has no
// account: its document has the owner's.
type bucket struct{ rec *records.Record }

const bucketKind = "bucket"

func bucketKey(name string) records.Key {
	return records.Key{Service: api, Kind: bucketKind, ID: name}
}

// bucketOf returns a bucket; nil: there is none.
func bucketOf(w *emulate.World, name string) *bucket {
	if rec := w.Records.Get(bucketKey(name)); rec != nil {
		return &bucket{rec}
	}
	return nil
}

// ownerOf says whose a bucket is and where, which its ARN does not.
func ownerOf(w *emulate.World, resource string) (account, region string) {
	if b := bucketOf(w, resource[strings.LastIndexByte(resource, ':')+1:]); b != nil {
		return b.owner(), b.region()
	}
	return "", ""
}

func (b *bucket) name() string   { return b.rec.ID }
func (b *bucket) owner() string  { return b.rec.Doc.Text("owner") }
func (b *bucket) region() string { return b.rec.Doc.Text("region") }

// key names a record of what is in the bucket.
func (b *bucket) recordKey(kind, id string) records.Key {
	return records.Key{Service: api, Kind: kind + "/" + b.name(), Account: b.owner(), Region: b.region(), ID: id}
}

// list returns the records of a kind in the bucket.
func (b *bucket) list(w *emulate.World, kind string) []*records.Record {
	return w.Records.List(api, kind+"/"+b.name(), b.owner(), b.region())
}

// owner is an account as S3 shows it. The canonical id of an account is not derived from it on
// AWS.
func owner(account string) wire.Object {
	sum := sha256.Sum256([]byte(account))
	return wire.Object{"ID": hex.EncodeToString(sum[:])}
}

// mostBuckets an account can have.
// Source: https://docs.aws.amazon.com/general/latest/gr/s3.html
const mostBuckets = 10_000

func createBucket(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	name := r.In.Text("Bucket")
	c := &call{Request: r, bucket: &bucket{&records.Record{Key: bucketKey(name), Doc: wire.Object{"owner": r.Account}}}}
	context := c.conditions()
	if location := r.In.Text("CreateBucketConfiguration.LocationConstraint"); location != "" {
		context["s3:locationconstraint"] = one(location)
	}
	if err := r.AllowAs(ctx, &plane.Asked{Action: "s3:CreateBucket", Resource: c.bucketARN(), Called: quoted(c.bucketARN()), Account: r.Account, Context: context}); err != nil {
		return nil, err
	}
	if !validName(name) {
		return nil, c.say(invalidBucketName, wire.Object{"BucketName": name})
	}
	region, err := c.location()
	if err != nil {
		return nil, err
	}
	tags := emulate.TagsOf(r.In.Objects("CreateBucketConfiguration.Tags"))
	if err := checkTags(tags, mostBucketTags); err != nil {
		return nil, err
	}
	if err := c.checkNew(); err != nil {
		return nil, err
	}
	// Since April 2023 a new bucket blocks public access and its owner owns all objects.
	c.rec.Doc = wire.Object{
		"owner": r.Account, "region": region,
		"publicAccess": wire.Object{"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true},
		"ownership":    wire.Object{"Rules": []any{wire.Object{"ObjectOwnership": cmp.Or(r.In.Text("ObjectOwnership"), ownerEnforced)}}},
	}
	err = r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		switch old := tx.Get(c.rec.Key); {
		case old == nil:
		case old.Doc.Text("owner") != r.Account:
			return c.say(bucketExists, wire.Object{"BucketName": name})
		case region == legacyRegion && old.Doc.Text("region") == legacyRegion:
			return nil // creating it again is no error there
		default:
			return c.say(bucketOwned, wire.Object{"BucketName": name})
		}
		if len(ownedBy(tx.List(api, bucketKind, "", ""), r.Account)) >= mostBuckets {
			return tooManyBuckets.with()
		}
		tx.Put(c.rec)
		emulate.PutTags(tx, c.bucketARN(), tags)
		return nil
	})
	if err != nil {
		return nil, err
	}
	location := "/" + name
	if region != legacyRegion {
		location = "http://" + name + ".s3.amazonaws.com/"
	}
	return wire.Object{"Location": location, "BucketArn": c.bucketARN()}, nil
}

const (
	ownerEnforced = "BucketOwnerEnforced"
	// legacyRegion is that of buckets without a location constraint.
	legacyRegion = "us-east-1"
)

// location is the Region of a new bucket.
func (c *call) location() (string, error) {
	constraint := c.In.Text("CreateBucketConfiguration.LocationConstraint")
	region := constraint
	if region == "EU" {
		region = "eu-west-1"
	}
	switch {
	case constraint == "" && c.Region == legacyRegion:
		return legacyRegion, nil
	case constraint == "":
		return "", illegalLocation.with("unspecified")
	case constraint == legacyRegion, arn.PartitionOf(region) == "":
		return "", invalidLocation.with()
	case c.Region != legacyRegion && c.Region != region:
		return "", illegalLocation.with(constraint)
	}
	return region, nil
}

// checkNew refuses settings of a new bucket that the plane does not have.
func (c *call) checkNew() error {
	if c.In.Bool("ObjectLockEnabledForBucket") {
		return notImplemented.with("object lock")
	}
	if c.In.Has("CreateBucketConfiguration.Bucket") || c.In.Has("CreateBucketConfiguration.Location") || c.In.Text("BucketNamespace") == "account-regional" {
		return notImplemented.with("directory buckets and buckets of an account's own namespace")
	}
	if acl := c.In.Text("ACL"); acl != "" && acl != "private" || c.In.Has("GrantFullControl") || c.In.Has("GrantRead") || c.In.Has("GrantReadACP") || c.In.Has("GrantWrite") || c.In.Has("GrantWriteACP") {
		return &wire.Error{Status: invalidArgument.status, Code: "InvalidBucketAclWithObjectOwnership", Message: "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"}
	}
	return nil
}

// validName says whether a bucket can have a name.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func validName(name string) bool {
	if len(name) < 3 || len(name) > 63 || strings.Contains(name, "..") {
		return false
	}
	for i := range len(name) {
		b := name[i]
		alphanumeric := b >= 'a' && b <= 'z' || b >= '0' && b <= '9'
		if !alphanumeric && (b != '-' && b != '.' || i == 0 || i == len(name)-1) {
			return false
		}
	}
	for _, reserved := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, reserved) {
			return false
		}
	}
	for _, reserved := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, reserved) {
			return false
		}
	}
	_, err := netip.ParseAddr(name)
	return err != nil
}

func ownedBy(all []*records.Record, account string) []*records.Record {
	return slices.DeleteFunc(all, func(rec *records.Record) bool { return rec.Doc.Text("owner") != account })
}

// listBuckets lists those of the account by name. Without a limit all are on one page.
func listBuckets(_ context.Context, r *emulate.Request) (wire.Object, error) {
	after := ""
	if token := r.In.Text("ContinuationToken"); token != "" {
		b, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return nil, invalidArgument.with("The continuation token provided is incorrect")
		}
		after = string(b)
	}
	most := mostBuckets
	if r.In.Has("MaxBuckets") {
		if most = int(r.In.Int("MaxBuckets")); most < 1 || most > mostBuckets {
			return nil, invalidArgument.with("Argument max-buckets must be an integer between 1 and 10000")
		}
	}
	all := ownedBy(r.Service.Records.List(api, bucketKind, "", ""), r.Account)
	slices.SortFunc(all, func(a, b *records.Record) int { return strings.Compare(a.ID, b.ID) })
	out := wire.Object{"Owner": owner(r.Account)}
	list := []any{}
	for _, rec := range all {
		region := r.In.Text("BucketRegion")
		if rec.ID <= after || !strings.HasPrefix(rec.ID, r.In.Text("Prefix")) || region != "" && region != rec.Doc.Text("region") {
			continue
		}
		if len(list) == most {
			last, _ := list[most-1].(wire.Object)
			out["ContinuationToken"] = base64.RawURLEncoding.EncodeToString([]byte(last.Text("Name")))
			break
		}
		one := wire.Object{"Name": rec.ID, "CreationDate": rec.Created}
		if r.In.Has("MaxBuckets") || r.In.Has("BucketRegion") || r.In.Has("Prefix") || after != "" {
			one["BucketRegion"] = rec.Doc.Text("region") // of requests with pages only
		}
		list = append(list, one)
	}
	out["Buckets"] = list
	if prefix := r.In.Text("Prefix"); prefix != "" {
		out["Prefix"] = prefix
	}
	return out, nil
}

func headBucket(_ context.Context, c *call) (wire.Object, error) {
	return wire.Object{"BucketRegion": c.region(), "BucketArn": c.bucketARN()}, nil
}

func getLocation(_ context.Context, c *call) (wire.Object, error) {
	if c.region() == legacyRegion {
		return wire.Object{}, nil
	}
	return wire.Object{"LocationConstraint": c.region()}, nil
}

// deleteBucket deletes an empty one. Uploads that were not completed do not count as content.
func deleteBucket(ctx context.Context, c *call) (wire.Object, error) {
	return nil, c.Service.Records.Update(ctx, func(tx *records.Tx) error {
		if tx.Get(c.rec.Key) == nil {
			return noSuchBucket.with()
		}
		for _, kind := range []string{objectKind, versionKind} {
			if len(tx.List(api, kind+"/"+c.name(), c.owner(), c.region())) > 0 {
				return c.say(bucketNotEmpty, wire.Object{"BucketName": c.name()})
			}
		}
		for _, upload := range tx.List(api, uploadKind+"/"+c.name(), c.owner(), c.region()) {
			c.dropUpload(tx, upload)
		}
		tx.Delete(c.rec.Key)
		emulate.PutTags(tx, c.bucketARN(), nil)
		return nil
	})
}

// change sets members of the bucket's document; a nil one goes.
func (c *call) change(ctx context.Context, set wire.Object) error {
	return c.Service.Records.Update(ctx, func(tx *records.Tx) error {
		rec := tx.Get(c.rec.Key)
		if rec == nil {
			return noSuchBucket.with()
		}
		tx.Put(rec.Change(tx.Now(), set))
		return nil
	})
}

// getACL answers the only list that there is.
func getACL(_ context.Context, c *call) (wire.Object, error) { return c.ownersACL(), nil }

func (c *call) ownersACL() wire.Object {
	who := owner(c.owner())
	return wire.Object{"Owner": who, "Grants": []any{wire.Object{"Grantee": who.With(wire.Object{"Type": "CanonicalUser"}), "Permission": "FULL_CONTROL"}}}
}
