package behalf

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/records"
)

// use is the use of a key for a slot: what needs make of it, one after the other.
type use struct {
	keys    *Keys
	subject *Subject
	call    *plane.Call
	key     string
	// sealed gets, or has, the data key as KMS encrypted it; plain is the data key.
	sealed records.Sealed
	plain  []byte
	// fresh is a data key that the need which is being met made for itself.
	fresh []byte
}

// meet makes the calls of a need: of its actions those that are wanted, or all. A nil need is
// that of a service that has a grant.
func (u *use) meet(ctx context.Context, n *catalog.Need, wanted []string) error {
	a, err := u.actor(ctx, n)
	if err != nil {
		return err
	}
	var encryption map[string]string
	actions := wanted
	if n != nil {
		encryption = u.subject.EncryptionContext(n)
		actions = n.Actions
	}
	if n == nil {
		encryption = u.sealed.Context
	}
	u.fresh = nil
	for _, action := range ordered(actions) {
		if len(wanted) > 0 && !slices.Contains(wanted, action) {
			continue
		}
		if err := u.act(ctx, a, action, encryption); err != nil {
			return err
		}
	}
	return nil
}

func (u *use) actor(ctx context.Context, n *catalog.Need) (*actor, error) {
	if n != nil {
		return u.keys.actor(ctx, u.call, u.subject, n)
	}
	a := &actor{before: u.call, who: Principal(u.subject.Service), service: u.subject.Service}
	a.context = u.subject.roleContext()
	return a, nil
}

// ordered puts the actions that make a data key before those that use one.
func ordered(actions []string) []string {
	rank := func(action string) int {
		return slices.Index([]string{"DescribeKey", "CreateGrant", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Encrypt"}, action)
	}
	out := slices.Clone(actions)
	slices.SortStableFunc(out, func(a, b string) int {
		ra, rb := rank(a), rank(b)
		if ra < 0 {
			ra = 100
		}
		if rb < 0 {
			rb = 100
		}
		return ra - rb
	})
	return out
}

// act makes the call of one action.
func (u *use) act(ctx context.Context, a *actor, action string, encryption map[string]string) error {
	s, k := u.keys.opts.KMS, u.keys
	switch action {
	case "DescribeKey":
		out, err := do(ctx, k, a, action, s.DescribeKey, &kms.DescribeKeyInput{KeyId: u.key})
		if err == nil {
			u.key = out.KeyMetadata.Arn // grants cannot be made by an alias
			err = u.usable(a, out.KeyMetadata)
		}
		return err
	case "GenerateDataKey":
		out, err := do(ctx, k, a, action, s.GenerateDataKey, &kms.GenerateDataKeyInput{KeyId: u.key, KeySpec: dataKeySpec, EncryptionContext: encryption})
		if err == nil {
			u.made(out.KeyId, out.CiphertextBlob, encryption, out.Plaintext)
		}
		return err
	case "GenerateDataKeyWithoutPlaintext":
		out, err := do(ctx, k, a, action, s.GenerateDataKeyWithoutPlaintext, &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: u.key, KeySpec: dataKeySpec, EncryptionContext: encryption})
		if err == nil {
			u.made(out.KeyId, out.CiphertextBlob, encryption, nil)
		}
		return err
	case "Encrypt":
		plain := make([]byte, 32)
		_, _ = rand.Read(plain) // it never fails
		out, err := do(ctx, k, a, action, s.Encrypt, &kms.EncryptInput{KeyId: u.key, Plaintext: plain, EncryptionContext: encryption})
		if err == nil {
			u.made(out.KeyId, out.CiphertextBlob, encryption, plain)
		}
		return err
	case "CreateGrant":
		return u.grant(ctx, a, encryption)
	case "RetireGrant":
		if u.sealed.Grant == "" {
			return nil
		}
		return silent(ctx, k, a, action, s.RetireGrant, &kms.RetireGrantInput{KeyId: u.sealed.Key, GrantId: u.sealed.Grant})
	case "ListGrants":
		_, err := do(ctx, k, a, action, s.ListGrants, &kms.ListGrantsInput{KeyId: u.key})
		return err
	case "Decrypt", "ReEncryptFrom", "ReEncryptTo":
		return u.read(ctx, a, action, encryption)
	}
	return fmt.Errorf("behalf: a need has the action %s, which no service calls", action)
}

// read makes the calls that need a data key: that of the content, or of a need with another
// encryption context its own. Without one there is nothing to read yet.
func (u *use) read(ctx context.Context, a *actor, action string, encryption map[string]string) error {
	key := u.sealed.DataKey
	if u.fresh != nil && !maps.Equal(encryption, u.sealed.Context) {
		key = u.fresh
	} else {
		encryption = u.sealed.Context
	}
	if key == nil || action == "ReEncryptTo" {
		return nil // one call of ReEncrypt needs both
	}
	s, k := u.keys.opts.KMS, u.keys
	if action == "Decrypt" {
		out, err := do(ctx, k, a, action, s.Decrypt, &kms.DecryptInput{CiphertextBlob: key, EncryptionContext: encryption, KeyId: u.sealed.Key})
		if err == nil {
			u.plain = out.Plaintext
		}
		return err
	}
	_, err := do(ctx, k, a, "ReEncrypt", s.ReEncrypt, &kms.ReEncryptInput{
		CiphertextBlob: key, SourceEncryptionContext: encryption, SourceKeyId: u.sealed.Key,
		DestinationKeyId: u.sealed.Key, DestinationEncryptionContext: encryption,
	})
	return err
}

// made keeps a data key, unless there is one already.
func (u *use) made(key string, encrypted []byte, encryption map[string]string, plain []byte) {
	u.fresh = encrypted
	if u.sealed.DataKey != nil {
		return
	}
	u.sealed.Key, u.sealed.DataKey, u.sealed.Context, u.plain = key, encrypted, encryption, plain
}

// usable refuses a key that no service can use for content, as KMS refuses the calls that use
// it.
func (u *use) usable(a *actor, m *kms.KeyMetadata) error {
	switch {
	case m.KeyState == "Disabled":
		return &Error{Code: "DisabledException", Operation: "DescribeKey", Need: a.need, Message: m.Arn + " is disabled."}
	case m.KeyState != "Enabled":
		return &Error{Code: "KMSInvalidStateException", Operation: "DescribeKey", Need: a.need, Message: m.Arn + " is " + spoken(string(m.KeyState)) + "."}
	case m.KeySpec != "SYMMETRIC_DEFAULT" || m.KeyUsage != "ENCRYPT_DECRYPT":
		return &Error{Code: "InvalidKeyUsageException", Operation: "DescribeKey", Need: a.need, Message: m.Arn + " key usage is " + string(m.KeyUsage) + " which is not valid for GenerateDataKey."}
	}
	return nil
}

// spoken is a state as messages say it: pending deletion.
func spoken(state string) string {
	var out strings.Builder
	for i, c := range state {
		if i > 0 && unicode.IsUpper(c) {
			out.WriteByte(' ')
		}
		out.WriteRune(unicode.ToLower(c))
	}
	return out.String()
}

// grant makes the grant by which the service comes back to the content.
func (u *use) grant(ctx context.Context, a *actor, encryption map[string]string) error {
	operations := []string{"Decrypt", "GenerateDataKey"}
	if a.need != nil && len(a.need.GrantOperations) > 0 {
		operations = a.need.GrantOperations
	}
	in := &kms.CreateGrantInput{
		KeyId: u.key, GranteePrincipal: cmp.Or(u.subject.Grantee, u.subject.Service), RetiringPrincipal: u.subject.Service, Operations: operations,
	}
	if len(encryption) > 0 {
		in.Constraints = &kms.GrantConstraints{EncryptionContextSubset: encryption}
	}
	out, err := do(ctx, u.keys, a, "CreateGrant", u.keys.opts.KMS.CreateGrant, in)
	if err == nil {
		u.sealed.Grant = out.GrantId
		if u.sealed.DataKey == nil {
			u.sealed.Context = encryption
		}
	}
	return err
}

// otherwise makes the data key of a slot that nobody who creates it makes one for.
func (u *use) otherwise(ctx context.Context, slot *catalog.Slot) error {
	for _, action := range []string{"GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Encrypt"} {
		for i := range slot.Needs {
			n := &slot.Needs[i]
			if !slices.Contains(n.Actions, action) {
				continue
			}
			if err := u.meet(ctx, n, []string{action, "Decrypt"}); err != nil {
				return err
			}
			if u.plain != nil {
				return nil
			}
		}
	}
	return u.meet(ctx, nil, []string{"GenerateDataKey"}) // by the grant that was made
}

// silent is do for an operation without an output.
func silent[I any](ctx context.Context, k *Keys, a *actor, operation string, call func(context.Context, *kms.Call, *I) error, in *I) error {
	_, err := do(ctx, k, a, operation, func(ctx context.Context, c *kms.Call, in *I) (*struct{}, error) {
		return nil, call(ctx, c, in)
	}, in)
	return err
}
