package plane

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/bedlock/bedlock/internal/keystates"
	"github.com/bedlock/bedlock/kms"
)

// stateCase is one cell of the table, with a key of its own.
type stateCase struct {
	name string
	cell keystates.Cell
	key  *types.KeyMetadata
	call call
}

// states is a plane whose keys are brought into all states.
type states struct {
	*local
	store             *kms.Memory
	connected, broken *string // custom key stores
	external          int
}

func openStates(t *testing.T, store *kms.Memory) *local {
	root := got[*kms.Root](t)(kms.NewRoot(make([]byte, 32)))
	return newLocal(t, func(o *kms.Options, _ *Options) { o.Store, o.Root, o.Xks = store, root, mirror{} })
}

// keyFor makes a key for a cell. One for an operation on imported material has such.
func (w *states) keyFor(op *keyOperation, c keystates.Cell) *types.KeyMetadata {
	w.t.Helper()
	in := &awskms.CreateKeyInput{KeySpec: op.kind.spec, KeyUsage: op.kind.usage, MultiRegion: &op.kind.multiRegion}
	switch {
	case c.Origin == "EXTERNAL_KEY_STORE":
		w.external++
		in.Origin, in.CustomKeyStoreId, in.XksKeyId = types.OriginTypeExternalKeyStore, w.connected, pointer(fmt.Sprint("external-", w.external))
		if c.State == "Unavailable" {
			in.CustomKeyStoreId = w.broken
		}
	case c.Origin == "EXTERNAL" && strings.Contains(op.name, "Import"):
		key := w.local.external()
		w.imported(w.importing(key.KeyId, key32(1)))
		return key
	}
	return w.key(in)
}

// force writes a state into the store: as no operation leads there, or not at once. A key
// that waits for an import becomes one for imported material, whose material is gone.
func force(t *testing.T, store *kms.Memory, wanted map[string]string) {
	var changed []kms.Record
	err := store.Load(t.Context(), func(r kms.Record) error {
		if r.Kind != kms.KindKey {
			return nil
		}
		var k kms.Key
		if err := json.Unmarshal(r.Value, &k); err != nil {
			return err
		}
		state, ok := wanted[k.ID]
		if !ok || k.Region != region {
			return nil
		}
		k.State = kms.State(state)
		switch k.State {
		case kms.Creating, kms.Updating:
			k.Until = time.Now().Add(time.Hour)
		case kms.PendingDeletion:
			k.Until, k.Window = time.Now().AddDate(0, 0, 7), 7
		case kms.PendingReplicaDeletion:
			k.Window = 7
		case kms.PendingImport:
			k.Origin = kms.OriginExternal
			for i := range k.Materials {
				k.Materials[i].Imported = false
			}
		}
		var err error
		r.Value, err = json.Marshal(&k)
		changed = append(changed, r)
		return err
	})
	if err != nil || len(changed) != len(wanted) {
		t.Fatalf("%d of %d keys: %v", len(changed), len(wanted), err)
	}
	if err := store.Commit(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
}

// bring brings a key into a state by the operation that leads there, and reports whether
// there is one.
func (w *states) bring(key *types.KeyMetadata, c keystates.Cell) bool {
	w.t.Helper()
	admin, ctx := w.as("AKIAADMIN", region), w.t.Context()
	switch {
	case c.State == "Enabled" || c.State == "Unavailable":
	case c.State == "Disabled":
		got[*awskms.DisableKeyOutput](w.t)(admin.DisableKey(ctx, &awskms.DisableKeyInput{KeyId: key.KeyId}))
	case c.State == "PendingDeletion" && !*key.MultiRegion:
		got[*awskms.ScheduleKeyDeletionOutput](w.t)(admin.ScheduleKeyDeletion(ctx, &awskms.ScheduleKeyDeletionInput{KeyId: key.KeyId}))
	case c.State == "PendingImport" && key.Origin == types.OriginTypeExternal:
		got[*awskms.DeleteImportedKeyMaterialOutput](w.t)(admin.DeleteImportedKeyMaterial(ctx, &awskms.DeleteImportedKeyMaterialInput{KeyId: key.KeyId}))
	default:
		return false
	}
	return true
}

// TestWireStates: each of the 56 operations, on keys in each state, does what the
// documentation says: by the SDK, to the letter. Everything is prepared first; then the
// plane is opened anew, with the states that are forced.
func TestWireStates(t *testing.T) {
	store := &kms.Memory{}
	w := &states{local: openStates(t, store), store: store}
	w.connected, w.broken = w.keyStore("connected"), w.keyStore("broken")
	var cases []stateCase
	forced := map[string]string{}
	covered := map[string]bool{}
	for _, op := range keyOperations {
		covered[op.name] = true
		for _, c := range keystates.Cells(op.name, op.kind == symmetricKey) {
			key := w.keyFor(&op, c)
			cases = append(cases, stateCase{op.name + op.role + "/" + c.State + "/" + c.Origin, c, key, op.prepare(w.local, key)})
			if !w.bring(key, c) {
				forced[*key.KeyId] = c.State
			}
		}
	}
	got[*awskms.DisconnectCustomKeyStoreOutput](t)(w.as("AKIAADMIN", region).DisconnectCustomKeyStore(t.Context(), &awskms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: w.broken}))
	force(t, store, forced)

	again := openStates(t, store)
	c := again.as("AKIAADMIN", region)
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			now := got[*awskms.DescribeKeyOutput](t)(c.DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: tt.key.KeyId})).KeyMetadata
			if string(now.KeyState) != tt.cell.State || string(now.Origin) != tt.cell.Origin || now.Enabled != (now.KeyState == types.KeyStateEnabled) {
				t.Fatalf("the key is %s of %s, enabled: %v", now.KeyState, now.Origin, now.Enabled)
			}
			err := tt.call(c)
			if tt.cell.Code != "" {
				refusedBy(t, err, tt.cell.Code, replaceKey(tt.cell.Message, tt.key))
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	if len(cases) < 400 {
		t.Errorf("%d cells", len(cases))
	}
	for _, op := range keystates.Operations() {
		if !covered[op] {
			t.Errorf("%s is not covered", op)
		}
	}
	connected := again.keyStore("another")
	for _, op := range keystates.Without {
		t.Run(op, func(t *testing.T) {
			if otherOperations[op] == nil {
				t.Fatal("not covered")
			}
			keyStore := connected
			if op == "ConnectCustomKeyStore" {
				keyStore = w.broken
			}
			if err := otherOperations[op](again, keyStore)(c); err != nil {
				t.Error(err)
			}
		})
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(slices.Concat(keystates.Operations(), keystates.Without))))); n != 56 {
		t.Errorf("%d operations", n)
	}
}
