package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/policy/authz"
)

const grantedKey = "arn:aws:kms:us-east-1:111122223333:key/1"

// listGrants is of the form of the example of
// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
const listGrants = `{
  "Grants": [
    {"KeyId": "1", "GrantId": "g-1", "Name": "", "CreationDate": "2016-11-11T00:00:00Z",
     "GranteePrincipal": "arn:aws:iam::111122223333:role/worker", "RetiringPrincipal": "arn:aws:iam::111122223333:role/admin",
     "IssuingAccount": "arn:aws:iam::111122223333:root", "Operations": ["Decrypt"],
     "Constraints": {"EncryptionContextEquals": {"Tenant": "blue"}}},
    {"GrantId": "g-2", "GranteeServicePrincipal": "dynamodb.amazonaws.com", "RetiringServicePrincipal": "dynamodb.amazonaws.com",
     "Operations": ["Encrypt", "Decrypt"], "Constraints": {"SourceArn": "arn:aws:dynamodb:us-east-1:111122223333:table/t", "EncryptionContextSubset": {"a": "b"}}}
  ],
  "Truncated": false
}`

const writtenGrantsFile = `# of the key
grants:
  - id: g-1
    grantee: arn:aws:iam::111122223333:role/worker
    operations: Decrypt
    pending: true`

func TestGrantsFiles(t *testing.T) {
	got, err := readGrants("g.json", []byte(listGrants), grantedKey)
	if err != nil {
		t.Fatal(err)
	}
	want := []authz.Grant{
		{ID: "g-1", Grantee: "arn:aws:iam::111122223333:role/worker", Retiring: "arn:aws:iam::111122223333:role/admin", Operations: []string{"Decrypt"},
			ContextEquals: map[string]string{"Tenant": "blue"}},
		{ID: "g-2", Grantee: "dynamodb.amazonaws.com", Retiring: "dynamodb.amazonaws.com", Operations: []string{"Encrypt", "Decrypt"},
			ContextSubset: map[string]string{"a": "b"}, SourceARN: "arn:aws:dynamodb:us-east-1:111122223333:table/t"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got, err = readGrants("g.yaml", []byte(writtenGrantsFile), grantedKey)
	want = []authz.Grant{{ID: "g-1", Grantee: "arn:aws:iam::111122223333:role/worker", Operations: []string{"Decrypt"}, Pending: true}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, none := range []string{`{"Grants": []}`, "grants: []\n", "\ufeff\n{\"Grants\": [], \"ResponseMetadata\": {\"RequestId\": \"x\"}}"} {
		if got, err := readGrants("g", []byte(none), grantedKey); err != nil || got == nil && !strings.Contains(none, "Grants") || len(got) != 0 {
			t.Errorf("%q: %v, %v", none, got, err)
		}
	}
}

func TestFaultsOfGrantsFiles(t *testing.T) {
	const alone = " (give what `aws kms list-grants` prints, or YAML with grants: as in a request file)"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "g:1:1: the file has not grants: alone" + alone},
		{"a list", "- id: a", "g:1:1: the file has not grants: alone" + alone},
		{"a JSON list", "[]", "g:1:1: not a list of grants: \"\" is not expected to be a list" + alone},
		{"more than grants", "grants: []\naction: kms:Decrypt", "g:1:1: the file has not grants: alone" + alone},
		{"torn JSON", "{\"Grants\": [\n{]}", "g:2:2: not a list of grants: invalid character ']' at start of value" + alone},
		{"torn YAML", "grants: [", "g: yaml: line 1: did not find expected node content" + alone},
		{"unknown constraint", "{\"Grants\": [{\"Constraints\":\n{\"Until\": 1}}]}", "g:2:2: not a list of grants: /Grants/0/Constraints/Until: unknown object member name" + alone},
		{"wrong type", `{"Grants": [{"Operations": "Decrypt"}]}`, "g:1:28: not a list of grants: \"/Grants/0/Operations\" is not expected to be a text" + alone},
		{"no grants", `{"Truncated": false}`, "g:1:1: there is no member Grants" + alone},
		{"cut", `{"Grants": [], "NextToken": "x"}`, "g:1:1: the list of grants is cut short (list them without a limit)"},
		{"cut by the API", `{"Grants": [], "Truncated": true}`, "g:1:1: the list of grants is cut short (list them without a limit)"},
		{"not complete", `{"Grants": [{"GrantId": "a", "Operations": ["Decrypt"]}]}`, "g: grant 1 (a) is not complete: a grant has a GrantId, a grantee and Operations"},
		{"two grantees", `{"Grants": [{"GrantId": "a", "Operations": ["Decrypt"], "GranteePrincipal": "a", "GranteeServicePrincipal": "b"}]}`,
			"g: grant 1 (a) has two grantees or two retiring principals"},
		{"another key", `{"Grants": [{"KeyId": "2", "GrantId": "\u001b", "Operations": ["Decrypt"], "GranteePrincipal": "a"}]}`,
			"g: grant 1 (?) is on the key 2, not on arn:aws:kms:us-east-1:111122223333:key/1"},
		{"a field", "grants:\n- {id: a, grantee: b, operations: [kms:Decrypt]}", "g:2:35: operation 1 is an action (write Decrypt)"},
	} {
		_, err := readGrants("g", []byte(c.text), grantedKey)
		if err == nil {
			t.Errorf("%s: no error", c.name)
		} else if err.Error() != c.want {
			t.Errorf("%s: error is\n%s\nnot\n%s", c.name, err, c.want)
		}
	}
}

func FuzzReadGrants(f *testing.F) {
	f.Add([]byte(listGrants))
	f.Add([]byte(writtenGrantsFile))
	f.Add([]byte(`{"Grants": [{"GrantId": "a", "Operations": [], "CreationDate": 1.5}]}`))
	f.Add([]byte("grants:\n- {id: a}\n..."))
	f.Fuzz(func(t *testing.T, b []byte) {
		grants, err := readGrants("g", b, grantedKey)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "g:") {
				t.Fatalf("error without a file: %v", err)
			}
			return
		}
		for _, g := range grants {
			if g.ID == "" || g.Grantee == "" || len(g.Operations) == 0 {
				t.Fatalf("the grant is not complete: %+v", g)
			}
		}
	})
}
