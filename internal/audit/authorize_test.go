package audit

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

const (
	rootPolicy = `{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${bedlock:account}:root"},"Action":"kms:*","Resource":"*"}`
	adminOnly  = `{"Sid":"Admin","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${bedlock:account}:root"},"Action":["kms:PutKeyPolicy","kms:DescribeKey"],"Resource":"*"}`
	useOfKey   = `{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"${bedlock:ref:t.yaml#Key#Arn}"}`
)

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func roleWith(name string, policies ...inventory.Value[inventory.Policy]) inventory.Principal {
	p := inventory.Principal{ID: "t.yaml#" + name, Kind: inventory.Role, Address: name, Name: known(name), At: at(30)}
	for _, text := range policies {
		p.Policies = append(p.Policies, inventory.NamedPolicy{Name: "inline", Policy: text, At: at(31)})
	}
	return p
}

func policyText(statements ...string) inventory.Value[inventory.Policy] {
	return known(inventory.Policy{Text: document(statements...), Statements: []bedlock.Position{at(32), at(33)}})
}

// documents is a data source whose key the role reader needs.
func documents(k inventory.Key) inventory.Resource {
	r := res("AWS::Bedrock::DataSource", "Docs", "transient-data", toKey("${bedlock:ref:t.yaml#Key#Arn}", k.ID, "by reference"))
	r.Roles = []inventory.RoleRef{{Name: "knowledge-base", Text: known("reader"), Principal: "t.yaml#reader"}}
	return r
}

// TestAuthorization: the rung of a slot by what the policy engine says of the uses that
// the embedded catalogue knows.
func TestAuthorization(t *testing.T) {
	embedded, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		policy   string
		reader   inventory.Principal
		more     []inventory.Principal
		grants   []inventory.Grant
		rung     bedlock.Rung
		evidence string
		lift     string
		unjudged []string
		rules    []string
	}{
		"sound": {document(rootPolicy), roleWith("reader", policyText(useOfKey)), nil, nil, bedlock.Sound,
			"every principal with a need can use the key, given that account ACCOUNT has no service control policies and the caller's identity policies allow it", "show the key in use", nil, nil},
		"unusable by its own policies": {document(rootPolicy), roleWith("reader", policyText(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)), nil, nil, bedlock.Unusable,
			"role reader cannot use key Key (ingest): its identity policies do not allow kms:GenerateDataKey",
			`add to an identity policy of role reader: {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "<ARN of key Key>"}`, nil, []string{ruleUnusable}},
		"unusable by the key policy": {document(adminOnly), roleWith("reader", policyText(useOfKey)), nil, nil, bedlock.Unusable,
			"role reader cannot use key Key (ingest): the key policy does not allow kms:GenerateDataKey",
			`add to the policy of key Key: {"Effect": "Allow", "Principal": {"AWS": "<ARN of role reader>"}, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"}; ` +
				`add to the policy of key Key: {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::ACCOUNT:root"}, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"}`, nil, []string{ruleUnusable}},
		"unusable by a deny": {document(rootPolicy, `{"Sid":"No","Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}`), roleWith("reader", policyText(useOfKey)), nil, nil, bedlock.Unusable,
			`statement "No" of the policy of key Key denies`, `exempt role reader in statement "No" of the policy of key Key`, nil, []string{ruleUnusable}},
		"a policy that is not known": {document(rootPolicy), roleWith("reader", unknown[inventory.Policy]("known only after apply")), nil, nil, bedlock.Unresolved,
			"whether role reader (ingest) can use key Key is not known: policy inline of role reader: known only after apply", "audit what is deployed, or a state after the next apply", nil, []string{ruleUnresolved}},
		"a policy that was not read": {document(rootPolicy), roleWith("reader", unreadV[inventory.Policy]("AccessDenied")), nil, nil, bedlock.Unread,
			"whether role reader (ingest) can use key Key is not known: policy inline of role reader: AccessDenied", "make it readable", nil, []string{ruleUnread}},
		"depends on the request": {document(rootPolicy), roleWith("reader", policyText(strings.Replace(useOfKey, `"Resource"`, `"Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}},"Resource"`, 1))), nil, nil, bedlock.Sound,
			"role reader (ingest): kms:GenerateDataKey depends on aws:sourcevpce", "show the key in use", []string{openAuthorization}, nil},
		"exposed by an identity policy": {document(rootPolicy), roleWith("reader", policyText(useOfKey)), []inventory.Principal{roleWith("idle", policyText(`{"Effect":"Allow","Action":"*","Resource":"*"}`))}, nil, bedlock.Exposed,
			"role idle can kms:Decrypt with key Key, which nothing needs; statement 1 of policy inline of role idle allows; " +
				`statement "Root" of the policy of key Key allows: it leaves the decision to the account's IAM policies`, "Take the key out", nil, []string{ruleSurplus}},
		"exposed by a grant": {document(rootPolicy), roleWith("reader", policyText(useOfKey)), nil,
			[]inventory.Grant{{ID: "g1", Grantee: known("arn:aws:iam::" + other + ":role/app"), Operations: known([]string{"Decrypt"}), At: at(60)}}, bedlock.Exposed,
			"arn:aws:iam::" + other + ":role/app can kms:Decrypt with key Key: grant g1 allows", "Name the principals", nil, []string{ruleOutside}},
		"everyone, but closed": {document(rootPolicy, `{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"}`,
			`{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"kms:CallerAccount":"${bedlock:account}"}}}`), roleWith("reader", policyText(useOfKey)), nil, nil, bedlock.Sound,
			"statement 2 of the policy of key Key allows everyone to use the key, without a condition, but no request from outside is allowed: proved for every request",
			"show the key in use", nil, nil},
		"everyone, with a deny that closes nothing": {document(rootPolicy, `{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*"}`,
			`{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"`+other+`"}}}`), roleWith("reader", policyText(useOfKey)), nil, nil, bedlock.Exposed,
			"statement 2 of the policy of key Key allows everyone to use the key, without a condition", "", nil, []string{ruleWildcard}},
	} {
		t.Run(name, func(t *testing.T) {
			k := goodKey(withPolicy(c.policy))
			p := inventory.Parts{Keys: []inventory.Key{k}, Aliases: []inventory.Alias{aliasOf(k)}, Resources: []inventory.Resource{documents(k)}, Principals: append([]inventory.Principal{c.reader}, c.more...), Grants: c.grants}
			for i := range p.Grants {
				p.Grants[i].Key, p.Grants[i].KeyText = k.ID, known(k.ID)
			}
			out := audit(t, p, func(o *Options) { o.Catalog = embedded })
			s := out.slot(t, "t.yaml#Docs")
			if s.Rung != c.rung || !strings.HasPrefix(s.Lift, c.lift) {
				t.Errorf("%s %q, lift %q; want %s, lift %q", s.Rung, texts(s.Evidence), s.Lift, c.rung, c.lift)
			}
			if !slices.Contains(texts(s.Evidence), c.evidence) {
				t.Errorf("evidence %q lacks %q", texts(s.Evidence), c.evidence)
			}
			if diff := cmp.Diff(c.unjudged, s.Unjudged); diff != "" {
				t.Errorf("unjudged (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.rules, append([]string(nil), without(out.rules(), ruleLoggingUnseen)...)); diff != "" {
				t.Errorf("rules (-want +got)\n%s", diff)
			}
		})
	}
}

// TestAuthorizationThroughStore: a slot that leads through a store needs the store's
// key with principals of its own.
func TestAuthorizationThroughStore(t *testing.T) {
	embedded, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	k := goodKey(withPolicy(document(rootPolicy)))
	secret := res("AWS::SecretsManager::Secret", "Password", "secret", toKey("${bedlock:ref:t.yaml#Key#Arn}", k.ID, "by reference"))
	base := res("AWS::Bedrock::KnowledgeBase", "Base", "credentials", inventory.Named{Text: known("${bedlock:ref:t.yaml#Password#Ref}"), Store: secret.ID, StoreSlot: "secret"})
	base.Roles = []inventory.RoleRef{{Name: "service", Text: known("reader"), Principal: "t.yaml#reader"}}
	for policy, want := range map[string]bedlock.Rung{useOfKey: bedlock.Sound, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`: bedlock.Unusable} {
		out := audit(t, inventory.Parts{Keys: []inventory.Key{k}, Aliases: []inventory.Alias{aliasOf(k)}, Resources: []inventory.Resource{secret, base}, Principals: []inventory.Principal{roleWith("reader", policyText(policy))}},
			func(o *Options) { o.Catalog = embedded })
		if s := out.slot(t, base.ID); s.Rung != want || out.slot(t, secret.ID).Rung != bedlock.Sound {
			t.Errorf("%s: %s %q, want %s", policy, s.Rung, texts(s.Evidence), want)
		}
	}
}

// TestOutsiders: what is told of others than the account, and once.
func TestOutsiders(t *testing.T) {
	foreign := func(who, action string) string {
		return `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + other + `:` + who + `"},"Action":"` + action + `","Resource":"*"}`
	}
	for name, c := range map[string]struct {
		policy string
		grant  []string // operations
		rung   bedlock.Rung
		rules  []string
	}{
		"a grant for metadata only":       {document(rootPolicy), []string{"DescribeKey"}, bedlock.Sound, nil},
		"a grant for data":                {document(rootPolicy), []string{"DescribeKey", "Decrypt"}, bedlock.Exposed, []string{ruleOutside}},
		"a name that any account may use": {document(rootPolicy, `{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/scanner"}}}`), nil, bedlock.Exposed, []string{ruleWeakWildcard}},
		"two statements for one account":  {document(rootPolicy, foreign("role/a", "kms:Encrypt"), foreign("role/b", "kms:Decrypt")), nil, bedlock.Exposed, []string{ruleCrossAccount}},
	} {
		k := goodKey(withPolicy(c.policy), func(k *inventory.Key) { k.Account = known(account) })
		p := inventory.Parts{Keys: []inventory.Key{k}, Aliases: []inventory.Alias{aliasOf(k)}, Resources: []inventory.Resource{guardrail(toKey("x", k.ID, "by reference"))}}
		if c.grant != nil {
			p.Grants = []inventory.Grant{{ID: "g1", Key: k.ID, KeyText: known(k.ID), Grantee: known("arn:aws:iam::" + other + ":role/app"), Operations: known(c.grant), At: at(60)}}
		}
		out := audit(t, p)
		if s := out.slots[0]; s.Rung != c.rung {
			t.Errorf("%s: %s %q, want %s", name, s.Rung, texts(s.Evidence), c.rung)
		}
		var got []string
		for _, rule := range out.rules() {
			if rule != ruleLoggingUnseen && rule != rulePolicyLint {
				got = append(got, rule)
			}
		}
		if diff := cmp.Diff(c.rules, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// TestAuthorizationThroughStoreNotKnown: a use of a store's key that is not known makes a
// sound store's slot unresolved, and says so of one that is exposed.
func TestAuthorizationThroughStoreNotKnown(t *testing.T) {
	embedded, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for rotated, want := range map[bool]bedlock.Rung{true: bedlock.Unresolved, false: bedlock.Exposed} {
		k := goodKey(withPolicy(document(rootPolicy)), func(k *inventory.Key) { k.Rotation = known(rotated) })
		secret := res("AWS::SecretsManager::Secret", "Password", "secret", toKey("${bedlock:ref:t.yaml#Key#Arn}", k.ID, "by reference"))
		base := res("AWS::Bedrock::KnowledgeBase", "Base", "credentials", inventory.Named{Text: known("${bedlock:ref:t.yaml#Password#Ref}"), Store: secret.ID, StoreSlot: "secret"})
		base.Roles = []inventory.RoleRef{{Name: "service", Text: known("reader"), Principal: "t.yaml#reader"}}
		out := audit(t, inventory.Parts{Keys: []inventory.Key{k}, Aliases: []inventory.Alias{aliasOf(k)}, Resources: []inventory.Resource{secret, base}, Principals: []inventory.Principal{roleWith("reader", unknown[inventory.Policy]("later"))}},
			func(o *Options) { o.Catalog = embedded })
		s := out.slot(t, base.ID)
		if s.Rung != want || !slices.ContainsFunc(texts(s.Evidence), func(e string) bool {
			return strings.HasPrefix(e, "whether role reader (use) can use key Key is not known")
		}) {
			t.Errorf("rotated %v: %s %q, want %s", rotated, s.Rung, texts(s.Evidence), want)
		}
	}
	// A store that is not keyed is not asked about.
	secret := res("AWS::SecretsManager::Secret", "Password", "secret", none(catalog.OwnerAWSManaged, ""))
	base := res("AWS::Bedrock::KnowledgeBase", "Base", "credentials", inventory.Named{Text: known("x"), Store: secret.ID, StoreSlot: "secret"})
	base.Roles = []inventory.RoleRef{{Name: "service", Text: known("reader"), Principal: "t.yaml#reader"}}
	out := audit(t, inventory.Parts{Resources: []inventory.Resource{secret, base}, Principals: []inventory.Principal{roleWith("reader")}}, func(o *Options) { o.Catalog = embedded })
	if s := out.slot(t, base.ID); s.Rung != bedlock.AWSManaged || len(s.Evidence) == 0 {
		t.Errorf("%s %q", s.Rung, texts(s.Evidence))
	}
}
