package kms

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fakeProxy is an external key store proxy with its key manager, in this process. It keeps
// to the specification of the proxy API, unless it is told to break it.
type fakeProxy struct {
	mu   sync.Mutex
	keys map[string]*fakeExternal
	// secret is what it authenticates by, path where it is; empty: anything goes.
	secret, path string
	// calls are those made: name, key, operation.
	calls []string
	last  XksRequestMetadata
	// fault, if set, is the answer to everything.
	fault error
	// health is the status of its key manager.
	health string
	// spoil changes answers to Encrypt and Decrypt.
	spoilSealed func(*XksEncryptOutput)
	spoilOpened func(*XksDecryptOutput)
	// hang waits until the caller gives up.
	hang bool
	// meet, if set, holds Metadata until so many callers are there.
	meet *sync.WaitGroup
}

type fakeExternal struct {
	aead   cipher.AEAD
	spec   string
	usage  []string
	status string
}

func newFakeProxy(t testing.TB, ids ...string) *fakeProxy {
	t.Helper()
	p := &fakeProxy{keys: map[string]*fakeExternal{}, health: "ACTIVE"}
	for i, id := range ids {
		block, err := aes.NewCipher(key32(byte(i + 1)))
		if err != nil {
			t.Fatal(err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		p.keys[id] = &fakeExternal{aead, "AES_256", []string{"ENCRYPT", "DECRYPT", "WRAP"}, "ENABLED"}
	}
	return p
}

// enter notes a call and says why it fails.
func (p *fakeProxy) enter(ctx context.Context, at *XksEndpoint, name, key string, m XksRequestMetadata) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, strings.Join(strings.Fields(name+" "+key+" "+m.KmsOperation), " "))
	p.last = m
	switch {
	case p.hang:
		<-ctx.Done()
		return ctx.Err()
	case p.fault != nil:
		return p.fault
	case p.secret != "" && at.Secret.Reveal() != p.secret:
		return &XksError{FaultAuthenticationFailed, "the signature does not match"}
	case p.path != "" && at.Path != p.path:
		return &XksError{FaultInvalidURIPath, ""}
	case key != "" && p.keys[key] == nil:
		return &XksError{FaultKeyNotFound, "no such key"}
	}
	return nil
}

func (p *fakeProxy) Health(ctx context.Context, at *XksEndpoint, in *XksHealthInput) (*XksHealthOutput, error) {
	if err := p.enter(ctx, at, "health", "", in.RequestMetadata); err != nil {
		return nil, err
	}
	return &XksHealthOutput{1, "Acme", "Acme Proxy 1", "Acme", []XksEkmFleet{{"1", "Acme HSM 1", p.health}, {"2", "Acme HSM 1", "UNAVAILABLE"}}}, nil
}

func (p *fakeProxy) Metadata(ctx context.Context, at *XksEndpoint, id string, in *XksMetadataInput) (*XksMetadataOutput, error) {
	if err := p.enter(ctx, at, "metadata", id, in.RequestMetadata); err != nil {
		return nil, err
	}
	if p.meet != nil {
		p.meet.Done()
		p.meet.Wait()
	}
	k := p.keys[id]
	return &XksMetadataOutput{k.spec, k.usage, k.status}, nil
}

func (p *fakeProxy) Encrypt(ctx context.Context, at *XksEndpoint, id string, in *XksEncryptInput) (*XksEncryptOutput, error) {
	if err := p.enter(ctx, at, "encrypt", id, in.RequestMetadata); err != nil {
		return nil, err
	}
	if in.EncryptionAlgorithm != "AES_GCM" || in.CiphertextDataIntegrityValueAlgorithm != "SHA_256" || len(in.Plaintext) > 4300 || len(in.AdditionalAuthenticatedData) > 8192 {
		return nil, &XksError{FaultValidation, ""}
	}
	out := &XksEncryptOutput{CiphertextMetadata: []byte("version=1"), InitializationVector: make([]byte, 12)}
	rand.Read(out.InitializationVector)
	sealed := p.keys[id].aead.Seal(nil, out.InitializationVector, in.Plaintext, bound(in.AdditionalAuthenticatedData, out.CiphertextMetadata))
	out.Ciphertext, out.AuthenticationTag = sealed[:len(in.Plaintext)], sealed[len(in.Plaintext):]
	sum := sha256.Sum256(slices.Concat(in.AdditionalAuthenticatedData, out.CiphertextMetadata, out.InitializationVector, out.Ciphertext, out.AuthenticationTag))
	out.CiphertextDataIntegrityValue = sum[:]
	if p.spoilSealed != nil {
		p.spoilSealed(out)
	}
	return out, nil
}

func (p *fakeProxy) Decrypt(ctx context.Context, at *XksEndpoint, id string, in *XksDecryptInput) (*XksDecryptOutput, error) {
	if err := p.enter(ctx, at, "decrypt", id, in.RequestMetadata); err != nil {
		return nil, err
	}
	b, err := p.keys[id].aead.Open(nil, in.InitializationVector, append(slices.Clone(in.Ciphertext), in.AuthenticationTag...), bound(in.AdditionalAuthenticatedData, in.CiphertextMetadata))
	if err != nil {
		return nil, &XksError{FaultInvalidCiphertext, "the tag does not match"}
	}
	out := &XksDecryptOutput{b}
	if p.spoilOpened != nil {
		p.spoilOpened(out)
	}
	return out, nil
}

// bound is the AAD of the key manager, as the specification recommends it.
func bound(aad, meta []byte) []byte {
	b := append(binary.BigEndian.AppendUint16(nil, uint16(len(aad))), aad...)
	return append(append(b, byte(len(meta))), meta...)
}

const (
	proxyAccess = "HGIE2BUAFNDMBCMSQVWLGCEXAMPLE"
	proxySecret = "VU6W2byoiBrhDqNGbx703oL0syCAmhlQgwNUT123456"
)

// xksStore is a request for an external key store with a public endpoint.
func xksStore(name string) *CreateCustomKeyStoreInput {
	return &CreateCustomKeyStoreInput{
		CustomKeyStoreName: name, CustomKeyStoreType: "EXTERNAL_KEY_STORE", XksProxyConnectivity: "PUBLIC_ENDPOINT",
		XksProxyUriEndpoint: "https://" + name + ".example.com", XksProxyUriPath: "/kms/xks/v1",
		XksProxyAuthenticationCredential: &XksProxyAuthenticationCredentialType{proxyAccess, proxySecret},
	}
}

// vpcInput is one behind a VPC endpoint service.
func vpcInput(name string) *CreateCustomKeyStoreInput {
	in := xksStore(name)
	in.XksProxyConnectivity, in.XksProxyVpcEndpointServiceName = "VPC_ENDPOINT_SERVICE", "com.amazonaws.vpce.us-east-1.vpce-svc-"+name
	return in
}

func (w *world) createStore(t testing.TB, in *CreateCustomKeyStoreInput) string {
	t.Helper()
	return ok[*CreateCustomKeyStoreOutput](t)(w.CreateCustomKeyStore(t.Context(), user("admin"), in)).CustomKeyStoreId
}

func (w *world) connect(t testing.TB, id string) {
	t.Helper()
	ok[*ConnectCustomKeyStoreOutput](t)(w.ConnectCustomKeyStore(t.Context(), user("admin"), &ConnectCustomKeyStoreInput{CustomKeyStoreId: id}))
}

func (w *world) disconnect(t testing.TB, id string) {
	t.Helper()
	ok[*DisconnectCustomKeyStoreOutput](t)(w.DisconnectCustomKeyStore(t.Context(), user("admin"), &DisconnectCustomKeyStoreInput{CustomKeyStoreId: id}))
}

// connection is a key store's state and error code.
func (w *world) connection(t testing.TB, id string) string {
	t.Helper()
	out := ok[*DescribeCustomKeyStoresOutput](t)(w.DescribeCustomKeyStores(t.Context(), user("admin"), &DescribeCustomKeyStoresInput{CustomKeyStoreId: id}))
	return strings.TrimSpace(out.CustomKeyStores[0].ConnectionState + " " + out.CustomKeyStores[0].ConnectionErrorCode)
}

// newXks makes a world with a proxy and a connected key store.
func newXks(t testing.TB, ids ...string) (*world, *fakeProxy, string) {
	t.Helper()
	p := newFakeProxy(t, ids...)
	w := newWorld(t, func(o *Options) { o.Xks = p })
	id := w.createStore(t, xksStore("store"))
	w.connect(t, id)
	return w, p, id
}

// inStore makes a key for an external key.
func (w *world) inStore(t testing.TB, store, external string) *KeyMetadata {
	t.Helper()
	return w.create(t, &CreateKeyInput{Origin: OriginXKS, CustomKeyStoreId: store, XksKeyId: external})
}
