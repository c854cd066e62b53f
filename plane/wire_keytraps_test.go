package plane

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/bedlock/bedlock/kms"
)

// TestWireKeyTraps: what emulators get wrong about keys, by the numbers of the traps.
func TestWireKeyTraps(t *testing.T) {
	clock := &clock{}
	l := newKnown(t, clock)
	c := l.as("AKIAADMIN", region)
	for name, test := range map[string]func(t *testing.T, l *local, c *client){
		"T35": trapTagOrder, "T36": trapAsymmetricRotation, "T37": trapRotationStatus, "T38": trapRotatedKey, "T39": trapNextRotation,
		"T42": trapStateFirst, "T46": trapNewMaterial, "T47": trapDeletedMaterial, "T52": trapReplicaKeys, "T55": trapCancelledDeletion,
		"T58": trapStatus, "T68": trapGrantAgain, "T72": trapGrantEntry, "T72b": trapGrantToken, "T73": trapRetireByID, "T75": trapDefaultPolicy,
		"T79": trapStatementWithoutAction, "T83": trapManagedAliases, "T90": trapManagedKey, "T92": trapEarliestExpiry,
	} {
		t.Run(name, func(t *testing.T) { test(t, l, c) })
	}
}

// described is what a key is now.
func (l *local) described(id *string) *types.KeyMetadata {
	l.t.Helper()
	return got[*awskms.DescribeKeyOutput](l.t)(l.as("AKIAADMIN", region).DescribeKey(l.t.Context(), &awskms.DescribeKeyInput{KeyId: id})).KeyMetadata
}

// trapTagOrder: a tag that is set again keeps its place.
func trapTagOrder(t *testing.T, l *local, c *client) {
	key := l.key(nil)
	for _, tags := range [][]string{{"z", "1", "a", "2"}, {"m", "3", "z", "4"}} {
		in := &awskms.TagResourceInput{KeyId: key.KeyId}
		for pair := range slices.Chunk(tags, 2) {
			in.Tags = append(in.Tags, types.Tag{TagKey: &pair[0], TagValue: &pair[1]})
		}
		got[*awskms.TagResourceOutput](t)(c.TagResource(t.Context(), in))
	}
	var listed []string
	for _, tag := range got[*awskms.ListResourceTagsOutput](t)(c.ListResourceTags(t.Context(), &awskms.ListResourceTagsInput{KeyId: key.KeyId})).Tags {
		listed = append(listed, *tag.TagKey+*tag.TagValue)
	}
	if !slices.Equal(listed, []string{"z4", "a2", "m3"}) {
		t.Errorf("%v", listed)
	}
}

// trapAsymmetricRotation: an asymmetric key cannot be made to rotate; asking and switching
// off succeed.
func trapAsymmetricRotation(t *testing.T, l *local, c *client) {
	for _, key := range []*types.KeyMetadata{l.special("ECC_NIST_P256", "SIGN_VERIFY"), l.special("HMAC_256", "GENERATE_VERIFY_MAC")} {
		_, err := c.EnableKeyRotation(t.Context(), &awskms.EnableKeyRotationInput{KeyId: key.KeyId})
		refusedBy(t, err, "UnsupportedOperationException", "")
		got[*awskms.DisableKeyRotationOutput](t)(c.DisableKeyRotation(t.Context(), &awskms.DisableKeyRotationInput{KeyId: key.KeyId}))
		if out := got[*awskms.GetKeyRotationStatusOutput](t)(c.GetKeyRotationStatus(t.Context(), &awskms.GetKeyRotationStatusInput{KeyId: key.KeyId})); out.KeyRotationEnabled {
			t.Errorf("%+v", out)
		}
	}
}

// trapRotationStatus: the period and the next date are there with automatic rotation only.
func trapRotationStatus(t *testing.T, l *local, c *client) {
	key := l.key(nil)
	members := func() []string {
		_, answer := l.posted(t, "GetKeyRotationStatus", `{"KeyId":"`+*key.KeyId+`"}`)
		var out map[string]any
		if err := json.Unmarshal(answer, &out); err != nil {
			t.Fatal(err)
		}
		return slices.Sorted(maps.Keys(out))
	}
	if off := members(); !slices.Equal(off, []string{"KeyId", "KeyRotationEnabled"}) {
		t.Errorf("off: %v", off)
	}
	got[*awskms.EnableKeyRotationOutput](t)(c.EnableKeyRotation(t.Context(), &awskms.EnableKeyRotationInput{KeyId: key.KeyId}))
	if on := members(); !slices.Equal(on, []string{"KeyId", "KeyRotationEnabled", "NextRotationDate", "RotationPeriodInDays"}) {
		t.Errorf("on: %v", on)
	}
}

// trapRotatedKey: RotateKeyOnDemand answers the ARN.
func trapRotatedKey(t *testing.T, l *local, c *client) {
	key := l.key(nil)
	if out := got[*awskms.RotateKeyOnDemandOutput](t)(c.RotateKeyOnDemand(t.Context(), &awskms.RotateKeyOnDemandInput{KeyId: key.KeyId})); *out.KeyId != *key.Arn {
		t.Error(*out.KeyId)
	}
}

// trapNextRotation: a rotation on demand does not move the next automatic one.
func trapNextRotation(t *testing.T, l *local, c *client) {
	key := l.key(nil)
	got[*awskms.EnableKeyRotationOutput](t)(c.EnableKeyRotation(t.Context(), &awskms.EnableKeyRotationInput{KeyId: key.KeyId}))
	status := func() *awskms.GetKeyRotationStatusOutput {
		return got[*awskms.GetKeyRotationStatusOutput](t)(c.GetKeyRotationStatus(t.Context(), &awskms.GetKeyRotationStatusInput{KeyId: key.KeyId}))
	}
	before := status()
	got[*awskms.RotateKeyOnDemandOutput](t)(c.RotateKeyOnDemand(t.Context(), &awskms.RotateKeyOnDemandInput{KeyId: key.KeyId}))
	if after := status(); !after.NextRotationDate.Equal(*before.NextRotationDate) || *after.RotationPeriodInDays != 365 || !after.KeyRotationEnabled {
		t.Errorf("%+v, before %+v", after, before)
	}
}

// trapStateFirst: the state of a key is looked at before its spec.
func trapStateFirst(t *testing.T, l *local, c *client) {
	key := l.key(&awskms.CreateKeyInput{KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY", Origin: types.OriginTypeExternal})
	_, err := c.RotateKeyOnDemand(t.Context(), &awskms.RotateKeyOnDemandInput{KeyId: key.KeyId})
	refusedBy(t, err, "KMSInvalidStateException", *key.Arn+" is pending import.")
}

// trapNewMaterial: new imported material is not current before a rotation.
func trapNewMaterial(t *testing.T, l *local, c *client) {
	key := l.external()
	l.imported(l.importing(key.KeyId, key32(1)))
	old := *l.described(key.KeyId).CurrentKeyMaterialId
	in := l.importing(key.KeyId, key32(2))
	in.ImportType = types.ImportTypeNewKeyMaterial
	next := *got[*awskms.ImportKeyMaterialOutput](t)(c.ImportKeyMaterial(t.Context(), in)).KeyMaterialId
	if now := *l.described(key.KeyId).CurrentKeyMaterialId; now != old || next == old {
		t.Errorf("%s, before %s, new %s", now, old, next)
	}
	got[*awskms.RotateKeyOnDemandOutput](t)(c.RotateKeyOnDemand(t.Context(), &awskms.RotateKeyOnDemandInput{KeyId: key.KeyId}))
	if now := *l.described(key.KeyId).CurrentKeyMaterialId; now != next {
		t.Errorf("after the rotation %s, want %s", now, next)
	}
}

// trapDeletedMaterial: a key whose material was deleted waits for it, and remembers its id.
func trapDeletedMaterial(t *testing.T, l *local, c *client) {
	key := l.external()
	if before := l.described(key.KeyId); before.KeyState != types.KeyStatePendingImport || before.Enabled || before.CurrentKeyMaterialId != nil || before.ExpirationModel != "" {
		t.Errorf("before: %+v", before)
	}
	l.imported(l.importing(key.KeyId, key32(1)))
	with := l.described(key.KeyId)
	if with.ExpirationModel != types.ExpirationModelTypeKeyMaterialDoesNotExpire || !with.Enabled {
		t.Errorf("with: %+v", with)
	}
	got[*awskms.DeleteImportedKeyMaterialOutput](t)(c.DeleteImportedKeyMaterial(t.Context(), &awskms.DeleteImportedKeyMaterialInput{KeyId: key.KeyId}))
	now := l.described(key.KeyId)
	if now.KeyState != types.KeyStatePendingImport || now.Enabled || now.ExpirationModel != "" || now.ValidTo != nil || *now.CurrentKeyMaterialId != *with.CurrentKeyMaterialId {
		t.Errorf("after: %+v", now)
	}
	_, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x")})
	refusedBy(t, err, "KMSInvalidStateException", *key.Arn+" is pending import.")
}

// TestWireReplica (T50): a replica is being created when ReplicateKey answers.
func TestWireReplica(t *testing.T) {
	clock := &clock{}
	l := newLocal(t, func(o *kms.Options, _ *Options) { o.Now, o.Passing = clock.Now, time.Minute })
	c := l.as("AKIAADMIN", region)
	key := l.key(&awskms.CreateKeyInput{MultiRegion: pointerTo(true), Description: pointer("mine"), Tags: []types.Tag{{TagKey: pointer("a"), TagValue: pointer("b")}}})
	out := got[*awskms.ReplicateKeyOutput](t)(c.ReplicateKey(t.Context(), &awskms.ReplicateKeyInput{KeyId: key.KeyId, ReplicaRegion: pointer("us-east-1")}))
	made := out.ReplicaKeyMetadata
	arn := strings.Replace(*key.Arn, region, "us-east-1", 1)
	if made.KeyState != types.KeyStateCreating || made.Enabled || *made.Description != "" || made.CurrentKeyMaterialId != nil || *made.Arn != arn || out.ReplicaTags != nil {
		t.Errorf("%+v %v", made, out.ReplicaTags)
	}
	if *out.ReplicaPolicy != defaultKeyPolicy {
		t.Errorf("%s", *out.ReplicaPolicy)
	}
	for _, m := range []*types.KeyMetadata{made, l.described(key.KeyId)} {
		of := m.MultiRegionConfiguration
		if *of.PrimaryKey.Arn != *key.Arn || *of.PrimaryKey.Region != region || len(of.ReplicaKeys) != 1 || *of.ReplicaKeys[0].Arn != arn || *of.ReplicaKeys[0].Region != "us-east-1" {
			t.Errorf("%+v", of)
		}
	}
	there := l.as("AKIAADMIN", "us-east-1")
	encrypt := func() error {
		return errOf(there.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x")}))
	}
	refusedBy(t, encrypt(), "KMSInvalidStateException", arn+" is creating.")
	clock.add(time.Minute)
	if err := encrypt(); err != nil {
		t.Error(err)
	}
	blob := l.encrypted(key, nil)
	opened, err := there.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob})
	opens(t, opened, err)
	if err == nil && *opened.KeyId != arn {
		t.Errorf("opened with %s", *opened.KeyId)
	}
}

// defaultKeyPolicy is the policy of a key that was made without one.
const defaultKeyPolicy = `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::` + home + `:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`

// trapReplicaKeys: a multi-Region key without replicas has an empty list of them, other
// keys have nothing about Regions.
func trapReplicaKeys(t *testing.T, l *local, _ *client) {
	related := l.key(&awskms.CreateKeyInput{MultiRegion: pointerTo(true)})
	_, answer := l.posted(t, "DescribeKey", `{"KeyId":"`+*related.KeyId+`"}`)
	want := fmt.Sprintf(`"MultiRegionConfiguration":{"MultiRegionKeyType":"PRIMARY","PrimaryKey":{"Arn":%q,"Region":%q},"ReplicaKeys":[]}`, *related.Arn, region)
	if !strings.Contains(string(answer), want) {
		t.Errorf("%s", answer)
	}
	_, answer = l.posted(t, "DescribeKey", `{"KeyId":"`+*l.key(nil).KeyId+`"}`)
	if strings.Contains(string(answer), "MultiRegionConfiguration") || !strings.Contains(string(answer), `"MultiRegion":false`) {
		t.Errorf("%s", answer)
	}
}

// trapCancelledDeletion: a key that is not deleted after all is disabled.
func trapCancelledDeletion(t *testing.T, l *local, c *client) {
	key := l.key(nil)
	out := got[*awskms.ScheduleKeyDeletionOutput](t)(c.ScheduleKeyDeletion(t.Context(), &awskms.ScheduleKeyDeletionInput{KeyId: key.KeyId}))
	if *out.KeyId != *key.Arn || out.DeletionDate == nil || out.KeyState != types.KeyStatePendingDeletion || *out.PendingWindowInDays != 30 {
		t.Errorf("%+v", out)
	}
	got[*awskms.CancelKeyDeletionOutput](t)(c.CancelKeyDeletion(t.Context(), &awskms.CancelKeyDeletionInput{KeyId: key.KeyId}))
	if now := l.described(key.KeyId); now.KeyState != types.KeyStateDisabled || now.Enabled || now.DeletionDate != nil {
		t.Errorf("%+v", now)
	}
}

// trapStatus: refusals are HTTP 400, whatever status the model has for them.
func trapStatus(t *testing.T, l *local, c *client) {
	key := l.key(nil)
	alias := l.alias(key)
	got[*awskms.DisableKeyOutput](t)(c.DisableKey(t.Context(), &awskms.DisableKeyInput{KeyId: key.KeyId}))
	for code, request := range map[string][2]string{
		"NotFoundException":        {"DescribeKey", `{"KeyId":"x"}`},                                                      // 404
		"DisabledException":        {"Encrypt", `{"KeyId":"` + *key.KeyId + `","Plaintext":"eA=="}`},                      // 409
		"KMSInvalidStateException": {"CancelKeyDeletion", `{"KeyId":"` + *key.KeyId + `"}`},                               // 409
		"AlreadyExistsException":   {"CreateAlias", `{"AliasName":"` + *alias + `","TargetKeyId":"` + *key.KeyId + `"}`},  // 409
		"DryRunOperationException": {"Encrypt", `{"KeyId":"` + *l.key(nil).KeyId + `","Plaintext":"eA==","DryRun":true}`}, // 412
		"AccessDeniedException":    {"DescribeKey", `{"KeyId":"arn:aws:kms:` + region + `:` + abroad + `:alias/x"}`},      // 403 elsewhere
	} {
		if status, answer := l.posted(t, request[0], request[1]); status != 400 || !strings.HasPrefix(string(answer), `{"__type":"`+code+`"`) {
			t.Errorf("%d %s", status, answer)
		}
	}
}

// trapGrantAgain: the same grant made again, by name, has its id and another token.
func trapGrantAgain(t *testing.T, l *local, _ *client) {
	key := l.key(nil)
	grant := func(name string) *awskms.CreateGrantOutput {
		in := *stateGrant(nil)
		if name != "" {
			in.Name = &name
		}
		return l.grant(key, in)
	}
	first, again, other, nameless, second := grant("n"), grant("n"), grant("m"), grant(""), grant("")
	if *first.GrantId != *again.GrantId || *first.GrantToken == *again.GrantToken || *other.GrantId == *first.GrantId || *nameless.GrantId == *second.GrantId {
		t.Errorf("%v %v %v %v %v", *first.GrantId, *again.GrantId, *other.GrantId, *nameless.GrantId, *second.GrantId)
	}
}

// trapGrantEntry: an entry of ListGrants names the ARN of the key, the account that made
// the grant, and an empty name.
func trapGrantEntry(t *testing.T, l *local, c *client) {
	key := l.key(nil)
	made := l.grant(key, *stateGrant(nil))
	list := got[*awskms.ListGrantsOutput](t)(c.ListGrants(t.Context(), &awskms.ListGrantsInput{KeyId: key.KeyId})).Grants
	if len(list) != 1 {
		t.Fatalf("%d grants", len(list))
	}
	g := list[0]
	if g.Name == nil || *g.Name != "" || *g.KeyId != *key.Arn || *g.IssuingAccount != "arn:aws:iam::"+home+":root" || *g.GrantId != *made.GrantId ||
		*g.GranteePrincipal != reader || *g.RetiringPrincipal != admin || !slices.Equal(g.Operations, []types.GrantOperation{"Encrypt"}) {
		t.Errorf("%+v", g)
	}
}

// trapGrantToken: a token is URL-safe base64 without padding and begins as AWS's.
func trapGrantToken(t *testing.T, l *local, _ *client) {
	token := *l.grant(l.key(nil), *stateGrant(nil)).GrantToken
	if _, err := base64.RawURLEncoding.DecodeString(token); err != nil || !strings.HasPrefix(token, "AQpA") || len(token) != 490 {
		t.Errorf("%d characters, %s: %v", len(token), token[:8], err)
	}
}

// trapRetireByID: a grant is retired by its id and the ARN of its key. That the id of the
// key does not do is unconfirmed, and so is the text.
func trapRetireByID(t *testing.T, l *local, c *client) {
	key := l.key(nil)
	made := l.grant(key, *stateGrant(nil))
	_, err := c.RetireGrant(t.Context(), &awskms.RetireGrantInput{KeyId: key.KeyId, GrantId: made.GrantId})
	refusedBy(t, err, "InvalidArnException", "Invalid arn "+*key.KeyId)
	got[*awskms.RetireGrantOutput](t)(c.RetireGrant(t.Context(), &awskms.RetireGrantInput{KeyId: key.Arn, GrantId: made.GrantId}))
}

// trapDefaultPolicy: the policy of a key that was made without one, and the text of one
// that was given, come back as they are.
func trapDefaultPolicy(t *testing.T, l *local, c *client) {
	given := strings.Replace(rootPolicy, ":", " :  ", 1)
	for policy, key := range map[string]*types.KeyMetadata{defaultKeyPolicy: l.key(nil), given: l.key(&awskms.CreateKeyInput{Policy: &given})} {
		out := got[*awskms.GetKeyPolicyOutput](t)(c.GetKeyPolicy(t.Context(), &awskms.GetKeyPolicyInput{KeyId: key.KeyId}))
		if *out.Policy != policy || *out.PolicyName != "default" {
			t.Errorf("%s %s", *out.PolicyName, *out.Policy)
		}
	}
}

// trapStatementWithoutAction: statements without Action or Resource are taken, and have no
// effect.
func trapStatementWithoutAction(t *testing.T, l *local, _ *client) {
	for _, rest := range []string{`"Resource":"*"`, `"Action":"kms:Encrypt"`} {
		policy := strings.Replace(rootPolicy, `"Statement":[`, `"Statement":[{"Effect":"Allow","Principal":{"AWS":"`+reader+`"},`+rest+`},`, 1)
		key := l.key(&awskms.CreateKeyInput{Policy: &policy})
		_, err := l.as("AKIAREADER", region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.Arn, Plaintext: []byte("x")})
		refusedBy(t, err, "AccessDeniedException", denied(reader, "kms:Encrypt", *key.Arn))
	}
}

// trapManagedAliases: the aliases of AWS managed keys are there before the keys, which
// DescribeKey makes.
func trapManagedAliases(t *testing.T, l *local, c *client) {
	target := func(name string) *string {
		pages := awskms.NewListAliasesPaginator(c, &awskms.ListAliasesInput{})
		for pages.HasMorePages() {
			for _, a := range got[*awskms.ListAliasesOutput](t)(pages.NextPage(t.Context())).Aliases {
				if *a.AliasName == name {
					return a.TargetKeyId
				}
			}
		}
		t.Fatalf("no %s", name)
		return nil
	}
	if id := target("alias/aws/s3"); id != nil {
		t.Errorf("alias/aws/s3 has a key: %s", *id)
	}
	key := l.described(pointer("alias/aws/s3"))
	if key.KeyManager != types.KeyManagerTypeAws || *key.Description != "Default key that protects my S3 objects when no other key is defined" || *target("alias/aws/s3") != *key.KeyId {
		t.Errorf("%+v", key)
	}
}

// trapManagedKey: an AWS managed key does nothing for those who call KMS themselves.
func trapManagedKey(t *testing.T, l *local, c *client) {
	key := l.described(pointer("alias/aws/ebs"))
	refusal := func(action string) string {
		return "User: " + admin + " is not authorized to perform: " + action + " on resource: " + *key.Arn + " because no resource-based policy allows the " + action + " action"
	}
	_, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x")})
	refusedBy(t, err, "AccessDeniedException", refusal("kms:Encrypt"))
	_, err = c.DisableKey(t.Context(), &awskms.DisableKeyInput{KeyId: key.KeyId})
	refusedBy(t, err, "AccessDeniedException", refusal("kms:DisableKey"))
}

// trapEarliestExpiry: ValidTo of a key with several materials is the earliest of theirs.
func trapEarliestExpiry(t *testing.T, l *local, c *client) {
	key := l.external()
	early, late := time.Now().Add(24*time.Hour).Truncate(time.Second), time.Now().Add(48*time.Hour).Truncate(time.Second)
	for i, end := range []time.Time{late, early} {
		in := l.importing(key.KeyId, key32(byte(i+1)))
		in.ExpirationModel, in.ValidTo = types.ExpirationModelTypeKeyMaterialExpires, &end
		if i > 0 {
			in.ImportType = types.ImportTypeNewKeyMaterial
		}
		l.imported(in)
	}
	got[*awskms.RotateKeyOnDemandOutput](t)(c.RotateKeyOnDemand(t.Context(), &awskms.RotateKeyOnDemandInput{KeyId: key.KeyId}))
	if now := l.described(key.KeyId); now.ValidTo == nil || !now.ValidTo.Equal(early) || now.ExpirationModel != types.ExpirationModelTypeKeyMaterialExpires {
		t.Errorf("%v %s", now.ValidTo, now.ExpirationModel)
	}
}
