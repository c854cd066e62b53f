package apply

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// special is an estate whose steps are not of one update alone: versions and aliases, a value that
// passes through memory, an update that names a version of its own.
func special(t *testing.T) (p *fixtest.Plane, plan func() *fix.Plan, versions func() []string) {
	p = fixtest.Open(t, small)
	old := p.Call("kms", "CreateKey", wire.Object{}).Text("KeyMetadata.Arn")
	guardrail := p.Call("bedrock", "ListGuardrails", wire.Object{}).Objects("guardrails")[0].Text("id")
	p.Call("bedrock", "CreateGuardrailVersion", wire.Object{"guardrailIdentifier": guardrail})
	p.Call("ssm", "PutParameter", wire.Object{"Name": "one", "Value": "hush", "Type": "SecureString"})
	p.Call("s3", "CreateBucket", wire.Object{"Bucket": "records", "CreateBucketConfiguration": wire.Object{"LocationConstraint": "eu-west-1"}})
	p.Call("iam", "CreateRole", wire.Object{"RoleName": "delivery", "AssumeRolePolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"firehose.amazonaws.com"},"Action":"sts:AssumeRole"}]}`})
	p.Call("iam", "PutRolePolicy", wire.Object{"RoleName": "delivery", "PolicyName": "all", "PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`})
	p.Call("firehose", "CreateDeliveryStream", wire.Object{
		"DeliveryStreamName": "d",
		"ExtendedS3DestinationConfiguration": wire.Object{
			"RoleARN": "arn:aws:iam::111122223333:role/delivery", "BucketARN": "arn:aws:s3:::records",
			"EncryptionConfiguration": wire.Object{"KMSEncryptionConfig": wire.Object{"AWSKMSKeyARN": old}},
		},
	})
	bundle := p.Call("bedrock-agentcore-control", "CreateConfigurationBundle", wire.Object{"bundleName": "b", "kmsKeyArn": old, "components": wire.Object{"arn:x": wire.Object{"configuration": wire.Object{"a": int64(1)}}}}).Text("bundleId")
	types := []string{"AWS::Bedrock::Guardrail", "AWS::SSM::Parameter", "AWS::KinesisFirehose::DeliveryStream", "AWS::BedrockAgentCore::ConfigurationBundle"}
	plan = func() *fix.Plan {
		// A stream itself may be encrypted anew 25 times a day only, which is less than this needs.
		match := func(_ *inventory.Resource, slot string) bool { return slot != "stream" }
		q := p.Request(newKey, fix.Selection{Types: types, Rungs: []bedlock.Rung{bedlock.Unkeyed, bedlock.AWSManaged, bedlock.Unusable, bedlock.Exposed, bedlock.Sound}, Match: match}, types...)
		q.Publish = true
		made, err := fix.Make(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		return fixtest.Again(t, made)
	}
	versions = func() (out []string) {
		for _, v := range p.Call("bedrock", "ListGuardrails", wire.Object{"guardrailIdentifier": guardrail}).Objects("guardrails") {
			out = append(out, "guardrail "+v.Text("version"))
		}
		n := len(p.Call("bedrock-agentcore-control", "ListConfigurationBundleVersions", wire.Object{"bundleId": bundle}).Objects("versions"))
		return append(out, fmt.Sprintf("bundle %d", n))
	}
	return p, plan, versions
}

// TestSpecialFailures lets every call of such a plan go wrong, in every way. Nothing is made twice,
// and all is as it was after undo; a bundle has two versions more, there and back.
func TestSpecialFailures(t *testing.T) {
	for _, f := range faults {
		t.Run(strings.ReplaceAll(f.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			p, make, versions := special(t)
			for at, bundles := 1, 1; ; at++ {
				plan := make() // anew, for a version names the one before it
				original := snapshot(t, p, plan)
				j, err := Create(filepath.Join(t.TempDir(), "journal"), plan, time.Now)
				if err != nil {
					t.Fatal(err)
				}
				e := &faulty{Estate: p.Estate(), at: at, fault: f.fault, once: f.once}
				err = Apply(t.Context(), j, quick(e))
				what := fmt.Sprintf("call %d, %s", at, e.hit)
				switch {
				case f.fatal && e.hit != "":
					if fix.Code(err) != "AccessDeniedException" {
						t.Fatalf("%s: %v", what, err)
					}
				case err != nil:
					t.Fatalf("%s: %v", what, err)
				default:
					if err := reached(t, p, j); err != nil {
						t.Fatalf("%s: %v", what, err)
					}
					got := versions()
					want := []string{"guardrail DRAFT", "guardrail 1", fmt.Sprintf("guardrail %d", at+1), fmt.Sprintf("bundle %d", bundles+1)}
					if f.fatal {
						want[2] = got[2] // it counts what was made and taken back
					}
					if d := cmp.Diff(want, got); d != "" {
						t.Fatalf("%s: %s", what, d)
					}
				}
				if err := Undo(t.Context(), j, quick(p.Estate())); err != nil {
					t.Fatalf("%s, back: %v", what, err)
				}
				_ = j.Close()
				if d := cmp.Diff(original, snapshot(t, p, plan)); d != "" {
					t.Fatalf("%s, back: %s", what, d)
				}
				after := versions()
				if d := cmp.Diff([]string{"guardrail DRAFT", "guardrail 1"}, after[:2]); d != "" || len(after) != 3 {
					t.Fatalf("%s, back: %v", what, after)
				}
				if _, err := fmt.Sscanf(after[2], "bundle %d", &bundles); err != nil {
					t.Fatal(err)
				}
				if e.hit == "" {
					t.Logf("%d calls", e.n)
					return
				}
			}
		})
	}
}
