package kms

import (
	"context"
	"slices"
	"time"
)

// ConnectCustomKeyStore connects a key store to its proxy. As with AWS, success says no
// more than that connecting began: whether it worked stands in the ConnectionState.
func (s *Service) ConnectCustomKeyStore(ctx context.Context, c *Call, in *ConnectCustomKeyStoreInput) (*ConnectCustomKeyStoreOutput, error) {
	if err := s.allow(ctx, c, "kms:ConnectCustomKeyStore", "*", nil); err != nil {
		return nil, err
	}
	k, err := s.storeByID(c, in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	k.change.Lock()
	defer k.change.Unlock()
	old := k.now.Load()
	switch state := k.state(); state {
	case storeConnected, storeConnecting:
		return &ConnectCustomKeyStoreOutput{}, nil
	case storeFailed, storeDisconnecting:
		return nil, wrongConnection(old, state)
	}
	x := *old
	x.State, x.ErrorCode = storeConnected, ""
	if err := s.healthy(ctx, c, "ConnectCustomKeyStore", old); err != nil {
		x.State, x.ErrorCode = storeFailed, xksAnswers[xksFault(err)].connection
	}
	x.Until = s.passes()
	if err := s.replaceStore(ctx, k, &x); err != nil {
		return nil, err
	}
	return &ConnectCustomKeyStoreOutput{}, nil
}

// passes is when a passing state that begins now is over; zero: at once.
func (s *Service) passes() time.Time {
	if s.opts.Passing <= 0 {
		return time.Time{}
	}
	return s.instant().Add(s.opts.Passing)
}

// DisconnectCustomKeyStore disconnects a key store; its keys are then Unavailable.
func (s *Service) DisconnectCustomKeyStore(ctx context.Context, c *Call, in *DisconnectCustomKeyStoreInput) (*DisconnectCustomKeyStoreOutput, error) {
	if err := s.allow(ctx, c, "kms:DisconnectCustomKeyStore", "*", nil); err != nil {
		return nil, err
	}
	k, err := s.storeByID(c, in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	k.change.Lock()
	defer k.change.Unlock()
	old := k.now.Load()
	if state := k.state(); state == storeDisconnected || state == storeDisconnecting {
		return nil, wrongConnection(old, state)
	}
	x := *old
	x.State, x.ErrorCode, x.Until = storeDisconnected, "", s.passes()
	if err := s.replaceStore(ctx, k, &x); err != nil {
		return nil, err
	}
	return &DisconnectCustomKeyStoreOutput{}, nil
}

// DescribeCustomKeyStores lists the key stores of the account and Region. The secrets of
// their credentials are not told.
func (s *Service) DescribeCustomKeyStores(ctx context.Context, c *Call, in *DescribeCustomKeyStoresInput) (*DescribeCustomKeyStoresOutput, error) {
	if err := s.allow(ctx, c, "kms:DescribeCustomKeyStores", "*", nil); err != nil {
		return nil, err
	}
	if in.CustomKeyStoreId != "" && in.CustomKeyStoreName != "" {
		return nil, invalid("CustomKeyStoreId and CustomKeyStoreName cannot both be specified.")
	}
	all := s.storesOf(c.Account, c.Region)
	if name := in.CustomKeyStoreId + in.CustomKeyStoreName; name != "" {
		all = slices.DeleteFunc(all, func(x *externalStore) bool { return x.ID != in.CustomKeyStoreId && x.Name != in.CustomKeyStoreName })
		if len(all) == 0 {
			return nil, noStore(name)
		}
	}
	some, next, err := page("DescribeCustomKeyStores", in.Marker, in.Limit, all, func(x *externalStore) string { return x.ID })
	if err != nil {
		return nil, err
	}
	out := &DescribeCustomKeyStoresOutput{CustomKeyStores: make([]CustomKeyStoresListEntry, 0, len(some)), NextMarker: next, Truncated: next != ""}
	for _, x := range some {
		out.CustomKeyStores = append(out.CustomKeyStores, s.describeStore(x))
	}
	return out, nil
}

func (s *Service) describeStore(x *externalStore) CustomKeyStoresListEntry {
	out := CustomKeyStoresListEntry{
		CustomKeyStoreId: x.ID, CustomKeyStoreName: x.Name, CreationDate: x.Created, CustomKeyStoreType: typeXks,
		ConnectionState: x.connection(s.now(), s.opts.Passing),
		XksProxyConfiguration: &XksProxyConfigurationType{
			Connectivity: x.Connectivity, AccessKeyId: x.AccessKeyID, UriEndpoint: x.URI, UriPath: x.Path,
			VpcEndpointServiceName: x.Service, VpcEndpointServiceOwner: x.ServiceOwner,
		},
	}
	if out.ConnectionState == storeFailed {
		out.ConnectionErrorCode = x.ErrorCode
	}
	return out
}

// storeFor finds the custom key store in which a key is to be created, and checks that it
// is connected and fits the request, an external key included. The request is authorized
// and names a store, with the origin of one.
func (s *Service) storeFor(ctx context.Context, c *Call, in *CreateKeyInput) (*keyStore, error) {
	k, err := s.storeByID(c, in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	if in.Origin != OriginXKS {
		// A key store of the type of the origin is what the request is about; AWS's error is
		// unconfirmed.
		return nil, invalid("Custom key store %s is of the type EXTERNAL_KEY_STORE, which does not fit the Origin %s.", in.CustomKeyStoreId, in.Origin)
	}
	if in.XksKeyId == "" {
		return nil, invalid("XksKeyId is required for the Origin EXTERNAL_KEY_STORE.")
	}
	if !k.connected() {
		return nil, fail(CustomKeyStoreInvalidState, xksNotConnected)
	}
	for _, e := range s.keysIn(in.CustomKeyStoreId) {
		s.settled(e) // those that are due go now
	}
	if err := s.freeExternal(k, in.XksKeyId); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, XksTimeout)
	defer cancel()
	out, err := s.xks.Metadata(ctx, k.now.Load().endpoint(), in.XksKeyId, &XksMetadataInput{xksRequest(c, "CreateKey", "")})
	if err != nil {
		return nil, xksFailure(xksForKey, err)
	}
	if err := usableExternal(out); err != nil {
		return nil, err
	}
	return k, nil
}

// usableExternal checks the metadata of an external key. The texts of refusals are
// unconfirmed, but for the two that the proxy has an error for as well.
func usableExternal(out *XksMetadataOutput) error {
	if out == nil || out.KeySpec == "" || len(out.KeyUsage) > 10 || out.KeyStatus != "ENABLED" && out.KeyStatus != "DISABLED" {
		return xksFailure(xksForKey, malformed("key metadata without all of its fields"))
	}
	switch {
	case out.KeySpec != "AES_256":
		return fail(XksKeyInvalidConfiguration, "The external key is not an AES_256 key.")
	case out.KeyStatus != "ENABLED":
		return fail(XksKeyInvalidConfiguration, "%s", xksAnswers[FaultInvalidState].message)
	case !slices.Contains(out.KeyUsage, "ENCRYPT") || !slices.Contains(out.KeyUsage, "DECRYPT"):
		return fail(XksKeyInvalidConfiguration, "%s", xksAnswers[FaultInvalidKeyUsage].message)
	}
	return nil
}

// freeExternal refuses an external key that another key of the key store uses. The text
// is unconfirmed.
func (s *Service) freeExternal(k *keyStore, external string) error {
	for _, e := range s.keysIn(k.now.Load().ID) {
		if e.now.Load().XksKeyID == external {
			return fail(XksKeyAlreadyInUse, "The external key %s is already associated with another KMS key in the external key store.", external)
		}
	}
	return nil
}

// stillFits checks again, for a key that is about to be created in a custom key store,
// what may have changed since storeFor. s.several is held.
func (s *Service) stillFits(v *version) error {
	s.mu.RLock()
	here := s.stores[v.KeyStore] == v.keyStore
	s.mu.RUnlock()
	switch {
	case !here:
		return noStore(v.KeyStore)
	case !v.keyStore.connected():
		return fail(CustomKeyStoreInvalidState, xksNotConnected)
	}
	return s.freeExternal(v.keyStore, v.XksKeyID)
}
