package emit

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// TestTable: a table with indexes and capacities, in the forms of both languages.
func TestTable(t *testing.T) {
	keys := func(hash, sort string) []any {
		return []any{wire.Object{"AttributeName": hash, "KeyType": "HASH"}, wire.Object{"AttributeName": sort, "KeyType": "RANGE"}}
	}
	capacity := wire.Object{"ReadCapacityUnits": int64(5), "WriteCapacityUnits": int64(6)}
	all := wire.Object{"ProjectionType": "INCLUDE", "NonKeyAttributes": []any{"x"}}
	read := wire.Object{
		"TableName": "t", "KeySchema": keys("a", "b"), "ProvisionedThroughput": capacity, "TableClassSummary": wire.Object{"TableClass": "STANDARD_INFREQUENT_ACCESS"},
		"GlobalSecondaryIndexes": []any{wire.Object{"IndexName": "g", "KeySchema": keys("c", "d"), "Projection": all, "ProvisionedThroughput": capacity}},
		"LocalSecondaryIndexes":  []any{wire.Object{"IndexName": "l", "KeySchema": keys("a", "e"), "Projection": all}},
	}
	nodes, err := convert(parse(formOf(terraformForms, "AWS::DynamoDB::Table").Members, snake), "", terraformTable(nil, read))
	if err != nil {
		t.Fatal(err)
	}
	attributes := func(nodes []node) map[string]any {
		out := map[string]any{}
		for _, n := range nodes {
			if n.blocks == nil {
				out[n.name] = n.value
			}
		}
		return out
	}
	got := []map[string]any{attributes(nodes)}
	for _, n := range nodes {
		if n.name == "global_secondary_index" || n.name == "local_secondary_index" {
			got = append(got, attributes(n.blocks[0]))
		}
	}
	want := []map[string]any{
		{"name": "t", "hash_key": "a", "range_key": "b", "billing_mode": "PROVISIONED", "read_capacity": int64(5), "write_capacity": int64(6), "table_class": "STANDARD_INFREQUENT_ACCESS"},
		{"name": "g", "hash_key": "c", "range_key": "d", "read_capacity": int64(5), "write_capacity": int64(6), "projection_type": "INCLUDE", "non_key_attributes": []any{"x"}},
		{"name": "l", "range_key": "e", "projection_type": "INCLUDE", "non_key_attributes": []any{"x"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// What is paid by request has no capacity, though it is answered as one of nothing.
	read["BillingModeSummary"] = wire.Object{"BillingMode": "PAY_PER_REQUEST"}
	out := table(nil, read)
	if out.Has("ProvisionedThroughput") || out.Objects("GlobalSecondaryIndexes")[0].Has("ProvisionedThroughput") || out.Text("BillingMode") != "PAY_PER_REQUEST" {
		t.Errorf("%v", out)
	}
	if _, err := convert(parse(formOf(cloudForms, "AWS::DynamoDB::Table").Members, title), "", out); err != nil {
		t.Error(err)
	}
}

// TestStream: a destination of another kind is not written, nor one without what is known of it.
func TestStream(t *testing.T) {
	s3 := wire.Object{"RoleARN": "r", "BucketARN": "b", "DataFormatConversionConfiguration": wire.Object{"Enabled": false}}
	encryption := wire.Object{"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": "k"}
	read := wire.Object{
		"DeliveryStreamName": "d", "DeliveryStreamEncryptionConfiguration": encryption,
		"Destinations": []any{wire.Object{"DestinationId": "1", "ExtendedS3DestinationDescription": s3, "S3DestinationDescription": s3}},
	}
	want := wire.Object{"DeliveryStreamName": "d", "destination": "extended_s3", "encryption": encryption.With(wire.Object{"enabled": true}), "ExtendedS3DestinationDescription": s3.Without("DataFormatConversionConfiguration")}
	if d := cmp.Diff(want, terraformStream(nil, read)); d != "" {
		t.Error(d)
	}
	read["Destinations"] = []any{wire.Object{"DestinationId": "1", "SplunkDestinationDescription": wire.Object{"HECToken": "hush"}}}
	if _, err := convert(parse(formOf(cloudForms, "AWS::KinesisFirehose::DeliveryStream").Members, title), "", stream(nil, read)); err == nil || err.Error() != "SplunkDestinationDescription" {
		t.Error(err)
	}
}

// TestValues: texts that mean numbers, truth and documents, and those that do not.
func TestValues(t *testing.T) {
	in := wire.Object{"n": "45", "b": "true", "d": `{"a": [1]}`, "plain": int64(3)}
	nodes, err := convert(parse("n:number b:bool d:document plain:number ?gone:x", title), "", in.With(wire.Object{"gone": "x"}))
	if err != nil {
		t.Fatal(err)
	}
	got := (&template{}).properties(nodes)
	if d := cmp.Diff(map[string]any{"N": int64(45), "B": true, "D": map[string]any{"a": []any{json.Number("1")}}, "Plain": int64(3)}, got); d != "" {
		t.Error(d)
	}
	for _, wrong := range []wire.Object{{"n": "x"}, {"b": "maybe"}, {"d": "{"}} {
		if _, err := convert(parse("n:number b:bool d:document", title), "", wrong); err == nil {
			t.Errorf("%v", wrong)
		}
	}
}

// TestFill: values with marks in them are not filled again.
func TestFill(t *testing.T) {
	s := &fix.Step{Subject: "arn:aws:sqs:eu-west-1:1:q"}
	if got := fill("{a} {b} {name} {arn} {unknown}", s, wire.Object{"a": "{b}", "b": "2"}); got != "{b} 2 q arn:aws:sqs:eu-west-1:1:q {unknown}" {
		t.Error(got)
	}
}
