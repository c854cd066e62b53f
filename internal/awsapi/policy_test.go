package awsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/sync/errgroup"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// unreadIn says what an inventory could not read, "" when nothing.
func unreadIn(t testing.TB, inv *inventory.Inventory) string {
	t.Helper()
	for _, in := range inv.Parts().Inputs {
		if in.Status == bedlock.InputFailed {
			return in.Reason
		}
	}
	var b bytes.Buffer
	if err := inventory.Write(&b, inv); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, `"unread": `) || strings.Contains(line, `"open": `) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

const decrypt = "kms:Decrypt"

// unproved are the actions that no collection from the plane needs, and why.
var unproved = func() map[string]string {
	reasons := map[string]string{}
	for _, lacks := range []struct{ what, actions string }{
		{"the plane has no domains", "es:DescribeDomain es:DescribeElasticsearchDomain es:ListDomainNames es:ListTags"},
		{"the plane has no Kendra", "kendra:DescribeIndex kendra:ListIndices kendra:ListTagsForResource"},
		{"the plane has no Kinesis", "kinesis:DescribeStreamSummary kinesis:ListStreams kinesis:ListTagsForStream"},
		{"the plane has no Neptune Analytics", "neptune-graph:GetGraph neptune-graph:ListGraphs neptune-graph:ListTagsForResource"},
		{"the plane has no Redshift", "redshift:DescribeClusters redshift-serverless:GetNamespace redshift-serverless:ListNamespaces redshift-serverless:ListTagsForResource"},
		{"the plane has no consent portals", "bedrock-agentcore:GetConsentPortal bedrock-agentcore:ListConsentPortals"},
		{"the plane has no registries of AgentCore's preview", "bedrock-agentcore:GetRegistry bedrock-agentcore:ListRegistries"},
	} {
		for action := range strings.FieldsSeq(lacks.actions) {
			reasons[action] = lacks.what
		}
	}
	return reasons
}()

// trial is a collection without one part of the policy; the zero value of action: with all of it.
type trial struct {
	action string // or the Sid of a statement of kms:Decrypt
	role   string
	limit  string // the policy of the session
}

// minimal returns the trials of the minimal policy of a collection, and the roles for them as a seed
// has them.
func minimal(t *testing.T, o Options) (roles string, trials []trial) {
	t.Helper()
	text, err := MinimalPolicy(o)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Version   string
		Statement []statement
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	role := func(name, without string) {
		less := doc
		less.Statement = slices.DeleteFunc(slices.Clone(doc.Statement), func(s statement) bool { return s.Sid == without })
		policy, err := json.Marshal(less)
		if err != nil {
			t.Fatal(err)
		}
		roles += seededRole(name, string(policy))
	}
	role("full", "")
	for _, s := range doc.Statement {
		for _, action := range s.Action {
			if action == decrypt { // which two statements allow
				role(s.Sid, s.Sid)
				trials = append(trials, trial{s.Sid, s.Sid, ""})
				continue
			}
			limit := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":%q,"Resource":"*"}]}`, action)
			trials = append(trials, trial{action, "full", limit})
		}
	}
	return "    roles:\n" + roles, trials
}

// prove collects with the whole policy, which must leave nothing unread, and as each trial says,
// which must leave something, or end because of it, but for the actions that are unproved.
func prove(t *testing.T, trials []trial, unproved map[string]string, collect func(context.Context, trial) (*inventory.Inventory, error)) {
	t.Helper()
	inv, err := collect(t.Context(), trial{role: "full"})
	if err != nil {
		t.Fatal(err)
	}
	if u := unreadIn(t, inv); u != "" {
		t.Fatalf("with the whole policy this is unread: %s", u)
	}
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(4)
	for _, trial := range trials {
		g.Go(func() error {
			inv, err := collect(ctx, trial)
			proved := err != nil && strings.Contains(err.Error(), "AccessDenied")
			if err != nil && !proved {
				return fmt.Errorf("without %s: %w", trial.action, err)
			}
			proved = proved || unreadIn(t, inv) != ""
			switch reason := unproved[trial.action]; {
			case !proved && reason == "":
				t.Errorf("without %s nothing is unread", trial.action)
			case proved && reason != "":
				t.Errorf("without %s something is unread: it is proved, although %s", trial.action, reason)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for action, reason := range unproved {
		if !slices.ContainsFunc(trials, func(trial trial) bool { return trial.action == action }) {
			t.Errorf("the policy does not have %s, which is not proved because %s", action, reason)
		}
	}
	t.Logf("%d of %d actions are proved", len(trials)-len(unproved), len(trials))
}

// TestMinimalPolicyIsSufficientAndNecessary: with the policy nothing is unread; without any one
// of its actions something is.
func TestMinimalPolicyIsSufficientAndNecessary(t *testing.T) {
	roles, trials := minimal(t, Options{Catalog: embedded(t)})
	p := serve(t, strings.Replace(furnished, "    roles:\n", roles, 1))
	types := typesByAction(embedded(t))
	prove(t, trials, unproved, func(ctx context.Context, trial trial) (*inventory.Inventory, error) {
		o := p.as(trial)
		o.Types = types[trial.action] // all for a statement
		return Collect(ctx, o)
	})
}

// TestMinimalPolicyOfAnOrganization: so it is with what an organization, its members and their
// Regions add to it.
func TestMinimalPolicyOfAnOrganization(t *testing.T) {
	whole := Options{Catalog: embedded(t), Organization: true, Role: "audit", Regions: []string{AllRegions}, Types: []string{"AWS::Logs::LogGroup"}}
	roles, trials := minimal(t, whole)
	const next = `  "444455556666":`
	p := serve(t, strings.Replace(governed, next, roles+`    keys: [{region: eu-west-1, alias: alias/records}]
`+next, 1)+`  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "logs:CreateLogGroup", with: {logGroupName: /ward}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "kms:Encrypt", with: {KeyId: alias/records, Plaintext: bm90ZQ==}}
`)
	prove(t, trials, nil, func(ctx context.Context, trial trial) (*inventory.Inventory, error) {
		o := p.as(trial)
		o.Organization, o.Role, o.Regions, o.Types = whole.Organization, whole.Role, whole.Regions, whole.Types
		return Collect(ctx, o)
	})
}

// TestMinimalPolicyOfEachType: the policy of a collection of one type lets it read the type.
func TestMinimalPolicyOfEachType(t *testing.T) {
	roles := "    roles:\n"
	for i, typ := range Types() {
		policy, err := MinimalPolicy(Options{Catalog: embedded(t), Types: []string{typ}})
		if err != nil {
			t.Fatal(err)
		}
		roles += seededRole(fmt.Sprintf("type%d", i), policy)
	}
	p := serve(t, strings.Replace(furnished, "    roles:\n", roles, 1))
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(4)
	for i, typ := range Types() {
		g.Go(func() error {
			o := p.as(trial{role: fmt.Sprintf("type%d", i)})
			o.Types = []string{typ}
			inv, err := Collect(ctx, o)
			if err != nil {
				return err
			}
			var b bytes.Buffer
			if err := inventory.Write(&b, inv); err != nil {
				return err
			}
			// What is at resources of other types is unread by the choice of the type.
			if _, denied, found := strings.Cut(b.String(), "AccessDenied"); found {
				denied, _, _ = strings.Cut(denied, "\n")
				t.Errorf("%s: AccessDenied%s", typ, denied)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// seededRole is a role with a policy, as a seed has it.
func seededRole(name, policy string) string {
	return fmt.Sprintf(`      - {name: %s, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}, policies: {own: %s}}
`, name, strings.ReplaceAll(policy, "\n", ""))
}

// typesByAction are the types whose reading needs an action.
func typesByAction(cat *catalog.Catalog) map[string][]string {
	types := map[string][]string{}
	for _, m := range always {
		types[m.action()] = []string{"AWS::Logs::LogGroup"}
	}
	for _, typ := range Types() {
		for _, m := range calls(cat, []string{typ})[len(always):] {
			if a := m.action(); !slices.Contains(types[a], typ) {
				types[a] = append(types[a], typ)
			}
		}
	}
	return types
}

// as are the options of a collection as a trial says.
func (s served) as(trial trial) Options {
	o := s.fast("admin")
	o.Config.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(s.config("admin")), "arn:aws:iam::"+own+":role/"+trial.role, func(o *stscreds.AssumeRoleOptions) {
		if trial.limit != "" {
			o.Policy = &trial.limit
		}
	}))
	return o
}
