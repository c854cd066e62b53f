//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// kept is what a key is known to be.
type kept struct {
	Description, State, Policy string
	Tags                       map[string]string
	Aliases                    map[string]bool
	Grants                     map[string]string // ids by name
	Materials                  int

	// Ciphertexts, with their plaintexts.
	blobs map[string][]byte
}

// String has all of a key that a call can change.
func (k *kept) String() string {
	return fmt.Sprintf("%q %s, policy %.60q (%d), tags %v, aliases %v, grants %q, %d materials",
		k.Description, k.State, k.Policy, len(k.Policy), k.Tags, k.Aliases, slices.Sorted(maps.Keys(k.Grants)), k.Materials)
}

func (k *kept) clone() *kept {
	out := *k
	out.Tags, out.Aliases, out.Grants, out.blobs = maps.Clone(k.Tags), maps.Clone(k.Aliases), maps.Clone(k.Grants), maps.Clone(k.blobs)
	return &out
}

// changer is a client that changes keys of its own.
type changer struct {
	name string
	keys map[string]*kept // by key id
	n    int              // names given so far
	// pending is what the call under way changes; nil: none is.
	pending func(map[string]*kept)
}

// forget leaves all but a few keys as they are from now on.
func (c *changer) forget() {
	for id := range c.keys {
		if len(c.keys) > 3 {
			delete(c.keys, id)
		}
	}
}

// anything that Go's random map order gives.
func anything[K comparable, V any](m map[K]V) (k K, ok bool) {
	for k = range m {
		return k, true
	}
	return k, false
}

const delegating = `{"Version":"2012-10-17","Id":%q,"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + localAccount + `:root"},"Action":"kms:*","Resource":"*"}]}`

// ofKey applies f to the key with an id.
func ofKey(id string, f func(*kept)) func(map[string]*kept) {
	return func(keys map[string]*kept) { f(keys[id]) }
}

// next chooses a call, and says what is so once it is acknowledged.
func (c *changer) next(client *awskms.Client) (call func(context.Context) error, then func(map[string]*kept)) {
	c.n++
	name := fmt.Sprint(c.name, "-", c.n)
	id, some := anything(c.keys)
	if !some || rand.IntN(6) == 0 {
		return c.create(client, name)
	}
	switch c.keys[id].State {
	case "PendingDeletion":
		return func(ctx context.Context) error {
			_, err := client.CancelKeyDeletion(ctx, &awskms.CancelKeyDeletionInput{KeyId: &id})
			return err
		}, ofKey(id, func(k *kept) { k.State = "Disabled" })
	case "Disabled":
		return func(ctx context.Context) error {
			_, err := client.EnableKey(ctx, &awskms.EnableKeyInput{KeyId: &id})
			return err
		}, ofKey(id, func(k *kept) { k.State = "Enabled" })
	}
	if call, then = c.related(client, id, name); call == nil {
		call, then = c.settings(client, id, name)
	}
	if call != nil {
		return call, then
	}
	var blob []byte
	return func(ctx context.Context) error {
		out, err := client.Encrypt(ctx, &awskms.EncryptInput{KeyId: &id, Plaintext: []byte(name)})
		if err == nil {
			blob = out.CiphertextBlob
		}
		return err
	}, ofKey(id, func(k *kept) { k.blobs[name] = blob })
}

// related chooses a call about an alias or a grant of a key; nil: none.
func (c *changer) related(client *awskms.Client, id, name string) (call func(context.Context) error, then func(map[string]*kept)) {
	k := c.keys[id]
	switch rand.IntN(13) {
	case 0:
		alias := "alias/" + name
		return func(ctx context.Context) error {
			_, err := client.CreateAlias(ctx, &awskms.CreateAliasInput{AliasName: &alias, TargetKeyId: &id})
			return err
		}, ofKey(id, func(k *kept) { k.Aliases[alias] = true })
	case 1:
		if alias, ok := anything(k.Aliases); ok {
			return func(ctx context.Context) error {
				_, err := client.DeleteAlias(ctx, &awskms.DeleteAliasInput{AliasName: &alias})
				return err
			}, ofKey(id, func(k *kept) { delete(k.Aliases, alias) })
		}
	case 2:
		alias, ok := anything(k.Aliases)
		if to, _ := anything(c.keys); ok && c.keys[to].State == "Enabled" {
			return func(ctx context.Context) error {
					_, err := client.UpdateAlias(ctx, &awskms.UpdateAliasInput{AliasName: &alias, TargetKeyId: &to})
					return err
				}, func(keys map[string]*kept) {
					delete(keys[id].Aliases, alias)
					keys[to].Aliases[alias] = true
				}
		}
	case 3, 4:
		var grant string
		return func(ctx context.Context) error {
			out, err := client.CreateGrant(ctx, &awskms.CreateGrantInput{
				KeyId: &id, Name: &name, GranteePrincipal: aws.String("arn:aws:iam::" + localAccount + ":root"),
				Operations: []types.GrantOperation{types.GrantOperationDecrypt},
			})
			if err == nil {
				grant = *out.GrantId
			}
			return err
		}, ofKey(id, func(k *kept) { k.Grants[name] = grant })
	case 5:
		if grant, ok := anything(k.Grants); ok {
			return func(ctx context.Context) error {
				_, err := client.RevokeGrant(ctx, &awskms.RevokeGrantInput{KeyId: &id, GrantId: aws.String(k.Grants[grant])})
				return err
			}, ofKey(id, func(k *kept) { delete(k.Grants, grant) })
		}
	}
	return nil, nil
}

// settings chooses a call about what a key itself is; nil: none.
func (c *changer) settings(client *awskms.Client, id, name string) (call func(context.Context) error, then func(map[string]*kept)) {
	k := c.keys[id]
	switch rand.IntN(8) {
	case 0:
		text := fmt.Sprintf(delegating, name+strings.Repeat("-", rand.IntN(20_000)))
		return func(ctx context.Context) error {
			_, err := client.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: &id, Policy: &text})
			return err
		}, ofKey(id, func(k *kept) { k.Policy = text })
	case 1:
		tag := fmt.Sprint("tag", rand.IntN(5))
		return func(ctx context.Context) error {
			_, err := client.TagResource(ctx, &awskms.TagResourceInput{KeyId: &id, Tags: []types.Tag{{TagKey: &tag, TagValue: &name}}})
			return err
		}, ofKey(id, func(k *kept) { k.Tags[tag] = name })
	case 2:
		if tag, ok := anything(k.Tags); ok {
			return func(ctx context.Context) error {
				_, err := client.UntagResource(ctx, &awskms.UntagResourceInput{KeyId: &id, TagKeys: []string{tag}})
				return err
			}, ofKey(id, func(k *kept) { delete(k.Tags, tag) })
		}
	case 3:
		return func(ctx context.Context) error {
			_, err := client.UpdateKeyDescription(ctx, &awskms.UpdateKeyDescriptionInput{KeyId: &id, Description: &name})
			return err
		}, ofKey(id, func(k *kept) { k.Description = name })
	case 4:
		if k.Materials < 10 {
			return func(ctx context.Context) error {
				_, err := client.RotateKeyOnDemand(ctx, &awskms.RotateKeyOnDemandInput{KeyId: &id})
				return err
			}, ofKey(id, func(k *kept) { k.Materials++ })
		}
	case 5:
		return func(ctx context.Context) error {
			_, err := client.ScheduleKeyDeletion(ctx, &awskms.ScheduleKeyDeletionInput{KeyId: &id})
			return err
		}, ofKey(id, func(k *kept) { k.State = "PendingDeletion" })
	case 6:
		return func(ctx context.Context) error {
			_, err := client.DisableKey(ctx, &awskms.DisableKeyInput{KeyId: &id})
			return err
		}, ofKey(id, func(k *kept) { k.State = "Disabled" })
	}
	return nil, nil
}

// create makes a key with a tag. Until its id is known nobody can say what it is; see
// strangers.
func (c *changer) create(client *awskms.Client, name string) (func(context.Context) error, func(map[string]*kept)) {
	made := &kept{
		Description: name, State: "Enabled", Policy: fmt.Sprintf(delegating, name), Materials: 1,
		Tags: map[string]string{"made": name}, Aliases: map[string]bool{}, Grants: map[string]string{}, blobs: map[string][]byte{},
	}
	id := ""
	return func(ctx context.Context) error {
			out, err := client.CreateKey(ctx, &awskms.CreateKeyInput{
				Description: &name, Policy: &made.Policy, Tags: []types.Tag{{TagKey: aws.String("made"), TagValue: &name}},
			})
			if err == nil {
				id = *out.KeyMetadata.KeyId
			}
			return err
		}, func(keys map[string]*kept) {
			if id != "" {
				keys[id] = made
			}
		}
}

// check compares the client's keys with those of p: the change that was under way is there
// or it is not. From then on what is there counts.
func (c *changer) check(t *testing.T, p *process) map[string]string {
	client := p.reader(t)
	with := map[string]*kept{}
	for id, k := range c.keys {
		with[id] = k.clone()
	}
	if c.pending != nil {
		c.pending(with)
		c.pending = nil
	}
	out := map[string]string{}
	before, after := true, true
	for id, k := range c.keys {
		got := observed(t, client, id)
		out[id] = got.String()
		before, after = before && out[id] == k.String(), after && out[id] == with[id].String()
		if out[id] != k.String() && out[id] != with[id].String() {
			t.Errorf("key %s of %s is\n%s, want\n%s or\n%s", id, c.name, out[id], k, with[id])
		}
		got.blobs = k.blobs
		c.keys[id] = got
		if got.State != "Enabled" {
			continue
		}
		for plain, blob := range k.blobs {
			if opened, err := client.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob}); err != nil || string(opened.Plaintext) != plain || *opened.KeyId != "arn:aws:kms:"+localRegion+":"+localAccount+":key/"+id {
				t.Errorf("what was encrypted as %s under %s opens as %v, %v", plain, id, opened, err)
			}
		}
	}
	if !before && !after {
		t.Errorf("of the last change of %s one half is there", c.name)
	}
	return out
}

// strangers are keys that were made and not acknowledged. They are whole.
func strangers(t *testing.T, p *process, settled map[string]string) map[string]string {
	t.Helper()
	client := p.reader(t)
	out := map[string]string{}
	listed := map[string]bool{}
	for pages := awskms.NewListKeysPaginator(client, &awskms.ListKeysInput{Limit: aws.Int32(1000)}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range page.Keys {
			listed[*entry.KeyId] = true
			if settled[*entry.KeyId] != "" {
				continue
			}
			k := observed(t, client, *entry.KeyId)
			want := kept{Description: k.Description, State: "Enabled", Policy: fmt.Sprintf(delegating, k.Description), Tags: map[string]string{"made": k.Description}, Materials: 1}
			if k.String() != want.String() {
				t.Errorf("a key that was not acknowledged is %s, want %s", k, &want)
			}
			out[*entry.KeyId] = k.String()
		}
	}
	for id := range settled {
		if !listed[id] {
			t.Errorf("key %s is not listed", id)
		}
	}
	return out
}

// observed asks for all of a key.
func observed(t *testing.T, client *awskms.Client, id string) *kept {
	ctx := t.Context()
	k := &kept{Tags: map[string]string{}, Aliases: map[string]bool{}, Grants: map[string]string{}}
	described, err := client.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: &id})
	if err != nil {
		t.Errorf("key %s: %v", id, err)
		return k
	}
	k.Description, k.State = *described.KeyMetadata.Description, string(described.KeyMetadata.KeyState)
	text, err1 := client.GetKeyPolicy(ctx, &awskms.GetKeyPolicyInput{KeyId: &id})
	tags, err2 := client.ListResourceTags(ctx, &awskms.ListResourceTagsInput{KeyId: &id})
	aliases, err3 := client.ListAliases(ctx, &awskms.ListAliasesInput{KeyId: &id, Limit: aws.Int32(100)})
	grants, err4 := client.ListGrants(ctx, &awskms.ListGrantsInput{KeyId: &id, Limit: aws.Int32(100)})
	rotations, err5 := client.ListKeyRotations(ctx, &awskms.ListKeyRotationsInput{KeyId: &id, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial})
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Errorf("key %s: %v", id, err)
		return k
	}
	if aliases.Truncated || grants.Truncated || tags.Truncated || rotations.Truncated {
		t.Errorf("key %s has more than one page of something", id)
	}
	k.Policy, k.Materials = *text.Policy, len(rotations.Rotations)
	for _, tag := range tags.Tags {
		k.Tags[*tag.TagKey] = *tag.TagValue
	}
	for _, alias := range aliases.Aliases {
		k.Aliases[*alias.AliasName] = true
	}
	for _, grant := range grants.Grants {
		k.Grants[*grant.Name] = *grant.GrantId
	}
	return k
}
