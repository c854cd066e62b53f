package awsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"golang.org/x/sync/errgroup"

	"github.com/bedlock/bedlock"
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

// trial is a collection without one part of the policy.
type trial struct {
	action string // or the Sid of a statement of kms:Decrypt
	role   string
	limit  string // the policy of the session
}

// TestMinimalPolicyIsSufficientAndNecessary: with the policy nothing is unread; without any one
// of its actions something is.
func TestMinimalPolicyIsSufficientAndNecessary(t *testing.T) {
	text, err := MinimalPolicy(Options{Catalog: embedded(t)})
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
	var roles strings.Builder
	role := func(name, without string) {
		less := doc
		less.Statement = slices.DeleteFunc(slices.Clone(doc.Statement), func(s statement) bool { return s.Sid == without })
		policy, err := json.Marshal(less)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&roles, `
      - {name: %s, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}, policies: {own: %s}}`, name, policy)
	}
	role("full", "")
	var trials []trial
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
	p := serve(t, strings.Replace(furnished, "    roles:\n", "    roles:"+roles.String()+"\n", 1))
	inv, err := p.collectAs(t.Context(), trial{role: "full"})
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
			inv, err := p.collectAs(ctx, trial, typesOf(t, trial.action)...)
			if err != nil {
				return err
			}
			proved := unreadIn(t, inv) != ""
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

// typesOf are the types whose reading needs an action; none: every type's does.
func typesOf(t *testing.T, action string) (types []string) {
	cat := embedded(t)
	for _, typ := range Types() {
		if slices.ContainsFunc(calls(cat, []string{typ})[len(always):], func(m made) bool { return m.action() == action }) {
			types = append(types, typ)
		}
	}
	if len(types) == 0 && strings.Contains(action, ":") {
		types = []string{"AWS::Logs::LogGroup"} // what is always called
	}
	return types
}

// collectAs collects as a trial says; no types: all.
func (s served) collectAs(ctx context.Context, trial trial, types ...string) (*inventory.Inventory, error) {
	o := s.fast("admin")
	o.Types = types
	o.Config.Credentials = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(s.config("admin")), "arn:aws:iam::"+own+":role/"+trial.role, func(o *stscreds.AssumeRoleOptions) {
		if trial.limit != "" {
			o.Policy = &trial.limit
		}
	})
	return Collect(ctx, o)
}
