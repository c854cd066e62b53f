// Package keystates is the table of the KMS Developer Guide of what each operation does to
// a key in each of its states. It is data for tests, of package kms and of the plane; the
// program does not use it.
package keystates

import (
	"slices"
	"strings"
)

// documented is the table with its footnotes. The columns are the states Enabled,
// Disabled, PendingDeletion and PendingReplicaDeletion, PendingImport, Unavailable,
// Creating, Updating. ✓ succeeds, ✗ fails for the reason of the footnote, ? does either,
// N/A is impossible. Of two footnotes for one cell the recorded or the better fitting one
// is meant, see refusal.
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

// Without are the operations that are in no table of states, as they are on no key.
// Those of custom key stores depend on the state of the key store.
var Without = []string{
	"ConnectCustomKeyStore", "CreateCustomKeyStore", "CreateKey", "DeleteCustomKeyStore", "DescribeCustomKeyStores",
	"DisconnectCustomKeyStore", "GenerateRandom", "ListKeys", "ListRetirableGrants", "UpdateCustomKeyStore",
}

// The origins of keys.
const (
	aws      = "AWS_KMS"
	external = "EXTERNAL"
	xks      = "EXTERNAL_KEY_STORE"
)

// states are the states of the API, with their columns in documented.
var states = []struct {
	name   string
	column int
}{
	{"Enabled", 1}, {"Disabled", 2}, {"PendingDeletion", 3}, {"PendingReplicaDeletion", 3}, {"PendingImport", 4}, {"Unavailable", 5}, {"Creating", 6}, {"Updating", 7},
}

// Cell is what an operation does to a key in one state.
type Cell struct {
	// State is the KeyState, and Origin that of the key.
	State, Origin string
	// Code and Message are the refusal, with <key> for the key's ARN; both empty: the
	// operation succeeds.
	Code, Message string
}

// Operations are those of the table, sorted.
func Operations() []string {
	var out []string
	for row := range rows() {
		out = append(out, strings.Split(row[0], ", ")...)
	}
	slices.Sort(out)
	return out
}

// Cells are what an operation does in every state that its keys can have, with every
// origin that matters; nil: it is not in the table. symmetric says that the operation is
// one on single-Region symmetric encryption keys, which alone are in custom key stores.
func Cells(operation string, symmetric bool) []Cell {
	var out []Cell
	for row := range rows() {
		if !slices.Contains(strings.Split(row[0], ", "), operation) {
			continue
		}
		imports := strings.Contains(row[1], "9")
		for _, s := range states {
			for _, origin := range origins(s.name, imports, symmetric) {
				c := Cell{State: s.name, Origin: origin}
				if row[s.column] == "N/A" {
					continue
				}
				c.Code, c.Message = refusal(row[s.column], s.name, origin)
				out = append(out, c)
			}
		}
	}
	return out
}

func rows() func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.SplitSeq(strings.TrimSpace(documented), "\n") {
			if !yield(strings.Split(line, " | ")) {
				return
			}
		}
	}
}

// origins are the origins of keys with which an operation is tried in a state.
func origins(state string, imports, symmetric bool) []string {
	switch {
	case state == "PendingImport":
		return []string{external}
	case state == "Unavailable" && symmetric:
		return []string{xks}
	case state == "Unavailable":
		return nil
	case state == "Enabled" && imports:
		return []string{external, aws, xks}
	case state == "PendingDeletion" && imports:
		return []string{external, aws}
	case imports:
		return []string{external}
	case state == "Enabled" && symmetric:
		return []string{aws, xks}
	}
	return []string{aws}
}

// refusal reads a cell of the table.
func refusal(cell, state, origin string) (code, message string) {
	// ✓, ✗ and ? are told by their first bytes; what follows are the footnotes.
	may, note := !strings.HasPrefix(cell, "✗"), strings.TrimLeft(cell, "✓✗?")
	wrongOrigin := func() (string, string) {
		return "UnsupportedOperationException", "<key> origin is " + origin + " which is not valid for this operation."
	}
	switch {
	case note == "6", note == "7" && (!may || origin == xks), strings.HasSuffix(note, "9") && origin != external:
		return wrongOrigin()
	case note == "10", note == "2/3", note == "3/7", note == "3", note == "8/9":
		if state == "PendingReplicaDeletion" {
			return "KMSInvalidStateException", "<key> is pending replica deletion." // unconfirmed text
		}
		return "KMSInvalidStateException", "<key> is pending deletion."
	case may:
		return "", ""
	case note == "1", note == "1/7":
		return "DisabledException", "<key> is disabled."
	case note == "4", note == "4,13":
		return "KMSInvalidStateException", "<key> is not pending deletion." // unconfirmed text
	case note == "5":
		return "KMSInvalidStateException", "<key> is pending import."
	case note == "11":
		return "KMSInvalidStateException", "<key> is unavailable."
	case note == "14":
		return "KMSInvalidStateException", "<key> is creating."
	case note == "15":
		return "KMSInvalidStateException", "<key> is updating."
	}
	panic("keystates: the table has " + cell)
}
