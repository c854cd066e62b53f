package kms

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/internal/keystates"
	"github.com/bedlock/bedlock/kms/material"
)

// TestStates: each of the 56 operations in each state does what the documentation says.
func TestStates(t *testing.T) {
	covered := map[string]int{}
	for _, op := range keyOperations {
		covered[op.name]++
		for _, c := range keystates.Cells(op.name, op.kind == symmetricKey) {
			t.Run(op.name+op.role+"/"+c.State+"/"+c.Origin, func(t *testing.T) {
				w := newStateWorld(t)
				id := w.keyFor(t, op.kind, Origin(c.Origin))
				call := op.prepare(t, w, id)
				w.bring(t, id, State(c.State))
				err := call()
				if c.Code != "" {
					wantError(t, err, Code(c.Code), strings.ReplaceAll(c.Message, "<key>", arnOf(id)))
				} else if err != nil {
					t.Errorf("got %v", err)
				}
			})
		}
	}
	for _, op := range otherOperations {
		covered[op.name]++
		t.Run(op.name, func(t *testing.T) {
			w := newStateWorld(t)
			for _, c := range keystates.Cells("DescribeKey", true) {
				id := w.keyFor(t, symmetricKey, Origin(c.Origin))
				w.bring(t, id, State(c.State))
			}
			if err := op.run(t, w); err != nil {
				t.Fatal(err)
			}
		})
	}
	for _, op := range operationNames() {
		if covered[op] == 0 {
			t.Errorf("%s is not covered", op)
		}
		delete(covered, op)
	}
	if len(covered) > 0 {
		t.Errorf("no operations: %v", covered)
	}
}

// operationNames are the operations that Service has.
func operationNames() []string {
	var out []string
	for typ, i := reflect.TypeFor[*Service](), 0; i < typ.NumMethod(); i++ {
		m := typ.Method(i)
		if m.Type.NumIn() == 4 && m.Type.In(2) == reflect.TypeFor[*Call]() && m.Type.In(3) == inputs[m.Name] {
			out = append(out, m.Name)
		}
	}
	return out
}

func TestThereAre56Operations(t *testing.T) {
	names := operationNames()
	for name := range inputs {
		if !slices.Contains(names, name) {
			t.Errorf("%s is missing", name)
		}
	}
	if len(inputs) != 56 || len(names) != 56 {
		t.Errorf("%d inputs, %d operations", len(inputs), len(names))
	}
	form := regexp.MustCompile(`^[.134]..[a-z.1345]...$`)
	for op, row := range states {
		if len(row) != 7 || !form.MatchString(row) || inputs[op] == nil {
			t.Errorf("row %s %q", op, row)
		}
	}
	for op, only := range origins {
		if states[op] == "" || len(only) == 0 {
			t.Errorf("origins of %s", op)
		}
	}
}

// stateWorld is a world with an external key store.
type stateWorld struct {
	*world
	keyStore string
}

func newStateWorld(t testing.TB) *stateWorld {
	w := &stateWorld{world: newWorld(t, func(o *Options) { o.Xks = mirror{} })}
	c := user("admin")
	w.keyStore = ok[*CreateCustomKeyStoreOutput](t)(w.CreateCustomKeyStore(t.Context(), c, storeInput("store"))).CustomKeyStoreId
	ok[*ConnectCustomKeyStoreOutput](t)(w.ConnectCustomKeyStore(t.Context(), c, &ConnectCustomKeyStoreInput{w.keyStore}))
	return w
}

func storeInput(name string) *CreateCustomKeyStoreInput {
	return &CreateCustomKeyStoreInput{
		CustomKeyStoreName: name, CustomKeyStoreType: "EXTERNAL_KEY_STORE", XksProxyConnectivity: "PUBLIC_ENDPOINT",
		XksProxyUriEndpoint: "https://" + name + ".example.com", XksProxyUriPath: "/kms/xks/v1",
		XksProxyAuthenticationCredential: &XksProxyAuthenticationCredentialType{"ABCDEFGHIJKLMNOPQRST", strings.Repeat("s", 43)},
	}
}

// keyFor makes a key of a kind and origin; one for imported material has it.
func (w *stateWorld) keyFor(t testing.TB, kind keyKind, origin Origin) string {
	t.Helper()
	in := &CreateKeyInput{KeySpec: kind.spec, KeyUsage: kind.usage, MultiRegion: kind.multiRegion, Origin: origin}
	if origin == OriginXKS {
		in.CustomKeyStoreId, in.XksKeyId = w.keyStore, fmt.Sprint("external-", len(w.keys))
	}
	if origin != OriginExternal {
		return w.create(t, in).KeyId
	}
	k, err := w.planned(user("admin"), in)
	if err != nil {
		t.Fatal(err)
	}
	m, err := material.Generate(kind.spec)
	if err != nil {
		t.Fatal(err)
	}
	id := soleMaterial
	if kind.spec == material.Symmetric {
		if id, err = material.MaterialID(k.ID, m); err != nil {
			t.Fatal(err)
		}
	}
	k.Materials, k.Current, k.State = []Generation{{ID: id, State: "CURRENT", Created: k.Created, Imported: true}}, id, Enabled
	v := (&version{materials: map[string]*material.Material{id: m}}).with(*k)
	if _, err := w.insert(t.Context(), v, w.materialRecord(k, id, m)); err != nil {
		t.Fatal(err)
	}
	return k.ID
}

// bring brings a key into a state, by operations where there are such.
func (w *stateWorld) bring(t testing.TB, id string, s State) {
	t.Helper()
	c := user("admin")
	var err error
	switch s {
	case DisabledState:
		err = w.DisableKey(t.Context(), c, &DisableKeyInput{id})
	case PendingDeletion:
		// A primary key with replicas would be PendingReplicaDeletion.
		w.force(t, id, func(k *Key) { k.State, k.Until, k.Window = PendingDeletion, start.AddDate(0, 0, 7), 7 })
	case PendingReplicaDeletion:
		w.force(t, id, func(k *Key) { k.State, k.Window = PendingReplicaDeletion, 7 })
	case PendingImport:
		_, err = w.DeleteImportedKeyMaterial(t.Context(), c, &DeleteImportedKeyMaterialInput{KeyId: id})
	case Unavailable:
		_, err = w.DisconnectCustomKeyStore(t.Context(), c, &DisconnectCustomKeyStoreInput{w.keyStore})
	case Creating, Updating:
		w.force(t, id, func(k *Key) { k.State, k.Until = s, start.Add(time.Hour) })
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := w.describe(t, id).KeyState; got != s {
		t.Fatalf("the key is %s, not %s", got, s)
	}
}

// mirror is an external key store proxy that gives back what it gets.
type mirror struct{}

func (mirror) Health(context.Context, *XksEndpoint, *XksHealthInput) (*XksHealthOutput, error) {
	return &XksHealthOutput{
		XksProxyFleetSize: 1, XksProxyVendor: "v", XksProxyModel: "m", EkmVendor: "e",
		EkmFleetDetails: []XksEkmFleet{{ID: "1", Model: "m", HealthStatus: "ACTIVE"}},
	}, nil
}

func (mirror) Metadata(context.Context, *XksEndpoint, string, *XksMetadataInput) (*XksMetadataOutput, error) {
	return &XksMetadataOutput{KeySpec: "AES_256", KeyUsage: []string{"ENCRYPT", "DECRYPT"}, KeyStatus: "ENABLED"}, nil
}

func (mirror) Encrypt(_ context.Context, _ *XksEndpoint, _ string, in *XksEncryptInput) (*XksEncryptOutput, error) {
	out := &XksEncryptOutput{Ciphertext: in.Plaintext, InitializationVector: make([]byte, 12), AuthenticationTag: make([]byte, 16)}
	out.CiphertextDataIntegrityValue = integrity(in, out)
	return out, nil
}

func (mirror) Decrypt(_ context.Context, _ *XksEndpoint, _ string, in *XksDecryptInput) (*XksDecryptOutput, error) {
	return &XksDecryptOutput{in.Ciphertext}, nil
}
