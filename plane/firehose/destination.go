package firehose

import (
	"context"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// destinationID is that of the only destination of a stream.
const destinationID = "destinationId-000000000001"

// kinds are the destinations that there are, by the members of inputs.
var kinds = []struct{ create, update, name string }{
	{"ExtendedS3DestinationConfiguration", "ExtendedS3DestinationUpdate", "extended"},
	{"S3DestinationConfiguration", "S3DestinationUpdate", "plain"},
}

// defaults are what a destination has that was not said, as recorded:
// https://github.com/turbot/steampipe-plugin-aws/pull/769.
func defaults(kind string) wire.Object {
	out := wire.Object{
		"Prefix":                   "",
		"BufferingHints":           wire.Object{"SizeInMBs": int64(5), "IntervalInSeconds": int64(300)},
		"CompressionFormat":        "UNCOMPRESSED",
		"EncryptionConfiguration":  wire.Object{"NoEncryptionConfig": "NoEncryption"},
		"CloudWatchLoggingOptions": wire.Object{"Enabled": false},
	}
	if kind == "extended" {
		out["S3BackupMode"] = "Disabled"
	}
	return out
}

// destinationOf is the destination in a request that makes a stream: its members with its kind.
func destinationOf(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	for member := range r.In {
		if strings.HasSuffix(member, "DestinationConfiguration") && !strings.HasPrefix(member, "S3") && !strings.HasPrefix(member, "ExtendedS3") {
			return nil, r.Fail(invalid, "not implemented by the local plane: %s", member)
		}
	}
	var out wire.Object
	for _, k := range kinds {
		in := r.In.Object(k.create)
		if in == nil {
			continue
		}
		if out != nil {
			return nil, r.Fail(invalid, "Exactly one destination configuration is supported for a Firehose")
		}
		out = defaults(k.name).With(in).With(wire.Object{"kind": k.name})
	}
	if out == nil {
		return nil, r.Fail(invalid, "Exactly one destination configuration is supported for a Firehose")
	}
	return out, checkDestination(ctx, r, out)
}

// checkDestination refuses what the plane does not deliver, and a role that the caller may not
// hand to the service or that the service cannot assume.
func checkDestination(ctx context.Context, r *emulate.Request, to wire.Object) error {
	for _, o := range []struct {
		asked bool
		what  string
	}{
		{to.Bool("ProcessingConfiguration.Enabled"), "ProcessingConfiguration"},
		{to.Has("DataFormatConversionConfiguration") && (!to.Has("DataFormatConversionConfiguration.Enabled") || to.Bool("DataFormatConversionConfiguration.Enabled")), "DataFormatConversionConfiguration"},
		{to.Bool("DynamicPartitioningConfiguration.Enabled"), "DynamicPartitioningConfiguration"},
		{to.Text("S3BackupMode") == "Enabled", "S3BackupMode Enabled"},
		{to.Has("CustomTimeZone") && to.Text("CustomTimeZone") != "UTC", "CustomTimeZone"},
		{strings.Contains(to.Text("Prefix"), "!{"), "expressions in Prefix"},
		{to.Text("CompressionFormat") != "UNCOMPRESSED" && to.Text("CompressionFormat") != gzipFormat, "CompressionFormat " + to.Text("CompressionFormat")},
	} {
		if o.asked {
			return r.Fail(invalid, "not implemented by the local plane: %s", o.what)
		}
	}
	role := to.Text("RoleARN")
	if err := r.PassRole(ctx, role, principal); err != nil {
		return err
	}
	if _, err := session(ctx, r, role); err != nil {
		// Recorded: https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/firehose/delivery_stream.go
		return r.Fail(invalid, "Firehose is unable to assume role %s. Please check the role provided.", role)
	}
	return nil
}

// described is a destination as it is shown. That of an extended destination shows the members
// of a plain one too.
func described(to wire.Object) wire.Object {
	members := to.Without("kind")
	plain := members.Pick("RoleARN", "BucketARN", "Prefix", "ErrorOutputPrefix", "BufferingHints", "CompressionFormat", "EncryptionConfiguration", "CloudWatchLoggingOptions")
	out := wire.Object{"DestinationId": destinationID, "S3DestinationDescription": plain}
	if to.Text("kind") == "extended" {
		out["ExtendedS3DestinationDescription"] = members
	}
	return out
}

func version(rec *records.Record) string { return strconv.FormatInt(rec.Doc.Int("version"), 10) }

// updateDestination changes what is said of a destination; the rest stays.
// Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_UpdateDestination.html
func updateDestination(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	rec, err := active(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	to, err := updated(r, rec)
	if err != nil {
		return nil, err
	}
	if err := checkDestination(ctx, r, to); err != nil {
		return nil, err
	}
	err = change(ctx, r, func(rec *records.Record) (*records.Record, error) {
		to, err := updated(r, rec)
		if err != nil {
			return nil, err
		}
		now := r.Service.Now()
		next := rec.Next
		rec = rec.Change(now, wire.Object{"destination": to, "version": rec.Doc.Int("version") + 1, "changed": now})
		rec.Next = next
		return rec, nil
	})
	if err != nil {
		return nil, err
	}
	return nil, flush(ctx, r)
}

// updated is the destination of a stream as a request wants it.
func updated(r *emulate.Request, rec *records.Record) (wire.Object, error) {
	if at, want := version(rec), r.In.Text("CurrentDeliveryStreamVersionId"); at != want {
		// The texts of both are those of other emulators, and unconfirmed.
		return nil, r.Fail("ConcurrentModificationException", "Cannot update firehose: %s since the current version id: %s and specified version id: %s do not match", rec.ID, at, want)
	}
	if id := r.In.Text("DestinationId"); id != destinationID {
		return nil, r.Fail(invalid, "Destination Id %s not found", id)
	}
	to := rec.Doc.Object("destination")
	for _, k := range kinds {
		if in := r.In.Object(k.update); in != nil {
			kind := k.name
			if to.Text("kind") == "extended" {
				kind = "extended" // it has all that a plain one has
			}
			return defaults(kind).With(to).With(in).With(wire.Object{"kind": kind}), nil
		}
	}
	return nil, r.Fail(invalid, "not implemented by the local plane: destinations other than S3")
}
