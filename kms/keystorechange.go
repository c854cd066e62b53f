package kms

import (
	"cmp"
	"context"
)

// invalid: AWS's texts of these are unconfirmed.
func invalid(text string, args ...any) error { return fail(Validation, text, args...) }

// CreateCustomKeyStore creates an external key store. CloudHSM key stores, which are what
// the API creates when it is not told otherwise, are refused with
// CloudHsmClusterNotFoundException: no cluster can be found, as there is no CloudHSM here.
func (s *Service) CreateCustomKeyStore(ctx context.Context, c *Call, in *CreateCustomKeyStoreInput) (*CreateCustomKeyStoreOutput, error) {
	if err := s.allow(ctx, c, "kms:CreateCustomKeyStore", "*", nil); err != nil {
		return nil, err
	}
	if cmp.Or(in.CustomKeyStoreType, typeCloudHSM) == typeCloudHSM {
		if in.CloudHsmClusterId == "" {
			return nil, invalid("CloudHsmClusterId is required for custom key stores of the type AWS_CLOUDHSM.")
		}
		return nil, noCluster(in.CloudHsmClusterId)
	}
	if err := forXks(in); err != nil {
		return nil, err
	}
	id, err := s.newStoreID()
	if err != nil {
		return nil, err
	}
	x := &externalStore{
		ID: id, Account: c.Account, Region: c.Region, Name: in.CustomKeyStoreName, Created: s.instant(),
		Connectivity: in.XksProxyConnectivity, URI: in.XksProxyUriEndpoint, Path: in.XksProxyUriPath,
		Service: in.XksProxyVpcEndpointServiceName, State: storeDisconnected,
	}
	if x.Connectivity == vpcEndpoint {
		x.ServiceOwner = cmp.Or(in.XksProxyVpcEndpointServiceOwner, c.Account)
	}
	x.credential(s, in.XksProxyAuthenticationCredential)
	if err := s.fits(x, 1); err != nil {
		return nil, err
	}
	// Proxies behind a VPC endpoint service are first called when the store is connected.
	if x.Connectivity == publicEndpoint {
		if err := s.healthy(ctx, c, "CreateCustomKeyStore", x); err != nil {
			return nil, xksFailure(xksForStore, err)
		}
	}
	s.several.Lock()
	defer s.several.Unlock()
	if err := s.fits(x, 1); err != nil {
		return nil, err
	}
	r, err := x.record()
	if err != nil {
		return nil, err
	}
	if err := s.commit(ctx, r); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.stores[x.ID] = s.newKeyStore(x)
	s.mu.Unlock()
	return &CreateCustomKeyStoreOutput{CustomKeyStoreId: id}, nil
}

// noCluster refuses CloudHSM.
func noCluster(id string) error {
	return fail(CloudHsmClusterNotFound, "There is no CloudHSM cluster %s: this KMS has no CloudHSM. Use a custom key store of the type EXTERNAL_KEY_STORE.", id)
}

// forXks checks the parameters of an external key store.
func forXks(in *CreateCustomKeyStoreInput) error {
	cred := in.XksProxyAuthenticationCredential
	switch {
	case in.CustomKeyStoreType != typeXks:
		return invalid("CustomKeyStoreType %s is not valid.", in.CustomKeyStoreType)
	case in.CloudHsmClusterId != "" || in.KeyStorePassword != "" || in.TrustAnchorCertificate != "":
		return invalid("CloudHsmClusterId, KeyStorePassword and TrustAnchorCertificate are not valid for custom key stores of the type EXTERNAL_KEY_STORE.")
	case in.CustomKeyStoreName == "":
		return invalid("CustomKeyStoreName is required.")
	case in.XksProxyUriEndpoint == "" || in.XksProxyUriPath == "":
		return invalid("XksProxyUriEndpoint and XksProxyUriPath are required for custom key stores of the type EXTERNAL_KEY_STORE.")
	case cred == nil || cred.AccessKeyId == "" || cred.RawSecretAccessKey == "":
		return invalid("XksProxyAuthenticationCredential is required for custom key stores of the type EXTERNAL_KEY_STORE.")
	}
	return connectivity(in.XksProxyConnectivity, in.XksProxyVpcEndpointServiceName)
}

// connectivity checks that a VPC endpoint service is named where there is one.
func connectivity(c, service string) error {
	switch {
	case c != publicEndpoint && c != vpcEndpoint:
		return invalid("XksProxyConnectivity must be PUBLIC_ENDPOINT or VPC_ENDPOINT_SERVICE.")
	case c == vpcEndpoint && service == "":
		return invalid("XksProxyVpcEndpointServiceName is required for the XksProxyConnectivity VPC_ENDPOINT_SERVICE.")
	case c == publicEndpoint && service != "":
		return invalid("XksProxyVpcEndpointServiceName is not valid for the XksProxyConnectivity PUBLIC_ENDPOINT.")
	}
	return nil
}

// fits refuses a key store that is one too many, or has what another has.
func (s *Service) fits(x *externalStore, more int) error {
	if err := s.unique(x); err != nil {
		return err
	}
	if len(s.storesOf(x.Account, x.Region))+more > maxStores {
		return fail(LimitExceeded, "") // AWS's text is unconfirmed
	}
	return nil
}

// UpdateCustomKeyStore changes an external key store. Its name, credential and path may
// change while it is connected.
func (s *Service) UpdateCustomKeyStore(ctx context.Context, c *Call, in *UpdateCustomKeyStoreInput) (*UpdateCustomKeyStoreOutput, error) {
	if err := s.allow(ctx, c, "kms:UpdateCustomKeyStore", "*", nil); err != nil {
		return nil, err
	}
	k, err := s.storeByID(c, in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	k.change.Lock()
	defer k.change.Unlock()
	old := k.now.Load()
	state := k.state()
	offline := in.XksProxyConnectivity != "" || in.XksProxyUriEndpoint != "" || in.XksProxyVpcEndpointServiceName != "" || in.XksProxyVpcEndpointServiceOwner != ""
	if state != storeDisconnected && (state != storeConnected || offline) {
		return nil, wrongConnection(old, state)
	}
	x := *old
	if err := x.update(s, in); err != nil {
		return nil, err
	}
	if err := s.fits(&x, 0); err != nil {
		return nil, err
	}
	if moved := offline || in.XksProxyUriPath != "" || in.XksProxyAuthenticationCredential != nil; moved && (x.Connectivity == publicEndpoint || state == storeConnected) {
		if err := s.healthy(ctx, c, "UpdateCustomKeyStore", &x); err != nil {
			return nil, xksFailure(xksForStore, err)
		}
	}
	if err := s.replaceStore(ctx, k, &x); err != nil {
		return nil, err
	}
	return &UpdateCustomKeyStoreOutput{}, nil
}

// update takes over the properties that the request names.
func (x *externalStore) update(s *Service, in *UpdateCustomKeyStoreInput) error {
	if in.CloudHsmClusterId != "" || in.KeyStorePassword != "" {
		return invalid("CloudHsmClusterId and KeyStorePassword are not valid for custom key stores of the type EXTERNAL_KEY_STORE.")
	}
	if in.XksProxyConnectivity != "" && in.XksProxyConnectivity != x.Connectivity {
		if in.XksProxyUriEndpoint == "" || in.XksProxyUriEndpoint == x.URI {
			return invalid("A change of XksProxyConnectivity needs another XksProxyUriEndpoint.")
		}
		x.Connectivity, x.Service, x.ServiceOwner = in.XksProxyConnectivity, "", ""
	}
	x.Name = cmp.Or(in.NewCustomKeyStoreName, x.Name)
	x.URI = cmp.Or(in.XksProxyUriEndpoint, x.URI)
	x.Path = cmp.Or(in.XksProxyUriPath, x.Path)
	x.Service = cmp.Or(in.XksProxyVpcEndpointServiceName, x.Service)
	if x.Connectivity == vpcEndpoint {
		x.ServiceOwner = cmp.Or(in.XksProxyVpcEndpointServiceOwner, x.ServiceOwner, x.Account)
	}
	if cred := in.XksProxyAuthenticationCredential; cred != nil {
		if cred.AccessKeyId == "" || cred.RawSecretAccessKey == "" {
			return invalid("XksProxyAuthenticationCredential needs AccessKeyId and RawSecretAccessKey.")
		}
		x.credential(s, cred)
	}
	return connectivity(x.Connectivity, x.Service)
}

// replaceStore commits another version of a key store. k.change is held.
func (s *Service) replaceStore(ctx context.Context, k *keyStore, x *externalStore) error {
	s.several.Lock()
	defer s.several.Unlock()
	s.mu.RLock()
	here := s.stores[x.ID] == k
	s.mu.RUnlock()
	if !here { // deleted meanwhile
		return noStore(x.ID)
	}
	if err := s.fits(x, 0); err != nil {
		return err
	}
	r, err := x.record()
	if err != nil {
		return err
	}
	if err := s.commit(ctx, r); err != nil {
		return err
	}
	k.now.Store(x)
	return nil
}

// DeleteCustomKeyStore deletes a key store that is disconnected and has no keys. What is
// behind it stays as it is.
func (s *Service) DeleteCustomKeyStore(ctx context.Context, c *Call, in *DeleteCustomKeyStoreInput) (*DeleteCustomKeyStoreOutput, error) {
	if err := s.allow(ctx, c, "kms:DeleteCustomKeyStore", "*", nil); err != nil {
		return nil, err
	}
	k, err := s.storeByID(c, in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	k.change.Lock()
	defer k.change.Unlock()
	x := k.now.Load()
	// Which of the two comes first is unconfirmed.
	if state := k.state(); state != storeDisconnected {
		return nil, wrongConnection(x, state)
	}
	for _, e := range s.keysIn(x.ID) {
		s.settled(e) // those that are due go now
	}
	s.several.Lock()
	defer s.several.Unlock()
	if len(s.keysIn(x.ID)) > 0 {
		return nil, fail(CustomKeyStoreHasCMKs, "Custom key store %s contains KMS keys.", x.ID) // unconfirmed text
	}
	if _, err := s.storeByID(c, x.ID); err != nil { // deleted meanwhile
		return nil, err
	}
	if err := s.commit(ctx, Record{Kind: KindKeyStore, ID: x.ID}); err != nil {
		return nil, err
	}
	s.mu.Lock()
	delete(s.stores, x.ID)
	s.mu.Unlock()
	return &DeleteCustomKeyStoreOutput{}, nil
}
