package kms

// CreateCustomKeyStoreInput is the input of CreateCustomKeyStore.
type CreateCustomKeyStoreInput struct {
	CustomKeyStoreName               string                                `json:",omitempty"`
	CloudHsmClusterId                string                                `json:",omitempty"`
	TrustAnchorCertificate           string                                `json:",omitempty"`
	KeyStorePassword                 string                                `json:",omitempty"`
	CustomKeyStoreType               string                                `json:",omitempty"`
	XksProxyUriEndpoint              string                                `json:",omitempty"`
	XksProxyUriPath                  string                                `json:",omitempty"`
	XksProxyVpcEndpointServiceName   string                                `json:",omitempty"`
	XksProxyVpcEndpointServiceOwner  string                                `json:",omitempty"`
	XksProxyAuthenticationCredential *XksProxyAuthenticationCredentialType `json:",omitempty"`
	XksProxyConnectivity             string                                `json:",omitempty"`
}

// CreateCustomKeyStoreOutput is the output of CreateCustomKeyStore.
type CreateCustomKeyStoreOutput struct {
	CustomKeyStoreId string `json:",omitempty"`
}

// UpdateCustomKeyStoreInput is the input of UpdateCustomKeyStore.
type UpdateCustomKeyStoreInput struct {
	CustomKeyStoreId                 string                                `json:",omitempty"`
	NewCustomKeyStoreName            string                                `json:",omitempty"`
	KeyStorePassword                 string                                `json:",omitempty"`
	CloudHsmClusterId                string                                `json:",omitempty"`
	XksProxyUriEndpoint              string                                `json:",omitempty"`
	XksProxyUriPath                  string                                `json:",omitempty"`
	XksProxyVpcEndpointServiceName   string                                `json:",omitempty"`
	XksProxyVpcEndpointServiceOwner  string                                `json:",omitempty"`
	XksProxyAuthenticationCredential *XksProxyAuthenticationCredentialType `json:",omitempty"`
	XksProxyConnectivity             string                                `json:",omitempty"`
}

// UpdateCustomKeyStoreOutput is the output of UpdateCustomKeyStore, an empty structure.
type UpdateCustomKeyStoreOutput struct{}

// DescribeCustomKeyStoresInput is the input of DescribeCustomKeyStores.
type DescribeCustomKeyStoresInput struct {
	CustomKeyStoreId   string `json:",omitempty"`
	CustomKeyStoreName string `json:",omitempty"`
	Limit              int    `json:",omitempty"`
	Marker             string `json:",omitempty"`
}

// DescribeCustomKeyStoresOutput is the output of DescribeCustomKeyStores.
type DescribeCustomKeyStoresOutput struct {
	CustomKeyStores []CustomKeyStoresListEntry
	NextMarker      string `json:",omitempty"`
	Truncated       bool
}

// ConnectCustomKeyStoreInput is the input of ConnectCustomKeyStore.
type ConnectCustomKeyStoreInput struct {
	CustomKeyStoreId string `json:",omitempty"`
}

// ConnectCustomKeyStoreOutput is the output of ConnectCustomKeyStore, an empty structure.
type ConnectCustomKeyStoreOutput struct{}

// DisconnectCustomKeyStoreInput is the input of DisconnectCustomKeyStore.
type DisconnectCustomKeyStoreInput struct {
	CustomKeyStoreId string `json:",omitempty"`
}

// DisconnectCustomKeyStoreOutput is the output of DisconnectCustomKeyStore, an empty
// structure.
type DisconnectCustomKeyStoreOutput struct{}

// DeleteCustomKeyStoreInput is the input of DeleteCustomKeyStore.
type DeleteCustomKeyStoreInput struct {
	CustomKeyStoreId string `json:",omitempty"`
}

// DeleteCustomKeyStoreOutput is the output of DeleteCustomKeyStore, an empty structure.
type DeleteCustomKeyStoreOutput struct{}
