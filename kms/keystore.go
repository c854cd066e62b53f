package kms

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The ConnectionState of a custom key store.
const (
	storeConnected     = "CONNECTED"
	storeConnecting    = "CONNECTING"
	storeFailed        = "FAILED"
	storeDisconnected  = "DISCONNECTED"
	storeDisconnecting = "DISCONNECTING"
)

// The CustomKeyStoreType, and how KMS gets at a proxy.
const (
	typeCloudHSM   = "AWS_CLOUDHSM"
	typeXks        = "EXTERNAL_KEY_STORE"
	publicEndpoint = "PUBLIC_ENDPOINT"
	vpcEndpoint    = "VPC_ENDPOINT_SERVICE"
)

// maxStores is the quota of custom key stores in an account and Region.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
const maxStores = 10

// keyStore is the place of a custom key store. All are external ones: those of CloudHSM
// need a cluster, and are refused.
type keyStore struct {
	// change serializes the operations on the key store, with their calls of the proxy. It
	// is taken before Service.several.
	change  sync.Mutex
	now     atomic.Pointer[externalStore]
	clock   func() time.Time
	passing time.Duration
}

// externalStore is an external key store at one moment. It is never changed; changes
// replace it.
type externalStore struct {
	ID           string    `json:"id"` // cks- and 17 hexadecimal digits
	Account      string    `json:"account"`
	Region       string    `json:"region"`
	Name         string    `json:"name"`
	Created      time.Time `json:"created"`
	Connectivity string    `json:"connectivity"`
	URI          string    `json:"uri"`
	Path         string    `json:"path"`
	Service      string    `json:"service,omitempty"` // of the VPC endpoint
	ServiceOwner string    `json:"serviceOwner,omitempty"`
	AccessKeyID  string    `json:"accessKeyId"`
	Sealed       []byte    `json:"secret"` // the secret of the access key, sealed
	// State is CONNECTED, FAILED or DISCONNECTED, and what it will be until Until: a key
	// store is CONNECTING or DISCONNECTING so long.
	State     string    `json:"state"`
	ErrorCode string    `json:"errorCode,omitempty"`
	Until     time.Time `json:"until,omitzero"`

	secret Secret
}

// connection is the ConnectionState at a time. A clock that jumps back past the beginning
// of a passing state ends it as well.
func (x *externalStore) connection(now time.Time, passing time.Duration) string {
	if !now.Before(x.Until) || now.Before(x.Until.Add(-passing)) {
		return x.State
	}
	if x.State == storeDisconnected {
		return storeDisconnecting
	}
	return storeConnecting
}

// connected reports whether the key store is connected. It is called by every operation on
// a key of the store, so it waits for nothing.
func (k *keyStore) connected() bool {
	return k != nil && k.state() == storeConnected
}

// state is the ConnectionState now.
func (k *keyStore) state() string { return k.now.Load().connection(k.clock(), k.passing) }

// endpoint is where the proxy is called.
func (x *externalStore) endpoint() *XksEndpoint {
	return &XksEndpoint{URI: x.URI, Path: x.Path, Region: x.Region, Connectivity: x.Connectivity, AccessKeyID: x.AccessKeyID, Secret: x.secret}
}

// record is the record of a key store.
func (x *externalStore) record() (Record, error) {
	b, err := encode(x)
	if err != nil {
		return Record{}, internal(err)
	}
	return Record{KindKeyStore, x.ID, b}, nil
}

// credential gives the key store another credential.
func (x *externalStore) credential(s *Service, in *XksProxyAuthenticationCredentialType) {
	x.AccessKeyID, x.secret = in.AccessKeyId, NewSecret(in.RawSecretAccessKey)
	x.Sealed = s.seal.seal(KindKeyStore, x.ID, []byte(in.RawSecretAccessKey))
}

// loadKeyStore loads a key store.
func (s *Service) loadKeyStore(r Record) error {
	var x externalStore
	if err := decode(r, &x); err != nil {
		return err
	}
	secret, err := s.seal.open(KindKeyStore, r.ID, x.Sealed)
	if err != nil {
		return err
	}
	x.secret = NewSecret(string(secret))
	s.stores[x.ID] = s.newKeyStore(&x)
	return nil
}

func (s *Service) newKeyStore(x *externalStore) *keyStore {
	k := &keyStore{clock: s.now, passing: s.opts.Passing}
	k.now.Store(x)
	return k
}

// newStoreID makes a CustomKeyStoreId.
func (s *Service) newStoreID() (string, error) {
	b, err := s.randomBytes(9)
	if err != nil {
		return "", err
	}
	return "cks-" + hex.EncodeToString(b)[:17], nil
}

// storeByID finds a custom key store of the caller's account and Region.
func (s *Service) storeByID(c *Call, id string) (*keyStore, error) {
	s.mu.RLock()
	k := s.stores[id]
	s.mu.RUnlock()
	if k == nil {
		return nil, noStore(id)
	}
	if x := k.now.Load(); x.Account != c.Account || x.Region != c.Region {
		return nil, noStore(id)
	}
	return k, nil
}

// noStore: AWS's text is unconfirmed.
func noStore(name string) error {
	return fail(CustomKeyStoreNotFound, "Custom key store %s does not exist.", name)
}

// wrongConnection: AWS's text is unconfirmed.
func wrongConnection(x *externalStore, state string) error {
	return fail(CustomKeyStoreInvalidState, "The connection state of custom key store %s is %s, which is not valid for this operation.", x.ID, state)
}

// storesOf are the key stores of an account and Region, by id.
func (s *Service) storesOf(account, region string) []*externalStore {
	s.mu.RLock()
	var out []*externalStore
	for _, k := range s.stores {
		if x := k.now.Load(); x.Account == account && x.Region == region {
			out = append(out, x)
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(out, func(a, b *externalStore) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// unique refuses what another key store of the account and Region has already. That the
// rules do not reach across accounts is unconfirmed.
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html
func (s *Service) unique(x *externalStore) error {
	for _, other := range s.storesOf(x.Account, x.Region) {
		if other.ID == x.ID {
			continue
		}
		// The texts are unconfirmed.
		switch vpc := x.Connectivity == vpcEndpoint; {
		case other.Name == x.Name:
			return fail(CustomKeyStoreNameInUse, "A custom key store with the name %s already exists.", x.Name)
		case other.URI == x.URI && other.Path == x.Path:
			return fail(XksProxyURIInUse, "The XksProxyUriEndpoint %s with the XksProxyUriPath %s is already associated with another external key store.", x.URI, x.Path)
		case other.URI == x.URI && (vpc || other.Connectivity == vpcEndpoint):
			return fail(XksProxyURIEndpointInUse, "The XksProxyUriEndpoint %s is already associated with another external key store.", x.URI)
		case vpc && other.Service == x.Service:
			return fail(XksProxyVpcEndpointServiceInUse, "The VPC endpoint service %s is already associated with another external key store.", x.Service)
		}
	}
	return nil
}

// keysIn are the keys in a key store; some may be due to go.
func (s *Service) keysIn(id string) []*entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []*entry
	for _, e := range s.keys {
		if e.now.Load().KeyStore == id {
			out = append(out, e)
		}
	}
	return out
}

// healthy asks a proxy for its health, and says why a key store cannot work with it.
func (s *Service) healthy(ctx context.Context, c *Call, operation string, x *externalStore) error {
	ctx, cancel := context.WithTimeout(ctx, XksTimeout)
	defer cancel()
	out, err := s.xks.Health(ctx, x.endpoint(), &XksHealthInput{XksRequestMetadata{KmsOperation: operation, KmsRequestID: c.RequestID}})
	if err != nil {
		return err
	}
	if out == nil || out.XksProxyFleetSize < 1 || out.XksProxyVendor == "" || out.XksProxyModel == "" || out.EkmVendor == "" ||
		len(out.EkmFleetDetails) < 1 || len(out.EkmFleetDetails) > 10 {
		return malformed("health without all of its fields")
	}
	available := false
	for _, m := range out.EkmFleetDetails {
		switch m.HealthStatus {
		case "ACTIVE", "DEGRADED":
			available = true
		case "UNAVAILABLE":
		default:
			return malformed("an unknown health status")
		}
	}
	if !available {
		// XksProxyUriUnreachableException and XKS_PROXY_NOT_REACHABLE are documented for it.
		return &XksError{FaultUnreachable, "all external key managers are unavailable"}
	}
	return nil
}
