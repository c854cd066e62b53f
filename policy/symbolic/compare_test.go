package symbolic

import (
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

func key(s string) string {
	return `{"Version":"2012-10-17","Statement":[` + s + `]}`
}

func allow(rest string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*"` + rest + `}`
}

func deny(rest string) string {
	return `{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*"` + rest + `}`
}

func cond(s string) string { return `,"Condition":` + s }

type pairCase struct {
	name, a, b string
	want       Relation
}

func keyPolicyCases() []pairCase {
	root := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
	return []pairCase{
		{"same", root, root, Equal},
		{"account id and root ARN", root, `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}`, Equal},
		{"delegation is less than everyone", root, `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}`, LessPermissive},
		{"user and account", `{"Effect":"Allow","Principal":{"AWS":"` + userA + `"},"Action":"kms:*","Resource":"*"}`, root, Incomparable},
		{"role and its session", `{"Effect":"Allow","Principal":{"AWS":"` + session + `"},"Action":"kms:*","Resource":"*"}`,
			`{"Effect":"Allow","Principal":{"AWS":"` + roleR + `"},"Action":"kms:*","Resource":"*"}`, Incomparable},
		{"actions", allow(""), `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Decrypt","kms:Encrypt"],"Resource":"*"}`, LessPermissive},
		{"NotAction", `{"Effect":"Allow","Principal":{"AWS":"*"},"NotAction":"kms:Enc*","Resource":"*"}`,
			`{"Effect":"Allow","Principal":{"AWS":"*"},"NotAction":["kms:Encrypt","kms:Encapsulate"],"Resource":"*"}`, LessPermissive},
		{"other key", `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:111122223333:key/9*"}`, deny(""), Equal},
		{"no resource has no effect", `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*","Condition":{"Null":{"aws:PrincipalAccount":"true"}}}`,
			deny(""), Equal},
		{"IfExists is more", allow(cond(`{"StringEquals":{"kms:ViaService":"a"}}`)), allow(cond(`{"StringEqualsIfExists":{"kms:ViaService":"a"}}`)), LessPermissive},
		{"negation and absence", allow(cond(`{"StringNotEquals":{"kms:ViaService":"a"}}`)),
			allow(cond(`{"StringNotEqualsIfExists":{"kms:ViaService":"a"}}`)), Equal},
		{"wildcards", allow(cond(`{"StringLike":{"kms:ViaService":"s3.*.com"}}`)), allow(cond(`{"StringLike":{"kms:ViaService":["s3.*","*.com"]}}`)), LessPermissive},
		{"union of wildcards", allow(cond(`{"StringLike":{"kms:ViaService":["?*",""]}}`)), allow(cond(`{"Null":{"aws:SourceVpce":["true","false"]}, "StringLike":{"kms:ViaService":"*"}}`)), Equal},
		{"case", allow(cond(`{"StringEquals":{"kms:ViaService":["ab","AB","aB","Ab"]}}`)), allow(cond(`{"StringEqualsIgnoreCase":{"kms:ViaService":"ab"}}`)), Equal},
		{"ranges of addresses", allow(cond(`{"IpAddress":{"aws:SourceIp":["10.0.0.0/9","10.128.0.0/9"]}}`)), allow(cond(`{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)), Equal},
		{"all addresses are not absence", allow(cond(`{"IpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]}}`)), allow(""), LessPermissive},
		{"numbers", allow(cond(`{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}`)),
			allow(cond(`{"NumericLessThanEquals":{"aws:MultiFactorAuthAge":"300.0"},"NumericNotEquals":{"aws:MultiFactorAuthAge":"300"}}`)), Equal},
		{"dates in two forms", allow(cond(`{"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}`)), allow(cond(`{"DateGreaterThan":{"aws:CurrentTime":"1767225600"}}`)), Equal},
		{"date ranges overlap", allow(cond(`{"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}`)), allow(cond(`{"DateGreaterThan":{"aws:CurrentTime":"2025-01-01T00:00:00Z"}}`)), Incomparable},
		{"sets: any", allow(cond(`{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}`)), allow(cond(`{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}`)), LessPermissive},
		{"sets: all", allow(cond(`{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`)), allow(cond(`{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`)), MorePermissive},
		{"sets: all is true of none", allow(cond(`{"ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"true"}}`)), allow(cond(`{"Null":{"aws:TagKeys":"true"}}`)), Equal},
		{"sets: not any is not all not", allow(cond(`{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}}`)), allow(cond(`{"ForAllValues:StringNotEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"false"}}`)), MorePermissive},
		{"context keys follow the context", allow(cond(`{"StringEquals":{"kms:EncryptionContext:a":"1"}}`)),
			allow(cond(`{"StringEquals":{"kms:EncryptionContext:a":"1"},"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["a","A"]}}`)), Equal},
		{"no context on DescribeKey", `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:DescribeKey","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:a":"1"}}}`, deny(""), Equal},
		{"accounts", allow(cond(`{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}`)), allow(cond(`{"ArnLike":{"aws:PrincipalArn":"arn:aws:*::444455556666:*"}}`)), Equal},
		{"part of an account", allow(cond(`{"StringLike":{"aws:PrincipalAccount":"7777*"}}`)), allow(cond(`{"ArnLike":{"aws:PrincipalArn":"arn:aws:*::7777*:*"}}`)), Equal},
		{"part of an account, or of a path with colons", allow(cond(`{"StringLike":{"aws:PrincipalAccount":"7777*"}}`)), allow(cond(`{"StringLike":{"aws:PrincipalArn":"arn:aws:*::7777*"}}`)), LessPermissive},
		{"wildcards of ARNs stay in a part", allow(cond(`{"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:b"}}`)), deny(""), Equal},
		{"deny", allow("") + "," + deny(cond(`{"StringNotEquals":{"aws:PrincipalOrgID":"o-one"}}`)), allow(cond(`{"StringEquals":{"aws:PrincipalOrgID":"o-one"}}`)), Equal},
		{"names of the partition", allow(cond(`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/x"}}`)), allow(cond(`{"ArnLike":{"aws:PrincipalArn":"arn:aws-cn:iam::*:user/x"}}`)), MorePermissive},
		{"same variable", allow(cond(`{"StringEquals":{"kms:EncryptionContext:a":"${aws:PrincipalTag/team}"}}`)), allow(cond(`{"StringEquals":{"kms:EncryptionContext:a":"${aws:PrincipalTag/team}"}}`)), Equal},
		{"variable is less than any", allow(cond(`{"StringEquals":{"kms:EncryptionContext:a":"${aws:PrincipalTag/team}"}}`)), allow(cond(`{"StringLike":{"kms:EncryptionContext:a":"*"}}`)), LessPermissive},
		{"variable with text", allow(cond(`{"StringLike":{"kms:EncryptionContext:a":"x-${aws:PrincipalTag/team}-y"}}`)), allow(cond(`{"StringLike":{"kms:EncryptionContext:a":"x-*-y"}}`)), LessPermissive},
		{"two variables", allow(cond(`{"StringEquals":{"kms:EncryptionContext:a":"${aws:PrincipalTag/team}"}}`)), allow(cond(`{"StringEquals":{"kms:EncryptionContext:a":"${aws:PrincipalTag/unit}"}}`)), Incomparable},
		{"default", allow(cond(`{"StringEquals":{"kms:EncryptionContext:a":"${aws:PrincipalTag/team, 'x'}"}}`)), allow(cond(`{"StringEquals":{"kms:EncryptionContext:a":"${aws:PrincipalTag/team}"}}`)), MorePermissive},
		{"one character", allow(cond(`{"StringLike":{"kms:ViaService":"s3.??.com"}}`)), allow(cond(`{"StringLike":{"kms:ViaService":"s3.*.com"}}`)), LessPermissive},
		{"sets: any of none", allow(cond(`{"ForAnyValue:StringLike":{"aws:TagKeys":"*"}}`)), allow(cond(`{"ForAllValues:StringLike":{"aws:TagKeys":"*"}}`)), LessPermissive},
	}
}

func TestCompareKeyPolicies(t *testing.T) {
	u := &Universe{}
	for _, c := range keyPolicyCases() {
		got := u.Compare(doc(t, key(c.a)), doc(t, key(c.b)), KeyPolicy, theKey)
		if got.Relation != c.want {
			t.Errorf("%s: %v, want %v\nmore: %v %s\nless: %v %s", c.name, got.Relation, c.want, got.More.Verdict, why(got.More), got.Less.Verdict, why(got.Less))
		}
	}
}

func why(a Answer) string {
	if a.Witness != nil {
		return show(&a.Witness.Request)
	}
	return a.Reason
}

func TestCompareIdentity(t *testing.T) {
	st := func(effect, action, resource, rest string) string {
		return `{"Effect":"` + effect + `","Action":` + action + `,"Resource":` + resource + rest + `}`
	}
	cases := []struct {
		name, a, b string
		want       Relation
	}{
		{"actions of two services", st("Allow", `["s3:Get*","s3:GetObject"]`, `"*"`, ""), st("Allow", `"s3:get*"`, `"*"`, ""), Equal},
		{"resources", st("Allow", `"s3:*"`, `"arn:aws:s3:::b/*"`, ""), st("Allow", `"s3:*"`, `"arn:aws:s3:::b*"`, ""), LessPermissive},
		{"resources without ARN", st("Allow", `"s3:*"`, `"*"`, ""), st("Allow", `"s3:*"`, `"arn:*:*:*:*:*"`, ""), MorePermissive},
		{"deny", st("Allow", `"s3:*"`, `"*"`, "") + "," + st("Deny", `"s3:P*"`, `"*"`, ""), st("Allow", `"s3:*"`, `"*"`, ""), LessPermissive},
		{"own name", st("Allow", `"s3:*"`, `"arn:aws:s3:::b/${aws:username}"`, ""), st("Allow", `"s3:*"`, `"arn:aws:s3:::b/*"`, ""), LessPermissive},
		{"own name, reversed", st("Allow", `"s3:*"`, `"arn:aws:s3:::b/*"`, ""), st("Allow", `"s3:*"`, `"arn:aws:s3:::b/${aws:username}"`, ""), MorePermissive},
	}
	u := &Universe{}
	for _, c := range cases {
		got := u.Compare(doc(t, key(c.a)), doc(t, key(c.b)), Identity, "")
		if got.Relation != c.want {
			t.Errorf("%s: %v, want %v\nmore: %v %s\nless: %v %s", c.name, got.Relation, c.want, got.More.Verdict, why(got.More), got.Less.Verdict, why(got.Less))
		}
	}
}

// TestCompareAgainstRequests looks for requests that refute a proof.
func TestCompareAgainstRequests(t *testing.T) {
	pairs, verdicts, seen := 1500, map[Verdict]int{}, 0
	if testing.Short() {
		pairs = 200
	}
	u := &Universe{}
	g := newGenerator(1)
	for n := range pairs {
		g.variables = n%3 == 0
		a, b := g.document(t, true, 3), g.document(t, true, 3)
		p := u.pair(authz.Compile("new", a), authz.Compile("old", b), KeyPolicy, theKey)
		got := u.NoMorePermissive(a, b, KeyPolicy, theKey)
		verdicts[got.Verdict]++
		if got.Verdict == Unknown && !g.variables {
			t.Errorf("pair %d: unknown: %s\n%s\n%s", n, got.Reason, source(a), source(b))
		}
		if got.Verdict != Never {
			continue
		}
		for _, who := range testPrincipals() {
			c := &class{who: who, account: who.Account}
			for range 60 {
				r := g.request(who)
				if seen++; p.check(r, c) != nil {
					t.Fatalf("pair %d: proved, but %s\n%s\n%s", n, show(r), source(a), source(b))
				}
			}
		}
	}
	t.Logf("%d pairs: %v; %d requests against the proofs", pairs, verdicts, seen)
	if verdicts[Never] < pairs/20 || verdicts[Exists] < pairs/20 {
		t.Errorf("the pairs show too little: %v", verdicts)
	}
}

// TestComparePartition: the principals of a key's partition count.
func TestComparePartition(t *testing.T) {
	const chinese = "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	a, b := doc(t, key(allow(cond(`{"ArnLike":{"aws:PrincipalArn":"arn:aws-cn:iam::*:user/x"}}`)))), doc(t, key(deny("")))
	for _, c := range []struct {
		u    Universe
		key  string
		want Relation
	}{{Universe{}, chinese, MorePermissive}, {Universe{}, theKey, Equal}, {Universe{Partition: "aws-cn"}, theKey, MorePermissive}, {Universe{Partition: "aws"}, chinese, Equal}} {
		if got := c.u.Compare(a, b, KeyPolicy, c.key); got.Relation != c.want {
			t.Errorf("%q, %s: %v, want %v", c.u.Partition, c.key, got.Relation, c.want)
		}
	}
}
