package kms

import (
	"context"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy/authz"
)

// CreateKey creates a key.
func (s *Service) CreateKey(ctx context.Context, c *Call, in *CreateKeyInput) (*CreateKeyOutput, error) {
	k, err := s.planned(c, in)
	if err != nil {
		return nil, err
	}
	if err := s.allow(ctx, c, "kms:CreateKey", "*", createConditions(in, k)); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		if err := s.allowNewTags(ctx, c, k, in.Tags); err != nil {
			return nil, err
		}
	}
	if err := creatable(k, in); err != nil {
		return nil, err
	}
	if k.Tags, err = s.newTags(in.Tags); err != nil {
		return nil, err
	}
	if err := s.checkPolicy(ctx, c, k, in.BypassPolicyLockoutSafetyCheck); err != nil {
		return nil, err
	}
	v, err := s.make(ctx, c, in, k)
	if err != nil {
		return nil, err
	}
	return &CreateKeyOutput{s.metadata(v)}, nil
}

// planned is the key that a request asks for, with the defaults of what it leaves out.
func (s *Service) planned(c *Call, in *CreateKeyInput) (*Key, error) {
	k := &Key{
		Account: c.Account, Region: c.Region, Partition: partition(c.Region), Created: s.instant(), Description: in.Description,
		Spec: in.KeySpec, Usage: in.KeyUsage, Origin: in.Origin, Policy: in.Policy,
		MultiRegion: in.MultiRegion, KeyStore: in.CustomKeyStoreId, XksKeyID: in.XksKeyId,
	}
	if in.KeySpec != "" && in.CustomerMasterKeySpec != "" {
		return nil, fail(Validation, "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.")
	}
	if k.Spec == "" {
		k.Spec = in.CustomerMasterKeySpec
	}
	if k.Spec == "" {
		k.Spec = material.Symmetric
	}
	if info, _ := material.Lookup(k.Spec); k.Usage == "" {
		k.Usage = info.Default
	}
	if k.Origin == "" {
		k.Origin = OriginKMS
	}
	if k.MultiRegion {
		k.Primary = k.Region
	}
	if k.Policy == "" {
		k.Policy = defaultPolicy(k.Partition, k.Account)
	}
	id, err := s.newKeyID(k.MultiRegion)
	k.ID = id
	return k, err
}

// newKeyID draws a key id: a random UUID, or mrk- and its digits.
func (s *Service) newKeyID(multiRegion bool) (string, error) {
	b, err := s.randomBytes(16)
	if err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	x := hex.EncodeToString(b)
	if multiRegion {
		return "mrk-" + x, nil
	}
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:], nil
}

// creatable checks that the parameters of a request go together.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
func creatable(k *Key, in *CreateKeyInput) error {
	if k.Usage == "" {
		return fail(Validation, "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
	}
	info, ok := material.Lookup(k.Spec)
	if !ok {
		// SM2, which exists in China only; ours does not have it there either. Measured:
		// https://github.com/floci-io/floci/issues/3026
		return fail(UnsupportedOperation, "KeySpec %s is not supported in this Region", k.Spec)
	}
	if !slices.Contains(info.Usages(), k.Usage) {
		return fail(Validation, "KeyUsage %s is not compatible with KeySpec %s", k.Usage, k.Spec)
	}
	return creatableIn(k, in)
}

// creatableIn checks what an origin asks for. The texts are unconfirmed.
func creatableIn(k *Key, in *CreateKeyInput) error {
	inStore := k.Origin == OriginCloudHSM || k.Origin == OriginXKS
	switch {
	case inStore && in.CustomKeyStoreId == "":
		return fail(Validation, "You must specify a CustomKeyStoreId for a KMS key with Origin %s.", k.Origin)
	case !inStore && in.CustomKeyStoreId != "":
		return fail(Validation, "A KMS key with Origin %s cannot be created in a custom key store.", k.Origin)
	case k.Origin != OriginXKS && in.XksKeyId != "":
		return fail(Validation, "XksKeyId is valid only for a KMS key with Origin EXTERNAL_KEY_STORE.")
	case inStore && k.Spec != material.Symmetric:
		return fail(UnsupportedOperation, "KeySpec %s is not supported in custom key stores.", k.Spec)
	case inStore && k.MultiRegion:
		return fail(UnsupportedOperation, "Multi-Region keys are not supported in custom key stores.")
	}
	return nil
}

// createConditions are the condition keys of CreateKey: those of the key to be, defaults
// included.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
func createConditions(in *CreateKeyInput, k *Key) authz.Context {
	out := authz.Context{}
	keyConditions(k, out)
	tagConditions(in.Tags, out)
	if in.BypassPolicyLockoutSafetyCheck != nil {
		out["kms:bypasspolicylockoutsafetycheck"] = one(strconv.FormatBool(*in.BypassPolicyLockoutSafetyCheck))
	}
	return out
}

// keyConditions adds the condition keys that follow from a key's nature.
func keyConditions(k *Key, out authz.Context) {
	spec, usage := one(string(k.Spec)), one(string(k.Usage))
	out["kms:keyspec"], out["kms:customermasterkeyspec"] = spec, spec
	if k.Usage != "" {
		out["kms:keyusage"], out["kms:customermasterkeyusage"] = usage, usage
	}
	out["kms:keyorigin"] = one(string(k.Origin))
	out["kms:multiregion"] = one(strconv.FormatBool(k.MultiRegion))
	if t := k.multiRegionType(); t != "" {
		out["kms:multiregionkeytype"] = one(t)
	}
}

// multiRegionType is PRIMARY or REPLICA; empty for a single-Region key.
func (k *Key) multiRegionType() string {
	switch {
	case !k.MultiRegion:
		return ""
	case k.Primary == k.Region:
		return "PRIMARY"
	}
	return "REPLICA"
}

// make gives a planned key what it needs, and enters it.
func (s *Service) make(ctx context.Context, c *Call, in *CreateKeyInput, k *Key) (*version, error) {
	v := &version{materials: map[string]*material.Material{}}
	if k.KeyStore != "" {
		store, err := s.storeFor(ctx, c, in)
		if err != nil {
			return nil, err
		}
		v.keyStore = store
	}
	var records []Record
	if k.Origin != OriginExternal {
		m, err := s.generate(ctx, k.Spec)
		if err != nil {
			return nil, err
		}
		id := soleMaterial
		if k.Spec == material.Symmetric {
			if id, err = material.MaterialID(k.ID, m); err != nil {
				return nil, internal(err)
			}
		}
		v.materials[id] = m
		k.Materials, k.Current = []Generation{{ID: id, State: "CURRENT", Created: k.Created}}, id
		records = append(records, s.materialRecord(k, id, m))
	}
	k.State = k.usable()
	v = v.with(*k)
	if v.keyStore != nil {
		return v, s.insertInStore(ctx, v, records)
	}
	_, err := s.insert(ctx, v, records...)
	return v, err
}

// insertInStore enters a key in a custom key store, which may have gone meanwhile, and its
// external key been taken.
func (s *Service) insertInStore(ctx context.Context, v *version, records []Record) error {
	s.several.Lock()
	defer s.several.Unlock()
	if err := s.stillFits(v); err != nil {
		return err
	}
	_, err := s.insert(ctx, v, records...)
	return err
}

// generate makes key material; that of RSA keys takes long.
func (s *Service) generate(ctx context.Context, spec material.Spec) (m *material.Material, err error) {
	makes := func() error {
		m, err = material.Generate(spec)
		return err
	}
	if strings.HasPrefix(string(spec), "RSA_") {
		err = s.lane.run(ctx, makes)
	} else {
		err = makes()
	}
	if err != nil {
		return nil, ofMaterial(err)
	}
	return m, nil
}
