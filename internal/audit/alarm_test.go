package audit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/inventory"
)

// TestAlarms: an alarm on what KMS does not count is found; one on what it counts, or of which
// that is not known, is not.
func TestAlarms(t *testing.T) {
	const all = "CloudHSMKeyStoreThrottle, ExternalKeyStoreThrottle, SecondsUntilKeyMaterialExpiration, SuccessfulRequest, XksExternalKeyManagerStates, XksProxyCertificateDaysToExpire, XksProxyCredentialAge, XksProxyErrors, XksProxyLatency"
	for name, c := range map[string]struct {
		metric     inventory.Value[string]
		dimensions inventory.Value[[]string]
		want       string
	}{
		"requests":               {known("SuccessfulRequest"), known([]string{"KeyArn", "Operation"}), ""},
		"material":               {known("SecondsUntilKeyMaterialExpiration"), known([]string{"KeyId"}), ""},
		"key store":              {known("XksProxyErrors"), known([]string{"CustomKeyStoreId"}), ""},
		"none such":              {known("NumberOfRequestsFailed"), known([]string{"KeyId"}), "alarm Watch is on NumberOfRequestsFailed, which KMS does not have: it has " + all},
		"by id":                  {known("SuccessfulRequest"), known([]string{"KeyId"}), "alarm Watch is on SuccessfulRequest with KeyId; KMS has it with KeyArn and Operation, or with SourceKeyArn, DestinationKeyArn and Operation"},
		"without dimensions":     {known("SuccessfulRequest"), known([]string(nil)), "alarm Watch is on SuccessfulRequest with no dimensions; KMS has it with KeyArn and Operation, or with SourceKeyArn, DestinationKeyArn and Operation"},
		"metric not known":       {unknown[string]("parameter Metric has no default"), known([]string{"KeyId"}), ""},
		"metric of a reference":  {known("${bedlock:unknown:parameter Metric has no default}"), known([]string{"KeyId"}), ""},
		"dimensions not known":   {known("SuccessfulRequest"), unknown[[]string]("x"), ""},
		"no metric, calculation": {absent[string](), known([]string(nil)), ""},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			out := audit(t, inventory.Parts{Alarms: []inventory.Alarm{{ID: "t.yaml#Watch", Address: "Watch", Metric: c.metric, Dimensions: c.dimensions, At: at(7)}}})
			out.rules()
			got := ""
			for _, f := range out.findings {
				if f.Rule != ruleAlarm || f.Subject.At != at(7) {
					t.Errorf("finding %+v", f)
				}
				got += f.Message
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestRolesByText: what the same file creates and a key policy names by its text is found, with
// names that are beside it and nobody's.
func TestRolesByText(t *testing.T) {
	role := func(file, name string) inventory.Principal {
		p := inventory.Principal{ID: file + "#" + name, Kind: inventory.Role, Address: name, Name: known(name), At: at(30)}
		p.At.File = file
		return p
	}
	arns := func(names ...string) string {
		return allow(`{"AWS":["arn:aws:iam::111122223333:role/`+strings.Join(names, `","arn:aws:iam::111122223333:role/`)+`"]}`, `"kms:Decrypt"`, "")
	}
	const s = `statement "S" of the policy of key Key names `
	for name, c := range map[string]struct {
		policy string
		live   bool
		want   []string
	}{
		"created beside it":    {arns("worker", "path/clerk"), false, []string{"BDL319 " + s + "worker and clerk by text, which the same input creates: the policy is refused unless the key depends on it"}},
		"one is nobody's":      {arns("worker", "ghost"), false, []string{"BDL319 " + s + "worker by text, which the same input creates: the policy is refused unless the key depends on it", "BDL320 " + s + "ghost, which no input creates, beside worker"}},
		"all of others":        {arns("ghost"), false, nil},
		"of another file":      {arns("stranger"), false, nil},
		"of another account":   {strings.ReplaceAll(arns("worker"), account, other), false, []string{"BDL306 statement \"S\" of the policy of key Key allows account 444455556666; the key is in account 111122223333"}},
		"by a reference":       {allow(`{"AWS":"${bedlock:ref:t.yaml#worker#Arn}"}`, `"kms:Decrypt"`, ""), false, nil},
		"a user of that name":  {strings.ReplaceAll(arns("worker"), "role/", "user/"), false, nil},
		"what is live is live": {arns("worker"), true, nil},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			k := goodKey(withPolicy(c.policy), func(k *inventory.Key) {
				k.Account = known(account)
				if c.live {
					k.At.File, k.At.Line, k.At.Column = "", 0, 0
				}
			})
			out := audit(t, inventory.Parts{
				Keys: []inventory.Key{k}, Aliases: []inventory.Alias{aliasOf(k)},
				Principals: []inventory.Principal{role("t.yaml", "worker"), role("t.yaml", "clerk"), role("u.yaml", "stranger")},
			})
			out.rules()
			var got []string
			for _, f := range out.findings {
				if f.Rule == ruleRoleBeside || f.Rule == ruleRoleNowhere || f.Rule == ruleCrossAccount {
					got = append(got, f.Rule+" "+f.Message)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
