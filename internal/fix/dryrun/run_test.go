package dryrun_test

import (
	"context"
	"fmt"
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
	"github.com/bedlock/bedlock/inventory"
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

// through is a key policy that lets the account's users and roles use the key through Bedrock
// alone, and the operator manage it.
const through = `{"Version":"2012-10-17","Statement":[
	{"Sid":"Manage","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/admin"},"Action":["kms:PutKeyPolicy","kms:GetKeyPolicy","kms:DescribeKey","kms:ListGrants","kms:ListResourceTags","kms:GetKeyRotationStatus","kms:GetKeyLastUsage","kms:EnableKeyRotation","kms:CreateAlias"],"Resource":"*"},
	{"Sid":"Use","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":["kms:Decrypt","kms:GenerateDataKey","kms:CreateGrant"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"bedrock.eu-west-1.amazonaws.com"}}}]}`

// TestThroughTheServiceAlone: what a key policy ties to the service is not tried, and is no failure.
func TestThroughTheServiceAlone(t *testing.T) {
	c := open(t, declared, through)
	c.roles()
	only := "not possible: the policies allow it only through bedrock.eu-west-1.amazonaws.com"
	got := said(c.run())
	for _, call := range []string{
		"admin kms:Decrypt via" + id, "admin kms:GenerateDataKey via" + id, "admin kms:CreateGrant via" + id, "admin kms:Decrypt via" + flow,
		"runner kms:Decrypt via" + flow, "runner kms:GenerateDataKey via" + flow,
	} {
		if got[call] != only {
			t.Errorf("%s: %s", call, got[call])
		}
	}
	if got["admin kms:DescribeKey via"] != "proved" {
		t.Errorf("%v", got)
	}
	if events := c.refused(); len(events) > 0 {
		t.Errorf("what the engine denies was asked all the same: %v", events)
	}
}

// refused are the calls of KMS that CloudTrail has with a denial.
func (c *tried) refused() (out []string) {
	c.t.Helper()
	for _, e := range c.Call("cloudtrail", "LookupEvents", wire.Object{"LookupAttributes": []any{wire.Object{"AttributeKey": "EventSource", "AttributeValue": "kms.amazonaws.com"}}}).Objects("Events") {
		if text := e.Text("CloudTrailEvent"); strings.Contains(text, "AccessDenied") {
			out = append(out, text)
		}
	}
	return out
}

// TestRefused: whatever keeps a principal from the key that the policy engine does not see is a
// refusal, once it lasts; the error has both decisions side by side.
func TestRefused(t *testing.T) {
	deny := func(sid, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
			{"Sid":"` + sid + `","Effect":"Deny","Principal":{"AWS":"` + runner + `"},"Action":"kms:Decrypt","Resource":"*"` + condition + `}]}`
	}
	for name, test := range map[string]struct {
		seed   string // that replaces the declared one
		change func(c *tried)
		call   string
		aws    string
	}{
		"key policy": {
			change: func(c *tried) {
				c.Call("kms", "PutKeyPolicy", wire.Object{"KeyId": c.key, "Policy": deny("No", "")})
			},
			call: "runner kms:Decrypt via" + flow, aws: "with an explicit deny in a resource-based policy",
		},
		"encryption context": {
			change: func(c *tried) {
				c.Call("kms", "PutKeyPolicy", wire.Object{"KeyId": c.key, "Policy": deny("Other", `,"Condition":{"ArnLike":{"kms:EncryptionContext:aws:bedrock-flows:arn":"arn:aws:bedrock:*:*:flow/*"}}`)})
			},
			call: "runner kms:Decrypt via" + flow, aws: "with an explicit deny in a resource-based policy",
		},
		"boundary": {
			change: func(c *tried) {
				c.Call("iam", "CreatePolicy", wire.Object{"PolicyName": "limit", "PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}`})
				c.Call("iam", "PutRolePermissionsBoundary", wire.Object{"RoleName": "runner", "PermissionsBoundary": "arn:aws:iam::111122223333:policy/limit"})
			},
			call: "runner kms:GenerateDataKey via" + flow, aws: "because no permissions boundary allows the kms:GenerateDataKey action",
		},
		"control policy": {
			// Who reads the account alone does not see it.
			seed: strings.Replace(declared, "\ncalls:", "\n  \"444455556666\": {}\ncalls:", 1) + `
organization:
  id: o-a1b2c3d4e5
  management: "444455556666"
  root: {id: r-ab12, scps: [FullAWSAccess], accounts: ["444455556666"], units: [{id: ou-ab12-11111111, name: apps, scps: [{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}, {Effect: Deny, Action: "kms:Decrypt", Resource: "*"}]}], accounts: ["111122223333"]}]}
`,
			call: "runner kms:Decrypt via" + flow, aws: "with an explicit deny in a service control policy",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if test.seed == "" {
				test.seed = declared
			}
			c := open(t, test.seed, "")
			c.roles()
			if test.change != nil {
				test.change(c)
			}
			results := c.run()
			if got := said(results)[test.call]; got != "refused" {
				t.Fatalf("%s: %q", test.call, got)
			}
			i := slices.IndexFunc(results, func(r dryrun.Result) bool { return r.Outcome == dryrun.Refused && r.Who == runner })
			r := results[i]
			if !strings.Contains(r.AWS, "AccessDeniedException: ") || !strings.Contains(r.AWS, test.aws) || r.Asked != 6 {
				t.Errorf("asked %d times: %s", r.Asked, r.AWS)
			}
			err := dryrun.Refusals(results)
			for _, part := range []string{
				"KMS refuses what the policy engine allows: " + runner + ": " + r.Actions[0] + ", with aws:bedrock-flows:arn = arn:aws:bedrock:eu-west-1:111122223333:flow/",
				"  the policy engine: " + r.Actions[0] + " is allowed: statement 1 of policy all of role runner allows, ",
				"  AWS, asked 6 times: AccessDeniedException: ",
			} {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("%v\n\nlacks %s", err, part)
				}
			}
		})
	}
}

// TestNotAssumable: a role that STS does not let whoever applies assume is not tried, whatever the
// policy engine says of it.
func TestNotAssumable(t *testing.T) {
	c := open(t, declared, "")
	c.roles()
	c.Call("iam", "UpdateAssumeRolePolicy", wire.Object{"RoleName": "runner", "PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"sts:AssumeRole"}]}`})
	if got, want := said(c.run())["runner kms:Decrypt via"+flow], "not possible: whoever applies the plan may not assume "+runner+": AccessDenied"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// late is an estate whose KMS refuses the first calls, as it does until what was written is seen.
type late struct {
	fix.Estate
	refuse *int
	code   string
}

type refusal string

func (r refusal) Error() string     { return string(r) + ": made up by the test" }
func (r refusal) ErrorCode() string { return string(r) }

func (l late) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if c.Service == "kms" && *l.refuse > 0 {
		*l.refuse--
		return nil, refusal(l.code)
	}
	return l.Estate.Call(ctx, at, c)
}

// TestLate: what is refused until IAM and KMS have seen what was written is asked again, and told.
func TestLate(t *testing.T) {
	for _, code := range []string{"AccessDeniedException", "NotFoundException", "KMSInternalException"} {
		c := open(t, declared, "")
		refuse := 10 // seven calls of the operator, each once, and three of them twice
		c.o.Estate = late{c.as(), &refuse, code}
		var told []string
		c.o.Told = func(refused int, left time.Duration) { told = append(told, fmt.Sprint(refused, " ", left)) }
		results := c.run()
		if n := dryrun.Count(results, dryrun.Proved); n != 7 || dryrun.Refusals(results) != nil {
			t.Errorf("%s: %d proved", code, n)
		}
		if d := cmp.Diff([]string{"7 1m0s", "3 56s"}, told); d != "" {
			t.Errorf("%s: %s", code, d)
		}
	}
}

// TestNeverAnswered: a KMS that does not answer says nothing, which is no refusal; nor is a call
// that it does not take.
func TestNeverAnswered(t *testing.T) {
	for code, want := range map[string]string{
		"KMSInternalException": "KMS could not be asked: KMSInternalException: made up by the test",
		"ValidationException":  "KMS does not take the call: ValidationException: made up by the test",
	} {
		c := open(t, declared, "")
		refuse := 1000
		c.o.Estate = late{c.as(), &refuse, code}
		results := c.run()
		if n := dryrun.Count(results, dryrun.Proved); n != 0 || dryrun.Refusals(results) != nil || dryrun.Reasons(results)[0] != (dryrun.Reason{Why: want, Calls: 7}) {
			t.Errorf("%s: %d proved, %v", code, n, dryrun.Reasons(results))
		}
	}
}

// earnest is an estate that does not know dry runs.
type earnest struct {
	fix.Estate
	made []string
}

func (e *earnest) Call(ctx context.Context, at fix.Place, c fix.Call) (wire.Object, error) {
	if c.Service == "kms" && c.Operation != "DescribeKey" {
		e.made = append(e.made, c.Operation)
		if c.Input["DryRun"] != true {
			return nil, fmt.Errorf("%s is no dry run", c.Operation)
		}
		return wire.Object{}, nil
	}
	return e.Estate.Call(ctx, at, c)
}

// TestEarnest: where dry runs are not known, the first call shows it, and no other follows; it is
// none that leaves anything behind.
func TestEarnest(t *testing.T) {
	c := open(t, declared, "")
	e := &earnest{Estate: c.as()}
	c.o.Estate = e
	results := c.run()
	if d := cmp.Diff([]string{"GenerateDataKey"}, e.made); d != "" {
		t.Error(d)
	}
	if n := dryrun.Count(results, dryrun.Proved); n != 1 || dryrun.Refusals(results) != nil { // DescribeKey
		t.Errorf("%d proved: %v", n, dryrun.Reasons(results))
	}
}

// TestNothingIsLeft: dry runs make no grants and are no uses of the key.
func TestNothingIsLeft(t *testing.T) {
	c := open(t, declared, "")
	c.roles()
	if n := dryrun.Count(c.run(), dryrun.Proved); n != 9 {
		t.Fatalf("%d proved", n)
	}
	if grants := c.Call("kms", "ListGrants", wire.Object{"KeyId": c.key}).Objects("Grants"); len(grants) > 0 {
		t.Errorf("%v", grants)
	}
	if use := c.Call("kms", "GetKeyLastUsage", wire.Object{"KeyId": c.key}).Object("KeyLastUsage"); len(use) > 0 {
		t.Errorf("%v", use)
	}
}

// TestInterrupted: an interruption ends the waiting.
func TestInterrupted(t *testing.T) {
	c := open(t, declared, "")
	ctx, cancel := context.WithCancel(t.Context())
	refuse := 1000
	c.o.Estate, c.o.Wait = late{c.as(), &refuse, "AccessDeniedException"}, nil
	c.o.Told = func(int, time.Duration) { cancel() }
	if _, err := dryrun.Run(ctx, c.o); err != context.Canceled {
		t.Error(err)
	}
}

// TestMay: the client of dry runs can call nothing that changes anything.
func TestMay(t *testing.T) {
	for call, want := range map[string]bool{
		"kms Decrypt": true, "kms DescribeKey": true, "kms CreateGrant": true, "sts GetCallerIdentity": true,
		"kms RevokeGrant": false, "kms PutKeyPolicy": false, "iam Decrypt": false, "sts AssumeRole": false,
	} {
		service, name, _ := strings.Cut(call, " ")
		if dryrun.May(service, name) != want {
			t.Errorf("%s: %t", call, !want)
		}
	}
}

// TestNoContradiction: what the engine denies is not tried; a refusal of what it cannot decide, and
// of somebody of whom it knows nothing, contradicts nothing.
func TestNoContradiction(t *testing.T) {
	policy := func(condition string) wire.Object {
		return wire.Object{"RoleName": "runner", "PolicyName": "all", "PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"` + condition + `}]}`}
	}
	call := "runner kms:Decrypt via" + flow
	for name, test := range map[string]struct {
		change func(c *tried)
		call   string
		starts string
	}{
		"denied": {
			func(c *tried) {
				c.Call("iam", "PutRolePolicy", policy(`,"Condition":{"StringEquals":{"kms:EncryptionContext:a":"b"}}`))
				c.o.Inventory = c.Inventory(types...)
			},
			call, "not possible: the policy engine says that it is denied when it is called directly: its identity policies do not allow kms:Decrypt",
		},
		"denied by the boundary": {
			func(c *tried) {
				c.Call("iam", "CreatePolicy", wire.Object{"PolicyName": "limit", "PolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`})
				c.Call("iam", "PutRolePermissionsBoundary", wire.Object{"RoleName": "runner", "PermissionsBoundary": "arn:aws:iam::111122223333:policy/limit"})
				c.o.Inventory = c.Inventory(types...)
			},
			call, "not possible: the policy engine says that it is denied: its permissions boundary does not allow kms:Decrypt",
		},
		"not decided": {
			func(c *tried) {
				c.Call("iam", "PutRolePolicy", policy(`,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`))
				c.o.Inventory = c.Inventory(types...)
			},
			call, "not possible: the policy engine cannot say (kms:Decrypt is not decided: kms:Decrypt depends on aws:sourceip), and KMS refuses it: AccessDeniedException: ",
		},
		"not in the inventory": {
			func(c *tried) {
				parts := c.o.Inventory.Parts()
				parts.Principals = slices.DeleteFunc(slices.Clone(parts.Principals), func(p inventory.Principal) bool { return p.ARN.Or("") == admin })
				var err error
				if c.o.Inventory, err = inventory.New(parts); err != nil {
					c.t.Fatal(err)
				}
				c.Call("kms", "PutKeyPolicy", wire.Object{"KeyId": c.key, "Policy": through})
				c.o.Assume = nil
			},
			"admin kms:Decrypt" + id, "not possible: the policies of " + admin + " are not in the inventory, and KMS refuses it: AccessDeniedException: ",
		},
		"a role that the plan does not name": {
			func(c *tried) {
				for i := range c.plan.Subjects {
					c.plan.Subjects[i].Users = nil
				}
			},
			call, "not possible: the plan does not name the role",
		},
	} {
		c := open(t, declared, "")
		c.roles()
		test.change(c)
		results := c.run()
		if got := said(results)[test.call]; !strings.HasPrefix(got, test.starts) {
			t.Errorf("%s: %q", name, got)
		}
		if err := dryrun.Refusals(results); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoProof: what an audit takes as the last use of a key, and as a proof, is no dry run, even one
// with the very encryption context of a resource.
func TestNoProof(t *testing.T) {
	c := open(t, declared, "")
	c.Call("kms", "Encrypt", wire.Object{"KeyId": c.key, "Plaintext": []byte("x"), "EncryptionContext": wire.Object{"a": "b"}})
	last := func() inventory.KeyUse {
		return c.Inventory(types...).Key(c.key).LastUse.Or(inventory.KeyUse{})
	}
	before := last()
	if before.Operation != "Encrypt" || before.Context["a"] != "b" {
		t.Fatalf("%+v", before)
	}
	if n := dryrun.Count(c.run(), dryrun.Proved); n != 7 {
		t.Fatalf("%d proved", n)
	}
	if d := cmp.Diff(before, last()); d != "" {
		t.Error(d)
	}
}

// TestOwnRole: whoever applies as a role that is a caller too needs no other session of it.
func TestOwnRole(t *testing.T) {
	c := open(t, strings.Replace(declared, "Service: lambda.amazonaws.com", "AWS: \"111122223333\"", 1), "")
	c.o.Estate = c.As("app", dryrun.May)
	results := c.run()
	for _, r := range results {
		if r.Who == app && r.Actions[0] == "kms:Decrypt" && r.Outcome != dryrun.Proved {
			t.Errorf("%s: %s", r.Outcome, r.Why)
		}
	}
	if got := said(results)["bedlock-fix kms:Decrypt"+id]; got != "proved" {
		t.Errorf("as the session itself: %q, %v", got, said(results))
	}
}

// TestGrantAsAskedFor: the grant of a dry run has the constraint and the operations that the engine
// has decided on.
func TestGrantAsAskedFor(t *testing.T) {
	c := open(t, declared, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"StringNotEquals":{"kms:GrantConstraintType":"EncryptionContextSubset"}}},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"ForAnyValue:StringNotEquals":{"kms:GrantOperations":["Decrypt","GenerateDataKey"]}}},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:CreateGrant","Resource":"*","Condition":{"ArnNotEquals":{"kms:GranteePrincipal":"`+admin+`"}}}]}`)
	if got := said(c.run())["admin kms:CreateGrant via"+id]; got != "proved" {
		t.Error(got)
	}
}
