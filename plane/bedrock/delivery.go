package bedrock

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/policy/authz"
)

// largeBody is the most bytes of a body in a record of a log; longer ones are objects in S3.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
const largeBody = 100 << 10

// logStream is the stream of all records in the log group.
const logStream = "aws/bedrock/modelinvocations"

// invocation is what is logged of the call of a model.
type invocation struct {
	operation                 string
	input, output             []byte // JSON
	inputTokens, outputTokens int64
	embedding                 bool
}

// log delivers the record to the destinations that are configured. An invocation does not fail
// when its log cannot be delivered: that shows in the calls of the other services only.
func (v *invocation) log(ctx context.Context, r *emulate.Request) {
	rec := r.Service.Records.Get(loggingKey(r))
	if rec == nil {
		return
	}
	with := delivered(rec.Doc, "textDataDeliveryEnabled")
	if v.embedding {
		with = delivered(rec.Doc, "embeddingDataDeliveryEnabled")
	}
	if b := bucketOf(rec.Doc.Object("s3Config")); b != nil {
		at := r.Service.Now()
		name := at.Format("2006/01/02/15/20060102T150405") + at.Format(".000")[1:] + "Z_" + r.Service.ID(emulate.Hex, 16) + ".json.gz"
		if text, err := v.record(ctx, r, b, with); err == nil {
			_, _ = b.put(ctx, r, logFolder(r)+"/"+r.Region+"/"+name, text)
		}
	}
	if c := rec.Doc.Object("cloudWatchConfig"); c != nil {
		if text, err := v.record(ctx, r, bucketOf(c.Object("largeDataDeliveryS3Config")), with); err == nil {
			_ = logLine(ctx, r, c, string(text), false)
		}
	}
}

// delivered says whether data of a kind is in the logs. What is not said counts as yes, which
// is unconfirmed; it is the default of Terraform's resource.
func delivered(config wire.Object, member string) bool {
	return !config.Has(member) || config.Bool(member)
}

// record is the record of the log as JSON. Bodies are in it, or where they are large in a
// bucket, or nowhere without one.
func (v *invocation) record(ctx context.Context, r *emulate.Request, large *bucket, bodies bool) ([]byte, error) {
	in := map[string]any{"inputContentType": contentType, "inputTokenCount": v.inputTokens}
	out := map[string]any{"outputContentType": contentType, "outputTokenCount": v.outputTokens}
	if bodies {
		v.body(ctx, r, large, in, "input", v.input)
		v.body(ctx, r, large, out, "output", v.output)
	}
	return json.Marshal(map[string]any{
		"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": r.Service.Now().Format(time.RFC3339),
		"accountId": r.Account, "identity": map[string]string{"arn": r.Caller.Principal.ARN}, "region": r.Region, "requestId": r.RequestID,
		"operation": v.operation, "modelId": r.In.Text("modelId"), "input": in, "output": out,
	})
}

// body puts a body where it belongs.
func (v *invocation) body(ctx context.Context, r *emulate.Request, large *bucket, in map[string]any, side string, text []byte) {
	if len(text) <= largeBody {
		in[side+"BodyJson"] = json.RawMessage(text)
		return
	}
	if large == nil {
		return
	}
	name := logFolder(r) + "/" + r.Region + "/" + r.Service.Now().Format("2006/01/02/15") + "/data/" + r.RequestID + "_" + side + ".json.gz"
	if path, err := large.put(ctx, r, name, text); err == nil {
		in[side+"BodyS3Path"] = path
	}
}

// withoutBlobs leaves out images and documents, which logs of the plane do not have.
func withoutBlobs(o wire.Object) wire.Object {
	out := make(wire.Object, len(o))
	for name, v := range o {
		switch v := v.(type) {
		case []byte:
		case wire.Object:
			out[name] = withoutBlobs(v)
		case []any:
			list := make([]any, len(v))
			for i, element := range v {
				if inner, ok := element.(wire.Object); ok {
					element = withoutBlobs(inner)
				}
				list[i] = element
			}
			out[name] = list
		default:
			out[name] = v
		}
	}
	return out
}

// bucket is a destination in S3.
type bucket struct{ name, prefix string }

func bucketOf(config wire.Object) *bucket {
	if config == nil {
		return nil
	}
	prefix := config.Text("keyPrefix")
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return &bucket{config.Text("bucketName"), prefix}
}

// logFolder is where the objects of an account are, below the prefix.
func logFolder(r *emulate.Request) string {
	return "AWSLogs/" + r.Account + "/BedrockModelInvocationLogs"
}

// put writes an object as the service, compressed when its name says so, and returns its path.
func (b *bucket) put(ctx context.Context, r *emulate.Request, name string, text []byte) (path string, err error) {
	if strings.HasSuffix(name, ".gz") {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(text); err != nil {
			return "", err
		}
		if err := z.Close(); err != nil {
			return "", err
		}
		text = packed.Bytes()
	}
	if text == nil {
		text = []byte{}
	}
	_, err = r.Service.Invoke(ctx, r.Call, behalf.Principal(principal), principal, sourceOf(r), "s3", "PutObject",
		wire.Object{"Bucket": b.name, "Key": b.prefix + name, "Body": text, "ContentType": contentType})
	return "s3://" + b.name + "/" + b.prefix + name, err
}

// sourceOf are the keys by which a bucket's policy tells whose logs these are. AWS's example
// policy has aws:SourceArn like arn:aws:bedrock:region:account:*; what the service sends is
// unconfirmed.
func sourceOf(r *emulate.Request) authz.Context {
	return authz.Context{"aws:sourceaccount": {Values: []string{r.Account}}, "aws:sourcearn": {Values: []string{r.ARN("logging/modelinvocations")}}}
}

// errRole: the service may not assume the role.
var errRole = errors.New("the role cannot be assumed")

// logLine writes a line to the log group, with the role; first makes the stream too.
func logLine(ctx context.Context, r *emulate.Request, config wire.Object, line string, first bool) error {
	session, err := r.Service.Sessions.ServiceSession(ctx, principal, config.Text("roleArn"), "BedrockModelInvocationLogs", sourceOf(r))
	if err != nil {
		return errRole
	}
	at := wire.Object{"logGroupName": config.Text("logGroupName"), "logStreamName": logStream}
	if first {
		_, err := r.Service.Invoke(ctx, r.Call, session, principal, nil, "logs", "CreateLogStream", at)
		var refused *wire.Error
		if err != nil && (!errors.As(err, &refused) || refused.Code != "ResourceAlreadyExistsException") {
			return err
		}
	}
	_, err = r.Service.Invoke(ctx, r.Call, session, principal, nil, "logs", "PutLogEvents", at.With(wire.Object{
		"logEvents": []any{wire.Object{"timestamp": r.Service.Now().UnixMilli(), "message": line}},
	}))
	return err
}
