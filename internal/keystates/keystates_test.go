package keystates

import (
	"slices"
	"testing"
)

func TestCells(t *testing.T) {
	all := slices.Concat(Operations(), Without)
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 56 || len(all) != 56 {
		t.Errorf("%d operations, %d of them different", len(all), n)
	}
	for _, op := range Operations() {
		for _, symmetric := range []bool{true, false} {
			seen := map[string]bool{}
			for _, c := range Cells(op, symmetric) {
				seen[c.State] = true
				if (c.Code == "") != (c.Message == "") {
					t.Errorf("%s %+v", op, c)
				}
			}
			want := len(states)
			if !symmetric || op == "DeleteImportedKeyMaterial" {
				want-- // Unavailable
			}
			if len(seen) != want && !(symmetric && len(seen) == len(states)-1 && notInStores(op)) {
				t.Errorf("%s is tried in %d states, want %d", op, len(seen), want)
			}
		}
	}
	if Cells("CreateKey", true) != nil {
		t.Error("CreateKey has no row")
	}
}

// notInStores: the keys of the operation are in no custom key store, whatever is asked.
func notInStores(op string) bool {
	return slices.Contains([]string{
		"DeriveSharedSecret", "GenerateMac", "VerifyMac", "Sign", "Verify", "Encapsulate", "Decapsulate", "GetPublicKey", "ReplicateKey", "UpdatePrimaryRegion",
	}, op)
}

func TestSomeCells(t *testing.T) {
	for _, tt := range []struct {
		op   string
		want Cell
	}{
		{"Encrypt", Cell{"Enabled", "AWS_KMS", "", ""}},
		{"Encrypt", Cell{"Unavailable", "EXTERNAL_KEY_STORE", "KMSInvalidStateException", "<key> is unavailable."}},
		{"Encrypt", Cell{"Disabled", "AWS_KMS", "DisabledException", "<key> is disabled."}},
		{"Encrypt", Cell{"PendingReplicaDeletion", "AWS_KMS", "KMSInvalidStateException", "<key> is pending replica deletion."}},
		{"GetParametersForImport", Cell{"PendingDeletion", "EXTERNAL", "KMSInvalidStateException", "<key> is pending deletion."}},
		{"EnableKeyRotation", Cell{"PendingImport", "EXTERNAL", "UnsupportedOperationException", "<key> origin is EXTERNAL which is not valid for this operation."}},
		{"GenerateDataKeyPair", Cell{"Enabled", "EXTERNAL_KEY_STORE", "UnsupportedOperationException", "<key> origin is EXTERNAL_KEY_STORE which is not valid for this operation."}},
		{"UpdateAlias", Cell{"PendingDeletion", "AWS_KMS", "KMSInvalidStateException", "<key> is pending deletion."}},
		{"DeleteImportedKeyMaterial", Cell{"PendingDeletion", "EXTERNAL", "", ""}},
		{"CancelKeyDeletion", Cell{"PendingDeletion", "AWS_KMS", "", ""}},
		{"CancelKeyDeletion", Cell{"Unavailable", "EXTERNAL_KEY_STORE", "KMSInvalidStateException", "<key> is not pending deletion."}},
	} {
		if !slices.Contains(Cells(tt.op, true), tt.want) {
			t.Errorf("%s: no %+v in %+v", tt.op, tt.want, Cells(tt.op, true))
		}
	}
}
