package emit

import (
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/wire"
)

// prepareFlow says that a flow that was prepared has to be again; the languages do not.
func prepareFlow(s *fix.Step) string {
	if len(s.Do) < 2 {
		return ""
	}
	return "then prepare it, or its test alias goes on with the old draft: aws bedrock-agent prepare-flow --flow-identifier " + s.Do[1].Input.Text("flowIdentifier")
}

// preparedAgent says by an attribute that an agent that is prepared is to be prepared again.
func preparedAgent(attribute string) func(*fix.Step) []node {
	return func(s *fix.Step) []node { return []node{{name: attribute, value: len(s.Do) > 1}} }
}

// codeOfFunction stands for the code of a function, whose change is ignored.
func codeOfFunction(s *fix.Step) []node {
	if s.Rest.Text("PackageType") == "Image" {
		return []node{{name: "image_uri", value: "unchanged"}}
	}
	return []node{{name: "filename", value: "unchanged.zip"}}
}

// branchOfBundle names the branch on which a bundle has its next version.
func branchOfBundle(attribute string) func(*fix.Step) []node {
	return func(s *fix.Step) []node {
		if branch := s.Do[0].Input.Text("branchName"); branch != "" {
			return []node{{name: attribute, value: branch}}
		}
		return nil
	}
}

func valueInState(*fix.Step) string {
	return "the import reads the value of the parameter: it is in Terraform's state then"
}

// withoutEmpty leaves out what is an empty text or list, as services answer for what is not set.
func withoutEmpty(_ *fix.Step, o wire.Object) wire.Object {
	out := wire.Object{}
	for name, v := range o {
		if list, ok := v.([]any); v != "" && (!ok || len(list) > 0) {
			out[name] = v
		}
	}
	return out
}

func cloudBucket(_ *fix.Step, o wire.Object) wire.Object {
	if o == nil {
		return nil
	}
	return wire.Object{"BucketEncryption": wire.Object{"ServerSideEncryptionConfiguration": o["Rules"]}}
}

// cloudTrail: the topic of a trail may be named by its ARN.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
func cloudTrail(_ *fix.Step, o wire.Object) wire.Object {
	out := o.Without("SnsTopicARN")
	if topic := o.Text("SnsTopicARN"); topic != "" {
		out["SnsTopicName"] = topic
	}
	return out
}

// table puts what a table says of its billing and class where a table is made with it. Without a
// mode it is provisioned, and what is not provisioned has a throughput of nothing.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BillingModeSummary.html
func table(_ *fix.Step, o wire.Object) wire.Object {
	out := o.Without("BillingModeSummary", "TableClassSummary", "ProvisionedThroughput", "GlobalSecondaryIndexes")
	out["BillingMode"] = "PROVISIONED"
	if mode := o.Text("BillingModeSummary.BillingMode"); mode != "" {
		out["BillingMode"] = mode
	}
	if class := o.Text("TableClassSummary.TableClass"); class != "" {
		out["TableClass"] = class
	}
	if o.Has("ProvisionedThroughput") && out["BillingMode"] == "PROVISIONED" {
		out["ProvisionedThroughput"] = o["ProvisionedThroughput"]
	}
	var indexes []any
	for _, x := range o.Objects("GlobalSecondaryIndexes") {
		if out["BillingMode"] != "PROVISIONED" {
			x = x.Without("ProvisionedThroughput")
		}
		indexes = append(indexes, x)
	}
	if indexes != nil {
		out["GlobalSecondaryIndexes"] = indexes
	}
	return out
}

// terraformTable names the attributes of keys one by one.
func terraformTable(s *fix.Step, o wire.Object) wire.Object {
	keyed := func(o wire.Object) wire.Object {
		out := o.Without("KeySchema", "ProvisionedThroughput").With(o.Object("ProvisionedThroughput"))
		for _, k := range o.Objects("KeySchema") {
			if k.Text("KeyType") == "HASH" {
				out["hash_key"] = k["AttributeName"]
			} else {
				out["range_key"] = k["AttributeName"]
			}
		}
		return out
	}
	out := keyed(table(s, o))
	for _, member := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
		var list []any
		for _, x := range out.Objects(member) {
			list = append(list, keyed(x))
		}
		if list != nil {
			out[member] = list
		}
	}
	return out
}

// stream takes the one destination of a stream out of its list; without encryption, there is none
// to be said.
func stream(_ *fix.Step, o wire.Object) wire.Object {
	out := o.Without("Destinations", "DeliveryStreamEncryptionConfiguration")
	if e := o.Object("DeliveryStreamEncryptionConfiguration"); e.Has("KeyType") {
		out["encryption"] = e
	}
	for _, d := range o.Objects("Destinations") {
		for name, v := range d {
			// S3 destinations are described twice.
			if name != "DestinationId" && (name != "S3DestinationDescription" || !d.Has("ExtendedS3DestinationDescription")) {
				out[name] = v
			}
		}
	}
	return out
}

func terraformStream(s *fix.Step, o wire.Object) wire.Object {
	out := stream(s, o).With(wire.Object{"destination": "extended_s3"})
	if e := out.Object("encryption"); e != nil {
		out["encryption"] = e.With(wire.Object{"enabled": true})
	}
	// A block of it has to have all that is needed where it is enabled.
	if d := out.Object("ExtendedS3DestinationDescription"); d.Has("DataFormatConversionConfiguration") && !d.Bool("DataFormatConversionConfiguration.Enabled") {
		out["ExtendedS3DestinationDescription"] = d.Without("DataFormatConversionConfiguration")
	}
	return out
}
