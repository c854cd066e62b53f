package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// pack is the package of a function: a ZIP file or an image.
type pack struct {
	zip   []byte
	image string
}

// packOf is the package in a request; in holds its members. The caller reads what is in S3.
func packOf(ctx context.Context, r *emulate.Request, in wire.Object) (*pack, error) {
	switch {
	case in.Has("ImageUri"):
		return &pack{image: in.Text("ImageUri")}, nil
	case in.Has("ZipFile"):
		return zipped(r, in.Blob("ZipFile"))
	case in.Has("S3Bucket") && in.Has("S3Key"):
		from := wire.Object{"Bucket": in.Text("S3Bucket"), "Key": in.Text("S3Key")}
		if v := in.Text("S3ObjectVersion"); v != "" {
			from["VersionId"] = v
		}
		out, err := r.Service.Invoke(ctx, r.Call, r.Caller, principal, nil, "s3", "GetObject", from)
		var refused *wire.Error
		if errors.As(err, &refused) {
			return nil, r.Fail(invalid, "Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", refused.Code, refused.Message)
		}
		if err != nil {
			return nil, err
		}
		return zipped(r, out.Blob("Body"))
	}
	return nil, r.Fail(invalid, "Please provide a source for function code.")
}

func zipped(r *emulate.Request, b []byte) (*pack, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	switch {
	case err != nil:
		return nil, r.Fail(invalid, "Could not unzip uploaded file. Please check your file, then try to upload again.")
	case len(z.File) == 0:
		return nil, r.Fail(invalid, "Uploaded file must be a non-empty zip")
	}
	return &pack{zip: b}, nil
}

// members are what a configuration says of a package. The digest of an image is there when its
// address has it.
func (p *pack) members() wire.Object {
	if p.image == "" {
		sum := sha256.Sum256(p.zip)
		return wire.Object{"PackageType": "Zip", "CodeSize": int64(len(p.zip)), "CodeSha256": base64.StdEncoding.EncodeToString(sum[:])}
	}
	out := wire.Object{"PackageType": "Image", "CodeSize": int64(0)}
	if _, digest, ok := strings.Cut(p.image, "@sha256:"); ok {
		out["CodeSha256"] = digest
	}
	return out
}

// seal seals a package under a key; images are elsewhere.
func (p *pack) seal(ctx context.Context, r *emulate.Request, t target, doc wire.Object) (*records.Sealed, error) {
	if p.image != "" {
		return nil, nil
	}
	return r.Service.Keys.Seal(ctx, r.Call, subject(r, t, code, doc.Text("Role")), doc.Text("SourceKMSKeyArn"), "use", p.zip)
}

// location is where a package is, as it is shown: without an address, which the plane does not
// serve. A key that is not there for the service shows as an error, which is unconfirmed.
// Source: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html
func location(ctx context.Context, r *emulate.Request, t target, rec *records.Record) (wire.Object, error) {
	if image := rec.Doc.Text("ImageUri"); image != "" {
		return wire.Object{"RepositoryType": "ECR", "ImageUri": image}, nil
	}
	out := rec.Doc.Pick("SourceKMSKeyArn").With(wire.Object{"RepositoryType": "S3"})
	_, err := r.Service.Keys.Open(ctx, r.Call, subject(r, t, code, rec.Doc.Text("Role")), rec.Sealed[code], "use")
	var refused *behalf.Error
	if errors.As(err, &refused) {
		out["Error"] = wire.Object{"ErrorCode": refused.Code, "Message": unable("use the KMS key of your deployment package", refused)}
		return out, nil
	}
	return out, err
}
