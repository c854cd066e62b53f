package xks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/plane/sigv4"
	"github.com/bedlock/bedlock/policy/authz"
)

// alice is who calls KMS.
type alice struct{}

func (alice) Caller(_ context.Context, id, _ string) (*plane.Caller, error) {
	if id != "AKIAALICE" {
		return nil, sigv4.ErrUnknownKey
	}
	return &plane.Caller{Secret: "secret", Principal: authz.Principal{Kind: authz.User, ARN: "arn:aws:iam::111122223333:user/alice", Account: "111122223333"}}, nil
}

func (alice) RCPs(string) [][]*authz.Policy { return nil }

// world is a plane with a proxy: clients of AWS's SDK talk to KMS, KMS to the proxy.
type world struct {
	*site
	*awskms.Client
	t     *testing.T
	later atomic.Int64 // how far the clock of KMS is ahead
}

func newWorld(t *testing.T, tcp bool, config *tls.Config, keys ...string) *world {
	t.Helper()
	w := &world{site: newSite(t, tcp, config, nil, keys...), t: t}
	service, err := kms.Open(t.Context(), kms.Options{Authorizer: plane.Authorizer{AllowAll: true}, Xks: w.client, Now: func() time.Time { return time.Now().Add(time.Duration(w.later.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	api, err := plane.KMS(service)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := plane.New(plane.Options{Services: []*plane.Service{api}, Identities: alice{}})
	if err != nil {
		t.Fatal(err)
	}
	l, dial := listen(t, tcp)
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}}
	server.Start()
	transport := &http.Transport{DialContext: dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	w.Client = awskms.New(awskms.Options{
		Region: region, BaseEndpoint: aws.String("http://kms.example.com"), Retryer: aws.NopRetryer{}, HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAALICE", SecretAccessKey: "secret"}, nil
		}),
	})
	return w
}

// storeInput is a request for a key store at the proxy.
func storeInput(name, path string) *awskms.CreateCustomKeyStoreInput {
	return &awskms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: &name, CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore, XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint,
		XksProxyUriEndpoint: aws.String("https://" + proxyHost), XksProxyUriPath: &path,
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: aws.String(proxyAccess), RawSecretAccessKey: aws.String(proxySecret)},
	}
}

// connected makes a key store and connects it.
func (w *world) connected() *string {
	w.t.Helper()
	made, err := w.CreateCustomKeyStore(w.t.Context(), storeInput("store", proxyPath))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.ConnectCustomKeyStore(w.t.Context(), &awskms.ConnectCustomKeyStoreInput{CustomKeyStoreId: made.CustomKeyStoreId}); err != nil {
		w.t.Fatal(err)
	}
	if got := w.connection(made.CustomKeyStoreId); got != "CONNECTED " {
		w.t.Fatalf("the key store is %s", got)
	}
	return made.CustomKeyStoreId
}

// connection is the state of a key store and its error code.
func (w *world) connection(store *string) string {
	w.t.Helper()
	out, err := w.DescribeCustomKeyStores(w.t.Context(), &awskms.DescribeCustomKeyStoresInput{CustomKeyStoreId: store})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(out.CustomKeyStores[0].ConnectionState) + " " + string(out.CustomKeyStores[0].ConnectionErrorCode)
}

func (w *world) key(store *string, external string) *types.KeyMetadata {
	w.t.Helper()
	out, err := w.CreateKey(w.t.Context(), &awskms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: store, XksKeyId: &external})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.KeyMetadata
}

// refused asserts the code and message of an error of the SDK.
func refused(t *testing.T, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) {
		t.Errorf("no error of the API: %v", err)
		return
	}
	if e.ErrorCode() != code || e.ErrorMessage() != message {
		t.Errorf("got  %s %q\nwant %s %q", e.ErrorCode(), e.ErrorMessage(), code, message)
	}
}

const (
	notConnected = "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again."
	noTCP        = "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external keystore."
	noTLS        = "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate."
	noTime       = "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."
	noSense      = "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator."
)

// TestLife is a key store from its creation to its deletion, over TCP and TLS.
func TestLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, true, nil, "hsm-1", "hsm-2")
		ctx := t.Context()
		store := w.connected()
		one, two := w.key(store, "hsm-1"), w.key(store, "hsm-2")
		if one.Origin != "EXTERNAL_KEY_STORE" || *one.XksKeyConfiguration.Id != "hsm-1" || one.KeyState != "Enabled" {
			t.Errorf("%+v", one)
		}
		project := map[string]string{"project": "a"}
		sealed, err := w.Encrypt(ctx, &awskms.EncryptInput{KeyId: one.KeyId, Plaintext: []byte("patient"), EncryptionContext: project})
		if err != nil {
			t.Fatal(err)
		}
		open := func(blob []byte) string {
			t.Helper()
			out, err := w.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: blob, EncryptionContext: project})
			if err != nil {
				t.Error(err)
				return ""
			}
			return string(out.Plaintext)
		}
		if got := open(sealed.CiphertextBlob); got != "patient" {
			t.Errorf("decrypted %q", got)
		}
		data, err := w.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: one.KeyId, KeySpec: types.DataKeySpecAes256, EncryptionContext: project})
		if err != nil {
			t.Fatal(err)
		}
		if got := open(data.CiphertextBlob); got != string(data.Plaintext) || len(got) != 32 {
			t.Error("another data key")
		}
		moved, err := w.ReEncrypt(ctx, &awskms.ReEncryptInput{CiphertextBlob: sealed.CiphertextBlob, SourceEncryptionContext: project, DestinationKeyId: two.KeyId, DestinationEncryptionContext: project})
		if err != nil {
			t.Fatal(err)
		}
		if got := open(moved.CiphertextBlob); got != "patient" || *moved.KeyId != *two.Arn {
			t.Errorf("re-encrypted %q under %s", got, *moved.KeyId)
		}
		if want := []string{
			"/health CreateCustomKeyStore", "/health ConnectCustomKeyStore", "/keys/hsm-1/metadata CreateKey", "/keys/hsm-2/metadata CreateKey",
			"/keys/hsm-1/encrypt Encrypt", "/keys/hsm-1/decrypt Decrypt", "/keys/hsm-1/encrypt GenerateDataKey", "/keys/hsm-1/decrypt Decrypt",
			"/keys/hsm-1/decrypt ReEncrypt", "/keys/hsm-2/encrypt ReEncrypt", "/keys/hsm-2/decrypt Decrypt",
		}; !slices.Equal(w.requests, want) {
			t.Errorf("requests\n%q\nwant\n%q", w.requests, want)
		}
		_, err = w.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"project": "b"}})
		refused(t, err, "KMSInvalidStateException", "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid.")

		// The proxy goes down, and keys are useless.
		w.client.Close()
		w.server.Close()
		decrypt := func() error {
			_, err := w.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: project})
			return err
		}
		refused(t, decrypt(), "KMSInvalidStateException", noTCP)
		_, err = w.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: one.KeyId, KeySpec: types.DataKeySpecAes256})
		refused(t, err, "KMSInvalidStateException", noTCP)
		if _, err := w.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: one.KeyId}); err != nil {
			t.Errorf("DescribeKey: %v", err)
		}

		_, err = w.DeleteCustomKeyStore(ctx, &awskms.DeleteCustomKeyStoreInput{CustomKeyStoreId: store})
		var connected *types.CustomKeyStoreInvalidStateException
		if !errors.As(err, &connected) {
			t.Errorf("deleted while connected: %v", err)
		}
		if _, err := w.DisconnectCustomKeyStore(ctx, &awskms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: store}); err != nil {
			t.Fatal(err)
		}
		// What the Developer Guide says of keys that are Unavailable comes before what the
		// specification of the proxy API says of their store; which AWS tells is unconfirmed.
		refused(t, decrypt(), "KMSInvalidStateException", *one.Arn+" is unavailable.")
		_, err = w.CreateKey(ctx, &awskms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: store, XksKeyId: aws.String("hsm-3")})
		refused(t, err, "CustomKeyStoreInvalidStateException", notConnected)
		if _, err := w.ConnectCustomKeyStore(ctx, &awskms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store}); err != nil {
			t.Errorf("ConnectCustomKeyStore: %v", err)
		}
		if got := w.connection(store); got != "FAILED XKS_PROXY_NOT_REACHABLE" {
			t.Errorf("the key store is %s", got)
		}
		if _, err := w.DisconnectCustomKeyStore(ctx, &awskms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: store}); err != nil {
			t.Fatal(err)
		}
		remove := func() error {
			_, err := w.DeleteCustomKeyStore(ctx, &awskms.DeleteCustomKeyStoreInput{CustomKeyStoreId: store})
			return err
		}
		var full *types.CustomKeyStoreHasCMKsException
		if err := remove(); !errors.As(err, &full) {
			t.Errorf("deleted with keys: %v", err)
		}
		for _, k := range []*types.KeyMetadata{one, two} {
			if _, err := w.ScheduleKeyDeletion(ctx, &awskms.ScheduleKeyDeletionInput{KeyId: k.KeyId, PendingWindowInDays: aws.Int32(7)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := remove(); !errors.As(err, &full) {
			t.Errorf("deleted with keys that are pending deletion: %v", err)
		}
		w.later.Store(int64(8 * 24 * time.Hour))
		if err := remove(); err != nil {
			t.Error(err)
		}
		if out, err := w.DescribeCustomKeyStores(ctx, nil); err != nil || len(out.CustomKeyStores) != 0 {
			t.Errorf("%+v %v", out, err)
		}
	})
}

// scenario is a row of the specification's table of failures: what KMS answers to
// CreateKey, to CreateCustomKeyStore and UpdateCustomKeyStore, and to cryptographic
// operations. Where the table has nothing, there is nothing.
type scenario struct {
	status     int    // of the proxy's answer
	name       string // its errorName
	happen     func(*world)
	createKey  string
	store      string
	message    string
	connection string // what a key store that cannot connect says
}

// Source: https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/xks_proxy_api_spec.md#error-codes
var scenarios = []scenario{
	{400, "ValidationException", nil, "CustomKeyStoreInvalidStateException", "XksProxyInvalidResponseException", noSense, "XKS_PROXY_INVALID_RESPONSE"},
	{400, "InvalidStateException", nil, "XksKeyInvalidConfigurationException", "", "The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request.", ""},
	{400, "InvalidCiphertextException", nil, "", "", "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid.", ""},
	{400, "InvalidKeyUsageException", nil, "XksKeyInvalidConfigurationException", "", "The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external key manager, and try the request again.", ""},
	{401, "AuthenticationFailedException", nil, "CustomKeyStoreInvalidStateException", "XksProxyIncorrectAuthenticationCredentialException", "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary.", "INVALID_CREDENTIALS"},
	{403, "AccessDeniedException", nil, "KMSInvalidStateException", "", "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.", "XKS_PROXY_ACCESS_DENIED"},
	{404, "KeyNotFoundException", nil, "XksKeyNotFoundException", "", "The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID.", ""},
	{404, "InvalidUriPathException", nil, "CustomKeyStoreInvalidStateException", "XksProxyInvalidConfigurationException", "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.", "XKS_PROXY_INVALID_CONFIGURATION"},
	// For CreateKey the specification names XksKeyInvalidResponseException, which the API does not have.
	{501, "UnsupportedOperationException", nil, "", "", "The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator.", ""},
	{503, "DependencyTimeoutException", nil, "CustomKeyStoreInvalidStateException", "XksProxyUriUnreachableException", "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.", "XKS_PROXY_TIMED_OUT"},
	{429, "ThrottlingException", nil, "CustomKeyStoreInvalidStateException", "XksProxyUriUnreachableException", "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.", "XKS_PROXY_NOT_REACHABLE"},
	{500, "InternalException", nil, "CustomKeyStoreInvalidStateException", "XksProxyInvalidResponseException", "The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.", "XKS_PROXY_INVALID_RESPONSE"},
	{0, "no TCP connection", func(w *world) {
		w.client.Close()
		w.client.opts.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errRefused }
	}, "CustomKeyStoreInvalidStateException", "XksProxyUriUnreachableException", noTCP, "XKS_PROXY_NOT_REACHABLE"},
	{0, "no TLS connection", func(w *world) {
		w.client.Close()
		w.client.opts.Dial = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			_ = theirs.Close()
			return ours, nil
		}
	}, "CustomKeyStoreInvalidStateException", "XksProxyUriUnreachableException", noTLS, "XKS_PROXY_INVALID_TLS_CONFIGURATION"},
	{0, "a timeout", func(w *world) {
		w.misbehave(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	}, "CustomKeyStoreInvalidStateException", "XksProxyUriUnreachableException", noTime, "XKS_PROXY_TIMED_OUT"},
	{0, "a malformed answer", func(w *world) {
		w.misbehave(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) })
	}, "CustomKeyStoreInvalidStateException", "XksProxyInvalidResponseException", noSense, "XKS_PROXY_INVALID_RESPONSE"},
}

// TestMessages: every row of the table, to the letter, through AWS's SDK. The proxy's own
// words reach no caller.
func TestMessages(t *testing.T) {
	for _, c := range scenarios {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, false, nil, "hsm-1", "hsm-2")
				ctx := t.Context()
				store := w.connected()
				key := w.key(store, "hsm-1")
				sealed, err := w.Encrypt(ctx, &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x")})
				if err != nil {
					t.Fatal(err)
				}
				if c.happen == nil {
					w.refuse(c.status, c.name, "what the proxy says")
				} else {
					c.happen(w)
				}
				_, err = w.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
				refused(t, err, "KMSInvalidStateException", c.message)
				_, err = w.ReEncrypt(ctx, &awskms.ReEncryptInput{CiphertextBlob: sealed.CiphertextBlob, DestinationKeyId: key.KeyId})
				refused(t, err, "KMSInvalidStateException", c.message)
				_, err = w.Encrypt(ctx, &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x")})
				refused(t, err, "KMSInvalidStateException", c.message)
				_, err = w.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: key.KeyId, KeySpec: types.DataKeySpecAes256})
				refused(t, err, "KMSInvalidStateException", c.message)
				if c.createKey != "" {
					_, err = w.CreateKey(ctx, &awskms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: store, XksKeyId: aws.String("hsm-2")})
					refused(t, err, c.createKey, c.message)
				}
				if c.store != "" {
					_, err = w.CreateCustomKeyStore(ctx, storeInput("another", "/another/kms/xks/v1"))
					refused(t, err, c.store, c.message)
					_, err = w.UpdateCustomKeyStore(ctx, &awskms.UpdateCustomKeyStoreInput{CustomKeyStoreId: store, XksProxyUriPath: aws.String("/another/kms/xks/v1")})
					refused(t, err, c.store, c.message)
				}
				if c.connection == "" {
					return
				}
				if _, err := w.DisconnectCustomKeyStore(ctx, &awskms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: store}); err != nil {
					t.Fatal(err)
				}
				if _, err := w.ConnectCustomKeyStore(ctx, &awskms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store}); err != nil {
					t.Fatal(err)
				}
				if got := w.connection(store); got != "FAILED "+c.connection {
					t.Errorf("the key store is %s, want FAILED %s", got, c.connection)
				}
			})
		})
	}
}

// TestAnswersOfCrypto: an answer that is JSON and yet not what was asked for is no
// ciphertext and no plaintext.
func TestAnswersOfCrypto(t *testing.T) {
	set := func(name string, value []byte) func(map[string]string) {
		return func(answer map[string]string) {
			if answer[name] != "" {
				answer[name] = text(value)
			}
		}
	}
	const corrupted = "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid."
	for name, c := range map[string]struct {
		spoil            func(map[string]string)
		encrypt, decrypt string // the message; empty: it works
	}{
		"a short tag":           {set("authenticationTag", make([]byte, 15)), noSense, ""},
		"a long tag":            {set("authenticationTag", make([]byte, 17)), noSense, ""},
		"another tag":           {set("authenticationTag", make([]byte, 16)), noSense, ""},
		"a short vector":        {set("initializationVector", make([]byte, 8)), noSense, ""},
		"another vector":        {set("initializationVector", make([]byte, 12)), noSense, ""},
		"a short ciphertext":    {set("ciphertext", []byte("x")), noSense, ""},
		"much metadata":         {set("ciphertextMetadata", make([]byte, 21)), noSense, ""},
		"other metadata":        {set("ciphertextMetadata", []byte("key_version=2")), noSense, ""},
		"another CDIV":          {set("ciphertextDataIntegrityValue", make([]byte, 32)), noSense, ""},
		"no CDIV":               {func(a map[string]string) { delete(a, "ciphertextDataIntegrityValue") }, noSense, ""},
		"no ciphertext":         {func(a map[string]string) { delete(a, "ciphertext") }, noSense, ""},
		"no Base64":             {func(a map[string]string) { a["ciphertext"], a["plaintext"] = "****", "****" }, noSense, noSense},
		"Base64 for URLs":       {func(a map[string]string) { a["initializationVector"] = "-_-_-_-_-_-_-_-_" }, noSense, ""},
		"Base64 without pads":   {func(a map[string]string) { a["authenticationTag"] = strings.TrimRight(a["authenticationTag"], "=") }, noSense, ""},
		"a short plaintext":     {set("plaintext", []byte("x")), "", noSense},
		"no plaintext":          {func(a map[string]string) { delete(a, "plaintext") }, "", noSense},
		"the plaintext of zero": {func(a map[string]string) { a["plaintext"] = text(make([]byte, len(raw(a["plaintext"])))) }, "", corrupted},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, false, nil, "hsm-1")
				key := w.key(w.connected(), "hsm-1")
				sealed, err := w.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("patient")})
				if err != nil {
					t.Fatal(err)
				}
				w.spoil = c.spoil
				check := func(err error, message string) {
					t.Helper()
					if message != "" {
						refused(t, err, "KMSInvalidStateException", message)
					} else if err != nil {
						t.Error(err)
					}
				}
				_, err = w.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("patient")})
				check(err, c.encrypt)
				_, err = w.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
				check(err, c.decrypt)
			})
		})
	}
}

// TestCredentials: a store whose secret is not the proxy's is refused, and the error does
// not tell it.
func TestCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, false, nil)
		in := storeInput("store", proxyPath)
		wrong := strings.Repeat("W", 43)
		in.XksProxyAuthenticationCredential.RawSecretAccessKey = &wrong
		_, err := w.CreateCustomKeyStore(t.Context(), in)
		refused(t, err, "XksProxyIncorrectAuthenticationCredentialException", "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary.")
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), wrong) {
			t.Error("the error tells the secret")
		}
		in.XksProxyAuthenticationCredential.RawSecretAccessKey = aws.String(proxySecret)
		in.XksProxyUriPath = aws.String("/nobody/kms/xks/v1")
		_, err = w.CreateCustomKeyStore(t.Context(), in)
		refused(t, err, "XksProxyInvalidConfigurationException", "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.")
	})
}
