package managed

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/policy"
)

// known is how many policies the table has. A file that does not load empties it.
const known = 70

func TestAll(t *testing.T) {
	all := All()
	if len(all) != known {
		t.Fatalf("%d policies, want %d", len(all), known)
	}
	if !slices.IsSortedFunc(all, func(a, b Policy) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not sorted by name")
	}
	for _, p := range all {
		const reference = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/"
		if want := reference + path.Base(p.Name) + ".html"; p.Source != want {
			t.Errorf("%s: source %s, want %s", p.Name, p.Source, want)
		}
		if !versionPattern.MatchString(p.Version) || p.AsOf == "" || !slices.Contains(p.Partitions, "aws") {
			t.Errorf("%s: version %q as of %q in %q", p.Name, p.Version, p.AsOf, p.Partitions)
		}
		again, err := policy.Parse(p.Document.Print())
		if err != nil || len(again.Problems) > 0 || len(p.Document.Problems) > 0 {
			t.Fatalf("%s: %v %v %v", p.Name, err, again.Problems, p.Document.Problems)
		}
		if diff := cmp.Diff(p.Document, again, ignored); diff != "" {
			t.Errorf("%s: printed and parsed again: %s", p.Name, diff)
		}
		if p.Document.Text() != p.Document.Print() || len(p.Document.Statements) == 0 {
			t.Errorf("%s: places are not of this text", p.Name)
		}
		for _, s := range p.Document.Statements {
			if s.Principals != nil || s.NotPrincipals != nil || len(s.Undetermined) > 0 {
				t.Errorf("%s: no statement of an identity policy: %+v", p.Name, s)
			}
		}
	}
	all[0].Name = "changed"
	if All()[0].Name == "changed" {
		t.Error("All returns the table itself")
	}
}

// allow is a statement on everything.
func allow(actions ...string) policy.Statement {
	return policy.Statement{Effect: policy.Allow, Actions: actions, Resources: []string{"*"}}
}

// TestDocuments states some policies a second time, by hand.
func TestDocuments(t *testing.T) {
	const via = "aws:CalledViaLast"
	for _, c := range []struct {
		name, version string
		want          []policy.Statement
	}{
		{"AdministratorAccess", "v1", []policy.Statement{allow("*")}},
		{"service-role/AWSLambdaBasicExecutionRole", "v1", []policy.Statement{
			allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
		}},
		{"service-role/AWSLambdaVPCAccessExecutionRole", "v3", []policy.Statement{{
			Sid: "AWSLambdaVPCAccessExecutionPermissions", Effect: policy.Allow, Resources: []string{"*"},
			Actions: []string{
				"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
				"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
				"ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
			},
		}}},
		{"AWSLambdaExecute", "v1", []policy.Statement{
			{Effect: policy.Allow, Actions: []string{"logs:*"}, Resources: []string{"arn:aws:logs:*:*:*"}},
			{Index: 1, Effect: policy.Allow, Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: []string{"arn:aws:s3:::*"}},
		}},
		{"PowerUserAccess", "v12", []policy.Statement{
			{Effect: policy.Allow, NotActions: []string{"iam:*", "organizations:*", "account:*"}, Resources: []string{"*"}},
			{Index: 1, Effect: policy.Allow, Resources: []string{"*"}, Actions: []string{
				"account:GetAccountInformation", "account:GetGovCloudAccountInformation", "account:GetPrimaryEmail", "account:ListRegions",
				"iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles",
				"organizations:DescribeEffectivePolicy", "organizations:DescribeOrganization",
			}},
		}},
		{"AWSKeyManagementServicePowerUser", "v2", []policy.Statement{allow(
			"kms:CreateAlias", "kms:CreateKey", "kms:DeleteAlias", "kms:Describe*", "kms:GenerateRandom", "kms:Get*",
			"kms:List*", "kms:TagResource", "kms:UntagResource", "iam:ListGroups", "iam:ListRoles", "iam:ListUsers",
		)}},
		{"AWSDenyAll", "v2", []policy.Statement{
			{Sid: "DenyAll", Effect: policy.Deny, Actions: []string{"*"}, Resources: []string{"*"}},
		}},
		{"AmazonBedrockMantleInferenceAccess", "v5", []policy.Statement{
			{
				Sid: "BedrockMantleInference", Effect: policy.Allow, Resources: []string{"arn:aws:bedrock-mantle:*:*:project/*"},
				Actions: []string{"bedrock-mantle:Get*", "bedrock-mantle:List*", "bedrock-mantle:CreateInference"},
			},
			{
				Index: 1, Sid: "BedrockWebSearch", Effect: policy.Allow, Resources: []string{"arn:aws:bedrock-websearch:*:*:*"},
				Actions: []string{"bedrock-websearch:InvokeSearch", "bedrock-websearch:InvokeFetch"},
			},
			{
				Index: 2, Sid: "BedrockMantleCallWithBearerToken", Effect: policy.Allow, Resources: []string{"*"},
				Actions: []string{"bedrock-mantle:CallWithBearerToken"},
			},
			{
				Index: 3, Sid: "MarketplaceOperationsFromBedrockMantleFor3pModels", Effect: policy.Allow, Resources: []string{"*"},
				Actions:    []string{"aws-marketplace:Subscribe", "aws-marketplace:ViewSubscriptions"},
				Conditions: []policy.Condition{{Operator: policy.Operator{Base: "StringEquals"}, Key: via, Values: []string{"bedrock-mantle.amazonaws.com"}}},
			},
		}},
	} {
		p, ok := Lookup("arn:aws:iam::aws:policy/" + c.name)
		if !ok || p.Name != c.name || p.Version != c.version {
			t.Errorf("%s %s: got %s %s, %v", c.name, c.version, p.Name, p.Version, ok)
			continue
		}
		if diff := cmp.Diff(&policy.Document{Version: "2012-10-17", Statements: c.want}, p.Document, ignored); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// TestKMS says which policies touch KMS at all and that some matter: a role with one
// of the others has no right on any key from it.
func TestKMS(t *testing.T) {
	var touch []string
	for _, p := range All() {
		if slices.ContainsFunc(p.Document.Statements, func(s policy.Statement) bool {
			return s.Effect == policy.Allow && (s.Covers("kms:Decrypt") || s.Covers("kms:GenerateDataKey") || s.Covers("kms:CreateGrant"))
		}) {
			touch = append(touch, p.Name)
		}
	}
	want := []string{"AdministratorAccess", "BedrockAgentCoreFullAccess", "PowerUserAccess"}
	if diff := cmp.Diff(want, touch); diff != "" {
		t.Error(diff)
	}
}

func TestLookup(t *testing.T) {
	const basic = "service-role/AWSLambdaBasicExecutionRole"
	for _, c := range []struct {
		arn, want string
	}{
		{"arn:aws:iam::aws:policy/" + basic, basic},
		{"arn:${bedlock:partition}:iam::aws:policy/" + basic, basic},
		{"arn:${bedlock:ref:data.aws_partition.here#partition}:iam::aws:policy/" + basic, basic},
		{"arn:${bedlock:unknown:a parameter}:iam::aws:policy/" + basic, basic},
		{"arn:aws:iam::aws:policy/AmazonS3FullAccess", "AmazonS3FullAccess"},
		// Not read in any source for these partitions.
		{"arn:aws-cn:iam::aws:policy/" + basic, ""},
		{"arn:aws-us-gov:iam::aws:policy/" + basic, ""},
		{"arn:*:iam::aws:policy/" + basic, ""},
		// Partly known, or a variable, or none at all.
		{"arn:aws${bedlock:partition}:iam::aws:policy/" + basic, ""},
		{"arn:${bedlock:partition}${bedlock:partition}:iam::aws:policy/" + basic, ""},
		{"arn:${bedlock:}:iam::aws:policy/" + basic, ""},
		{"arn:${bedlock:\x99}:iam::aws:policy/" + basic, ""},
		{"arn:${AWS::Partition}:iam::aws:policy/" + basic, ""},
		// Not this policy, not of AWS, not an ARN.
		{"arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole", ""},
		{"arn:aws:iam::aws:policy/service-role/awslambdabasicexecutionrole", ""},
		{"arn:aws:iam::aws:policy/" + basic + "/", ""},
		{"arn:aws:iam::aws:policy/NoSuchPolicy", ""},
		{"arn:aws:iam::aws:policy/${bedlock:unknown:a name}", ""},
		{"arn:aws:iam::aws:" + basic, ""},
		{"arn:aws:iam::aws:role/" + basic, ""},
		{"arn:aws:iam::111122223333:policy/" + basic, ""},
		{"arn:aws:iam:us-east-1:aws:policy/" + basic, ""},
		{"arn:aws:sso::aws:policy/" + basic, ""},
		{basic, ""},
		{"", ""},
	} {
		p, ok := Lookup(c.arn)
		if p.Name != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q %v, want %q", c.arn, p.Name, ok, c.want)
		}
		if ok != (p.Document != nil) {
			t.Errorf("%s: document %v", c.arn, p.Document)
		}
	}
}

// TestLookupPartitions: a policy is found in each of its partitions and in no other.
func TestLookupPartitions(t *testing.T) {
	table := newTable()
	if err := table.load("two", strings.NewReplacer("partition aws", "partition aws-cn aws-iso-b", "arn:aws:", "arn:*:").Replace(sample)); err != nil {
		t.Fatal(err)
	}
	for partition, want := range map[string]bool{"aws-cn": true, "aws-iso-b": true, "${bedlock:partition}": true, "aws": false, "aws-iso": false} {
		if _, ok := table.lookup("arn:" + partition + ":iam::aws:policy/aws-service-role/Sample_v2"); ok != want {
			t.Errorf("%s: %v, want %v", partition, ok, want)
		}
	}
}

// TestLookupToken: where the partition is a token, it is one in the document's own
// ARNs too, and nothing else differs.
func TestLookupToken(t *testing.T) {
	const token = "${bedlock:partition}"
	exact, _ := Lookup("arn:aws:iam::aws:policy/AmazonBedrockFullAccess")
	before := exact.Document.Print()
	open, ok := Lookup("arn:" + token + ":iam::aws:policy/AmazonBedrockFullAccess")
	if !ok || len(open.Document.Problems) > 0 {
		t.Fatalf("%v %v", ok, open.Document)
	}
	got := open.Document.Print()
	if want := strings.ReplaceAll(before, `"arn:aws:`, `"arn:`+token+`:`); got != want {
		t.Error(cmp.Diff(want, got))
	}
	if n := strings.Count(got, token); n != 21 {
		t.Errorf("%d tokens, want 21", n)
	}
	if exact.Document.Print() != before {
		t.Error("the table was changed")
	}
	if got := open.Document.Statements[3].Resources[0]; got != "arn:*:kms:*:::*" {
		t.Errorf("an ARN of any partition became %s", got)
	}
}

// TestLookupTokenEverywhere: every list of a statement that can hold an ARN has the token.
func TestLookupTokenEverywhere(t *testing.T) {
	table := newTable()
	if err := table.load("sample", sample+"condition ArnLike aws:PrincipalArn arn:aws:iam::*:role/y\n"); err != nil {
		t.Fatal(err)
	}
	p, ok := table.lookup("arn:${bedlock:partition}:iam::aws:policy/aws-service-role/Sample_v2")
	if !ok {
		t.Fatal("not found")
	}
	s := p.Document.Statements
	got := slices.Concat(s[0].Resources, s[1].NotResources, s[1].Conditions[0].Values)
	want := []string{
		"arn:${bedlock:partition}:s3:::b/*", "arn:*:kms:*:*:key/*", "*",
		"arn:${bedlock:partition}:iam::*:role/x", "arn:${bedlock:partition}:iam::*:role/y",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestArchive compares the table with answers of IAM: a directory with one file for
// each policy, named as the policy without its path, as "aws iam get-policy-version"
// prints it.
func TestArchive(t *testing.T) {
	dir := os.Getenv("BEDLOCK_MANAGED_POLICIES")
	if dir == "" {
		t.Skip("BEDLOCK_MANAGED_POLICIES is not set: the table was NOT compared with IAM's own answers")
	}
	for _, p := range All() {
		b, err := os.ReadFile(filepath.Join(dir, path.Base(p.Name)))
		if err != nil {
			t.Error(err)
			continue
		}
		var answer struct {
			PolicyVersion struct {
				VersionId string
				Document  json.RawMessage
			}
		}
		if err := json.Unmarshal(b, &answer); err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		want, err := policy.Parse(string(answer.PolicyVersion.Document))
		if err != nil || len(want.Problems) > 0 {
			t.Fatalf("%s: %v %v", p.Name, err, want)
		}
		if p.Version != answer.PolicyVersion.VersionId {
			t.Errorf("%s: version %s, IAM says %s", p.Name, p.Version, answer.PolicyVersion.VersionId)
		}
		if diff := cmp.Diff(unordered(want), unordered(p.Document), ignored); diff != "" {
			t.Errorf("%s: %s", p.Name, diff)
		}
	}
}

// unordered returns the document with its conditions in one order: the members of a
// JSON object have none.
func unordered(d *policy.Document) *policy.Document {
	out := &policy.Document{Version: d.Version, Statements: slices.Clone(d.Statements)}
	for i := range out.Statements {
		out.Statements[i].Conditions = slices.SortedFunc(slices.Values(out.Statements[i].Conditions), func(a, b policy.Condition) int {
			return strings.Compare(a.Operator.String()+" "+a.Key, b.Operator.String()+" "+b.Key)
		})
	}
	return out
}
