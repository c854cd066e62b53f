package estate

import (
	"testing"

	"github.com/bedlock/bedlock/inventory"
)

// TestDirect: a direct call comes through no service, has the encryption context that is said and no
// other, and the tags of the key.
func TestDirect(t *testing.T) {
	use := func(condition string) inventory.Value[inventory.Policy] {
		return doc(`{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":` + condition + `}`)
	}
	context := map[string]string{"aws:x:arn": "arn:aws:x:eu-west-1:111122223333:y/z"}
	decrypt := DirectCall{Action: "kms:Decrypt", Context: context}
	grant := DirectCall{Action: "kms:CreateGrant", Context: context, Operations: []string{"Decrypt"}, Grantee: "arn:aws:iam::111122223333:role/reader"}
	for name, c := range map[string]struct {
		condition string
		call      DirectCall
		verdict   Verdict
	}{
		"through a service":       {`{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}`, decrypt, Unable},
		"not through a service":   {`{"Null":{"kms:ViaService":"true"}}`, decrypt, Able},
		"by a service":            {`{"Bool":{"aws:ViaAWSService":"true"}}`, decrypt, Unable},
		"the context":             {`{"StringEquals":{"kms:EncryptionContext:aws:x:arn":"arn:aws:x:eu-west-1:111122223333:y/z"}}`, decrypt, Able},
		"another value":           {`{"StringEquals":{"kms:EncryptionContext:aws:x:arn":"arn:aws:x:eu-west-1:111122223333:y/w"}}`, decrypt, Unable},
		"a member that it lacks":  {`{"StringEquals":{"kms:EncryptionContext:tenant":"a"}}`, decrypt, Unable},
		"no member of a name":     {`{"Null":{"kms:EncryptionContext:tenant":"true"}}`, decrypt, Able},
		"the names of its own":    {`{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["aws:x:arn"]}}`, decrypt, Able},
		"a tag of the key":        {`{"StringEquals":{"aws:ResourceTag/team":"ml"}}`, decrypt, Able},
		"a tag that it lacks":     {`{"StringEquals":{"aws:ResourceTag/class":"phi"}}`, decrypt, Unable},
		"where it comes from":     {`{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, decrypt, Depends},
		"for AWS's resources":     {`{"Bool":{"kms:GrantIsForAWSResource":"true"}}`, grant, Unable},
		"operations of the grant": {`{"ForAllValues:StringEquals":{"kms:GrantOperations":["Decrypt","DescribeKey"]}}`, grant, Able},
		"too many operations":     {`{"ForAllValues:StringEquals":{"kms:GrantOperations":["DescribeKey"]}}`, grant, Unable},
		"a constrained grant":     {`{"StringEquals":{"kms:GrantConstraintType":"EncryptionContextSubset"}}`, grant, Able},
		"the grantee":             {`{"ArnEquals":{"kms:GranteePrincipal":"arn:aws:iam::111122223333:role/other"}}`, grant, Unable},
	} {
		k := live(doc(delegates))
		k.Tags.Known = map[string]string{"Team": "ml"}
		e := estateOf(t, inventory.Parts{Keys: []inventory.Key{k}, Principals: []inventory.Principal{role("reader", inline("use", use(c.condition)))}})
		cases, ok := e.Cases(k.ID, "")
		if !ok || len(cases) != 1 {
			t.Fatal("no case")
		}
		// A session of the role is the role.
		for _, who := range []string{"arn:aws:iam::111122223333:role/reader", "arn:aws:sts::111122223333:assumed-role/reader/somebody"} {
			party := cases[0].Who(who)
			if s := cases[0].Direct(party, c.call); s.Verdict != c.verdict || party.Name != "role reader" {
				t.Errorf("%s: %s: %s: %s, %v", name, party.Name, s.Verdict, s.Says(), s.Why())
			}
		}
	}
}
