package main

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/policy/authz"
)

func TestRequestOfFlags(t *testing.T) {
	f := requestFlags{
		principal: "arn:aws:sts::011111111111:assumed-role/reader/run", principalID: "AROAEXAMPLE", role: "arn:aws:iam::011111111111:role/team/reader",
		management: true, serviceLinked: true, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", resourceAccount: "022222222222",
		context:           []string{"aws:SourceIp=203.0.113.5", "aws:TagKeys=a=b", "AWS:tagkeys=", "kms:ViaService?", "kms:ViaService?", "aws:PrincipalTag/Grüße=\x7f\t\"\\😀\u2028"},
		encryptionContext: []string{"Tenant=blue", "aws:x=a=b"}, grantTokens: []string{"one", "two"},
	}
	c, _, err := f.read(&files{})
	if err != nil {
		t.Fatal(err)
	}
	want := authz.Request{
		Principal: authz.Principal{Kind: authz.Session, ARN: f.principal, Role: f.role, Account: "011111111111", ID: f.principalID, ServiceLinked: true, Management: true},
		Action:    f.action, Resource: f.resource, ResourceAccount: f.resourceAccount, GrantTokens: []string{"one", "two"},
		Context: authz.Context{
			"aws:sourceip": {Values: []string{"203.0.113.5"}}, "aws:tagkeys": {Values: []string{"a=b", ""}}, "kms:viaservice": {Unknown: true},
			"aws:principaltag/grüße":       {Values: []string{"\x7f\t\"\\😀\u2028"}},
			"kms:encryptioncontext:tenant": {Values: []string{"blue"}},
			"kms:encryptioncontext:aws:x":  {Values: []string{"a=b"}},
			"kms:encryptioncontextkeys":    {Values: []string{"Tenant", "aws:x"}},
		},
	}
	if diff := cmp.Diff(want, c.Request); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(authz.Layers{}, c.Layers); diff != "" {
		t.Error(diff)
	}
}

// TestEveryRequestFlagIsNamed: a flag that is not in the list could be mixed with
// a file unseen.
func TestEveryRequestFlagIsNamed(t *testing.T) {
	c := newSimulate(environment{})
	for _, name := range requestFlagNames {
		if c.Flags().Lookup(name) == nil {
			t.Errorf("there is no flag %s", name)
		}
	}
	for _, name := range strings.Fields(c.Flags().FlagUsages()) {
		name, is := strings.CutPrefix(name, "--")
		if is && !slices.Contains(requestFlagNames, name) && !slices.Contains([]string{"format", "output", "no-color"}, name) && c.Flags().Lookup(name) != nil {
			t.Errorf("the flag %s is not in the list", name)
		}
	}
}

// FuzzRequestFlags: what a flag says is what the engine is asked, whatever
// characters it has; and every fault is one of a flag.
func FuzzRequestFlags(f *testing.F) {
	f.Add("arn:aws:iam::111122223333:role/reader", "kms:Decrypt", "*", "aws:SourceIp=203.0.113.5", "kms:ViaService?", "Tenant=blue")
	f.Add("anonymous", "s3:GetObject", "arn:aws:s3:::b/*", "aws:x=${aws:y}", "aws:X=2", "a: b=# c")
	f.Add("logs.amazonaws.com", "kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/1", "aws:x=\x00\n'\"{[", "?:=", "k=\u2028\x85")
	f.Fuzz(func(t *testing.T, principal, action, resource, one, two, pair string) {
		r := requestFlags{principal: principal, action: action, resource: resource, context: []string{one, two}, encryptionContext: []string{pair}}
		c, _, err := r.read(&files{})
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, "--") && utf8.ValidString(principal+action+resource+one+two+pair) {
					t.Fatalf("no flag is named: %s", err)
				}
			}
			return
		}
		if !utf8.ValidString(principal + action + resource + one + two + pair) {
			return
		}
		if c.Request.Action != action || c.Request.Resource != resource {
			t.Fatalf("asked for %q on %q", c.Request.Action, c.Request.Resource)
		}
		for _, s := range []string{one, two, "kms:EncryptionContext:" + pair} {
			key, value, given := strings.Cut(s, "=")
			got := c.Request.Context[strings.ToLower(strings.TrimSuffix(key, "?"))]
			if given {
				got = c.Request.Context[strings.ToLower(key)]
			}
			if given && !slices.Contains(got.Values, value) || !given && !got.Unknown {
				t.Fatalf("%q is read as %+v", s, got)
			}
		}
		decide(&origins{}, c)
	})
}
