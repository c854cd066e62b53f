package graph

import "testing"

// An alias whose name is only known after deployment is still the one that the same
// text names elsewhere in the module.
func TestAliasByTheSameText(t *testing.T) {
	a := build(t, "a.yaml", `{
		"Key":   ["AWS::KMS::Key", {}],
		"Alias": ["AWS::KMS::Alias", {"AliasName": {"$join": ["alias/", {"$unknown": "AWS::StackName is chosen at deploy time"}, "-key"]}, "TargetKeyId": {"$ref": ["Key", "Ref"]}}],
		"Placed": ["AWS::KMS::Alias", {"AliasName": "alias/${bedlock:region}/app", "TargetKeyId": {"$ref": ["Key", "Ref"]}}],
		"Same":  ["AWS::T::Thing", {"KmsKeyArn": {"$join": ["alias/", {"$unknown": "AWS::StackName is chosen at deploy time"}, "-key"]}}],
		"ARN":   ["AWS::T::Thing", {"KmsKeyArn": {"$join": ["arn:aws:kms:${bedlock:region}:${bedlock:account}:alias/", {"$unknown": "AWS::StackName is chosen at deploy time"}, "-key"]}}],
		"Other": ["AWS::T::Thing", {"KmsKeyArn": {"$join": ["alias/", {"$unknown": "AWS::StackName is chosen at deploy time"}, "-other"]}}],
		"Region": ["AWS::T::Thing", {"KmsKeyArn": "alias/${bedlock:region}/app"}]
	}`)
	b := build(t, "b.yaml", `{
		"Far": ["AWS::T::Thing", {"KmsKeyArn": {"$join": ["alias/", {"$unknown": "AWS::StackName is chosen at deploy time"}, "-key"]}}]
	}`)
	for i := range a.Resources {
		a.Resources[i].Region = "eu-west-1"
	}
	inv := assemble(t, a, b)
	const stack = "alias/${bedlock:unknown:AWS::StackName is chosen at deploy time}-key"
	for id, want := range map[string]string{
		"a.yaml#Same":   stack + " form=alias key=a.yaml#Key how=through alias Alias",
		"a.yaml#ARN":    "arn:aws:kms:${bedlock:region}:${bedlock:account}:" + stack + " form=alias-arn key=a.yaml#Key how=through alias Alias",
		"a.yaml#Other":  "unknown(AWS::StackName is chosen at deploy time)",
		"a.yaml#Region": "alias/eu-west-1/app form=alias key=a.yaml#Key how=through alias/eu-west-1/app",
		"b.yaml#Far":    "unknown(AWS::StackName is chosen at deploy time)",
	} {
		if got := show(*inv.Resource(id).Slot("main")); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", id, got, want)
		}
	}
}
