package plane

import (
	"testing"
	"time"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/policy/authz"
)

// denied is AWS's text for a user of the account of the key whom IAM does not allow what
// the key policy leaves to IAM.
func denied(who, action, resource string) string {
	return "User: " + who + " is not authorized to perform: " + action + " on resource: " + resource + " because no identity-based policy allows the " + action + " action"
}

// deniedAbroad is that for a user of another account, which tells nothing of the key.
func deniedAbroad(who, action string) string {
	return "User: " + who + " is not authorized to perform: " + action + " on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
}

func noGrant(who string) string {
	return "User: " + who + " is not authorized to perform: kms:RetireGrant on resource: <key> because no grant allows the kms:RetireGrant action"
}

// grant makes a grant for the user reader.
func (l *local) grant(key *types.KeyMetadata, in awskms.CreateGrantInput) *awskms.CreateGrantOutput {
	l.t.Helper()
	in.KeyId = key.KeyId
	if in.GranteePrincipal == nil {
		in.GranteePrincipal = pointer(reader)
	}
	return got[*awskms.CreateGrantOutput](l.t)(l.as("AKIAADMIN", region).CreateGrant(l.t.Context(), &in))
}

// TestWireGrantConstraints: a grant allows its operations, to its grantee, with the
// contexts that its constraints name, and nothing else. The case of names does not count
// in constraints, that of values does.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
func TestWireGrantConstraints(t *testing.T) {
	l := newLocal(t)
	c := l.as("AKIAREADER", region)
	for _, tt := range []struct {
		name        string
		constraints *types.GrantConstraints
		good, bad   []map[string]string
	}{
		{"none", nil, []map[string]string{nil, {"a": "1"}}, nil},
		{
			"equals", &types.GrantConstraints{EncryptionContextEquals: map[string]string{"a": "1", "b": "2"}},
			[]map[string]string{{"a": "1", "b": "2"}, {"A": "1", "b": "2"}},
			[]map[string]string{nil, {"a": "1"}, {"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "3"}, {"a": "2", "b": "1"}},
		},
		{
			"subset", &types.GrantConstraints{EncryptionContextSubset: map[string]string{"a": "1"}},
			[]map[string]string{{"a": "1"}, {"a": "1", "b": "2"}, {"A": "1"}},
			[]map[string]string{nil, {"a": "2"}, {"b": "1"}, {"a": "12"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := l.key(nil)
			l.grant(key, awskms.CreateGrantInput{Operations: []types.GrantOperation{"Decrypt"}, Constraints: tt.constraints})
			for _, pairs := range tt.good {
				out, err := c.Decrypt(t.Context(), &awskms.DecryptInput{KeyId: key.Arn, CiphertextBlob: l.encrypted(key, pairs), EncryptionContext: pairs})
				opens(t, out, err)
			}
			for _, pairs := range tt.bad {
				_, err := c.Decrypt(t.Context(), &awskms.DecryptInput{KeyId: key.Arn, CiphertextBlob: l.encrypted(key, pairs), EncryptionContext: pairs})
				refusedBy(t, err, "AccessDeniedException", denied(reader, "kms:Decrypt", *key.Arn))
			}
			_, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x"), EncryptionContext: map[string]string{"a": "1", "b": "2"}})
			refusedBy(t, err, "AccessDeniedException", denied(reader, "kms:Encrypt", *key.Arn))
		})
	}
}

// TestWireGrantTokens: a new grant counts by its token at once, and by itself later.
func TestWireGrantTokens(t *testing.T) {
	clock := &clock{}
	l := newLocal(t, func(o *kms.Options, _ *Options) { o.Now, o.Propagation = clock.Now, time.Minute })
	c, key := l.as("AKIAREADER", region), l.key(nil)
	made := l.grant(key, awskms.CreateGrantInput{Operations: []types.GrantOperation{"Encrypt"}})
	other := l.grant(l.key(nil), awskms.CreateGrantInput{Operations: []types.GrantOperation{"Encrypt"}})
	encrypt := func(tokens ...string) error {
		return errOf(c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x"), GrantTokens: tokens}))
	}
	refusedBy(t, encrypt(), "AccessDeniedException", denied(reader, "kms:Encrypt", *key.Arn))
	refusedBy(t, encrypt(*other.GrantToken), "AccessDeniedException", denied(reader, "kms:Encrypt", *key.Arn))
	if err := encrypt(*made.GrantToken); err != nil {
		t.Errorf("with the token: %v", err)
	}
	again := l.grant(key, awskms.CreateGrantInput{Operations: []types.GrantOperation{"Encrypt"}, Name: pointer("n")})
	if err := encrypt(*again.GrantToken); err != nil {
		t.Errorf("with another token: %v", err)
	}
	for _, token := range []string{"x", *made.GrantToken + "A", (*made.GrantToken)[:100] + "x" + (*made.GrantToken)[101:]} {
		if err := encrypt(token); err == nil {
			t.Error("a token that no grant has is taken")
		} else {
			refusedBy(t, err, "InvalidGrantTokenException", "The grant token is not valid.")
		}
	}
	// Whose token it is matters not, only whose grant.
	_, err := l.as("AKIASTRAY", region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x"), GrantTokens: []string{*made.GrantToken}})
	refusedBy(t, err, "AccessDeniedException", deniedAbroad("arn:aws:iam::"+abroad+":user/stray", "kms:Encrypt"))
	clock.add(time.Minute)
	if err := encrypt(); err != nil {
		t.Errorf("later: %v", err)
	}
}

// TestWireRetireRights: who may retire a grant. The texts of refusals are unconfirmed.
func TestWireRetireRights(t *testing.T) {
	l := newLocal(t)
	stray := "arn:aws:iam::" + abroad + ":user/stray"
	for _, tt := range []struct {
		name    string
		grant   awskms.CreateGrantInput
		id      string // who retires
		refusal string
	}{
		{"the retiring principal", awskms.CreateGrantInput{RetiringPrincipal: pointer(reader), GranteePrincipal: pointer(stray)}, "AKIAREADER", ""},
		{"one of another account", awskms.CreateGrantInput{RetiringPrincipal: pointer(stray)}, "AKIASTRAY", ""},
		{"the grantee that may", awskms.CreateGrantInput{Operations: []types.GrantOperation{"Encrypt", "RetireGrant"}}, "AKIAREADER", ""},
		{"the grantee that may not", awskms.CreateGrantInput{}, "AKIAREADER", noGrant(reader)},
		{"another principal", awskms.CreateGrantInput{RetiringPrincipal: pointer(reader)}, "AKIASTRAY", noGrant(stray)},
		{"a user of the account that made it", awskms.CreateGrantInput{RetiringPrincipal: pointer(reader)}, "AKIAADMIN", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, byToken := range []bool{true, false} {
				key := l.key(nil)
				if tt.grant.Operations == nil {
					tt.grant.Operations = []types.GrantOperation{"Encrypt"}
				}
				made := l.grant(key, tt.grant)
				in := &awskms.RetireGrantInput{KeyId: key.Arn, GrantId: made.GrantId}
				if byToken {
					in = &awskms.RetireGrantInput{GrantToken: made.GrantToken}
				}
				_, err := l.as(tt.id, region).RetireGrant(t.Context(), in)
				left := len(got[*awskms.ListGrantsOutput](t)(l.as("AKIAADMIN", region).ListGrants(t.Context(), &awskms.ListGrantsInput{KeyId: key.KeyId})).Grants)
				if tt.refusal == "" {
					if err != nil || left != 0 {
						t.Errorf("%v, %d grants left", err, left)
					}
					continue
				}
				refusedBy(t, err, "AccessDeniedException", replaceKey(tt.refusal, key))
				if left != 1 {
					t.Errorf("%d grants left", left)
				}
			}
		})
	}
}

// TestWireRetireOtherGrant: the right to retire one grant is none to retire another.
func TestWireRetireOtherGrant(t *testing.T) {
	l := newLocal(t)
	c, key := l.as("AKIAREADER", region), l.key(nil)
	l.grant(key, awskms.CreateGrantInput{Operations: []types.GrantOperation{"Encrypt", "RetireGrant"}, RetiringPrincipal: pointer(reader)})
	other := l.grant(key, awskms.CreateGrantInput{Operations: []types.GrantOperation{"Decrypt"}})
	for _, in := range []awskms.RetireGrantInput{{GrantToken: other.GrantToken}, {KeyId: key.Arn, GrantId: other.GrantId}} {
		_, err := c.RetireGrant(t.Context(), &in)
		refusedBy(t, err, "AccessDeniedException", replaceKey(noGrant(reader), key))
	}
}

// TestWireRevokedGrant: a grant that was revoked allows nothing, by its token neither.
func TestWireRevokedGrant(t *testing.T) {
	l := newLocal(t)
	c, key := l.as("AKIAREADER", region), l.key(nil)
	made := l.grant(key, awskms.CreateGrantInput{Operations: []types.GrantOperation{"Encrypt"}})
	in := &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x"), GrantTokens: []string{*made.GrantToken}}
	got[*awskms.EncryptOutput](t)(c.Encrypt(t.Context(), in))
	revoke := &awskms.RevokeGrantInput{KeyId: key.KeyId, GrantId: made.GrantId}
	_, err := c.RevokeGrant(t.Context(), revoke)
	refusedBy(t, err, "AccessDeniedException", denied(reader, "kms:RevokeGrant", *key.Arn))
	got[*awskms.RevokeGrantOutput](t)(l.as("AKIAADMIN", region).RevokeGrant(t.Context(), revoke))
	_, err = c.Encrypt(t.Context(), in)
	refusedBy(t, err, "AccessDeniedException", denied(reader, "kms:Encrypt", *key.Arn))
}

// TestWireGrantOnward: a grantee with CreateGrant passes on what it has and no more.
func TestWireGrantOnward(t *testing.T) {
	l := newLocal(t)
	c, key := l.as("AKIAREADER", region), l.key(nil)
	l.grant(key, awskms.CreateGrantInput{Operations: []types.GrantOperation{"Encrypt", "CreateGrant"}})
	onward := func(operations ...types.GrantOperation) error {
		return errOf(c.CreateGrant(t.Context(), &awskms.CreateGrantInput{KeyId: key.Arn, GranteePrincipal: pointer("arn:aws:iam::" + home + ":user/denied"), Operations: operations}))
	}
	if err := onward("Encrypt"); err != nil {
		t.Error(err)
	}
	refusedBy(t, onward("Decrypt"), "AccessDeniedException", denied(reader, "kms:CreateGrant", *key.Arn))
	refusedBy(t, onward("Encrypt", "Decrypt"), "AccessDeniedException", denied(reader, "kms:CreateGrant", *key.Arn))
}

// TestWireDelegation: policies of IAM count only where the key policy leaves it to IAM.
func TestWireDelegation(t *testing.T) {
	alone := func(principal, action, condition string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + admin + `"},"Action":["kms:PutKeyPolicy","kms:DescribeKey"],"Resource":"*"},
			{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"` + action + `","Resource":"*"` + condition + `}]}`
	}
	root := "arn:aws:iam::" + home + ":root"
	l := newLocal(t)
	l.people["AKIABOUND"] = user(t, home, "bound", `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`)
	l.people["AKIABOUND"].Layers.Boundary = compiled(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Describe*","Resource":"*"}}`)
	resource := func(who string) string {
		return "User: arn:aws:iam::" + home + ":user/" + who + " is not authorized to perform: kms:Encrypt on resource: <key> because no resource-based policy allows the kms:Encrypt action"
	}
	for _, tt := range []struct{ name, policy, id, refusal string }{
		{"IAM allows, the key policy names another", alone(reader, "kms:*", ""), "AKIAADMIN", resource("admin")},
		{"the key policy names the user, IAM says nothing", alone(reader, "kms:Encrypt", ""), "AKIAREADER", ""},
		{"the key policy leaves it to IAM, IAM allows", alone(root, "kms:Encrypt", ""), "AKIAADMIN", ""},
		{"the key policy leaves it to IAM, IAM says nothing", alone(root, "kms:Encrypt", ""), "AKIAREADER", denied(reader, "kms:Encrypt", "<key>")},
		{"the key policy leaves another action to IAM", alone(root, "kms:Decrypt", ""), "AKIAADMIN", resource("admin")},
		{
			"the key policy leaves it to IAM under a condition that does not hold",
			alone(root, "kms:Encrypt", `,"Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}`), "AKIAADMIN", resource("admin"),
		},
		{"a boundary", alone(root, "kms:*", ""), "AKIABOUND", "User: arn:aws:iam::" + home + ":user/bound is not authorized to perform: kms:Encrypt on resource: <key> because no permissions boundary allows the kms:Encrypt action"},
		{"everyone, and another account without IAM", alone("*", "kms:Encrypt", ""), "AKIAREADER", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			key := l.key(&awskms.CreateKeyInput{Policy: &tt.policy})
			_, err := l.as(tt.id, region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x")})
			if tt.refusal == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refusedBy(t, err, "AccessDeniedException", replaceKey(tt.refusal, key))
		})
	}
	t.Run("service control policy", func(t *testing.T) {
		l.people["AKIABARRED"] = user(t, home, "barred", `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`)
		l.people["AKIABARRED"].Layers.SCPs = [][]*authz.Policy{{compiled(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}]}`)}}
		key := l.key(nil)
		_, err := l.as("AKIABARRED", region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x")})
		refusedBy(t, err, "AccessDeniedException", "User: arn:aws:iam::"+home+":user/barred is not authorized to perform: kms:Encrypt on resource: "+*key.Arn+" with an explicit deny in a service control policy")
	})
}

// TestWireAcrossAccounts: both accounts must allow, and a refusal does not tell whether
// there is a key.
func TestWireAcrossAccounts(t *testing.T) {
	l := newLocal(t)
	stray := "arn:aws:iam::" + abroad + ":user/stray"
	l.people["AKIAALIEN"] = user(t, abroad, "alien")
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::` + home + `:root","arn:aws:iam::` + abroad + `:root"]},"Action":"kms:*","Resource":"*"}]}`
	shared, private := l.key(&awskms.CreateKeyInput{Policy: &policy}), l.key(nil)
	encrypt := func(id, key string) error {
		return errOf(l.as(id, region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: &key, Plaintext: []byte("x")}))
	}
	if err := encrypt("AKIASTRAY", *shared.Arn); err != nil {
		t.Error(err)
	}
	refusedBy(t, encrypt("AKIAALIEN", *shared.Arn), "AccessDeniedException", denied("arn:aws:iam::"+abroad+":user/alien", "kms:Encrypt", *shared.Arn))
	for _, key := range []string{*private.Arn, "arn:aws:kms:" + region + ":" + home + ":key/00000000-0000-4000-8000-000000000000"} {
		refusedBy(t, encrypt("AKIASTRAY", key), "AccessDeniedException", deniedAbroad(stray, "kms:Encrypt"))
	}
	l.grant(private, awskms.CreateGrantInput{GranteePrincipal: &stray, Operations: []types.GrantOperation{"Encrypt"}})
	if err := encrypt("AKIASTRAY", *private.Arn); err != nil {
		t.Errorf("with a grant: %v", err)
	}
	_, err := l.as("AKIASTRAY", region).Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: l.encrypted(private, nil)})
	refusedBy(t, err, "AccessDeniedException", "User: "+stray+" is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access")
	_, err = l.as("AKIASTRAY", region).DisableKey(t.Context(), &awskms.DisableKeyInput{KeyId: shared.Arn})
	refusedBy(t, err, "AccessDeniedException", deniedAbroad(stray, "kms:DisableKey"))
}
