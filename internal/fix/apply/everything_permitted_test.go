package apply_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/fix"
	"github.com/bedlock/bedlock/internal/fix/apply"
	"github.com/bedlock/bedlock/internal/fix/permit"
	"github.com/bedlock/bedlock/internal/wire"
)

// policyStatement is one of the operator's policy.
type policyStatement struct {
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

type policyDocument struct {
	Version   string
	Statement []policyStatement
}

// operator makes a role with a policy that the user admin may assume.
func (b *bench) operator(name string, policy any) {
	b.t.Helper()
	text, err := json.Marshal(policy)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Call("iam", "CreateRole", wire.Object{"RoleName": name, "AssumeRolePolicyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`})
	b.Call("iam", "PutRolePolicy", wire.Object{"RoleName": name, "PolicyName": "apply", "PolicyDocument": string(text)})
}

// thereAndBack applies a plan as a role and takes it back, unless there is no way back; what the role
// cannot take back the user admin does.
func (b *bench) thereAndBack(plan *fix.Plan, role string, lasting bool) error {
	b.t.Helper()
	j, err := apply.Create(filepath.Join(b.t.TempDir(), "journal"), plan, time.Now)
	if err != nil {
		b.t.Fatal(err)
	}
	defer j.Close()
	o := apply.Options{Estate: b.As(role, permit.May(plan)), Poll: time.Microsecond, Pause: time.Microsecond}
	err = apply.Apply(b.t.Context(), j, o)
	if err == nil && lasting {
		return nil
	}
	if err == nil {
		err = apply.Undo(b.t.Context(), j, o)
	}
	if !lasting && (!j.Undoing() || !j.Finished()) {
		o.Estate = b.Estate()
		if err := apply.Undo(b.t.Context(), j, o); err != nil {
			b.t.Fatal(err)
		}
	}
	return err
}

// documented are actions that AWS documents for a change, and that the local plane makes no use of: it
// uses the key of an agent when that is prepared.
var documented = map[string][]string{
	"agent": {"kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
}

// TestEverythingIsPermitted: with the operator's policy each type is put under another key of the account and
// back, and without any one action of it that fails.
func TestEverythingIsPermitted(t *testing.T) {
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var tried []string
	for _, c := range slices.Concat(bedrockChanges, storeChanges) {
		if c.target.Aim != "" {
			continue
		}
		for _, typ := range slices.Concat(c.only, c.types) {
			if !slices.Contains(tried, typ) {
				tried = append(tried, typ)
			}
		}
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			// What cannot be taken back as it was is begun anew each time.
			afresh := c.lasting || c.back != nil
			begin := func() (*bench, *fix.Plan, policyDocument) {
				c := c
				b, _ := c.open(t)
				c.target = fix.Target{Aim: fix.Existing, Key: b.Call("kms", "CreateKey", wire.Object{}).Text("KeyMetadata.Arn")}
				plan := c.plan(b)
				text, err := permit.Policy(plan, cat)
				if err != nil {
					t.Fatal(err)
				}
				var doc policyDocument
				if err := json.Unmarshal([]byte(text), &doc); err != nil {
					t.Fatal(err)
				}
				return b, plan, doc
			}
			b, plan, doc := begin()
			for i := range doc.Statement {
				for n, action := range doc.Statement[i].Action {
					if afresh {
						b, plan, doc = begin()
					}
					less := policyDocument{doc.Version, slices.Clone(doc.Statement)}
					s := &less.Statement[i]
					if s.Action = slices.Delete(slices.Clone(s.Action), n, n+1); len(s.Action) == 0 {
						less.Statement = slices.Delete(less.Statement, i, i+1)
					}
					role := fmt.Sprintf("without-%d-%d", i, n)
					b.operator(role, less)
					err := b.thereAndBack(plan, role, c.lasting)
					if err == nil && !slices.Contains(documented[c.name], action) {
						t.Errorf("without %s on %v %v it is done", action, doc.Statement[i].Resource, doc.Statement[i].Condition)
					}
				}
			}
			if afresh {
				b, plan, doc = begin()
			}
			b.operator("whole", doc)
			if err := b.thereAndBack(plan, "whole", c.lasting); err != nil {
				t.Errorf("with the whole policy: %v\n%v", err, doc)
			}
		})
	}
	slices.Sort(tried)
	if d := cmp.Diff(fix.Types(), slices.DeleteFunc(tried, func(typ string) bool { return !slices.Contains(fix.Types(), typ) })); d != "" {
		t.Errorf("types without a case: %s", d)
	}
}
