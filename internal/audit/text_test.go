package audit

import (
	"strings"
	"testing"
)

func TestReadable(t *testing.T) {
	for in, want := range map[string]string{
		"plain ${AWS::Region}": "plain ${AWS::Region}",
		"arn:${bedlock:partition}:kms:${bedlock:region}:${bedlock:account}:key/x": "arn:<partition>:kms:<region>:<account>:key/x",
		"${bedlock:ref:a/b.yaml#Key#Arn} and ${bedlock:ref:t.yaml#Alias#Ref}":     "Key.Arn and Alias",
		"${bedlock:ref:m#module.k.aws_kms_key.this[0]#arn}":                       "module.k.aws_kms_key.this[0].arn",
		"${bedlock:ref:m#aws_kms_key.this#}":                                      "aws_kms_key.this",
		"${bedlock:ref:odd}":                                                      "odd",
		"key/${bedlock:unknown:parameter Id has no default}":                      "key/<parameter Id has no default>",
		"cut ${bedlock:unknown:parame":                                            "cut <parame>",
		"${bedlock:future}":                                                       "<future>",
	} {
		if got := readable(in); got != want {
			t.Errorf("readable(%q) = %q, want %q", in, got, want)
		}
	}
	// What is shortened is what is shown, so no token is cut in two.
	long := strings.Repeat("${bedlock:account}", 20)
	if got, want := clip(long), strings.Repeat("<account>", 13)+"<ac…"; got != want {
		t.Errorf("clip gives %q, want %q", got, want)
	}
}

func TestLiftUnknown(t *testing.T) {
	for reason, want := range map[string]string{
		"parameter KeyArn has no default":                                         "give the parameter: --parameters KeyArn=…",
		"parameter KeyArn is read from SSM (/kms/key) at deploy time":             "audit what is deployed: the value comes from SSM",
		"parameter KeyArn is NoEcho":                                              "audit what is deployed: the values of NoEcho parameters are not read",
		"dynamic reference {{resolve:ssm:/k}} is resolved at deploy time":         "audit what is deployed: the value is known only there",
		"the first key of mapping Keys is not known: AWS::Region is not given":    "give the Region: --region …",
		"the first key of mapping Keys is not known: AWS::AccountId is not given": "give the account: --account …",
		"no template among the inputs exports prod-key":                           "include the template that exports it",
		"depends on whether UseKey is true":                                       "give the parameters that decide UseKey, or audit what is deployed",
		"module.key.aws_kms_key.this arn is known only after deployment":          "audit what is deployed, or a state after the next apply",
		"something else": "audit the plan or what is deployed instead of the source code",
	} {
		if got := liftUnknown(reason); got != want {
			t.Errorf("%s: %q, want %q", reason, got, want)
		}
	}
}
