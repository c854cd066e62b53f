package dryrun_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/dryrun"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/fix/live"
	"github.com/bedlock/bedlock/internal/wire"
)

const (
	admin    = "arn:aws:iam::111122223333:user/admin"
	runner   = "arn:aws:iam::111122223333:role/runner"
	app      = "arn:aws:iam::111122223333:role/app"
	notTried = "no roles are assumed: --try-as-roles does"
)

// declared is an account with a flow that a role runs, and a guardrail that another role calls.
const declared = `
accounts:
  "111122223333":
    users:
      - {name: admin, attached: ["arn:aws:iam::aws:policy/AdministratorAccess"], access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - name: runner
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com, AWS: "arn:aws:iam::111122223333:user/admin"}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*"}]}
      - name: app
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies:
          all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["bedrock:*", "kms:Decrypt", "kms:DescribeKey"], Resource: "*"}]}
    keys:
      - {region: eu-west-1, alias: alias/app, policy: {Version: "2012-10-17", Statement: [{Sid: Manage, Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}]}}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: g, blockedInputMessaging: in, blockedOutputsMessaging: out, wordPolicyConfig: {wordsConfig: [{text: w}]}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateFlow", with: {name: f, executionRoleArn: "arn:aws:iam::111122223333:role/runner"}}
`

var types = []string{"AWS::Bedrock::Guardrail", "AWS::Bedrock::Flow"}

// tried is a plane with a plan that puts its resources under its key.
type tried struct {
	*fixtest.Plane
	t    *testing.T
	plan *fix.Plan
	key  string
	o    dryrun.Options
}

// open makes the plan, with the role app as a caller. The key's policy is replaced before that
// unless it is empty.
func open(t *testing.T, seed, policy string) *tried {
	t.Helper()
	p := fixtest.Open(t, seed)
	key := p.Call("kms", "DescribeKey", wire.Object{"KeyId": "alias/app"}).Text("KeyMetadata.Arn")
	if policy != "" {
		p.Call("kms", "PutKeyPolicy", wire.Object{"KeyId": key, "Policy": policy})
	}
	q := p.Request(fix.Target{Aim: fix.Existing, Key: key}, fix.Selection{}, types...)
	q.Callers = []fix.Caller{{ARN: app}}
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	c := &tried{Plane: p, t: t, plan: fixtest.Again(t, plan), key: key}
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	c.o = dryrun.Options{
		Plan: c.plan, Catalog: cat, Inventory: q.Inventory, Estate: c.as(), Patience: time.Minute, Pause: 4 * time.Second,
		Now: func() time.Time { return now },
		Wait: func(_ context.Context, d time.Duration) error {
			now = now.Add(d)
			return nil
		},
	}
	return c
}

// as is what the user admin reaches, of what dry runs call alone.
func (c *tried) as() live.Estate { return c.Plane.Estate().(live.Estate) }

// roles lets roles be assumed.
func (c *tried) roles() {
	c.o.Assume = func(ctx context.Context, at fix.Place, role string) (fix.Estate, error) {
		return c.as().As(ctx, at, awsapi.Session{Role: role, Name: "bedlock-dry-run", Policy: dryrun.SessionPolicy(), May: dryrun.May})
	}
}

func (c *tried) run() []dryrun.Result {
	c.t.Helper()
	results, err := dryrun.Run(c.t.Context(), c.o)
	if err != nil {
		c.t.Fatal(err)
	}
	return results
}

// said are results in short: who, what and through which service, and what came out.
func said(results []dryrun.Result) map[string]string {
	out := map[string]string{}
	for _, r := range results {
		call := r.Who[strings.LastIndexByte(r.Who, '/')+1:] + " " + strings.Join(r.Actions, ",")
		if r.Via != "" {
			call += " via"
		}
		for _, key := range slices.Sorted(maps.Keys(r.Context)) {
			call += " " + key
		}
		out[call] = strings.TrimSuffix(string(r.Outcome)+": "+r.Why, ": ")
	}
	return out
}

const (
	id   = " aws:bedrock:guardrail-id"
	flow = " aws:bedrock-flows:arn"
)

// TestAllowed: what the operator may do directly is proved, and with roles what they may. The
// encryption context is that of the very resource.
func TestAllowed(t *testing.T) {
	c := open(t, declared, "")
	want := map[string]string{
		"admin kms:Decrypt via" + id:            "proved",
		"admin kms:GenerateDataKey via" + id:    "proved",
		"admin kms:CreateGrant via" + id:        "proved",
		"admin kms:DescribeKey via":             "proved",
		"admin kms:Decrypt" + id:                "proved",
		"admin kms:Decrypt via" + flow:          "proved",
		"admin kms:GenerateDataKey via" + flow:  "proved",
		"app kms:Decrypt" + id:                  "not possible: " + notTried,
		"app kms:DescribeKey via":               "not possible: " + notTried,
		"app kms:RetireGrant":                   "not possible: there is no grant yet that could be retired",
		"runner kms:Decrypt via" + flow:         "not possible: " + notTried,
		"runner kms:GenerateDataKey via" + flow: "not possible: " + notTried,
	}
	results := c.run()
	if d := cmp.Diff(want, said(results)); d != "" {
		t.Error(d)
	}
	c.roles()
	want["runner kms:Decrypt via"+flow], want["runner kms:GenerateDataKey via"+flow] = "proved", "proved"
	want["app kms:Decrypt"+id] = "not possible: neither its trust policy nor the policies of whoever applies the plan let that one assume " + app
	want["app kms:DescribeKey via"] = want["app kms:Decrypt"+id]
	results = c.run()
	if d := cmp.Diff(want, said(results)); d != "" {
		t.Error(d)
	}
	if err := dryrun.Refusals(results); err != nil {
		t.Error(err)
	}
}
