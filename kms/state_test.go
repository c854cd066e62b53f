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

	"github.com/bedlock/bedlock/kms/material"
)

// documented is the table of the Developer Guide, with its footnotes: what each operation
// does to a key in each state. ✓ succeeds, ✗ fails for the reason of the footnote, ? does
// either. Of two footnotes for one cell the recorded or the better fitting one is meant,
// see cell.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
//
// ImportKeyMaterial of a key whose deletion is pending has footnote 9 there, which is for
// keys that cannot have imported material; for others 8 is assumed. GenerateDataKeyPair has
// no footnote 7 for enabled keys, but the operation's own page has it (T62). Encapsulate,
// Decapsulate and GetKeyLastUsage are not in it: unconfirmed.
const documented = `
CancelKeyDeletion | ✗4 | ✗4 | ✓ | ✗4 | ✗4,13 | ✗4 | ✗4
CreateAlias | ✓ | ✓ | ✗3 | ✓ | ✓ | ✓ | ✓
CreateGrant | ✓ | ✗1 | ✗2/3 | ✗5 | ✓ | ✗14 | ✓
Decrypt, Encrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext | ✓ | ✗1 | ✗2/3 | ✗5 | ✗11 | ✗14 | ✓
GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext | ?7 | ✗1 | ✗2/3 | ✗5 | ✗7 | ✗14 | ✓
DeriveSharedSecret, GenerateMac, VerifyMac, Sign, Verify, Encapsulate, Decapsulate | ✓ | ✗1 | ✗2/3 | ✗5 | N/A | ✗14 | ✓
DeleteAlias | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓
DeleteImportedKeyMaterial | ✓9 | ✓9 | ✓9 | ✓ | N/A | ✗14 | ✗15
DescribeKey, GetKeyLastUsage | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓
DisableKey, EnableKey | ✓ | ✓ | ✗3 | ✗5 | ✓12 | ✗14 | ✗15
EnableKeyRotation, DisableKeyRotation | ?7 | ✗1/7 | ✗3/7 | ✗6 | ✗7 | ✗14 | ?7
GetKeyPolicy, ListKeyPolicies, PutKeyPolicy | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓
GetKeyRotationStatus | ?7 | ?7 | ?7 | ✗6 | ✗7 | ?7 | ?7
GetParametersForImport | ?9 | ?9 | ✗8/9 | ✓ | ✗9 | ✗14 | ✗15
GetPublicKey | ✓ | ✓ | ✗2/3 | ✓ | N/A | ✗14 | ✓
ImportKeyMaterial | ?9 | ?9 | ✗8/9 | ✓ | ✗9 | ✗14 | ✓
ListAliases, ListGrants, ListResourceTags | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓
ListKeyRotations | ?7 | ?7 | ?7 | ✓ | ✗7 | ?7 | ?7
RetireGrant, RevokeGrant | ✓ | ✓ | ✓ | ✓ | ✓ | ✓ | ✓
ReplicateKey | ✓ | ✗1 | ✗2/3 | ✗5 | N/A | ✗14 | ✗15
RotateKeyOnDemand | ?7 | ✗1/7 | ✗3/7 | ✗5 | ✗7 | ✗14 | ?7
ScheduleKeyDeletion | ✓ | ✓ | ✗3 | ✓ | ✓ | ✓ | ✗15
TagResource, UntagResource, UpdateKeyDescription | ✓ | ✓ | ✗3 | ✓ | ✓ | ✓ | ✓
UpdateAlias | ✓ | ✓ | ?10 | ✓ | ✓ | ✓ | ✓
UpdatePrimaryRegion | ✓ | ✗1 | ✗2/3 | ✗5 | N/A | ✗14 | ✓`

// allStates are the states of the API, with their columns in documented.
var allStates = []struct {
	state  State
	column int
}{
	{Enabled, 1}, {DisabledState, 2}, {PendingDeletion, 3}, {PendingReplicaDeletion, 3}, {PendingImport, 4}, {Unavailable, 5}, {Creating, 6}, {Updating, 7},
}

// cell is what the documentation says of an operation in a state, for a key of an origin:
// ok, a footnote, or empty where the state is impossible.
func cell(t *testing.T, op string, column int, origin Origin) string {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSpace(documented), "\n") {
		parts := strings.Split(line, " | ")
		if !slices.Contains(strings.Split(parts[0], ", "), op) {
			continue
		}
		mark, notes, _ := strings.Cut(strings.NewReplacer("✓", "ok ", "✗", "no ", "?", "if ").Replace(parts[column]), " ")
		switch {
		case mark == "N/A":
			return ""
		case notes == "2/3" || notes == "3/7" || notes == "10":
			return "3"
		case notes == "1/7":
			return "1"
		case notes == "4,13":
			return "4"
		case notes == "8/9" && origin == OriginExternal:
			return "8"
		case strings.HasSuffix(notes, "9") && origin != OriginExternal, notes == "7" && (mark == "no" || origin == OriginXKS), notes == "6":
			return "origin"
		case mark != "no":
			return "ok"
		}
		return notes
	}
	t.Fatalf("%s is not in the table", op)
	return ""
}

// footnotes are the errors of the footnotes, without the key's ARN.
var footnotes = map[string]struct {
	code    Code
	message string
}{
	"1": {Disabled, "is disabled."}, "3": {InvalidState, "is pending deletion."}, "4": {InvalidState, "is not pending deletion."},
	"5": {InvalidState, "is pending import."}, "8": {InvalidState, "is pending deletion."}, "11": {InvalidState, "is unavailable."},
	"14": {InvalidState, "is creating."}, "15": {InvalidState, "is updating."},
}

// TestStates: each of the 56 operations in each state does what the documentation says.
func TestStates(t *testing.T) {
	covered := map[string]int{}
	for _, op := range keyOperations {
		covered[op.name]++
		for _, s := range allStates {
			for _, origin := range op.originsIn(s.state) {
				want := cell(t, op.name, s.column, origin)
				t.Run(op.name+op.role+"/"+string(s.state)+"/"+string(origin), func(t *testing.T) {
					w := newStateWorld(t)
					id := w.keyFor(t, op.kind, origin)
					call := op.prepare(t, w, id)
					w.bring(t, id, s.state)
					wantFootnote(t, call(), id, s.state, origin, want)
				})
			}
		}
	}
	for _, op := range otherOperations {
		covered[op.name]++
		t.Run(op.name, func(t *testing.T) {
			w := newStateWorld(t)
			for _, s := range allStates {
				id := w.keyFor(t, symmetricKey, originFor(s.state, OriginKMS))
				w.bring(t, id, s.state)
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

func wantFootnote(t *testing.T, err error, id string, s State, origin Origin, want string) {
	t.Helper()
	f, known := footnotes[want]
	switch {
	case want == "":
		t.Skip("the documentation has no such keys")
	case want == "ok":
		if err != nil {
			t.Errorf("got %v", err)
		}
	case want == "origin":
		wantError(t, err, UnsupportedOperation, arnOf(id)+" origin is "+string(origin)+" which is not valid for this operation.")
	case s == PendingReplicaDeletion && f.message == "is pending deletion.":
		wantError(t, err, f.code, arnOf(id)+" is pending replica deletion.")
	case known:
		wantError(t, err, f.code, arnOf(id)+" "+f.message)
	default:
		t.Fatalf("footnote %s", want)
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

// originFor is the origin that a key must have to be in a state.
func originFor(s State, otherwise Origin) Origin {
	switch s {
	case PendingImport:
		return OriginExternal
	case Unavailable:
		return OriginXKS
	}
	return otherwise
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
