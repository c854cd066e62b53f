package kms

import (
	"context"
	"encoding/hex"
	"io"
	"maps"
	"regexp"
	"slices"

	"github.com/bedlock/bedlock/arn"
	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// The quotas of grants. Source: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
// and https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
const (
	maxGrants          = 50_000 // on a key
	maxConstraintPairs = 8
	maxConstraintValue = 384 // characters
)

// grantOperations are the operations that grants can allow, in the order of the API. What
// a key cannot do, a grant on it cannot allow.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html#terms-grant-operations
var grantOperations = [...]struct {
	name string
	can  func(*Key) bool
}{
	{"Decrypt", encrypting}, {"Encrypt", encrypting},
	{"GenerateDataKey", symmetric}, {"GenerateDataKeyWithoutPlaintext", symmetric},
	{"ReEncryptFrom", encrypting}, {"ReEncryptTo", encrypting},
	{"Sign", hasUsage(material.SignVerify)}, {"Verify", hasUsage(material.SignVerify)},
	{"GetPublicKey", asymmetric},
	{"CreateGrant", anyKey}, {"RetireGrant", anyKey}, {"DescribeKey", anyKey},
	{"GenerateDataKeyPair", symmetric}, {"GenerateDataKeyPairWithoutPlaintext", symmetric},
	{"GenerateMac", hasUsage(material.GenerateVerifyMac)}, {"VerifyMac", hasUsage(material.GenerateVerifyMac)},
	{"DeriveSharedSecret", hasUsage(material.KeyAgreement)},
	{"Encapsulate", hasUsage(material.EncapsulateDecapsulate)}, {"Decapsulate", hasUsage(material.EncapsulateDecapsulate)},
}

func anyKey(*Key) bool       { return true }
func symmetric(k *Key) bool  { return k.Spec == material.Symmetric }
func encrypting(k *Key) bool { return k.Usage == material.EncryptDecrypt }
func asymmetric(k *Key) bool { return !symmetric(k) && k.Usage != material.GenerateVerifyMac }

func hasUsage(u material.Usage) func(*Key) bool {
	return func(k *Key) bool { return k.Usage == u }
}

// operationIndex finds a grant operation; -1: there is no such.
func operationIndex(name string) int {
	for i := range grantOperations {
		if grantOperations[i].name == name {
			return i
		}
	}
	return -1
}

// CreateGrant adds a grant to a key. With a name, the same call again returns the same
// grant with another token.
func (s *Service) CreateGrant(ctx context.Context, c *Call, in *CreateGrantInput) (*CreateGrantOutput, error) {
	k, err := s.open(ctx, c, "kms:CreateGrant", in.KeyId, idOrARN, in.GrantTokens, grantConditions(c, in))
	if err != nil {
		return nil, err
	}
	if err := check("CreateGrant", k.v); err != nil {
		return nil, err
	}
	if err := s.grantable(ctx, &k.v.Key, in); err != nil {
		return nil, err
	}
	g, err := s.newGrant(c, k, in)
	if err != nil {
		return nil, err
	}
	err = s.regrant(ctx, k.e, func(v *version) (*version, Record, error) {
		if err := check("CreateGrant", v); err != nil {
			return nil, Record{}, err
		}
		if same := v.twin(g); same != nil {
			g = same
			return nil, Record{}, dryRun(in.DryRun)
		}
		if len(v.grants) >= maxGrants && !v.aws() {
			return nil, Record{}, fail(LimitExceeded, "The key has %d grants, which is the quota.", maxGrants) // unconfirmed text
		}
		if err := dryRun(in.DryRun); err != nil {
			return nil, Record{}, err
		}
		record, err := g.record()
		return v.plus(g), record, err
	})
	if err != nil {
		return nil, err
	}
	token, err := s.token(g)
	return &CreateGrantOutput{GrantToken: token, GrantId: g.ID}, err
}

func (s *Service) newGrant(c *Call, k *found, in *CreateGrantInput) (*Grant, error) {
	var id [32]byte
	if _, err := io.ReadFull(s.random, id[:]); err != nil {
		return nil, internal(err)
	}
	g := &Grant{
		ID: hex.EncodeToString(id[:]), Name: in.Name, Created: s.instant(), Propagated: s.now().UTC().Add(s.opts.Propagation),
		Issuer:  "arn:" + k.v.Partition + ":iam::" + c.Account + ":root",
		Grantee: in.GranteePrincipal, GranteeService: in.GranteeServicePrincipal,
		Retiring: in.RetiringPrincipal, RetiringService: in.RetiringServicePrincipal,
	}
	for _, op := range in.Operations {
		if !slices.Contains(g.Operations, op) {
			g.Operations = append(g.Operations, op)
		}
	}
	if con := in.Constraints; con != nil {
		g.SourceARN = con.SourceArn
		if len(con.EncryptionContextEquals) > 0 {
			g.ContextEquals = maps.Clone(con.EncryptionContextEquals)
		}
		if len(con.EncryptionContextSubset) > 0 {
			g.ContextSubset = maps.Clone(con.EncryptionContextSubset)
		}
	}
	g.share(k.v)
	return g, nil
}

// twin finds the grant that the same call made before.
func (v *version) twin(g *Grant) *Grant {
	if g.Name == "" {
		return nil
	}
	for _, old := range v.grants {
		if old.Name == g.Name && old.Issuer == g.Issuer && old.Grantee == g.Grantee && old.GranteeService == g.GranteeService &&
			old.Retiring == g.Retiring && old.RetiringService == g.RetiringService && old.SourceARN == g.SourceARN &&
			maps.Equal(old.ContextEquals, g.ContextEquals) && maps.Equal(old.ContextSubset, g.ContextSubset) &&
			slices.Equal(slices.Sorted(slices.Values(old.Operations)), slices.Sorted(slices.Values(g.Operations))) {
			return old
		}
	}
	return nil
}

// grantable checks what a grant is to say. The texts are confirmed where a test asserts
// them; the order is unconfirmed.
func (s *Service) grantable(ctx context.Context, k *Key, in *CreateGrantInput) error {
	var source string
	if in.Constraints != nil {
		source = in.Constraints.SourceArn
	}
	switch {
	case (in.GranteePrincipal == "") == (in.GranteeServicePrincipal == ""):
		return fail(Validation, "You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.") // unconfirmed text
	case in.RetiringPrincipal != "" && in.RetiringServicePrincipal != "":
		return fail(Validation, "You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.") // unconfirmed text
	case in.GranteeServicePrincipal != "" && (source == "" || in.RetiringPrincipal+in.RetiringServicePrincipal == ""):
		return fail(Validation, "A grant to a service principal needs a SourceArn constraint, and a RetiringPrincipal or RetiringServicePrincipal.") // unconfirmed text
	}
	if err := grantableOperations(k, in.Operations); err != nil {
		return err
	}
	if err := grantableConstraints(k, in.Constraints); err != nil {
		return err
	}
	for _, name := range []string{in.GranteePrincipal, in.RetiringPrincipal} {
		if name != "" && !serviceName.MatchString(name) && !(principalForm(name) && s.principalExists(ctx, name)) {
			return fail(InvalidArn, "ARN does not refer to a valid principal: %s", name)
		}
	}
	return nil
}

var (
	accountID         = regexp.MustCompile(`^[0-9]{12}$`)
	serviceName       = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$`)
	principalResource = regexp.MustCompile(`^(iam:(root|user/.+|role/.+)|sts:(assumed-role/[^/]+/[^/]+|federated-user/[^/]+))$`)
)

func grantableOperations(k *Key, operations []string) error {
	if len(operations) == 0 {
		return fail(Validation, "1 validation error detected: Value null at 'operations' failed to satisfy constraint: Member must not be null")
	}
	more := false
	for _, name := range operations {
		i := operationIndex(name)
		if i < 0 || !grantOperations[i].can(k) {
			return fail(Validation, "Operation %s is not supported for a grant on %s.", name, k.ARN()) // unconfirmed text
		}
		more = more || name != "CreateGrant"
	}
	if !more {
		return fail(Validation, "Grants must not contain only the CreateGrant operation.")
	}
	return nil
}

func grantableConstraints(k *Key, c *GrantConstraints) error {
	if c == nil || len(c.EncryptionContextEquals)+len(c.EncryptionContextSubset) == 0 {
		return nil
	}
	switch {
	case !symmetric(k):
		return fail(Validation, "EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.")
	case len(c.EncryptionContextEquals) > 0 && len(c.EncryptionContextSubset) > 0:
		return fail(Validation, "You can specify either EncryptionContextEquals or EncryptionContextSubset, but not both.") // unconfirmed text
	}
	for _, pairs := range []map[string]string{c.EncryptionContextEquals, c.EncryptionContextSubset} {
		if len(pairs) > maxConstraintPairs {
			return fail(Validation, "A grant constraint can have at most %d encryption context pairs.", maxConstraintPairs) // unconfirmed text
		}
		for _, value := range pairs {
			if len([]rune(value)) > maxConstraintValue {
				return fail(Validation, "A value in a grant constraint can have at most %d characters.", maxConstraintValue) // unconfirmed text
			}
		}
	}
	return nil
}

// principalForm reports whether a text has the form of a principal of a grant: the ARN of
// an account, a user, a role or a session.
func principalForm(name string) bool {
	a, err := arn.Parse(name)
	if err != nil || a.Region != "" || !accountID.MatchString(a.Account) {
		return false
	}
	return principalResource.MatchString(a.Service + ":" + a.Resource)
}

// grantConditions are the condition keys of CreateGrant. What kms:GrantConstraintType says
// of a SourceArn is unconfirmed: nothing is said.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func grantConditions(c *Call, in *CreateGrantInput) authz.Context {
	out := authz.Context{"kms:grantoperations": {Values: in.Operations}}
	forResource(c, out)
	for key, value := range map[string]string{
		"kms:granteeprincipal": in.GranteePrincipal, "kms:granteeserviceprincipal": in.GranteeServicePrincipal,
		"kms:retiringprincipal": in.RetiringPrincipal, "kms:retiringserviceprincipal": in.RetiringServicePrincipal,
	} {
		given(out, key, value)
	}
	if con := in.Constraints; con != nil {
		given(out, "kms:grantconstraintsourcearn", con.SourceArn)
		constraintConditions(out, con.EncryptionContextEquals, con.EncryptionContextSubset)
	}
	return out
}

// constraintConditions are the condition keys of a grant's encryption context.
func constraintConditions(out authz.Context, equals, subset map[string]string) {
	switch {
	case len(equals) > 0:
		given(out, "kms:grantconstrainttype", "EncryptionContextEquals")
		contextConditions(out, equals)
	case len(subset) > 0:
		given(out, "kms:grantconstrainttype", "EncryptionContextSubset")
		contextConditions(out, subset)
	}
}

// forResource tells whether a service asks on somebody's behalf.
func forResource(c *Call, out authz.Context) {
	value := "false"
	if _, via := c.Context["kms:viaservice"]; via || c.Principal.Kind == authz.Service {
		value = "true"
	}
	given(out, "kms:grantisforawsresource", value)
}
