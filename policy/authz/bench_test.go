package authz

import (
	"fmt"
	"strings"
	"testing"
)

// consoleKey is a key policy of four statements like that of the KMS console.
const consoleKey = delegate + `,
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/admin"},"Action":["kms:Create*","kms:Describe*","kms:Enable*","kms:List*","kms:Put*","kms:Update*",
 "kms:Revoke*","kms:Disable*","kms:Get*","kms:Delete*","kms:TagResource","kms:UntagResource","kms:ScheduleKeyDeletion","kms:CancelKeyDeletion"],"Resource":"*"},
{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],
 "Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"bedrock.us-east-1.amazonaws.com"}}},
{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}}`

const (
	orgSCP = fullAccess + `,{"Effect":"Deny","Action":["kms:ScheduleKeyDeletion","kms:DisableKey"],"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}}`
	orgRCP = fullRCP + `,{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`
)

type benchmark struct {
	name   string
	layers layersOf
	want   Outcome
}

func benchmarks() []benchmark {
	two := useKey + "," + allowOther
	many, wild := []string{delegate}, []string{delegate}
	for i := range 99 {
		many = append(many, fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app%d"},"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}`, i))
		wild = append(wild, fmt.Sprintf(`{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringLike":{"kms:EncryptionContext:path":"*a*%d*b*c"}}}`, i))
	}
	return []benchmark{
		{"KeyAndIdentity", layersOf{id: two, key: consoleKey}, Allow},
		{"SCPAndRCPAndBoundary", layersOf{id: two, key: consoleKey, boundary: useKey, scps: []string{fullAccess, orgSCP, fullAccess}, rcps: []string{fullRCP, orgRCP, fullRCP}}, Allow},
		{"Denied", layersOf{id: allowOther, key: consoleKey}, ImplicitDeny},
		{"HundredStatements", layersOf{id: two, key: strings.Join(many, ",")}, Allow},
		{"HundredWildcards", layersOf{id: two, key: strings.Join(wild, ",")}, Allow},
		{"Grant", layersOf{key: consoleKey, grants: []Grant{{ID: "g", Grantee: "arn:aws:iam::111122223333:role/reader", Operations: []string{"Decrypt"}, ContextSubset: map[string]string{"path": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}}}}, Allow},
	}
}

func benchRequest() *Request {
	return &Request{Principal: session(account, "reader", "s"), Action: "kms:Decrypt", Resource: keyARN,
		Context: ctx("kms:viaservice", "s3.us-east-1.amazonaws.com", "aws:principalorgid", "o-1", "aws:sourceip", "10.0.0.1", "kms:encryptioncontext:path", strings.Repeat("a", 31)+"b")}
}

func BenchmarkOutcomeOf(b *testing.B) {
	for _, bench := range benchmarks() {
		b.Run(bench.name, func(b *testing.B) {
			req, layers := benchRequest(), bench.layers.compile(b)
			if o := OutcomeOf(req, layers); o != bench.want {
				b.Fatalf("%v, want %v", o, bench.want)
			}
			b.ReportAllocs()
			for b.Loop() {
				OutcomeOf(req, layers)
			}
		})
	}
}

func BenchmarkDecideInto(b *testing.B) {
	for _, bench := range benchmarks() {
		b.Run(bench.name, func(b *testing.B) {
			req, layers := benchRequest(), bench.layers.compile(b)
			var d Decision
			b.ReportAllocs()
			for b.Loop() {
				DecideInto(&d, req, layers)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	doc := must(b, "key", consoleKey).Document()
	b.ReportAllocs()
	for b.Loop() {
		Compile("key", doc)
	}
}

// Decisions allocate nothing, with grounds too once the slices have grown.
func TestDecisionsDoNotAllocate(t *testing.T) {
	req := benchRequest()
	for _, bench := range benchmarks() {
		layers := bench.layers.compile(t)
		if n := testing.AllocsPerRun(100, func() { OutcomeOf(req, layers) }); n != 0 {
			t.Errorf("%s: OutcomeOf allocates %v times", bench.name, n)
		}
		var d Decision
		DecideInto(&d, req, layers)
		if n := testing.AllocsPerRun(100, func() { DecideInto(&d, req, layers) }); n != 0 {
			t.Errorf("%s: DecideInto allocates %v times", bench.name, n)
		}
	}
}
