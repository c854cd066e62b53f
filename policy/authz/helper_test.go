package authz

import (
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy"
)

const (
	account = "111122223333"
	other   = "444455556666"
	keyARN  = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

const (
	delegate   = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	useKey     = `{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"arn:aws:kms:us-east-1:111122223333:key/*"}`
	allowAll   = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	allowOther = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	denyKMS    = `{"Effect":"Deny","Action":"kms:*","Resource":"*"}`
)

// must compiles a document, or the statements of one of Version 2012-10-17.
func must(t testing.TB, name, text string) *Policy {
	t.Helper()
	if !strings.HasPrefix(text, "{\"V") && !strings.HasPrefix(text, "{\"Statement") {
		text = `{"Version":"2012-10-17","Statement":[` + text + `]}`
	}
	doc, err := policy.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return Compile(name, doc)
}

func user(acct, name string) Principal {
	return Principal{Kind: User, ARN: "arn:aws:iam::" + acct + ":user/" + name, Account: acct, ID: "AIDA" + strings.ToUpper(name)}
}

func session(acct, role, name string) Principal {
	return Principal{
		Kind: Session, ARN: "arn:aws:sts::" + acct + ":assumed-role/" + role[strings.LastIndexByte(role, '/')+1:] + "/" + name,
		Role: "arn:aws:iam::" + acct + ":role/" + role, Account: acct, ID: "AROA" + strings.ToUpper(role),
	}
}

func rootUser(acct string) Principal {
	return Principal{Kind: Root, ARN: "arn:aws:iam::" + acct + ":root", Account: acct}
}

func service(name string) Principal { return Principal{Kind: Service, ARN: name} }

func federated(acct, name, parent string) Principal {
	return Principal{Kind: Federated, ARN: "arn:aws:sts::" + acct + ":federated-user/" + name, Account: acct, Parent: "arn:aws:iam::" + acct + ":user/" + parent}
}

// ctx makes a context of pairs; a value may be several, divided by "|".
func ctx(pairs ...string) Context {
	c := Context{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "?" {
			c[pairs[i]] = Value{Unknown: true}
			continue
		}
		c[pairs[i]] = Value{Values: strings.Split(pairs[i+1], "|")}
	}
	return c
}
