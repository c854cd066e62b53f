package s3_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

func prefixes(list []types.CommonPrefix) (out []string) {
	for _, p := range list {
		out = append(out, *p.Prefix)
	}
	return out
}

func keys(list []types.Object) (out []string) {
	for _, o := range list {
		out = append(out, *o.Key)
	}
	return out
}

// TestList: whatever the size of a page, the pages together are all there is, in order.
func TestList(t *testing.T) {
	c := client(localtest.Open(t, estate), admin)
	makeBucket(t, c, "data")
	b := aws.String("data")
	all := []string{"a", "a/1", "a/2", "a/b/3", "ab", "b/1", "c d", "c+d", "é"}
	for _, key := range all {
		put(t, c, "data", key, key)
	}
	for _, want := range []struct {
		prefix, delimiter, after string
		keys, prefixes           []string
	}{
		{"", "", "", all, nil},
		{"a", "", "", all[:5], nil},
		{"", "/", "", []string{"a", "ab", "c d", "c+d", "é"}, []string{"a/", "b/"}},
		{"a/", "/", "", []string{"a/1", "a/2"}, []string{"a/b/"}},
		{"a", "/", "", []string{"a", "ab"}, []string{"a/"}},
		{"", "", "a/2", all[3:], nil},
		{"", "/", "a/1", []string{"ab", "c d", "c+d", "é"}, []string{"a/", "b/"}},
		{"none", "/", "", nil, nil},
		{"", "b/", "", []string{"a", "a/1", "a/2", "ab", "c d", "c+d", "é"}, []string{"a/b/", "b/"}},
	} {
		for size := 1; size <= len(all)+1; size++ {
			in := &s3.ListObjectsV2Input{Bucket: b, Prefix: &want.prefix, Delimiter: &want.delimiter, MaxKeys: aws.Int32(int32(size))}
			if want.after != "" {
				in.StartAfter = &want.after
			}
			var got, common []string
			pager := s3.NewListObjectsV2Paginator(c, in)
			for pager.HasMorePages() {
				page, err := pager.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if n := len(page.Contents) + len(page.CommonPrefixes); n > size || int(*page.KeyCount) != n || pager.HasMorePages() != *page.IsTruncated {
					t.Errorf("%+v: a page of %d has %d", want, size, n)
				}
				got, common = append(got, keys(page.Contents)...), append(common, prefixes(page.CommonPrefixes)...)
			}
			if !slices.Equal(got, want.keys) || !slices.Equal(common, want.prefixes) {
				t.Errorf("pages of %d: %q %q, want %q %q", size, got, common, want.keys, want.prefixes)
			}
			if want.after == "" {
				if got, common := listV1(t, c, want.prefix, want.delimiter, size); !slices.Equal(got, want.keys) || !slices.Equal(common, want.prefixes) {
					t.Errorf("version 1, pages of %d: %q %q, want %q %q", size, got, common, want.keys, want.prefixes)
				}
			}
		}
	}
	none, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: b, MaxKeys: aws.Int32(0)})
	if err != nil || *none.KeyCount != 0 || *none.IsTruncated {
		t.Error(none, err)
	}
	encoded, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: b, Prefix: aws.String("c"), EncodingType: "url", FetchOwner: aws.Bool(true)})
	if err != nil || !slices.Equal(keys(encoded.Contents), []string{"c+d", "c%2Bd"}) || encoded.Contents[0].Owner == nil {
		t.Error(keys(encoded.Contents), err)
	}
	one := encoded.Contents[0]
	if *one.Size != 3 || *one.ETag == "" || one.StorageClass != "STANDARD" || one.ChecksumType != "FULL_OBJECT" || len(one.ChecksumAlgorithm) != 1 {
		t.Errorf("%+v", one)
	}
	_, err = c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: b, ContinuationToken: aws.String("!")})
	refused(t, err, 400, "InvalidArgument", "The continuation token provided is incorrect")
	_, err = c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: b, MaxKeys: aws.Int32(-1)})
	refused(t, err, 400, "InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647")
}

func listV1(t *testing.T, c *s3.Client, prefix, delimiter string, size int) (got, common []string) {
	t.Helper()
	marker := ""
	for {
		page, err := c.ListObjects(t.Context(), &s3.ListObjectsInput{Bucket: aws.String("data"), Prefix: &prefix, Delimiter: &delimiter, Marker: &marker, MaxKeys: aws.Int32(int32(size))})
		if err != nil {
			t.Fatal(err)
		}
		got, common = append(got, keys(page.Contents)...), append(common, prefixes(page.CommonPrefixes)...)
		switch {
		case !*page.IsTruncated:
			return got, common
		case delimiter == "":
			marker = got[len(got)-1]
		default:
			marker = *page.NextMarker
		}
	}
}

func TestVersions(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	b, k := aws.String("data"), aws.String("k")
	status := func(s types.BucketVersioningStatus) {
		t.Helper()
		if _, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: b, VersioningConfiguration: &types.VersioningConfiguration{Status: s}}); err != nil {
			t.Fatal(err)
		}
		if out, err := c.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: b}); err != nil || out.Status != s {
			t.Error(out, err)
		}
	}
	get := func(id string) (string, error) {
		out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: b, Key: k, VersionId: &id})
		if err != nil {
			return "", err
		}
		buffer := make([]byte, 10)
		n, _ := out.Body.Read(buffer)
		return string(buffer[:n]), nil
	}
	// shown lists the versions as "id of v" with a star for the latest, and a dash for markers.
	shown := func() (out []string) {
		t.Helper()
		all, err := c.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: b})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range all.Versions {
			out = append(out, fmt.Sprintf("%s %v", *v.VersionId, *v.IsLatest))
		}
		for _, v := range all.DeleteMarkers {
			out = append(out, fmt.Sprintf("-%s %v", *v.VersionId, *v.IsLatest))
		}
		return out
	}
	put(t, c, "data", "k", "one")
	status(types.BucketVersioningStatusEnabled)
	two := *put(t, c, "data", "k", "two").VersionId
	three := *put(t, c, "data", "k", "three").VersionId
	if len(two) != 32 || two == three {
		t.Errorf("versions %q and %q", two, three)
	}
	if got := shown(); !slices.Equal(got, []string{three + " true", two + " false", "null false"}) {
		t.Error(got)
	}
	for id, want := range map[string]string{two: "two", three: "three", "null": "one"} {
		if got, err := get(id); err != nil || got != want {
			t.Errorf("%s is %q: %v", id, got, err)
		}
	}
	_, err := get("none")
	refused(t, err, 404, "NoSuchVersion", "The specified version does not exist.")
	// Deleting marks.
	gone, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: b, Key: k})
	if err != nil || !*gone.DeleteMarker {
		t.Fatal(gone, err)
	}
	_, err = read(t.Context(), c, "data", "k")
	refused(t, err, 404, "NoSuchKey", "The specified key does not exist.")
	if code, header, _ := raw(t, p, admin, "GET", "/data/k", ""); code != 404 || header.Get("X-Amz-Delete-Marker") != "true" || header.Get("X-Amz-Version-Id") != *gone.VersionId {
		t.Error(code, header)
	}
	_, err = get(*gone.VersionId)
	refused(t, err, 405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	if l, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: b}); err != nil || *l.KeyCount != 0 {
		t.Error(l, err)
	}
	if got := shown(); !slices.Equal(got, []string{three + " false", two + " false", "null false", "-" + *gone.VersionId + " true"}) {
		t.Error(got)
	}
	// Deleting the marker brings the object back; deleting versions is for good.
	if out, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: b, Key: k, VersionId: gone.VersionId}); err != nil || !*out.DeleteMarker {
		t.Error(out, err)
	}
	if got, err := read(t.Context(), c, "data", "k"); err != nil || got != "three" {
		t.Error(got, err)
	}
	for _, id := range []string{three, "null"} {
		if out, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: b, Key: k, VersionId: &id}); err != nil || out.DeleteMarker != nil || *out.VersionId != id {
			t.Fatal(out, err)
		}
	}
	if got := shown(); !slices.Equal(got, []string{two + " true"}) {
		t.Error(got)
	}
	// Suspended: what is written has no version, and replaces what had none.
	status(types.BucketVersioningStatusSuspended)
	for _, text := range []string{"four", "five"} {
		if out := put(t, c, "data", "k", text); *out.VersionId != "null" {
			t.Error(*out.VersionId)
		}
	}
	if got := shown(); !slices.Equal(got, []string{"null true", two + " false"}) {
		t.Error(got)
	}
	if out, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: b, Key: k}); err != nil || *out.VersionId != "null" {
		t.Error(out, err)
	}
	if got := shown(); !slices.Equal(got, []string{two + " false", "-null true"}) {
		t.Error(got)
	}
	_, err = c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: b, VersioningConfiguration: &types.VersioningConfiguration{}})
	refused(t, err, 400, "IllegalVersioningConfigurationException", "The Versioning element must be specified")
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: b})
	refused(t, err, 409, "BucketNotEmpty", "The bucket you tried to delete is not empty")
}

// TestVersionPages: pages of versions are all of them, also in the middle of a key.
func TestVersionPages(t *testing.T) {
	c := client(localtest.Open(t, estate), admin)
	makeBucket(t, c, "data")
	b := aws.String("data")
	if _, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: b, VersioningConfiguration: &types.VersioningConfiguration{Status: "Enabled"}}); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for i := range 3 {
		for _, key := range []string{"a", "b/x", "c"} {
			want[key] = append([]string{*put(t, c, "data", key, strings.Repeat("x", i)).VersionId}, want[key]...)
		}
	}
	for size := int32(1); size < 10; size++ {
		got := map[string][]string{}
		pager := s3.NewListObjectVersionsPaginator(c, &s3.ListObjectVersionsInput{Bucket: b, MaxKeys: &size})
		for pager.HasMorePages() {
			page, err := pager.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range page.Versions {
				got[*v.Key] = append(got[*v.Key], *v.VersionId)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("pages of %d: %v, want %v", size, got, want)
		}
	}
	grouped, err := c.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: b, Delimiter: aws.String("/")})
	if err != nil || len(grouped.Versions) != 6 || !slices.Equal(prefixes(grouped.CommonPrefixes), []string{"b/"}) {
		t.Error(grouped, err)
	}
}

func TestDeleteObjects(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	for _, key := range []string{"a", "b", "c"} {
		put(t, c, "data", key, key)
	}
	if err := setPolicy(t, c, "data", `{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::data/b"}`); err != nil {
		t.Fatal(err)
	}
	of := func(quiet bool, names ...string) *s3.DeleteObjectsInput {
		in := &s3.DeleteObjectsInput{Bucket: aws.String("data"), Delete: &types.Delete{Quiet: &quiet}}
		for _, name := range names {
			in.Delete.Objects = append(in.Delete.Objects, types.ObjectIdentifier{Key: aws.String(name)})
		}
		return in
	}
	out, err := c.DeleteObjects(t.Context(), of(false, "a", "b", "none"))
	if err != nil || len(out.Deleted) != 2 || *out.Deleted[0].Key != "a" || *out.Deleted[1].Key != "none" || len(out.Errors) != 1 ||
		*out.Errors[0].Key != "b" || *out.Errors[0].Code != "AccessDenied" || *out.Errors[0].Message != `User: arn:aws:iam::111122223333:user/admin is not authorized to perform: s3:DeleteObject on resource: "arn:aws:s3:::data/b" with an explicit deny in a resource-based policy` {
		t.Errorf("%+v %v", out, err)
	}
	if out, err = c.DeleteObjects(t.Context(), of(true, "c")); err != nil || len(out.Deleted) != 0 {
		t.Errorf("%+v %v", out, err)
	}
	if l, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("data")}); err != nil || !slices.Equal(keys(l.Contents), []string{"b"}) {
		t.Error(l, err)
	}
	status, _, body := raw(t, p, admin, "POST", "/data?delete", "<Delete><Object><Key>b</Key></Object></Delete>")
	if status != 400 || !strings.Contains(body, "<Message>Missing required header for this request: Content-MD5 OR x-amz-checksum-*</Message>") {
		t.Error(status, body)
	}
}
