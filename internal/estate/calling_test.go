package estate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/inventory"
)

// TestCalling: who makes a service use a key for it follows from the policies on the service.
func TestCalling(t *testing.T) {
	allow := func(action, resource string) string {
		return fmt.Sprintf(`{"Effect":"Allow","Action":%q,"Resource":%q}`, action, resource)
	}
	with := func(name string, statements ...string) inventory.Principal {
		return role(name, inline("p", doc(statements...)))
	}
	bounded := with("bounded", allow("s3:*", "*"))
	bounded.Boundary, bounded.BoundaryPolicy = known1("arn:aws:iam::111122223333:policy/b"), doc(allow("s3:ListAllMyBuckets", "*"))
	ofAWS := with("AWSServiceRoleForX", allow("s3:*", "*"))
	ofAWS.Path = known1("/aws-service-role/x.amazonaws.com/")
	stranger := with("stranger", allow("s3:GetObject", "arn:aws:s3:::records/*"))
	stranger.Account = known1("444455556666")
	partner := with("partner", allow("s3:GetObject", "arn:aws:s3:::records/*"))
	partner.Account = known1("444455556666")
	user := inventory.Principal{ID: "t.yaml#user", Kind: inventory.User, Name: known1("user"), Account: known1(home), Policies: []inventory.NamedPolicy{inline("p", doc(allow("s3:GetObject", "arn:aws:s3:::records/${aws:username}/*")))}, At: at(30)}
	unread := role("unread", inline("p", inventory.Unread[inventory.Policy]("AccessDenied", at(31))))
	place := inventory.Place{Account: known1(home), Region: known1("eu-west-1")}

	bucket := inventory.Resource{
		ID: "arn:aws:s3:::records", Type: "AWS::S3::Bucket", Name: known1("records"), Place: place, At: at(40),
		Slots:  []inventory.Slot{{Name: "default-encryption", Named: []inventory.Named{{Text: known1("alias/aws/s3")}}}},
		Policy: doc(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/partner"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::records/*"}`, `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::records/closed/*"}`),
	}
	agent := inventory.Resource{
		ID: "arn:aws:bedrock:eu-west-1:111122223333:agent/ABC", Type: "AWS::Bedrock::Agent", Name: known1("triage"), Place: place, At: at(41),
		Slots: []inventory.Slot{{Name: "content", Named: []inventory.Named{{Text: known1("alias/x")}}}},
	}
	topic := inventory.Resource{
		ID: "arn:aws:sns:eu-west-1:111122223333:alerts", Type: "AWS::SNS::Topic", Name: known1("alerts"), Place: place, At: at(42),
		Slots: []inventory.Slot{{Name: "messages", Named: []inventory.Named{{Text: known1("alias/aws/sns")}}}},
		Policy: doc(
			`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish"],"Resource":"arn:aws:sns:eu-west-1:111122223333:alerts","Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}}`,
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/named"},"Action":"sns:Publish","Resource":"*"}`),
	}
	named, foreign := with("named", allow("ec2:*", "*")), with("foreign", allow("sns:*", "*"))
	named.ARN, foreign.Account = known1("arn:aws:iam::111122223333:role/named"), known1("444455556666")
	e := estateOf(t, inventory.Parts{
		Resources: []inventory.Resource{agent, bucket, topic},
		Accounts:  []inventory.Account{{ID: home, Complete: true}},
		Principals: []inventory.Principal{
			with("admin", allow("*", "*")),
			with("alias", allow("bedrock:InvokeAgent", "arn:aws:bedrock:*:*:agent-alias/ABC/PROD")),
			with("other-agent", allow("bedrock:InvokeAgent", "arn:aws:bedrock:*:*:agent-alias/DEF/*")),
			named, foreign, with("publisher", allow("sns:Publish", "*")),
			bounded, ofAWS, partner, stranger, unread, user,
			with("closed", allow("s3:*", "arn:aws:s3:::records/closed/*")),
			with("denied", allow("s3:GetObject", "*"), `{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`),
			with("from-network", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}}`),
			with("lister", allow("s3:ListBucket", "arn:aws:s3:::records")),
			with("elsewhere", allow("s3:GetObject", "arn:aws:s3:::other/*")),
			with("part", allow("s3:GetObject", "arn:aws:s3:::*/2026/*")),
			with("not", `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`),
		},
	})
	for _, c := range []struct{ id, typ, slot, want string }{
		{agent.ID, agent.Type, "content", `
role admin: can bedrock:InvokeAgent arn:aws:bedrock:eu-west-1:111122223333:agent-alias/ABC/
role alias: can bedrock:InvokeAgent arn:aws:bedrock:eu-west-1:111122223333:agent-alias/ABC/PROD
role not: can bedrock:InvokeAgent arn:aws:bedrock:eu-west-1:111122223333:agent-alias/ABC/
role unread: not read bedrock:InvokeAgent arn:aws:bedrock:eu-west-1:111122223333:agent-alias/ABC/any
`},
		{bucket.ID, bucket.Type, "default-encryption", `
role admin: can s3:GetObject arn:aws:s3:::records/
role from-network: depends s3:PutObject arn:aws:s3:::records/
role not: can s3:GetObject arn:aws:s3:::records/
role part: can s3:GetObject arn:aws:s3:::records/2026/
role partner: can s3:GetObject arn:aws:s3:::records/
role unread: not read s3:GetObject arn:aws:s3:::records/
user user: depends s3:GetObject arn:aws:s3:::records/*
`},
		{topic.ID, topic.Type, "messages", `
role admin: can sns:Publish arn:aws:sns:eu-west-1:111122223333:alerts
role named: can sns:Publish arn:aws:sns:eu-west-1:111122223333:alerts
role not: can sns:Publish arn:aws:sns:eu-west-1:111122223333:alerts
role publisher: can sns:Publish arn:aws:sns:eu-west-1:111122223333:alerts
role unread: not read sns:Publish arn:aws:sns:eu-west-1:111122223333:alerts
`},
	} {
		r := e.inv.Resource(c.id)
		slot := embedded().Type(c.typ).Slot(c.slot)
		var lines []string
		for i := range slot.Needs {
			if slot.Needs[i].For != "use" {
				continue
			}
			for _, w := range e.Calling(r, &slot.Needs[i]) {
				lines = append(lines, fmt.Sprintf("%s: %s %s %s", w.Who.Name, w.Verdict, w.Action, w.Resource))
			}
		}
		if d := cmp.Diff(strings.Split(strings.TrimSpace(c.want), "\n"), lines); d != "" {
			t.Errorf("%s\n%s", c.id, d)
		}
	}
}
