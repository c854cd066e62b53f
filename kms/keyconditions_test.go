package kms

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// TestDecisions: for each operation of keys, policies, tags and aliases, which decisions
// it asks for, on what, and with which condition keys.
func TestDecisions(t *testing.T) {
	w := newWorld(t)
	c := user("admin")
	yes := true
	m := w.create(t, &CreateKeyInput{Tags: []Tag{{"Team", "x"}}})
	other := w.create(t, &CreateKeyInput{MultiRegion: true})
	if err := w.CreateAlias(t.Context(), c, &CreateAliasInput{"alias/k", m.KeyId}); err != nil {
		t.Fatal(err)
	}
	const properties = "aws:resourceaccount=111122223333 kms:customermasterkeyspec=SYMMETRIC_DEFAULT kms:customermasterkeyusage=ENCRYPT_DECRYPT" +
		" kms:keyorigin=AWS_KMS kms:keyspec=SYMMETRIC_DEFAULT kms:keyusage=ENCRYPT_DECRYPT"
	on := func(id, extra string) string { // a key's own condition keys, with others
		own := strings.Fields(properties)
		if id == m.KeyId {
			own = append(own, "aws:resourcetag/team=x", "kms:multiregion=false", "kms:resourcealiases=alias/k")
		} else {
			own = append(own, "kms:multiregion=true", "kms:multiregionkeytype=PRIMARY")
		}
		own = append(own, strings.Fields(extra)...)
		slices.Sort(own)
		return arnOf(id) + " " + strings.Join(own, " ")
	}
	created := func(extra string) string { // those of a key that is created
		own := append(strings.Fields(extra), strings.Fields(properties)[1:]...)
		slices.Sort(own)
		return strings.Join(own, " ")
	}
	id := m.KeyId
	bare := func(op string, f func() error) decisionCase {
		return decisionCase{op, f, []string{"kms:" + op + " " + on(id, "")}}
	}
	newest := func() string { // the key that was created last
		for _, a := range w.auth.asked {
			if a.Action == "kms:TagResource" {
				return a.Resource
			}
		}
		return ""
	}
	for _, x := range []decisionCase{
		{"CreateKey", func() error { _, err := w.CreateKey(t.Context(), c, &CreateKeyInput{}); return err },
			[]string{"kms:CreateKey * " + created("kms:multiregion=false")}},
		{"CreateKey with all", func() error {
			_, err := w.CreateKey(t.Context(), c, &CreateKeyInput{MultiRegion: true, Tags: []Tag{{"Dept", "IT"}, {"b", ""}}, BypassPolicyLockoutSafetyCheck: &yes})
			return err
		}, []string{
			"kms:CreateKey * " + created("aws:requesttag/b= aws:requesttag/dept=IT aws:tagkeys=Dept,b kms:bypasspolicylockoutsafetycheck=true kms:multiregion=true kms:multiregionkeytype=PRIMARY"),
			"kms:TagResource NEW " + created("aws:requesttag/b= aws:requesttag/dept=IT aws:tagkeys=Dept,b kms:multiregion=true kms:multiregionkeytype=PRIMARY"),
		}},
		{"CreateKey without a usage", func() error {
			_, err := w.CreateKey(t.Context(), c, &CreateKeyInput{KeySpec: "HMAC_256", Origin: OriginExternal})
			wantError(t, err, Validation, "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
			return nil
		}, []string{"kms:CreateKey * kms:customermasterkeyspec=HMAC_256 kms:keyorigin=EXTERNAL kms:keyspec=HMAC_256 kms:multiregion=false"}},
		bare("DescribeKey", func() error { _, err := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: id}); return err }),
		{"DescribeKey by alias", func() error { _, err := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: "alias/k"}); return err },
			[]string{"kms:DescribeKey " + on(id, "kms:requestalias=alias/k")}},
		{"DescribeKey by alias ARN", func() error {
			_, err := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: aliasAt + "alias/k"})
			return err
		}, []string{"kms:DescribeKey " + on(id, "kms:requestalias=alias/k")}},
		{"DescribeKey, multi-Region", func() error {
			_, err := w.DescribeKey(t.Context(), c, &DescribeKeyInput{KeyId: other.KeyId})
			return err
		},
			[]string{"kms:DescribeKey " + on(other.KeyId, "")}},
		bare("EnableKey", func() error { return w.EnableKey(t.Context(), c, &EnableKeyInput{id}) }),
		{"DisableKey", func() error { return w.DisableKey(t.Context(), c, &DisableKeyInput{id}) },
			[]string{"kms:DisableKey " + on(id, "kms:trailingdayswithoutkeyusage=3")}},
		{"ScheduleKeyDeletion", func() error {
			_, err := w.ScheduleKeyDeletion(t.Context(), c, &ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: 8})
			return err
		}, []string{"kms:ScheduleKeyDeletion " + on(id, "kms:trailingdayswithoutkeyusage=3 kms:schedulekeydeletionpendingwindowindays=8")}},
		bare("CancelKeyDeletion", func() error { _, err := w.CancelKeyDeletion(t.Context(), c, &CancelKeyDeletionInput{id}); return err }),
		{"ScheduleKeyDeletion by default", func() error {
			_, err := w.ScheduleKeyDeletion(t.Context(), c, &ScheduleKeyDeletionInput{KeyId: id})
			return err
		}, []string{"kms:ScheduleKeyDeletion " + on(id, "kms:trailingdayswithoutkeyusage=3 kms:schedulekeydeletionpendingwindowindays=30")}},
		bare("CancelKeyDeletion", func() error { _, err := w.CancelKeyDeletion(t.Context(), c, &CancelKeyDeletionInput{id}); return err }),
		bare("UpdateKeyDescription", func() error {
			return w.UpdateKeyDescription(t.Context(), c, &UpdateKeyDescriptionInput{id, "x"})
		}),
		bare("GetKeyPolicy", func() error { _, err := w.GetKeyPolicy(t.Context(), c, &GetKeyPolicyInput{KeyId: id}); return err }),
		bare("ListKeyPolicies", func() error {
			_, err := w.ListKeyPolicies(t.Context(), c, &ListKeyPoliciesInput{KeyId: id})
			return err
		}),
		bare("PutKeyPolicy", func() error {
			return w.PutKeyPolicy(t.Context(), c, &PutKeyPolicyInput{KeyId: id, Policy: sharedPolicy})
		}),
		{"PutKeyPolicy without the check", func() error {
			return w.PutKeyPolicy(t.Context(), c, &PutKeyPolicyInput{KeyId: id, Policy: sharedPolicy, BypassPolicyLockoutSafetyCheck: &yes})
		}, []string{"kms:PutKeyPolicy " + on(id, "kms:bypasspolicylockoutsafetycheck=true")}},
		{"TagResource", func() error { return w.TagResource(t.Context(), c, &TagResourceInput{id, []Tag{{"Team", "x"}}}) },
			[]string{"kms:TagResource " + on(id, "aws:requesttag/team=x aws:tagkeys=Team")}},
		{"UntagResource", func() error { return w.UntagResource(t.Context(), c, &UntagResourceInput{id, []string{"Some", "b"}}) },
			[]string{"kms:UntagResource " + on(id, "aws:tagkeys=Some,b")}},
		bare("ListResourceTags", func() error {
			_, err := w.ListResourceTags(t.Context(), c, &ListResourceTagsInput{KeyId: id})
			return err
		}),
		{"ListKeys", func() error { _, err := w.ListKeys(t.Context(), c, &ListKeysInput{}); return err }, []string{"kms:ListKeys * "}},
		{"ListAliases", func() error { _, err := w.ListAliases(t.Context(), c, &ListAliasesInput{KeyId: id}); return err }, []string{"kms:ListAliases * "}},
		{"CreateAlias", func() error { return w.CreateAlias(t.Context(), c, &CreateAliasInput{"alias/n", other.KeyId}) },
			[]string{"kms:CreateAlias " + aliasAt + "alias/n ", "kms:CreateAlias " + on(other.KeyId, "")}},
		{"UpdateAlias", func() error { return w.UpdateAlias(t.Context(), c, &UpdateAliasInput{"alias/k", other.KeyId}) },
			[]string{"kms:UpdateAlias " + aliasAt + "alias/k ", "kms:UpdateAlias " + on(id, ""), "kms:UpdateAlias " + on(other.KeyId, "kms:resourcealiases=alias/n")}},
		{"DeleteAlias", func() error { return w.DeleteAlias(t.Context(), c, &DeleteAliasInput{"alias/k"}) },
			[]string{"kms:DeleteAlias " + aliasAt + "alias/k ", "kms:DeleteAlias " + on(other.KeyId, "kms:resourcealiases=alias/k,alias/n")}},
	} {
		t.Run(x.name, func(t *testing.T) {
			if x.name == "EnableKey" {
				w.clock.days(3)
				w.clock.add(23 * 3600e9)
			}
			w.auth.asks()
			if err := x.do(); err != nil {
				t.Fatal(err)
			}
			fresh := newest()
			var got []string
			for _, a := range w.auth.asks() {
				line := a.Action + " " + a.Resource + " " + contextText(a.Context)
				if x.name == "CreateKey with all" && fresh != "" {
					line = strings.ReplaceAll(line, fresh, "NEW")
				}
				got = append(got, line)
				for key := range a.Context {
					if !authz.HasKey(a.Action, key) && key != "kms:resourcealiases" {
						t.Errorf("%s has no condition key %s", a.Action, key)
					}
				}
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("\ngot  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(x.want, "\n     "))
			}
		})
	}
}

type decisionCase struct {
	name string
	do   func() error
	want []string
}

// contextText prints context keys in order.
func contextText(c authz.Context) string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(c)) {
		out = append(out, fmt.Sprintf("%s=%s", key, strings.Join(c[key].Values, ",")))
	}
	return strings.Join(out, " ")
}

// TestTagOnCreation: F6 and F8 are what CreateKey is refused with; a key that may not be
// tagged is not created.
func TestTagOnCreation(t *testing.T) {
	w := newWorld(t)
	w.auth.all = false
	c := user("maker")
	create := func() error {
		_, err := w.CreateKey(t.Context(), c, &CreateKeyInput{Tags: []Tag{{"a", "b"}}})
		return err
	}
	wantError(t, create(), AccessDenied, "User: arn:aws:iam::111122223333:user/maker is not authorized to perform: kms:CreateKey on resource: * because no identity-based policy allows the kms:CreateKey action")
	w.auth.allow(t, c, `[{"Effect":"Allow","Action":"kms:CreateKey","Resource":"*"}]`)
	wantError(t, create(), AccessDenied, "User: arn:aws:iam::111122223333:user/maker is not authorized to perform: kms:TagResource because no identity-based policy allows the kms:TagResource action")
	w.auth.allow(t, c, `[{"Effect":"Allow","Action":"kms:TagResource","Resource":"arn:aws:kms:*:111122223333:key/*"}]`)
	if err := create(); err != nil {
		t.Fatal(err)
	}
	if n := len(w.keys); n != 1 {
		t.Errorf("%d keys", n)
	}
}
