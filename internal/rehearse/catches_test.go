package rehearse_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/fixtest"
	"github.com/bedlock/bedlock/internal/rehearse"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/inventory"
)

// branch is an account whose key alias/old has STATEMENTS besides; POLICY are those of role app.
const branch = `
accounts:
  "111122223333":
    users:
      - {name: admin, policies: {all: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}, access-keys: [{id: AKIAadmin00000000, secret: admin}]}
    roles:
      - name: app
        path: /svc/
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
        policies: {models: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "bedrock:InvokeModel", Resource: "*"}]}}
      - name: AWSReservedSSO_Builder_0123456789abcdef
        path: /aws-reserved/sso.amazonaws.com/
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Federated: "arn:aws:iam::111122223333:saml-provider/sso"}, Action: "sts:AssumeRoleWithSAML"}]}
        policies: {AwsSSOInlinePolicy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: [PERMISSION], Resource: "*"}]}}
      - name: AWSServiceRoleForBedrock
        path: /aws-service-role/bedrock.amazonaws.com/
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: "sts:AssumeRole"}]}
    keys:
      - {region: eu-west-1, alias: alias/old, rotation: true, policy: {Version: "2012-10-17", Statement: [{Sid: Manage, Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"} STATEMENTS]}}
      - {region: eu-west-1, alias: alias/now, rotation: true, policy: {Version: "2012-10-17", Statement: [{Sid: Manage, Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: "kms:*", Resource: "*"}, {Sid: Partner, Effect: Allow, Principal: {AWS: "arn:aws:iam::444455556666:role/partner"}, Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*"}]}}
  "444455556666":
    roles:
      - {name: partner, trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}}
calls:
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateFlow", with: {name: rounds, executionRoleArn: "arn:aws:iam::111122223333:role/svc/app"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock-agent:CreateFlow", with: {name: moved, executionRoleArn: "arn:aws:iam::111122223333:role/svc/app", customerEncryptionKeyArn: "${key:alias/now}"}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "bedrock:CreateGuardrail", with: {name: intake, blockedInputMessaging: "no", blockedOutputsMessaging: "no", wordPolicyConfig: {wordsConfig: [{text: secret}]}}}
  - {account: "111122223333", region: eu-west-1, as: user/admin, do: "logs:CreateLogGroup", with: {logGroupName: /calls}}
`

// catch is something wrong with an estate or with a plan for it, and what is said of it.
type catch struct {
	name       string
	resource   string // empty: rounds
	to         string // an alias of a key that is there; empty: a new key
	statements string // of the policy of alias/old besides
	wrong      estateChange
	mended     estateChange
	says       string
}

// estateChange changes what a case begins with, or its plan. A nil one is not made.
type estateChange struct {
	statements *string
	permission string // of the permission set; empty: none
	callers    []string
	// before is made before the plan is, inventory after it.
	before, inventory func(t *testing.T, p *inventory.Parts)
	plan              func(t *testing.T, p *fix.Plan)
}

var anyFlow = regexp.MustCompile(`flow/[A-Z0-9]{10}`)

var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}`)

// in is the report about a case, with KEY for the ids of keys.
func (c *catch) in(t *testing.T, change estateChange) *rehearse.Report {
	t.Helper()
	statements, permission, to, resource := c.statements, "", c.to, c.resource
	if change.statements != nil {
		statements = *change.statements
	}
	if statements != "" {
		statements = ", " + statements
	}
	if resource == "" {
		resource = "rounds"
	}
	if permission = change.permission; permission == "" {
		permission = "bedrock:List*"
	}
	p := fixtest.Open(t, strings.NewReplacer("STATEMENTS", statements, "PERMISSION", `"`+permission+`"`).Replace(branch))
	target := newKey
	if to != "" {
		target = fix.Target{Aim: fix.Existing, Key: p.Call("kms", "DescribeKey", wire.Object{"KeyId": to}).Text("KeyMetadata.Arn")}
	}
	q := p.Request(target, fix.Selection{Resources: []string{resource}}, "AWS::Bedrock::Guardrail", "AWS::Bedrock::Flow", "AWS::Logs::LogGroup")
	if change.before != nil {
		q.Inventory = other(t, q.Inventory, func(parts *inventory.Parts) { change.before(t, parts) })
	}
	for _, who := range change.callers {
		q.Callers = append(q.Callers, fix.Caller{ARN: who})
	}
	plan, err := fix.Make(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	plan, inv := fixtest.Again(t, plan), q.Inventory
	if change.inventory != nil {
		inv = other(t, inv, func(parts *inventory.Parts) { change.inventory(t, parts) })
	}
	if change.plan != nil {
		change.plan(t, plan)
		if err := plan.Seal(); err != nil {
			t.Fatal(err)
		}
	}
	r := rehearsed(t, inv, plan)
	for i := range r.Unexpected {
		r.Unexpected[i] = anyFlow.ReplaceAllString(anyID.ReplaceAllString(r.Unexpected[i], "KEY"), "flow/ID")
	}
	return r
}

func text(s string) *string { return &s }

// organization puts the account into one, with resource control policies.
func organization(rcp string) func(*testing.T, *inventory.Parts) {
	return func(_ *testing.T, p *inventory.Parts) {
		p.Accounts[0].Organization = known("o-a1b2c3d4e5")
		if rcp == "" {
			return
		}
		p.ControlPolicies = append(p.ControlPolicies,
			inventory.ControlPolicy{ID: "p-full", Policy: document(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`)},
			inventory.ControlPolicy{ID: "p-perimeter", Policy: document(`{"Version":"2012-10-17","Statement":[` + rcp + `]}`)})
		p.Accounts[0].RCPs = known([]inventory.Level{{Name: "r-ab12", Policies: []string{"p-full"}}, {Name: p.Accounts[0].ID, Policies: []string{"p-full", "p-perimeter"}}})
	}
}

// statementsOf changes the statements of the policy of the key that a plan creates, or puts.
func statementsOf(change func(s map[string]any)) func(*testing.T, *fix.Plan) {
	return func(t *testing.T, p *fix.Plan) {
		for i := range p.Steps {
			for _, c := range p.Steps[i].Do {
				if c.Input.Text("Policy") == "" {
					continue
				}
				var doc struct {
					Version   string
					Statement []map[string]any
				}
				if err := json.Unmarshal([]byte(c.Input.Text("Policy")), &doc); err != nil {
					t.Fatal(err)
				}
				for _, s := range doc.Statement {
					change(s)
				}
				b, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				c.Input["Policy"] = string(b)
				if after := p.Steps[i].After; after != nil {
					after["Policy"] = string(b)
				}
			}
		}
	}
}

// replaced replaces a text in a statement.
func replaced(old, new string) func(map[string]any) {
	return func(s map[string]any) {
		b, _ := json.Marshal(s)
		clear(s)
		_ = json.Unmarshal([]byte(strings.ReplaceAll(string(b), old, new)), &s)
	}
}

// keyOf changes the key of an alias in the inventory.
func keyOf(alias string, change func(k *inventory.Key)) func(*testing.T, *inventory.Parts) {
	return func(t *testing.T, p *inventory.Parts) {
		for _, a := range p.Aliases {
			if a.Name.Or("") != alias {
				continue
			}
			for i := range p.Keys {
				if p.Keys[i].ID == a.Key {
					change(&p.Keys[i])
					return
				}
			}
		}
		t.Fatalf("no key %s", alias)
	}
}

const sso = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Builder_0123456789abcdef"

const (
	account  = "arn:aws:iam::111122223333:"
	refused  = ` is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:111122223333:key/KEY`
	byRole   = `flow "rounds", content: arn:aws:iam::111122223333:role/svc/app could not use the key (execute): kms:GenerateDataKey: `
	app      = "AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/app/bedrock" + refused
	foreign  = "arn:aws:kms:eu-west-1:444455556666:key/11111111-2222-3333-4444-555555555555"
	partner  = "arn:aws:iam::444455556666:role/partner"
	distant  = "arn:aws:kms:us-east-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef"
	near     = "arn:aws:kms:eu-west-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef"
	grants   = `{Sid: Grants, Effect: Deny, Principal: {AWS: "*"}, Action: "kms:CreateGrant", Resource: "*", Condition: {Bool: {"kms:GrantIsForAWSResource": "false"}}}`
	lets     = `{Sid: Partner, Effect: Allow, Principal: {AWS: "arn:aws:iam::444455556666:role/partner"}, Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: "*"}`
	allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// perimeter is a resource control policy for members of an organization, and services.
func perimeter(id string) string {
	return `{"Effect":"Deny","Principal":"*","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"` + id + `"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`
}

// within is a statement of a key policy against who is not of an organization.
func within(id string) *string {
	return text(`{Sid: Perimeter, Effect: Deny, Principal: {AWS: "*"}, Action: "kms:GenerateDataKey", Resource: "*", Condition: {StringNotEquals: {"aws:PrincipalOrgID": ` + id + `}}}`)
}

// fromEndpoint is a statement against calls that come from elsewhere than an endpoint; more are conditions.
func fromEndpoint(more string) *string {
	return text(`{Sid: Perimeter, Effect: Deny, Principal: "*", Action: ["kms:Decrypt", "kms:GenerateDataKey*"], Resource: "*", Condition: {StringNotEquals: {"aws:SourceVpce": vpce-0a1b2c3d}` + more + `}}`)
}

// withKey adds a key like that of alias/old to the inventory.
func withKey(full, policy string) func(*testing.T, *inventory.Parts) {
	return func(t *testing.T, p *inventory.Parts) {
		keyOf("alias/old", func(k *inventory.Key) {
			a, err := arn.Parse(full)
			if err != nil {
				t.Fatal(err)
			}
			made := *k
			made.ID, made.ARN, made.Name, made.Account, made.Region, made.Primary = full, known(full), "shared", known(a.Account), known(a.Region), inventory.Value[string]{}
			made.MultiRegion = known(strings.HasPrefix(a.Resource, "key/mrk-"))
			if made.Replica = full == near; made.Replica {
				made.Primary = known(distant)
			}
			if policy != "" {
				made.Policy = document(policy)
			}
			p.Keys = append(p.Keys, made)
		})(t, p)
	}
}

// all makes several changes.
func all(list ...func(*testing.T, *inventory.Parts)) func(*testing.T, *inventory.Parts) {
	return func(t *testing.T, p *inventory.Parts) {
		for _, f := range list {
			f(t, p)
		}
	}
}

// allowed gives a role an identity policy.
func allowed(name, policy string) func(*testing.T, *inventory.Parts) {
	return func(t *testing.T, p *inventory.Parts) {
		for i := range p.Principals {
			if who := &p.Principals[i]; who.Name.Or("") == name {
				who.Policies = append(slices.Clone(who.Policies), inventory.NamedPolicy{Name: "more", Policy: document(policy)})
				return
			}
		}
		t.Fatalf("no %s", name)
	}
}

// under has a plan name another key.
func under(key string) func(*testing.T, *fix.Plan) {
	return func(t *testing.T, p *fix.Plan) {
		for i := range p.Steps {
			p.Steps[i].Given = nil
		}
		p.Steps = slices.DeleteFunc(p.Steps, func(s fix.Step) bool { return s.Kind == fix.KeyPolicy })
		*p = *edited(t, p, p.Target.Key, key)
	}
}

// outsiders adds the role partner of another account.
func outsiders(_ *testing.T, p *inventory.Parts) {
	p.Accounts = append(p.Accounts, inventory.Account{ID: "444455556666"})
	p.Principals = append(p.Principals, inventory.Principal{
		ID: partner, Kind: inventory.Role, Name: known("partner"), ARN: known(partner), Path: known("/"), Account: known("444455556666"),
		Trust: document(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
	})
}

// onlyNow lets the role partner use the key of alias/now, by the policies of its own account.
func onlyNow(t *testing.T, p *inventory.Parts) {
	keyOf("alias/now", func(k *inventory.Key) {
		allowed("partner", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"`+k.ID+`"}]}`)(t, p)
	})(t, p)
}

// grantee lets a principal use the key of an alias by a grant.
func grantee(alias, who string) func(*testing.T, *inventory.Parts) {
	return func(t *testing.T, p *inventory.Parts) {
		keyOf(alias, func(k *inventory.Key) {
			p.Grants = append(p.Grants, inventory.Grant{ID: k.ID + "/grant/" + strings.Repeat("0a", 32), KeyText: known(k.ID), Key: k.ID, Grantee: known(who), Operations: known([]string{"Decrypt", "GenerateDataKey", "DescribeKey"})})
		})(t, p)
	}
}

// deleted has a statement name a principal that is not there any more, as KMS shows it.
func deleted(s map[string]any) {
	if s["Sid"] == "Manage" {
		s["Principal"] = map[string]any{"AWS": []string{account + "root", "AROAABCDEFGHIJKLMNOPQ"}}
	}
}

// granting adds a step that makes a grant by itself.
func granting(_ *testing.T, p *fix.Plan) {
	call := func(operation string, in wire.Object) []fix.Call {
		return []fix.Call{{Service: "kms", Operation: operation, Input: in.With(wire.Object{"KeyId": p.Target.Key})}}
	}
	p.Steps = append(p.Steps, fix.Step{
		ID: "s99-grant", Title: "grant", Kind: fix.Grant, Place: fix.Place{Account: fixtest.Account, Region: fixtest.Region}, Subject: p.Target.Key,
		Do:   call("CreateGrant", wire.Object{"GranteePrincipal": account + "role/svc/app", "Operations": []any{"Decrypt"}}),
		Undo: call("RevokeGrant", wire.Object{"GrantId": "${s99-grant:GrantId}"}),
	})
}

const linked = account + "role/aws-service-role/bedrock.amazonaws.com/AWSServiceRoleForBedrock"

var catches = []catch{
	{
		name: "resource control policy", wrong: estateChange{inventory: organization(perimeter("o-another000"))}, mended: estateChange{inventory: organization(perimeter("o-a1b2c3d4e5"))},
		says: byRole + app + " with an explicit deny in a resource control policy",
	},
	{
		name: "VPC endpoint", to: "alias/old", wrong: estateChange{statements: fromEndpoint("")}, mended: estateChange{statements: fromEndpoint(`, Bool: {"aws:ViaAWSService": "false"}`)},
		says: byRole + app + " with an explicit deny in a resource-based policy",
	},
	{
		name: "organization of others", to: "alias/old", wrong: estateChange{before: organization(""), statements: within("o-another000")}, mended: estateChange{before: organization(""), statements: within("o-a1b2c3d4e5")},
		says: byRole + app + " with an explicit deny in a resource-based policy",
	},
	{
		name: "source of another resource", resource: "/calls", wrong: estateChange{plan: statementsOf(replaced("log-group:/calls", "log-group:/others"))},
		says: `log group "/calls", log-group: logs.eu-west-1.amazonaws.com could not use the key (use): kms:GenerateDataKey: AccessDeniedException: User: logs.eu-west-1.amazonaws.com` + refused,
	},
	{
		name: "permission set", resource: "intake", wrong: estateChange{callers: []string{sso}}, mended: estateChange{permission: "kms:*"},
		says: `step s04-identity-policy-awsreservedsso-builder-0123456789abcdef, "let role AWSReservedSSO_Builder_0123456789abcdef use the key through the services that it calls", would fail: PutRolePolicy: UnmodifiableEntity: Cannot perform the operation on the protected role 'AWSReservedSSO_Builder_0123456789abcdef' - this role is only modifiable by AWS`,
	},
	{
		name: "service-linked role", resource: "intake", wrong: estateChange{callers: []string{linked}},
		says: `step s04-identity-policy-awsserviceroleforbedrock, "let role AWSServiceRoleForBedrock use the key through the services that it calls", would fail: PutRolePolicy: UnmodifiableEntity: Cannot perform the operation on the protected role 'AWSServiceRoleForBedrock' - this role is only modifiable by AWS`,
	},
	{
		name: "disabled key", to: "alias/old", wrong: estateChange{inventory: keyOf("alias/old", func(k *inventory.Key) { k.State = known("Disabled") })},
		says: byRole + "DisabledException: arn:aws:kms:eu-west-1:111122223333:key/KEY is disabled.",
	},
	{
		name: "key pending deletion", to: "alias/old", wrong: estateChange{inventory: keyOf("alias/old", func(k *inventory.Key) {
			k.State, k.DeletionDate = known("PendingDeletion"), known("2100-01-02T03:04:05Z")
		})},
		says: byRole + "KMSInvalidStateException: arn:aws:kms:eu-west-1:111122223333:key/KEY is pending deletion.",
	},
	{
		name: "imported material that has expired", to: "alias/old", wrong: estateChange{inventory: keyOf("alias/old", func(k *inventory.Key) {
			k.Origin, k.State, k.Rotation = known("EXTERNAL"), known("PendingImport"), known(false)
		})},
		says: byRole + "KMSInvalidStateException: arn:aws:kms:eu-west-1:111122223333:key/KEY is pending import.",
	},
	{
		name: "imported material that expires", to: "alias/old", wrong: estateChange{inventory: keyOf("alias/old", func(k *inventory.Key) {
			k.Origin, k.Rotation, k.ValidTo = known("EXTERNAL"), known(false), known("2100-01-02T03:04:05Z")
		})},
		mended: estateChange{inventory: keyOf("alias/old", func(k *inventory.Key) { k.Origin, k.Rotation = known("EXTERNAL"), known(false) })},
		says:   "the imported material of key alias/old expires at 2100-01-02T03:04:05Z: from then on nothing under it can be read, until the same material is imported again",
	},
	{
		name: "alias of another key", wrong: estateChange{inventory: func(t *testing.T, p *inventory.Parts) {
			keyOf("alias/old", func(k *inventory.Key) {
				p.Aliases = append(p.Aliases, inventory.Alias{ID: "arn:aws:kms:eu-west-1:111122223333:alias/new", Name: known("alias/new"), Place: k.Place, Key: k.ID})
			})(t, p)
		}},
		says: `step s03-alias-new, "name it alias/new", would fail: CreateAlias: AlreadyExistsException: An alias with the name arn:aws:kms:eu-west-1:111122223333:alias/new already exists`,
	},
	{
		name: "access by a grant of the key before", resource: "moved", to: "alias/old", wrong: estateChange{inventory: grantee("alias/now", sso)}, mended: estateChange{inventory: all(grantee("alias/now", sso), grantee("alias/old", sso))},
		says: `flow "moved", content: ` + sso + " can use it now and could not (create): kms:GenerateDataKey: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Builder_0123456789abcdef/rehearsal" + refused + " because no identity-based policy allows the kms:GenerateDataKey action",
	},
	{
		name: "role without its path", wrong: estateChange{plan: statementsOf(replaced("role/svc/app", "role/app"))},
		says: `step s01-create-key-new, "create the key of alias/new", would fail: CreateKey: MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.`,
	},
	{
		name: "principal that was deleted", to: "alias/old", wrong: estateChange{plan: statementsOf(deleted)},
		says: `step s01-key-policy-alias-old, "add 1 statements to the policy of alias/old", would fail: PutKeyPolicy: MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals.`,
	},
	{
		name: "grants for resources of AWS alone", to: "alias/old", wrong: estateChange{statements: text(grants), plan: granting}, mended: estateChange{statements: text(grants)},
		says: `step s99-grant, "grant", would fail: CreateGrant: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/bedlock-rehearsal/bedlock-fix is not authorized to perform: kms:CreateGrant on resource: arn:aws:kms:eu-west-1:111122223333:key/KEY with an explicit deny in a resource-based policy`,
	},
	{
		name: "service of another Region", wrong: estateChange{plan: statementsOf(replaced("bedrock.eu-west-1.amazonaws.com", "bedrock.us-east-1.amazonaws.com"))},
		says: byRole + app + " because no resource-based policy allows the kms:GenerateDataKey action",
	},
	{
		name: "key of another account", to: "alias/old", wrong: estateChange{inventory: withKey(foreign, allowing(delegated)), plan: under(foreign)},
		mended: estateChange{inventory: all(withKey(foreign, allowing(delegated)), allowed("app", allowAll)), plan: under(foreign)},
		says:   byRole + "AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/app/bedrock is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:444455556666:key/KEY because no identity-based policy allows the kms:GenerateDataKey action",
	},
	{
		name: "primary of another Region", to: "alias/old", wrong: estateChange{inventory: all(withKey(distant, ""), withKey(near, ""), allowed("app", allowAll)), plan: under(distant)},
		mended: estateChange{inventory: all(withKey(distant, ""), withKey(near, ""), allowed("app", allowAll)), plan: under(near)},
		says:   `flow "rounds", content: it would be broken, and the plan says exposed: key shared is in Region us-east-1, the resource in eu-west-1`,
	},
	{
		name: "caller of another account", resource: "moved", to: "alias/old", wrong: estateChange{statements: text(lets), before: all(outsiders, onlyNow)}, mended: estateChange{statements: text(lets), before: all(outsiders, allowed("partner", allowAll))},
		says: `flow "moved", content: ` + partner + " can use it now and could not (create): kms:GenerateDataKey: AccessDeniedException: User: arn:aws:sts::444455556666:assumed-role/partner/rehearsal" + refused + " because no identity-based policy allows the kms:GenerateDataKey action",
	},
}

// TestCatches: what real estates have, and a rehearsal says of it; and that it says nothing once it is
// mended.
func TestCatches(t *testing.T) {
	for _, c := range catches {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			r := c.in(t, c.wrong)
			if r.OK || !slices.Contains(r.Unexpected, c.says) {
				t.Errorf("nothing says\n%s\nbut\n%s\nleft %q", c.says, strings.Join(r.Unexpected, "\n"), r.Left)
			}
			if r = c.in(t, c.mended); !r.OK || len(r.Unexpected)+len(r.Left) > 0 {
				t.Errorf("mended, it still says\n%s\nleft %q", strings.Join(r.Unexpected, "\n"), r.Left)
			}
		})
	}
}
