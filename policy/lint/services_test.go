package lint

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

func TestServices(t *testing.T) {
	table, err := loadServices(servicesText)
	if err != nil {
		t.Fatal(err)
	}
	actions := 0
	for _, s := range table.of {
		actions += len(s.actions)
		for _, a := range s.actions {
			if len(a.name) > maxName {
				t.Errorf("%s is longer than maxName", a.name)
			}
		}
	}
	t.Logf("%d services are known, %d of them with %d actions", len(table.known), len(table.of), actions)
	for _, name := range strings.Fields("kms bedrock bedrock-agentcore bedrock-mantle iam sts s3 s3vectors dynamodb logs ssm secretsmanager lambda firehose states " +
		"cloudtrail cloudwatch sns sqs aoss es rds organizations config tag") {
		if table.of[name] == nil {
			t.Errorf("%s is not in the table", name)
		}
	}
	if table.of["ec2"] != nil || !table.known["ec2"] || !table.rcp["kms"] || table.rcp["bedrock"] {
		t.Error("ec2 is not just known, or the services with resource control policies are others")
	}
	if k, ok := table.key("KMS:EncryptionContext:a:b"); !ok || k.typed != stringValue || k.many {
		t.Errorf("an encryption context key is %+v, %v", k, ok)
	}
	if k, ok := table.key("saml:eduPersonAffiliation"); !ok || !k.many {
		t.Errorf("saml:edupersonaffiliation is %+v, %v", k, ok)
	}
	if !embedded().of["kms"].covers(&table.of["kms"].actions[table.of["kms"].index["decrypt"]], []string{"arn:aws:kms:us-east-1:111122223333:key/x"}) {
		t.Error("kms:Decrypt is not on a key")
	}
}

// TestKMSAgrees: the table and the engine, which have their facts from different
// pages, say the same of KMS.
func TestKMSAgrees(t *testing.T) {
	kms := embedded().of["kms"]
	names := map[string]bool{}
	for _, a := range authz.KMSActions() {
		names[strings.TrimPrefix(a.Name, "kms:")] = true
	}
	for _, a := range kms.actions {
		if !names[a.name] {
			t.Errorf("the engine has no kms:%s", a.name)
		}
		delete(names, a.name)
		for _, i := range a.keys {
			k := kms.keys[i]
			// The engine has it on no action without a key.
			store := k.name == "kms:CallerAccount" && strings.HasSuffix(strings.TrimSuffix(a.name, "s"), "CustomKeyStore")
			if !strings.Contains(k.name, "*") && !store && !authz.HasKey("kms:"+a.name, k.name) {
				t.Errorf("the engine says that kms:%s never has %s", a.name, k.name)
			}
		}
	}
	if len(names) != 2 || !names["Encapsulate"] || !names["Decapsulate"] {
		t.Errorf("the table lacks %v", names)
	}
	for _, k := range append(slices.Clone(kms.keys), globalKeys[:]...) {
		if many := authz.ManyValued(k.name); many != k.many && k.name != "aws:VpceOrgPaths" { // which the engine takes for one value
			t.Errorf("%s: many values %v in the table, %v in the engine", k.name, k.many, many)
		}
	}
}

func TestServicesErrors(t *testing.T) {
	const good = "known a b\nrcp a\nservice a\nkey String a:k\nkey ArrayOfString a:l\nresource r arn:*:a:* 0\naction X r 0-1\naction Y -\n"
	if table, err := loadServices(good); err != nil || len(table.of["a"].actions) != 2 || len(table.of["a"].actions[0].keys) != 3 {
		t.Fatalf("%+v, %v", table, err)
	}
	for line, want := range map[string]string{
		"known a":                               "line 9: a is there twice",
		"frob x":                                `line 9: there is no directive "frob"`,
		"action Z  r":                           `line 9: "action" without what it needs, or two spaces`,
		"service":                               `line 9: "service" without what it needs, or two spaces`,
		"service c":                             "line 9: service c is not known, or there twice",
		"service a":                             "line 9: service a is not known, or there twice",
		"key String a:m":                        "line 9: key out of order",
		"action Z":                              "line 9: action needs two words",
		"action x -":                            "line 9: action x is there twice",
		"action Z q":                            `line 9: action Z: there is no resource "q"`,
		"action Z r 2":                          `line 9: there are no keys "2"`,
		"action Z r 1-0":                        `line 9: there are no keys "1-0"`,
		"action Z r x":                          `line 9: there are no keys "x"`,
		"rcp d":                                 "d supports resource control policies and is not known",
		"service b\nkey X b:k":                  "line 10: key of type X",
		"service b\nkey Bool k":                 "line 10: key k has no prefix, or is there twice",
		"service b\nkey Bool b:k\nkey Date B:K": "line 11: key B:K has no prefix, or is there twice",
		"service b\nresource r x":               "line 10: resource r has no ARN, or is there twice",
		"service b\nresource r arn:b\nresource r arn:c":            "line 11: resource r has no ARN, or is there twice",
		"service b\nresource r arn:b 0":                            `line 10: there are no keys "0"`,
		"service b\nresource r arn:b\naction X r\nresource q arn:": "line 12: resource out of order",
	} {
		if _, err := loadServices(good + line); err == nil || err.Error() != "table of services: "+want {
			t.Errorf("%q: %v, want %s", line, err, want)
		}
	}
	if _, err := loadServices("key String a:k"); err == nil || !strings.Contains(err.Error(), "out of order") {
		t.Errorf("a key without a service: %v", err)
	}
}

// TestOverlap compares with all texts of a small alphabet.
func TestOverlap(t *testing.T) {
	var texts []string
	for n, part := 0, []string{""}; n <= 4; n++ {
		texts = append(texts, part...)
		var longer []string
		for _, s := range part {
			for _, c := range []string{"a", ":", "/"} {
				longer = append(longer, s+c)
			}
		}
		part = longer
	}
	patterns := func(alphabet string) []string {
		out := []string{""}
		for i := 0; i < len(out) && len(out[i]) < 3; i++ {
			for _, c := range alphabet {
				out = append(out, out[i]+string(c))
			}
		}
		return out
	}
	seen := map[bool]int{}
	for _, a := range patterns("a:*?") {
		for _, b := range patterns("a/*%#") {
			want := slices.ContainsFunc(texts, func(s string) bool { return policy.Match(a, s) && matchRun(b, s) })
			seen[want]++
			if got := overlap(a, b); got != want {
				t.Errorf("overlap(%q, %q) = %v", a, b, got)
			}
		}
	}
	if seen[true] < 500 || seen[false] < 500 {
		t.Errorf("only %v cases", seen)
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"arn:aws:s3:::bucket/*", aliasPattern, false}, {"arn:aws:s3:::bucket", "arn:#:s3:::%", true}, {"arn:aws:s3:::bucket/*", "arn:#:s3:::%", false},
		{"arn:aws:*", aliasPattern, true}, {"arn:*:kms:*:*:*", aliasPattern, true}, {"arn:aws:kms:*:*:alias/*", keyPattern, false},
		{"arn:aws:logs:*:*:/aws-glue/*", "arn:#:logs:#:#:log-group:*", true}, {"arn:*:kms:*:::*", keyPattern, false},
	} {
		if got := overlap(c.a, c.b); got != c.want {
			t.Errorf("overlap(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

// matchRun matches a pattern with *, % and # by trying everything.
func matchRun(p, s string) bool {
	switch {
	case p == "":
		return s == ""
	case p[0] == '*' || p[0] == '%' || p[0] == '#':
		return matchRun(p[1:], s) || s != "" && (p[0] != '%' || s[0] != '/') && (p[0] != '#' || s[0] != ':') && matchRun(p, s[1:])
	}
	return s != "" && s[0] == p[0] && matchRun(p[1:], s[1:])
}

func TestSuggest(t *testing.T) {
	from := []string{"Decrypt", "DescribeKey", "ReEncryptFrom", "ReEncryptTo", "Encrypt"}
	for name, want := range map[string]string{
		"decypt": "perhaps Decrypt", "reencrypt": "perhaps ReEncryptFrom or ReEncryptTo", "Encryption": "", "de": "", strings.Repeat("x", 100): "", "xncrypt": "perhaps Encrypt",
	} {
		if got := suggest(name, from); got != want {
			t.Errorf("suggest(%q) = %q, want %q", name, got, want)
		}
	}
}
