package kms

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

// notConnected is AWS's message for keys of a key store that is not connected.
const notConnected = "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again."

// faultMessages are the messages of the specification, to the letter.
// Source: https://github.com/aws/aws-kms-xksproxy-api-spec, "Error codes"
var faultMessages = map[XksFault]string{
	FaultValidation:           "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator.",
	FaultInvalidState:         "The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request.",
	FaultInvalidCiphertext:    "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid.",
	FaultInvalidKeyUsage:      "The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external key manager, and try the request again.",
	FaultAuthenticationFailed: "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary.",
	FaultAccessDenied:         "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.",
	FaultKeyNotFound:          "The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID.",
	FaultInvalidURIPath:       "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.",
	FaultUnsupportedOperation: "The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator.",
	FaultDependencyTimeout:    "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.",
	FaultThrottling:           "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.",
	FaultInternal:             "The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.",
	FaultUnreachable:          "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external keystore.",
	FaultTLS:                  "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate.",
	FaultTimedOut:             "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.",
	FaultMalformed:            "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator.",
}

// The exceptions of the specification's table; where it has none, there is none here.
func TestProxyFaults(t *testing.T) {
	const state = CustomKeyStoreInvalidState
	for fault, want := range map[XksFault][2]Code{
		FaultValidation:           {state, XksProxyInvalidResponse},
		FaultInvalidState:         {XksKeyInvalidConfiguration},
		FaultInvalidCiphertext:    {},
		FaultInvalidKeyUsage:      {XksKeyInvalidConfiguration},
		FaultAuthenticationFailed: {state, XksProxyIncorrectCredential},
		FaultAccessDenied:         {InvalidState},
		FaultKeyNotFound:          {XksKeyNotFound},
		FaultInvalidURIPath:       {state, XksProxyInvalidConfiguration},
		FaultUnsupportedOperation: {},
		FaultDependencyTimeout:    {state, XksProxyURIUnreachable},
		FaultThrottling:           {state, XksProxyURIUnreachable},
		FaultInternal:             {state, XksProxyInvalidResponse},
		FaultUnreachable:          {state, XksProxyURIUnreachable},
		FaultTLS:                  {state, XksProxyURIUnreachable},
		FaultTimedOut:             {state, XksProxyURIUnreachable},
		FaultMalformed:            {state, XksProxyInvalidResponse},
	} {
		t.Run(string(fault), func(t *testing.T) {
			w, p, id := newXks(t, "external", "second")
			k := w.inStore(t, id, "external")
			blob := w.sealed(t, user("admin"), k.KeyId, "x")
			p.fault = &XksError{fault, "words of the proxy"}
			_, err := w.Encrypt(t.Context(), user("admin"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
			wantError(t, err, InvalidState, faultMessages[fault])
			_, err = w.Decrypt(t.Context(), user("admin"), &DecryptInput{CiphertextBlob: blob})
			wantError(t, err, InvalidState, faultMessages[fault])
			if want[0] != "" {
				_, err = w.CreateKey(t.Context(), user("admin"), &CreateKeyInput{Origin: OriginXKS, CustomKeyStoreId: id, XksKeyId: "second"})
				wantError(t, err, want[0], faultMessages[fault])
			}
			if want[1] != "" {
				_, err = w.CreateCustomKeyStore(t.Context(), user("admin"), xksStore("other"))
				wantError(t, err, want[1], faultMessages[fault])
				_, err = w.UpdateCustomKeyStore(t.Context(), user("admin"), &UpdateCustomKeyStoreInput{CustomKeyStoreId: id, XksProxyUriPath: "/x/kms/xks/v1"})
				wantError(t, err, want[1], faultMessages[fault])
			}
			if strings.Contains(err.Error(), "words of the proxy") {
				t.Errorf("the proxy's words are told: %v", err)
			}
		})
	}
}

func TestProxyThatDoesNotAnswer(t *testing.T) {
	w, p, id := newXks(t, "external")
	k := w.inStore(t, id, "external")
	p.hang = true
	before := time.Now()
	_, err := w.Encrypt(t.Context(), user("admin"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	wantError(t, err, InvalidState, faultMessages[FaultTimedOut])
	if d := time.Since(before); d < XksTimeout || d > 20*XksTimeout {
		t.Errorf("waited %v", d)
	}
	p.hang, p.fault = false, errors.New("connection reset")
	_, err = w.Encrypt(t.Context(), user("admin"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	wantError(t, err, InvalidState, faultMessages[FaultUnreachable])
}

func TestCryptographyInKeyStore(t *testing.T) {
	w, p, id := newXks(t, "external")
	k := w.inStore(t, id, "external")
	c := user("admin")
	c.Context = conditionsOf("kms:viaservice", "s3.us-east-1.amazonaws.com", "aws:sourcevpc", "vpc-1", "aws:sourcevpce", "vpce-1")
	pairs := map[string]string{"team": "red", "long": strings.Repeat("x", 9000)}
	for _, size := range []int{1, 32, 4096} {
		plaintext := bytes.Repeat([]byte{7}, size)
		out := ok[*EncryptOutput](t)(w.Encrypt(t.Context(), c, &EncryptInput{KeyId: k.KeyId, Plaintext: plaintext, EncryptionContext: pairs}))
		if len(out.CiphertextBlob) > 6144 || out.KeyId != k.Arn {
			t.Errorf("%d bytes: a ciphertext of %d, key %s", size, len(out.CiphertextBlob), out.KeyId)
		}
		want := XksRequestMetadata{
			AwsPrincipalArn: "arn:aws:iam::111122223333:user/admin", AwsSourceVpc: "vpc-1", AwsSourceVpce: "vpce-1",
			KmsKeyArn: k.Arn, KmsOperation: "Encrypt", KmsRequestID: "request-1", KmsViaService: "s3.us-east-1.amazonaws.com",
		}
		if p.last != want {
			t.Errorf("metadata %+v, want %+v", p.last, want)
		}
		w.open(t, func(o *Options) { o.Xks = p })
		got := ok[*DecryptOutput](t)(w.Decrypt(t.Context(), c, &DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: pairs}))
		if !bytes.Equal(got.Plaintext, plaintext) || got.KeyId != k.Arn || got.KeyMaterialId != "" {
			t.Errorf("%d bytes: decrypted %d, key %s, material %s", size, len(got.Plaintext), got.KeyId, got.KeyMaterialId)
		}
		if p.last.KmsOperation != "Decrypt" {
			t.Errorf("operation %s", p.last.KmsOperation)
		}
	}
	data := ok[*GenerateDataKeyOutput](t)(w.GenerateDataKey(t.Context(), c, &GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: "AES_256"}))
	if p.last.KmsOperation != "GenerateDataKey" || data.KeyMaterialId != "" {
		t.Errorf("data key: %s, material %q", p.last.KmsOperation, data.KeyMaterialId)
	}
	inside := w.create(t, nil)
	re := ok[*ReEncryptOutput](t)(w.ReEncrypt(t.Context(), c, &ReEncryptInput{CiphertextBlob: data.CiphertextBlob, DestinationKeyId: inside.KeyId}))
	if text, _ := w.opened(t, c, re.CiphertextBlob); text != string(data.Plaintext) || p.last.KmsOperation != "ReEncrypt" {
		t.Errorf("re-encrypted out of the key store: %s", p.last.KmsOperation)
	}
	re = ok[*ReEncryptOutput](t)(w.ReEncrypt(t.Context(), c, &ReEncryptInput{CiphertextBlob: re.CiphertextBlob, DestinationKeyId: k.KeyId}))
	if text, _ := w.opened(t, c, re.CiphertextBlob); text != string(data.Plaintext) {
		t.Error("re-encrypted into the key store")
	}
}

// No two keys or encryption contexts have the same authenticated data.
func TestExternalAADIsUnambiguous(t *testing.T) {
	seen := map[string]int{}
	for i, pairs := range []map[string]string{
		nil, {"a": "bc"}, {"ab": "c"}, {"a": "c"}, {"b": "c"}, {"a": "b", "c": "d"}, {"a": "b", "d": "c"}, {"a": "bcd"}, {"a": ""}, {"": "a"},
	} {
		for _, key := range []string{"k1", "k2"} {
			aad := string(externalAAD(key, pairs))
			if before, is := seen[aad]; is {
				t.Errorf("contexts %d and %d have the same", before, i)
			}
			seen[aad] = i
		}
	}
	if !bytes.Equal(externalAAD("k", map[string]string{"a": "1", "b": "2", "c": "3"}), externalAAD("k", map[string]string{"c": "3", "b": "2", "a": "1"})) {
		t.Error("it depends on the order")
	}
}

// What the external key decrypts is encrypted still: double encryption.
func TestDoubleEncryption(t *testing.T) {
	w, p, id := newXks(t, "external")
	k := w.inStore(t, id, "external")
	blob := w.sealed(t, user("admin"), k.KeyId, "the plaintext")
	b, is := parseExternal(blob)
	if !is {
		t.Fatal("the ciphertext is not parsed")
	}
	opened, err := p.keys["external"].aead.Open(nil, b.vector, append(b.sealed, b.tag...), bound(externalAAD(k.KeyId, nil), b.meta))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(opened, []byte("the plaintext")) || len(opened) < len("the plaintext")+28 {
		t.Errorf("the external key alone decrypts to %d bytes", len(opened))
	}
}

func TestCiphertextsOfKeyStores(t *testing.T) {
	w, _, id := newXks(t, "external", "second")
	k, other := w.inStore(t, id, "external"), w.inStore(t, id, "second")
	blob := w.sealed(t, user("admin"), k.KeyId, "x")
	decrypt := func(in DecryptInput) error {
		_, err := w.Decrypt(t.Context(), user("admin"), &in)
		return err
	}
	wantError(t, decrypt(DecryptInput{CiphertextBlob: blob, EncryptionContext: map[string]string{"a": "b"}}), InvalidState, faultMessages[FaultInvalidCiphertext])
	wantError(t, decrypt(DecryptInput{CiphertextBlob: blob, KeyId: other.KeyId}), IncorrectKey, "The key ID in the request does not identify a CMK that can perform this operation.")
	for i := range blob {
		bad := bytes.Clone(blob)
		bad[i] ^= 1
		if err := decrypt(DecryptInput{CiphertextBlob: bad}); err == nil {
			t.Errorf("byte %d changed: decrypted", i)
		}
	}
	for i := range blob {
		if err := decrypt(DecryptInput{CiphertextBlob: blob[:i], KeyId: k.KeyId}); err == nil {
			t.Errorf("%d bytes: decrypted", i)
		}
	}
	// The head of one key with the rest of another.
	grafted := append(bytes.Clone(w.sealed(t, user("admin"), other.KeyId, "y")[:21]), blob[21:]...)
	wantError(t, decrypt(DecryptInput{CiphertextBlob: grafted}), InvalidState, faultMessages[FaultInvalidCiphertext])
}

// A proxy whose answers are wrong is found out.
func TestProxyThatSpoilsAnswers(t *testing.T) {
	w, p, id := newXks(t, "external")
	k := w.inStore(t, id, "external")
	good := w.sealed(t, user("admin"), k.KeyId, "x")
	for name, spoil := range map[string]func(*XksEncryptOutput){
		"no integrity value":            func(o *XksEncryptOutput) { o.CiphertextDataIntegrityValue = nil },
		"another integrity value":       func(o *XksEncryptOutput) { o.CiphertextDataIntegrityValue[0] ^= 1 },
		"a bit of the ciphertext":       func(o *XksEncryptOutput) { o.Ciphertext[0] ^= 1 },
		"a bit of the metadata":         func(o *XksEncryptOutput) { o.CiphertextMetadata[0] ^= 1 },
		"a short ciphertext":            func(o *XksEncryptOutput) { o.Ciphertext = o.Ciphertext[1:] },
		"a short tag":                   func(o *XksEncryptOutput) { o.AuthenticationTag = o.AuthenticationTag[1:] },
		"a vector of 13 bytes":          func(o *XksEncryptOutput) { o.InitializationVector = make([]byte, 13) },
		"21 bytes of metadata":          func(o *XksEncryptOutput) { o.CiphertextMetadata = make([]byte, 21) },
		"everything of another message": func(o *XksEncryptOutput) { *o = XksEncryptOutput{} },
	} {
		p.spoilSealed = spoil
		_, err := w.Encrypt(t.Context(), user("admin"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
		var e *Error
		if !errors.As(err, &e) || e.Code != InvalidState || e.Message != faultMessages[FaultMalformed] {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.spoilSealed = nil
	p.spoilOpened = func(o *XksDecryptOutput) { o.Plaintext[len(o.Plaintext)-1] ^= 1 }
	_, err := w.Decrypt(t.Context(), user("admin"), &DecryptInput{CiphertextBlob: good})
	wantError(t, err, InvalidState, "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid.")
	p.spoilOpened = func(o *XksDecryptOutput) { o.Plaintext = o.Plaintext[1:] }
	_, err = w.Decrypt(t.Context(), user("admin"), &DecryptInput{CiphertextBlob: good})
	wantError(t, err, InvalidState, faultMessages[FaultMalformed])
}

// The example of the specification's appendix C.
func TestIntegrityValueOfTheSpecification(t *testing.T) {
	bytes64 := func(s string) []byte {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	in := &XksEncryptInput{AdditionalAuthenticatedData: []byte("project=nile,department=marketing"), Plaintext: []byte("Hello World!")}
	out := &XksEncryptOutput{
		AuthenticationTag: bytes64("vBxN2ncH1oEkR8WVXpmyYQ=="), Ciphertext: bytes64("ghxkK1txeDNn3q8Y"), CiphertextDataIntegrityValue: bytes64("qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc="),
		CiphertextMetadata: []byte("key_version=1"), InitializationVector: bytes64("HMrlRw85cAJUd5Ax"),
	}
	if err := intact(in, out); err != nil {
		t.Error(err)
	}
	out.CiphertextMetadata = []byte("key_version=2")
	if err := intact(in, out); err == nil {
		t.Error("accepted with other metadata")
	}
}

func TestKeysOfADisconnectedKeyStore(t *testing.T) {
	w, p, id := newXks(t, "external")
	k := w.inStore(t, id, "external")
	blob := w.sealed(t, user("admin"), k.KeyId, "x")
	calls := len(p.calls)
	w.disconnect(t, id)
	w.open(t, func(o *Options) { o.Xks = p })
	if got := w.describe(t, k.KeyId); got.KeyState != Unavailable || got.Enabled {
		t.Errorf("disconnected: %+v", got)
	}
	_, err := w.Encrypt(t.Context(), user("admin"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
	wantError(t, err, InvalidState, k.Arn+" is unavailable.")
	_, err = w.Decrypt(t.Context(), user("admin"), &DecryptInput{CiphertextBlob: blob})
	wantError(t, err, InvalidState, k.Arn+" is unavailable.")
	if len(p.calls) != calls {
		t.Errorf("the proxy was called: %q", p.calls[calls:])
	}
	// A disconnection between the check and the call has the message of the specification.
	v := w.entry(t, k.KeyId).now.Load()
	_, err = w.sealExternal(t.Context(), user("admin"), &found{v: v}, "Encrypt", nil, []byte("x"))
	wantError(t, err, InvalidState, notConnected)
	w.connect(t, id)
	if text, _ := w.opened(t, user("admin"), blob); text != "x" {
		t.Error("connected again, the key does not work")
	}
}

func TestWhatKeyStoresCannotDo(t *testing.T) {
	w, _, id := newXks(t, "external")
	k := w.inStore(t, id, "external")
	message := k.Arn + " origin is EXTERNAL_KEY_STORE which is not valid for this operation."
	c := user("admin")
	wantError(t, w.EnableKeyRotation(t.Context(), c, &EnableKeyRotationInput{KeyId: k.KeyId}), UnsupportedOperation, message)
	_, err := w.RotateKeyOnDemand(t.Context(), c, &RotateKeyOnDemandInput{KeyId: k.KeyId})
	wantError(t, err, UnsupportedOperation, message)
	_, err = w.GetKeyRotationStatus(t.Context(), c, &GetKeyRotationStatusInput{KeyId: k.KeyId})
	wantError(t, err, UnsupportedOperation, message)
	_, err = w.ListKeyRotations(t.Context(), c, &ListKeyRotationsInput{KeyId: k.KeyId})
	wantError(t, err, UnsupportedOperation, message)
	_, err = w.GetParametersForImport(t.Context(), c, &GetParametersForImportInput{KeyId: k.KeyId})
	wantError(t, err, UnsupportedOperation, message)
	// T62.
	_, err = w.GenerateDataKeyPair(t.Context(), c, &GenerateDataKeyPairInput{KeyId: k.KeyId, KeyPairSpec: "ECC_NIST_P256"})
	wantError(t, err, UnsupportedOperation, message)
	_, err = w.GenerateRandom(t.Context(), c, &GenerateRandomInput{NumberOfBytes: 1, CustomKeyStoreId: id})
	wantError(t, err, UnsupportedOperation, "Custom key store "+id+" is of the type EXTERNAL_KEY_STORE, which is not valid for this operation.")
	_, err = w.GenerateRandom(t.Context(), c, &GenerateRandomInput{NumberOfBytes: 1, CustomKeyStoreId: "cks-0"})
	wantError(t, err, CustomKeyStoreNotFound, "Custom key store cks-0 does not exist.")
	_, err = w.CreateKey(t.Context(), c, &CreateKeyInput{Origin: OriginXKS, CustomKeyStoreId: id, XksKeyId: "x", MultiRegion: true})
	wantError(t, err, UnsupportedOperation, "Multi-Region keys are not supported in custom key stores.")
}

// Every text must come back, and nothing else must be accepted or panic.
func FuzzExternalBlob(f *testing.F) {
	b := externalBlob{"12345678-1234-4234-8234-123456789012", make([]byte, 12), make([]byte, 16), []byte("meta"), []byte("sealed")}
	blob, err := b.bytes()
	if err != nil {
		f.Fatal(err)
	}
	long := externalBlob{b.keyID, make([]byte, 16), make([]byte, 16), nil, make([]byte, 4300)}
	other, err := long.bytes()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{blob, other, blob[:20], blob[:40], nil, []byte(externalPrefix)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		b, is := parseExternal(blob)
		if !is {
			return
		}
		again, err := b.bytes()
		if err != nil || !bytes.Equal(again, blob) {
			t.Fatalf("%x parsed and printed is %x, %v", sha256.Sum256(blob), again, err)
		}
	})
}
