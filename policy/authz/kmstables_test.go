package authz

import (
	"slices"
	"strings"
	"testing"
)

func TestKMSActions(t *testing.T) {
	list := KMSActions()
	if !slices.IsSortedFunc(list, func(a, b KMSAction) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not in the order of names")
	}
	want := []KMSAction{
		{"kms:CreateKey", false, false}, {"kms:Decrypt", true, true}, {"kms:GetKeyRotationStatus", true, true},
		{"kms:ListKeys", false, false}, {"kms:PutKeyPolicy", true, false}, {"kms:ReEncryptTo", true, true},
	}
	for _, w := range want {
		if !slices.Contains(list, w) {
			t.Errorf("%+v is not among them", w)
		}
	}
	for _, a := range list {
		if a.AcrossAccounts && !a.OnKey {
			t.Errorf("%s can be used across accounts on no key", a.Name)
		}
	}
	list[0].Name = "changed"
	if KMSActions()[0].Name == "changed" {
		t.Error("the table can be changed")
	}
}

// TestHasKey: the exported answer is the one by which requests are decided.
func TestHasKey(t *testing.T) {
	names := []string{"aws:PrincipalTag/team", "kms:EncryptionContext:App", "kms:RecipientAttestation:PCR0", "kms:KeySpec", "s3:prefix", "kms:Strange"}
	for name := range kmsKeyActions {
		names = append(names, name)
	}
	actions := KMSActions()
	for _, name := range []string{"kms:decrypt", "kms:NotYet", "s3:GetObject"} {
		actions = append(actions, KMSAction{Name: name})
	}
	some, none := 0, 0
	for _, key := range names {
		p := must(t, "p", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"`+key+`":"false"}}}`)
		for _, a := range actions {
			req := &Request{Principal: user(account, "alice"), Action: a.Name, Resource: "*", Context: Context{strings.ToLower(key): {Values: []string{"x"}}}}
			got := HasKey(a.Name, key)
			if want := OutcomeOf(req, &Layers{Identity: []*Policy{p}}) == Allow; got != want {
				t.Errorf("%s on %s: %v, the engine has %v", key, a.Name, got, want)
			}
			if got {
				some++
			} else {
				none++
			}
		}
	}
	if some == 0 || none == 0 {
		t.Errorf("%d are there, %d are not: nothing was told apart", some, none)
	}
}

func TestManyValued(t *testing.T) {
	for key, want := range map[string]bool{
		"aws:TagKeys": true, "KMS:encryptionContextKeys": true, "kms:ResourceAliases": true, "kms:RequestAlias": false,
		"aws:PrincipalTag/team": false, "kms:EncryptionContext:a": false,
	} {
		if ManyValued(key) != want {
			t.Errorf("%s: %v", key, !want)
		}
	}
}
