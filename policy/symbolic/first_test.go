package symbolic

import (
	"fmt"
	"testing"

	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

func doc(t testing.TB, text string) *policy.Document {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Problems) > 0 {
		t.Fatal(d.Problems)
	}
	return d
}

func TestFirst(t *testing.T) {
	p := authz.Compile("key", doc(t, `{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
 {"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com","kms:CallerAccount":["111122223333","444455556666"]}}},
 {"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/a*"}}}
 ]}`))
	u := &Universe{Organization: "o-abc", Accounts: []Account{{ID: "111122223333", Inside: true}}}
	got, err := u.WhoCan("kms:Decrypt", &Target{Key: "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", Policy: p})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range got {
		fmt.Println(a.Verdict, a.Who, a.Reason)
		for _, c := range a.Conditions {
			fmt.Printf("     %q\n", c)
		}
		if a.Witness != nil {
			fmt.Println("     ", a.Witness.Request.Principal.ARN, a.Witness.Request.Context)
		}
	}
}
