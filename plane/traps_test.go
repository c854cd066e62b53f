package plane

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// trap is something that AWS KMS does and that emulators were seen to get wrong.
type trap struct {
	id, what string
	// tests prove that this one does not: folder below the module, test function, and after
	// a slash the name of a subtest as the source has it.
	tests []string
	// untested says why there is none.
	untested string
}

const messages = "plane TestWireMessages/"

// traps are all of them, in their order.
var traps = []trap{
	{id: "T01", what: "a malformed key id is an invalid one, and no missing key", tests: []string{messages + "malformed key id", "kms TestKeyNames"}},
	{id: "T02", what: "a UUID without dashes is malformed", tests: []string{messages + "malformed key id", "kms TestKeyNames"}},
	{id: "T03", what: "mrk- and something is malformed", tests: []string{messages + "malformed key id", "kms TestKeyNames"}},
	{id: "T04", what: "a missing key is told by its ARN", tests: []string{messages + "key that does not exist", "kms TestKeyNames"}},
	{id: "T05", what: "so is a missing multi-Region key", tests: []string{messages + "key that does not exist", "kms TestKeyNames"}},
	{id: "T06", what: "the ARN of another Region is invalid", tests: []string{messages + "key ARN of another Region", "kms TestKeyOfAnotherRegion"}},
	{id: "T07", what: "a ciphertext of an unknown key is denied", tests: []string{messages + "ciphertext of an unknown key"}},
	{id: "T08", what: "garbage is an invalid ciphertext, without a text", tests: []string{messages + "wrong context or ciphertext", "plane TestWireTamperedBlobs"}},
	{id: "T09", what: "so is one with another context", tests: []string{messages + "wrong context or ciphertext", "plane TestWireAmbiguousContexts"}},
	{id: "T10", what: "another key is an incorrect one", tests: []string{messages + "key that did not encrypt", "plane TestWireKeyIdMismatch"}},
	{id: "T11", what: "in ReEncrypt as well", tests: []string{messages + "key that did not encrypt", "plane TestWireKeyIdMismatch"}},
	{id: "T12", what: "even one that cannot decrypt at all", tests: []string{messages + "key that did not encrypt", "plane TestWireKeyIdMismatch"}},
	{id: "T13", what: "Encrypt with a signing key", tests: []string{messages + "wrong key usage"}},
	{id: "T14", what: "GenerateMac with an encryption key", tests: []string{messages + "wrong key usage"}},
	{id: "T15", what: "an algorithm of another curve", tests: []string{messages + "algorithm not of the key spec"}},
	{id: "T16", what: "an algorithm of another HMAC key", tests: []string{messages + "algorithm not of the key spec"}},
	{id: "T17", what: "a digest of the wrong length", tests: []string{messages + "digest length"}},
	{id: "T18", what: "a bad signature is an error, not false", tests: []string{messages + "bad signature"}},
	{id: "T19", what: "so is a bad MAC", tests: []string{messages + "bad MAC"}},
	{id: "T20", what: "the salt of PSS is as long as the hash", tests: []string{"plane TestWireCryptoTraps/T20", "kms TestVerifySaltLength"}},
	{id: "T21", what: "4097 bytes are too many; the value is not printed", tests: []string{messages + "length of a blob"}},
	{id: "T22", what: "no bytes are too few", tests: []string{messages + "length of a blob"}},
	{id: "T23", what: "how much RSA encrypts", tests: []string{messages + "RSA plaintext too long", "kms TestEncryptRefusals"}},
	{id: "T24", what: "how many random bytes", tests: []string{messages + "number out of range", messages + "no number of bytes"}},
	{id: "T25", what: "what is not base64", tests: []string{"plane TestWireCryptoTraps/T25"}},
	{id: "T26", what: "keys that need a usage", tests: []string{messages + "no key usage", "kms TestCreateKeyRefusals"}},
	{id: "T27", what: "a usage that the spec does not have", tests: []string{messages + "usage not of the key spec", "kms TestCreateKeyRefusals"}},
	{id: "T28", what: "the order in which values are listed", tests: []string{"plane TestWireCryptoTraps/T28", messages + "enum"}},
	{id: "T29", what: "an alias without alias/", tests: []string{messages + "alias without prefix", "kms TestCreateAlias"}},
	{id: "T30", what: "an alias where ids are asked for", tests: []string{messages + "alias where keys are named by id", "kms TestAliasWhereThereIsNone"}},
	{id: "T31", what: "an alias does not change its usage", tests: []string{messages + "alias to another usage", "kms TestUpdateAlias"}},
	{id: "T32", what: "an alias may change its spec", tests: []string{"plane TestWireCryptoTraps/T32", "kms TestUpdateAlias"}},
	{id: "T33", what: "what tags cannot be", tests: []string{messages + "duplicate tags", messages + "too many tags", messages + "reserved tags", "kms TestBadTags"}},
	{id: "T34", what: "the path of a nested member", tests: []string{messages + "nested member"}},
	{id: "T35", what: "tags keep their order", tests: []string{"plane TestWireKeyTraps/T35", "kms TestTags"}},
	{id: "T36", what: "asymmetric keys have no rotation, and may be asked", tests: []string{"plane TestWireKeyTraps/T36", "kms TestT36RotationOfAsymmetricKeys"}},
	{id: "T37", what: "what the rotation status tells", tests: []string{"plane TestWireKeyTraps/T37", "kms TestT37RotationStatus"}},
	{id: "T38", what: "RotateKeyOnDemand answers the ARN", tests: []string{"plane TestWireKeyTraps/T38", "kms TestT38RotateOnDemandAnswersWithTheARN"}},
	{id: "T39", what: "and leaves the schedule alone", tests: []string{"plane TestWireKeyTraps/T39", "kms TestT39RotateOnDemandLeavesTheSchedule"}},
	{id: "T40", what: "RSA keys do not rotate; there is no text", tests: []string{messages + "rotation on demand of an asymmetric key", "kms TestT40RotateOnDemandOfAnRSAKey"}},
	{id: "T41", what: "imported material rotates to what waits only", tests: []string{messages + "rotation of imported material without new one", "kms TestT41RotateOnDemandWithNothingPending"}},
	{id: "T42", what: "the state comes before the spec", tests: []string{"plane TestWireKeyTraps/T42", "kms TestT42RotateOnDemandLooksAtTheStateFirst"}},
	{id: "T43", what: "25 rotations on demand", tests: []string{messages + "quota of rotations on demand", "kms TestT43RotateOnDemandQuota"}},
	{id: "T44", what: "old ciphertexts after rotations", tests: []string{"plane TestWireOldCiphertexts", "kms TestT44OldCiphertextsAfterRotations"}},
	{id: "T45", what: "one new material at a time", tests: []string{messages + "new material while one is pending", "kms TestT45SecondNewMaterialWhileOneIsPending"}},
	{id: "T46", what: "new material waits for a rotation", tests: []string{"plane TestWireKeyTraps/T46", "kms TestT46NewMaterialWaitsForARotation"}},
	{id: "T47", what: "deleted material leaves its id", tests: []string{"plane TestWireKeyTraps/T47", "kms TestT47DeleteImportedKeyMaterial"}},
	{id: "T48", what: "material expires unless it is said not to", tests: []string{messages + "no validTo", "kms TestT48ImportNeedsValidTo"}},
	{id: "T49", what: "import into a key of KMS's own", tests: []string{messages + "wrong origin", "kms TestT49ParametersForOtherOrigins"}},
	{id: "T50", what: "a replica is being created", tests: []string{"plane TestWireReplica", "kms TestT50ReplicateKey"}},
	{id: "T51", what: "a replica has no replicas", tests: []string{messages + "replica of no primary key", "kms TestT51ReplicateAReplica"}},
	{id: "T52", what: "an empty list of replicas", tests: []string{"plane TestWireKeyTraps/T52", "kms TestT52PrimaryWithoutReplicas"}},
	{id: "T53", what: "disabled and pending deletion are two exceptions", tests: []string{messages + "disabled", messages + "pending deletion", "plane TestWireStates"}},
	{id: "T54", what: "deletion is scheduled once", tests: []string{messages + "deletion scheduled twice", "kms TestDeletion"}},
	{id: "T55", what: "a key that stays is disabled", tests: []string{"plane TestWireKeyTraps/T55", "kms TestDeletion"}},
	{id: "T56", what: "7 to 30 days", tests: []string{messages + "deletion window", "kms TestDeletion"}},
	{id: "T57", what: "a dry run that would succeed is an error", tests: []string{messages + "dry run"}},
	{id: "T58", what: "every refusal is HTTP 400", tests: []string{"plane TestWireKeyTraps/T58", "plane TestWireMessages"}},
	{id: "T59", what: "Message and message", tests: []string{"plane TestWireCryptoTraps/T59"}},
	{id: "T60", what: "the ARN for whatever name", tests: []string{"plane TestWireCryptoTraps/T60", "kms TestDescribeKeyByAlias"}},
	{id: "T61", what: "Encrypt does not tell the material", tests: []string{"plane TestWireCryptoTraps/T61"}},
	{id: "T62", what: "no key pairs from custom key stores", tests: []string{"plane TestWireStates", "kms TestWhatKeyStoresCannotDo"}},
	{id: "T63", what: "DeriveSharedSecret with a signing key", tests: []string{messages + "wrong key usage"}},
	{id: "T64", what: "a peer's key that is none; there is no text", tests: []string{messages + "bad public key of a peer"}},
	{id: "T65", what: "a shared secret is the x coordinate", tests: []string{"plane TestWireCryptoTraps/T65", "kms TestDeriveSharedSecret"}},
	{id: "T66", what: "implicit rejection of ML-KEM", tests: []string{"plane TestWireCryptoTraps/T66", "kms TestEncapsulate"}},
	{id: "T67", what: "Ed25519ph hashes twice", tests: []string{"plane TestWireCryptoTraps/T67", "kms TestSignEd25519"}},
	{id: "T68", what: "the same grant again", tests: []string{"plane TestWireKeyTraps/T68", "kms TestCreateGrantNames"}},
	{id: "T69", what: "constraints on an asymmetric key", tests: []string{messages + "constraint on an asymmetric key"}},
	{id: "T70", what: "CreateGrant alone", tests: []string{messages + "only CreateGrant"}},
	{id: "T71", what: "a grantee that does not exist", tests: []string{messages + "grantee that does not exist"}},
	{id: "T72", what: "what ListGrants tells", tests: []string{"plane TestWireKeyTraps/T72", "kms TestListGrants"}},
	{id: "T72b", what: "the form of grant tokens", tests: []string{"plane TestWireKeyTraps/T72b"}},
	{id: "T72c", what: "the form of ciphertexts", tests: []string{"plane TestWireCryptoTraps/T72c"}},
	{id: "T73", what: "RetireGrant by the id of the key", tests: []string{"plane TestWireKeyTraps/T73", "kms TestRetireGrantNames"}},
	{id: "T74", what: "the record of RetireGrant", tests: []string{"plane/cloudtrail TestRecords/RetireGrant"}},
	{id: "T75", what: "the default policy, to the letter", tests: []string{"plane TestWireKeyTraps/T75", "kms TestDefaultPolicy"}},
	{id: "T76", what: "names of policies", tests: []string{messages + "pattern"}},
	{id: "T77", what: "a policy that locks out", tests: []string{messages + "lockout", "kms TestPutKeyPolicy"}},
	{id: "T78", what: "a policy for nobody", tests: []string{messages + "principal in a policy", "kms TestPutKeyPolicy"}},
	{id: "T79", what: "statements without Action or Resource", tests: []string{"plane TestWireKeyTraps/T79", "kms TestPutKeyPolicy"}},
	{id: "T80", what: "IAM counts where the key policy says so", tests: []string{"plane TestWireDelegation", "kms TestKeyPolicyDecides"}},
	{id: "T81", what: "forbidden and missing are alike across accounts", tests: []string{"plane TestWireAcrossAccounts", "kms TestForeignKeys"}},
	{id: "T82", what: "operations that do not work across accounts", tests: []string{"plane TestWireAcrossAccounts", "kms TestForeignKeys"}},
	{id: "T83", what: "aliases of AWS managed keys", tests: []string{"plane TestWireKeyTraps/T83", "kms TestManagedAliases"}},
	{id: "T84", what: "the public key of a disabled key", tests: []string{"plane TestWireStates", "kms TestStates"}},
	{id: "T85", what: "the public key of a symmetric key", tests: []string{messages + "public key of a symmetric key"}},
	{id: "T86", what: "EnableKey without material", tests: []string{"plane TestWireStates", "kms TestEnableWithoutMaterial"}},
	{id: "T87", what: "the record of GenerateRandom", tests: []string{"plane/cloudtrail TestRecords/GenerateRandom"}},
	{id: "T88", what: "the record of Decrypt without KeyId", tests: []string{"plane/cloudtrail TestRecords/Decrypt"}},
	{id: "T89", what: "how S3 repeats errors of KMS", untested: "S3 is not in the plane"},
	{id: "T90", what: "AWS managed keys are for their services", tests: []string{"plane TestWireKeyTraps/T90", "kms TestManagedKeyPolicy"}},
	{id: "T91", what: "names of metrics", tests: []string{"plane/metrics TestCalls", "plane/metrics TestExpirations"}},
	{id: "T92", what: "the earliest expiry", tests: []string{"plane TestWireKeyTraps/T92", "kms TestT92SeveralMaterials"}},
}

// testSource is what the test files of a package have: functions, and the values of string
// literals in them.
type testSource struct {
	functions map[string]bool
	literals  map[string]bool
}

func readTests(t *testing.T, folder string) testSource {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no tests: %v", folder, err)
	}
	out := testSource{map[string]bool{}, map[string]bool{}}
	for _, name := range files {
		if filepath.Base(name) == "traps_test.go" {
			continue // it would find itself
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				out.functions[n.Name.Name] = n.Recv == nil
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
					out.literals[text] = true
				}
			}
			return true
		})
	}
	return out
}

// TestTraps: every trap has a test that is there.
func TestTraps(t *testing.T) {
	var ids []string
	for n := 1; n <= 92; n++ {
		ids = append(ids, fmt.Sprintf("T%02d", n))
		if n == 72 {
			ids = append(ids, "T72b", "T72c")
		}
	}
	if len(traps) != len(ids) {
		t.Fatalf("%d traps, want %d", len(traps), len(ids))
	}
	sources := map[string]testSource{}
	for i, trap := range traps {
		if trap.id != ids[i] || trap.what == "" || (len(trap.tests) == 0) != (trap.untested != "") {
			t.Errorf("%+v is not what %s should be", trap, ids[i])
		}
		for _, test := range trap.tests {
			folder, name, _ := strings.Cut(test, " ")
			function, sub, _ := strings.Cut(name, "/")
			source, read := sources[folder]
			if !read {
				source = readTests(t, folder)
				sources[folder] = source
			}
			if !strings.HasPrefix(function, "Test") || !source.functions[function] || sub != "" && !source.literals[sub] {
				t.Errorf("%s: there is no test %s", trap.id, test)
			}
		}
	}
}
