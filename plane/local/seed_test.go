package local_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/internal/store"
	"github.com/bedlock/bedlock/internal/store/sqlite"
	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/seed"
)

const calls = `accounts:
  "111122223333":
    roles:
      - name: maker
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}
        attached: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      - name: nobody
        trust: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS: "111122223333"}, Action: "sts:AssumeRole"}]}
    keys: [{region: eu-west-1, alias: alias/records}]
calls:
  - account: "111122223333"
    region: eu-west-1
    as: role/maker
    do: bedrock:CreateGuardrail
    with: {name: patients, blockedInputMessaging: "no, ${aws:username}", blockedOutputsMessaging: no, kmsKeyId: "${key:alias/records}"}
    keep: {patients: guardrailId}
  - {account: "111122223333", region: eu-west-1, do: "bedrock:CreateGuardrailVersion", with: {guardrailIdentifier: "${patients}", description: "of ${account} in ${region}"}}
  - {account: "111122223333", region: eu-west-1, do: "kms:DisableKey", with: {KeyId: "${key:111122223333/eu-west-1/alias/records}"}}
`

func readSeed(t *testing.T, text string) *seed.Seed {
	t.Helper()
	s, err := seed.Read("seed", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// guardrails are those of the account, with their versions.
func guardrails(t *testing.T, p *local.Plane) []wire.Object {
	t.Helper()
	do := func(operation, input string) []wire.Object {
		out, err := p.World.Do(t.Context(), p.IAM.Root("111122223333"), "eu-west-1", "bedrock", operation, []byte(input))
		if err != nil {
			t.Fatal(err)
		}
		return out.Objects("guardrails")
	}
	var all []wire.Object
	for _, g := range do("ListGuardrails", "{}") {
		all = append(all, do("ListGuardrails", `{"guardrailIdentifier":"`+g.Text("id")+`"}`)...)
	}
	return all
}

// TestCallsAreMadeOnce: the calls of a seed are made at the first start and not again at the
// next one, and what they made is there after it.
func TestCallsAreMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plane.db")
	root, err := kms.NewRoot([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	for start := range 2 {
		whole, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := local.Open(t.Context(), local.Options{Seed: readSeed(t, calls), Open: func(ctx context.Context, o kms.Options) (*kms.Service, kms.Store, error) {
			o.Root, o.Store = root, store.Part(whole, "")
			s, err := kms.Open(ctx, o)
			return s, whole, err
		}})
		if err != nil {
			t.Fatal(err)
		}
		all := guardrails(t, p)
		if len(all) != 2 || all[0].Text("version") != "DRAFT" || all[1].Text("version") != "1" || all[1].Text("description") != "of 111122223333 in eu-west-1" {
			t.Errorf("got %v", all)
		}
		recorded := map[string]int{}
		for _, e := range p.Trail.Recent(100) {
			recorded[e.Operation]++
		}
		if got, want := recorded["DisableKey"]+recorded["CreateGuardrail"]+recorded["CreateGuardrailVersion"], 3*(1-start); got != want {
			t.Errorf("start %d: CloudTrail has %d of the calls, want %d: %v", start, got, want, recorded)
		}
		for v := range p.KMS.All() {
			if v.Key.State != "Disabled" {
				t.Errorf("key is %s", v.Key.State)
			}
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := whole.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestCallsAreRefused: a call that is refused says where it is in the seed, and why.
func TestCallsAreRefused(t *testing.T) {
	for name, tt := range map[string]struct{ old, new, want string }{
		"not allowed":       {"role/maker", "role/nobody", "seed: line 11: bedrock:CreateGuardrail in 111122223333, eu-west-1: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/nobody/seed is not authorized to perform: bedrock:CreateGuardrail"},
		"no role":           {"role/maker", "role/gone", "there is no role gone"},
		"no user":           {"role/maker", "user/gone", "there is no user gone"},
		"unknown operation": {"bedrock:CreateGuardrail\n", "bedrock:Nothing\n", "not implemented by the local plane: bedrock:Nothing"},
		"constraint":        {"name: patients", "name: ''", "2 validation errors detected: Value at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1; "},
		"unknown member":    {"name: patients", "nmae: patients", `unknown member "nmae" of CreateGuardrailRequest`},
		"nothing to keep":   {"guardrailId}", "guardrailID}", "keep patients: the answer has no text at guardrailID"},
		"no variable":       {"${patients}", "${patient}", "line 17: bedrock:CreateGuardrailVersion in 111122223333, eu-west-1: ${patient}: no call before this one keeps patient"},
		"no key":            {"key:alias/records", "key:alias/gone", "${key:alias/gone}: NotFoundException"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(calls, tt.old, tt.new, 1)
			if text == calls {
				t.Fatal("the test changes nothing")
			}
			_, err := local.Open(t.Context(), local.Options{Seed: readSeed(t, text)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestCallsThatCannotBeRead: what is wrong with a call is said with its line.
func TestCallsThatCannotBeRead(t *testing.T) {
	for name, tt := range map[string]struct{ old, new, want string }{
		"do":       {"do: bedrock:CreateGuardrail\n", "do: CreateGuardrail\n", "line 11: call: do is an API and an operation, such as bedrock:CreateGuardrail"},
		"as":       {"as: role/maker", "as: maker", "line 11: call: as is role/NAME or user/NAME; without it the call is the root user's"},
		"account":  {`account: "111122223333"` + "\n    region", "account: mine\n    region", "line 11: call: a call needs an account of twelve digits, in quotes, and a region"},
		"variable": {"keep: {patients:", "keep: {Patients:", `line 11: call: a variable has a name of lower case letters, digits and hyphens, not "Patients"`},
		"member":   {"    keep:", "    kept:", `line 16: a call has no member "kept"`},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(calls, tt.old, tt.new, 1)
			if text == calls {
				t.Fatal("the test changes nothing")
			}
			_, err := seed.Read("seed", []byte(text), nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
