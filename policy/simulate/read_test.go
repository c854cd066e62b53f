package simulate

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/policy/authz"
)

// document returns the YAML blocks of the page.
func document(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile("../../docs/simulate.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		out = append(out, m[1])
	}
	if len(out) != 2 {
		t.Fatalf("the page has %d examples, not 2", len(out))
	}
	return out
}

func TestExamplesOfThePage(t *testing.T) {
	blocks := document(t)
	files := map[string]string{"reader.json": `{"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}}`,
		"key-policy.json": `{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}}`}
	r := Reader{Open: func(name string) ([]byte, error) {
		if s, ok := files[name]; ok {
			return []byte(s), nil
		}
		return nil, fs.ErrNotExist
	}}
	one, err := r.Read("one.yaml", []byte(blocks[0]))
	if err != nil || len(one) != 1 || authz.Decide(&one[0].Request, &one[0].Layers).Outcome != authz.Allow {
		t.Fatalf("first example: %v, %+v", err, one)
	}
	all, err := Read("simulate.md", []byte(blocks[1]))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 {
		t.Fatalf("%d cases, not 3", len(all))
	}
	for _, c := range all {
		if faults := c.Expect.Check(authz.Decide(&c.Request, &c.Layers)); faults != nil {
			t.Errorf("%s: %v", c.Name, faults)
		}
	}
	for _, word := range append(append(append([]string{}, caseFields...), principalFields...), grantFields...) {
		if !strings.Contains(blocks[1], word+":") && word != "source-arn" && word != "encryption-context-equals" {
			t.Errorf("the complete example lacks the field %s", word)
		}
	}
}

func TestWhatIsRead(t *testing.T) {
	cases, err := Read("f.yaml", []byte(`
organizations:
  o: {id: o-1, management: "999999999999", root: {id: r-1, rcps: [x], units: [{id: ou-1, accounts: [{id: "011111111111", scps: []}]}]}}
documents:
  x: {Version: 2012-10-17, Statement: [{Effect: Deny, Principal: "*", Action: s3:*, Resource: "*"}]}
cases:
- principal: {arn: "arn:aws:iam::011111111111:role/aws-service-role/x/y", id: AROA1}
  action: kms:Decrypt
  resource: arn:aws:kms:us-east-1:011111111111:key/1
  organization: o
  context: {aws:SourceIp: 1.2.3.4, "kms:ViaService": {unknown: true}, aws:TagKeys: []}
  encryption-context: {B: 1, a: true}
  policies:
    resource:

      Statement:
        - Effect: Allow
          Action: "*"
`))
	if err != nil {
		t.Fatal(err)
	}
	c := cases[0]
	wantPrincipal := authz.Principal{Kind: authz.Session, ARN: "arn:aws:sts::011111111111:assumed-role/y/session", Role: "arn:aws:iam::011111111111:role/aws-service-role/x/y",
		Account: "011111111111", ID: "AROA1", ServiceLinked: true}
	if diff := cmp.Diff(wantPrincipal, c.Request.Principal); diff != "" {
		t.Error(diff)
	}
	wantContext := authz.Context{"aws:sourceip": {Values: []string{"1.2.3.4"}}, "kms:viaservice": {Unknown: true}, "aws:tagkeys": {Values: []string{}},
		"kms:encryptioncontext:b": {Values: []string{"1"}}, "kms:encryptioncontext:a": {Values: []string{"true"}}, "kms:encryptioncontextkeys": {Values: []string{"B", "a"}},
		"aws:principalorgid": {Values: []string{"o-1"}}, "aws:principalorgpaths": {Values: []string{"o-1/r-1/ou-1/"}},
		"aws:resourceorgid": {Values: []string{"o-1"}}, "aws:resourceorgpaths": {Values: []string{"o-1/r-1/ou-1/"}}}
	if diff := cmp.Diff(wantContext, c.Request.Context); diff != "" {
		t.Error(diff)
	}
	if l := c.Layers; len(l.SCPs) != 3 || len(l.SCPs[2]) != 0 || len(l.RCPs) != 3 || l.RCPs[0][0].Name() != "RCPFullAWSAccess" || l.RCPs[0][1].Name() != "x" {
		t.Errorf("levels: %d SCPs, %d RCPs", len(l.SCPs), len(l.RCPs))
	}
	if s := c.Layers.Resource.Document().Statements[0]; s.At.Line != 17 || c.Name != "case 1" || c.Line != 7 {
		t.Errorf("the statement stands on line %d, the case %q on %d", s.At.Line, c.Name, c.Line)
	}
}

func TestErrors(t *testing.T) {
	const good = "principal: arn:aws:iam::111122223333:user/a\naction: kms:Decrypt\nresource: \"*\"\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "f.yaml:1:1: the file is empty (it needs an action, or cases)"},
		{"list", "- a", "f.yaml:1:1: the file is not a mapping (it begins with cases:, or with the fields of one request)"},
		{"no YAML", "a: [", "f.yaml:1: this is not YAML: did not find expected node content"},
		{"two documents", good + "---\n" + good, "f.yaml:1:1: the file has more than one YAML document (put the cases under cases:)"},
		{"misspelt", good + "polices: {}", "f.yaml:4:1: a case has no field \"polices\" (did you mean policies?)"},
		{"twice", good + "action: kms:Encrypt", "f.yaml:4:1: the field action is there twice (leave one)"},
		{"missing", "action: kms:Decrypt\nresource: \"*\"", "f.yaml:1:1: the case has no principal (say who does what to which resource; for actions without a resource write resource: \"*\")"},
		{"wildcard action", "principal: anonymous\naction: kms:*\nresource: \"*\"", "f.yaml:2:9: action \"kms:*\" is not service:Name (one action such as kms:Decrypt)"},
		{"who", "principal: bob\naction: kms:Decrypt\nresource: \"*\"", "f.yaml:1:12: what the principal \"bob\" is cannot be told (the ARN of a user, a role or its session, a federated user or a root user, a service such as logs.amazonaws.com, or anonymous)"},
		{"wrong kind", "principal: {kind: user, arn: \"arn:aws:iam::111122223333:root\"}\naction: kms:Decrypt\nresource: \"*\"", "f.yaml:1:12: the principal \"arn:aws:iam::111122223333:root\" is no user (leave kind out, or give an ARN of that kind)"},
		{"account", good + "resource-account: 123", "f.yaml:4:19: resource-account \"123\" is no account (twelve digits)"},
		{"alias", good + "context: &a {aws:x: y}\npolicies: *a", "f.yaml:5:11: aliases are not read (give what is shared a name under documents, principals or organizations)"},
		{"null", good + "context: {aws:x: }", "f.yaml:4:18: aws:x has no value (leave the field out, or write \"\" for an empty text)"},
		{"key twice", good + "context: {aws:x: a, AWS:X: b}", "f.yaml:4:21: the key AWS:X is there twice (the case of keys does not count)"},
		{"no document", good + "policies: {identity: [a]}", "f.yaml:4:23: there is no document \"a\" (name one of the documents, or give a document)"},
		{"bad JSON", good + "policies:\n  resource: |\n    {\n    \"Version\": }", "f.yaml:7: the policy resource: '}' where a value is expected (a policy is a mapping, or its JSON)"},
		{"file", good + "policies: {resource: {file: x}}", "f.yaml:4:29: files are not read here (give the document in place)"},
		{"level", good + "policies: {scps: [{}]}", "f.yaml:4:19: a level is not a list (each level, from the root down to the account, is a list of policies)"},
		{"outcome", good + "expect: allow", "f.yaml:4:9: there is no outcome \"allow\" (one of Allow, ExplicitDeny, ImplicitDeny, Unknown)"},
		{"reason", good + "expect: {outcome: Allow, reasons: [key]}", "f.yaml:4:36: the reason \"key\" is not LAYER POLICY[STATEMENT] (such as \"resource key-policy[0]\", \"identity reader[1] by account\" or \"grant ID\")"},
		{"grant", good + "grants: [{id: a, grantee: b, operations: [kms:Decrypt]}]", "f.yaml:4:42: operation 1 is an action (write Decrypt)"},
		{"source", good + "source: page", "f.yaml:4:9: source is not an https URL (give the page that justifies the expectation)"},
		{"two at once", good + "source: page\nexpect: allow", "f.yaml:4:9: source is not an https URL (give the page that justifies the expectation)\nf.yaml:5:9: there is no outcome \"allow\" (one of Allow, ExplicitDeny, ImplicitDeny, Unknown)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read("f.yaml", []byte(c.text))
			if err == nil {
				t.Fatal("no error")
			}
			if err.Error() != c.want {
				t.Errorf("error is\n%s\nnot\n%s", err, c.want)
			}
			var e *Error
			if !errors.As(err, &e) || e.File != "f.yaml" {
				t.Errorf("error is a %T", err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	d := authz.Decision{Outcome: authz.Allow, Reasons: []authz.Reason{{Layer: authz.LayerResource, Policy: "key", Statement: 1, Match: authz.ByRole}}}
	for _, c := range []struct {
		expect string
		want   []string
	}{
		{"Allow", nil},
		{"Unknown", []string{"outcome is Allow, not Unknown"}},
		{"{outcome: Allow, reasons: [\"resource key[1]\"]}", nil},
		{"{outcome: Allow, reasons: [\"resource key[1] by role\"], missing: [], absent: [], open: []}", nil},
		{"{outcome: Allow, reasons: [\"resource key[1] by direct\"]}", []string{"reasons are [resource key[1] by role]"}},
		{"{outcome: Allow, reasons: []}", []string{"reasons are [resource key[1] by role]"}},
		{"{outcome: Allow, missing: [scp], absent: [aws:x], open: [aws:y]}", []string{"missing is []", "absent is [], not [aws:x]", "open is [], not [aws:y]"}},
	} {
		cases, err := Read("f.yaml", []byte("principal: anonymous\naction: a:b\nresource: \"*\"\nexpect: "+c.expect))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, cases[0].Expect.Check(d)); diff != "" {
			t.Errorf("%s: %s", c.expect, diff)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, block := range document(f) {
		f.Add([]byte(block))
	}
	f.Add([]byte("cases:\n- {principal: anonymous, action: kms:Decrypt, resource: \"*\", policies: {resource: '{\"Statement\":[]}'}}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		cases, err := Read("f.yaml", b)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml:") {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		for i := range cases {
			if d := authz.Decide(&cases[i].Request, &cases[i].Layers); cases[i].Expect != nil {
				cases[i].Expect.Check(d)
			}
		}
	})
}
