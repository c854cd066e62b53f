package s3_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

const minPart = 5 << 20

func begin(t *testing.T, c *s3.Client, in *s3.CreateMultipartUploadInput) *s3.CreateMultipartUploadOutput {
	t.Helper()
	in.Bucket, in.Key = aws.String("data"), aws.String("k")
	out, err := c.CreateMultipartUpload(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func part(t *testing.T, c *s3.Client, upload *string, number int32, body []byte) (types.CompletedPart, *s3.UploadPartOutput) {
	t.Helper()
	out, err := c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: aws.String("data"), Key: aws.String("k"), UploadId: upload, PartNumber: &number, Body: bytes.NewReader(body)})
	if err != nil {
		t.Fatal(err)
	}
	return types.CompletedPart{ETag: out.ETag, PartNumber: &number, ChecksumCRC32: out.ChecksumCRC32, ChecksumSHA256: out.ChecksumSHA256}, out
}

func complete(t *testing.T, c *s3.Client, upload *string, parts ...types.CompletedPart) (*s3.CompleteMultipartUploadOutput, error) {
	t.Helper()
	return c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{Bucket: aws.String("data"), Key: aws.String("k"), UploadId: upload, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}})
}

func TestUpload(t *testing.T) {
	p := localtest.Open(t, estate)
	c := client(p, admin)
	makeBucket(t, c, "data")
	begun := begin(t, c, &s3.CreateMultipartUploadInput{ContentType: aws.String("text/plain"), Metadata: map[string]string{"m": "1"}, Tagging: aws.String("t=1"), ChecksumAlgorithm: "SHA256"})
	if begun.ChecksumType != "COMPOSITE" || begun.ChecksumAlgorithm != "SHA256" || begun.ServerSideEncryption != "AES256" {
		t.Errorf("%+v", begun)
	}
	first, second := bytes.Repeat([]byte("1"), minPart), []byte("tail")
	late, _ := part(t, c, begun.UploadId, 7, []byte("replaced"))
	one, out := part(t, c, begun.UploadId, 2, first)
	if sum := md5.Sum(first); *out.ETag != `"`+hex.EncodeToString(sum[:])+`"` || out.ChecksumSHA256 == nil {
		t.Errorf("%+v", out)
	}
	two, _ := part(t, c, begun.UploadId, 7, second)
	list, err := c.ListParts(t.Context(), &s3.ListPartsInput{Bucket: aws.String("data"), Key: aws.String("k"), UploadId: begun.UploadId, MaxParts: aws.Int32(1)})
	if err != nil || len(list.Parts) != 1 || *list.Parts[0].PartNumber != 2 || *list.Parts[0].Size != minPart || !*list.IsTruncated || *list.NextPartNumberMarker != "2" {
		t.Errorf("%+v %v", list, err)
	}
	uploads, err := c.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: aws.String("data")})
	if err != nil || len(uploads.Uploads) != 1 || *uploads.Uploads[0].UploadId != *begun.UploadId || *uploads.Uploads[0].Key != "k" || !uploads.Uploads[0].Initiated.Equal(p.Now()) {
		t.Errorf("%+v %v", uploads, err)
	}
	_, err = complete(t, c, begun.UploadId, two, one)
	refused(t, err, 400, "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.")
	_, err = complete(t, c, begun.UploadId, one, late)
	refused(t, err, 400, "InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.")
	done, err := complete(t, c, begun.UploadId, one, two)
	if err != nil {
		t.Fatal(err)
	}
	if *done.ETag != tagOfParts(first, second) || *done.Location != "https://data.s3.eu-west-1.amazonaws.com/k" || !strings.HasSuffix(*done.ChecksumSHA256, "-2") || done.ChecksumType != "COMPOSITE" {
		t.Errorf("%+v", done)
	}
	got, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(got.Body); !bytes.Equal(body, append(first, second...)) || *got.ContentType != "text/plain" || got.Metadata["m"] != "1" || *got.TagCount != 1 {
		t.Errorf("%d bytes, %+v", len(body), got)
	}
	tail, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("k"), PartNumber: aws.Int32(2)})
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(tail.Body); string(body) != "tail" || *tail.PartsCount != 2 || *tail.ContentRange != "bytes 5242880-5242883/5242884" {
		t.Errorf("%q %+v", body, tail)
	}
	_, err = complete(t, c, begun.UploadId, one, two)
	refused(t, err, 404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
}

func tagOfParts(parts ...[]byte) string {
	h := md5.New()
	for _, p := range parts {
		sum := md5.Sum(p)
		h.Write(sum[:])
	}
	return `"` + hex.EncodeToString(h.Sum(nil)) + "-" + strconv.Itoa(len(parts)) + `"`
}

func TestUploadRefusals(t *testing.T) {
	c := client(localtest.Open(t, estate), admin)
	makeBucket(t, c, "data")
	begun := begin(t, c, &s3.CreateMultipartUploadInput{})
	one, _ := part(t, c, begun.UploadId, 1, []byte("small"))
	two, _ := part(t, c, begun.UploadId, 2, []byte("small"))
	_, err := complete(t, c, begun.UploadId, one, two)
	refused(t, err, 400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
	_, err = complete(t, c, begun.UploadId)
	refused(t, err, 400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
	_, err = c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: aws.String("data"), Key: aws.String("k"), UploadId: begun.UploadId, PartNumber: aws.Int32(10001)})
	refused(t, err, 400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
	_, err = c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: aws.String("data"), Key: aws.String("other"), UploadId: begun.UploadId, PartNumber: aws.Int32(1)})
	refused(t, err, 404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
	if _, err = c.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: aws.String("data"), Key: aws.String("k"), UploadId: begun.UploadId}); err != nil {
		t.Fatal(err)
	}
	_, err = c.ListParts(t.Context(), &s3.ListPartsInput{Bucket: aws.String("data"), Key: aws.String("k"), UploadId: begun.UploadId})
	refused(t, err, 404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
	_, err = c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String("data"), Key: aws.String("k"), ChecksumAlgorithm: "CRC64NVME", ChecksumType: "COMPOSITE"})
	refused(t, err, 400, "InvalidRequest", "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.")
}

func TestUploadPartCopy(t *testing.T) {
	c := client(localtest.Open(t, estate), admin)
	makeBucket(t, c, "data")
	put(t, c, "data", "source", "0123456789")
	begun := begin(t, c, &s3.CreateMultipartUploadInput{})
	from := func(span string) (*s3.UploadPartCopyOutput, error) {
		return c.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{Bucket: aws.String("data"), Key: aws.String("k"), UploadId: begun.UploadId, PartNumber: aws.Int32(1), CopySource: aws.String("data/source"), CopySourceRange: &span})
	}
	_, err := from("bytes=5-10")
	refused(t, err, 400, "InvalidArgument", "Range specified is not valid for source object of size: 10")
	out, err := from("bytes=2-5")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = complete(t, c, begun.UploadId, types.CompletedPart{ETag: out.CopyPartResult.ETag, PartNumber: aws.Int32(1)}); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t.Context(), c, "data", "k"); err != nil || got != "2345" {
		t.Error(got, err)
	}
}
