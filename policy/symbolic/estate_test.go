package symbolic

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// estate makes an organization as they are found: accounts with roles and users,
// some with inline policies that name keys, teams with managed policies, a few
// administrators; keys with the usual kinds of policies and some grants; control
// policies on most accounts. The same numbers give the same estate.
type estate struct {
	testing.TB
	*rand.Rand
	accounts []string
	// managed are policies that many have, by their statements.
	managed map[string]*authz.Policy
	keys    map[string][]string // by account
	roles   map[string][]string
}

func (e *estate) policy(statements string) *authz.Policy {
	if p := e.managed[statements]; p != nil {
		return p
	}
	p := compiled(e, "managed", statements)
	e.managed[statements] = p
	return p
}

func oneOf[T any](e *estate, list []T) T { return list[e.IntN(len(list))] }

const useActions = `["kms:Decrypt","kms:Encrypt","kms:GenerateDataKey*","kms:DescribeKey"]`

func newEstate(t testing.TB, accounts, principals, keys int) (*Universe, []*Target) {
	e := &estate{t, rand.New(rand.NewPCG(8, 15)), nil, map[string]*authz.Policy{}, map[string][]string{}, map[string][]string{}}
	u := &Universe{Organization: "o-1"}
	allow := e.policy(`{"Effect":"Allow","Action":"*","Resource":"*"}`)
	guard := e.policy(`{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}},
		{"Effect":"Deny","Action":["kms:ScheduleKeyDeletion","kms:DisableKey"],"Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/breakglass"}}}`)
	for i := range accounts {
		id := fmt.Sprintf("%012d", 111100000000+i*7)
		e.accounts = append(e.accounts, id)
		a := Account{ID: id, Inside: true}
		if i%4 != 0 {
			a.SCPs = [][]*authz.Policy{{allow}, {guard}, {allow}}
		}
		u.Accounts = append(u.Accounts, a)
		for range keys / accounts {
			e.keys[id] = append(e.keys[id], fmt.Sprintf("arn:aws:kms:us-east-1:%s:key/%08x-0000-4000-8000-%012x", id, e.Uint32(), e.Uint32()))
		}
	}
	for i := range accounts {
		for n := range principals / accounts {
			u.Parties = append(u.Parties, e.party(&u.Accounts[i], n))
		}
	}
	var targets []*Target
	for _, id := range e.accounts {
		for n, key := range e.keys[id] {
			targets = append(targets, e.target(id, key, n))
		}
	}
	return u, targets
}

// party makes the n-th principal of an account.
func (e *estate) party(a *Account, n int) Party {
	p := Party{Principal: authz.Principal{Kind: authz.User, ARN: fmt.Sprintf("arn:aws:iam::%s:user/staff/user-%d", a.ID, n), Account: a.ID, ID: fmt.Sprintf("AIDA%s%d", a.ID, n)}}
	if n%25 != 0 {
		role := fmt.Sprintf("arn:aws:iam::%s:role/team-%d/service-%d", a.ID, n/25, n)
		e.roles[a.ID] = append(e.roles[a.ID], role)
		p.Principal = sessionOf(role)
		p.Principal.ID = fmt.Sprintf("AROA%s%d", a.ID, n)
	}
	l := &p.Layers
	l.SCPs = a.SCPs
	l.Identity = []*authz.Policy{
		e.policy(fmt.Sprintf(`{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::team-%d-*/*"},{"Effect":"Allow","Action":"logs:*","Resource":"*"}`, n/25)),
		e.policy(`{"Effect":"Allow","Action":["kms:List*","kms:Describe*","kms:Get*","s3:List*","iam:Get*"],"Resource":"*"}`),
	}
	switch chance := e.IntN(100); {
	case chance < 2:
		l.Identity = append(l.Identity, e.policy(`{"Effect":"Allow","Action":"*","Resource":"*"}`))
	case chance < 4:
		l.Identity = append(l.Identity, e.policy(`{"Effect":"Allow","Action":"kms:*","Resource":"*"}`))
	case chance < 20: // a team's managed policy
		l.Identity = append(l.Identity, e.policy(fmt.Sprintf(`{"Effect":"Allow","Action":%s,"Resource":"arn:aws:kms:us-east-1:%s:key/%x*"}`, useActions, a.ID, n/25%16)))
	case chance < 25:
		l.Identity = append(l.Identity, e.policy(fmt.Sprintf(`{"Effect":"Allow","Action":%s,"Resource":"arn:aws:kms:*:%s:key/*","Condition":{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}}}`, useActions, a.ID)))
	case chance < 75: // keys by name, now and then of another account
		var names []string
		for range 1 + e.IntN(3) {
			names = append(names, `"`+oneOf(e, e.keys[a.ID])+`"`)
		}
		if e.IntN(10) == 0 {
			names = append(names, `"`+oneOf(e, e.keys[oneOf(e, e.accounts)])+`"`)
		}
		l.Identity = append(l.Identity, compiled(e, "inline", fmt.Sprintf(`{"Effect":"Allow","Action":%s,"Resource":[%s]}`, useActions, strings.Join(names, ","))))
	}
	if e.IntN(10) == 0 {
		l.Boundary = e.policy(`{"Effect":"Allow","Action":["kms:*","s3:*","logs:*"],"Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}`)
	}
	return p
}

// target makes the n-th key of an account.
func (e *estate) target(account, key string, n int) *Target {
	root := fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"}`, account)
	some := func(account string) string {
		var list []string
		for range 4 {
			list = append(list, `"`+oneOf(e, e.roles[account])+`"`)
		}
		return strings.Join(list, ",")
	}
	statements := []string{root}
	switch chance := e.IntN(100); {
	case chance < 55:
	case chance < 70: // what the console makes
		users := some(account)
		statements = append(statements, fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":[%s]},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*"}`, users),
			fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":[%s]},"Action":["kms:CreateGrant","kms:ListGrants","kms:RevokeGrant"],"Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}}`, users))
	case chance < 80:
		statements = append(statements, fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":%s,"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"%s","kms:ViaService":"%s.us-east-1.amazonaws.com"}}}`,
			useActions, account, oneOf(e, []string{"s3", "bedrock", "rds"})))
	case chance < 92:
		other := oneOf(e, e.accounts)
		statements = append(statements, fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::%s:root",%s]},"Action":%s,"Resource":"*"}`, other, some(other), useActions))
	default: // no delegation of use
		statements = []string{fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":["kms:PutKeyPolicy","kms:Describe*"],"Resource":"*"}`, account),
			fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":[%s]},"Action":%s,"Resource":"*"}`, some(account), useActions)}
	}
	if e.IntN(4) == 0 {
		statements = append(statements, `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`)
	}
	if e.IntN(4) == 0 {
		statements = append(statements, `{"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":`+useActions+`,"Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:`+account+`:*"}}}`)
	}
	t := &Target{Key: key, Policy: compiled(e, "key", strings.Join(statements, ","))}
	if n%3 != 0 {
		t.RCPs = [][]*authz.Policy{{e.policy(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`)},
			{e.policy(`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
			{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`)}}
	}
	for range e.IntN(3) {
		t.Grants = append(t.Grants, authz.Grant{ID: fmt.Sprint("g", e.Uint32()), Grantee: oneOf(e, e.roles[account]), Operations: []string{"Decrypt", "GenerateDataKey"},
			ContextSubset: map[string]string{"aws:ebs:id": fmt.Sprint("vol-", e.Uint32())}})
	}
	return t
}

// BenchmarkWhoCanOneKey asks who of 10,000 principals can decrypt with one key.
func BenchmarkWhoCanOneKey(b *testing.B) {
	u, targets := newEstate(b, 20, 10_000, 1000)
	b.ResetTimer()
	can := 0
	for i := 0; b.Loop(); i++ {
		got, err := u.WhoCan("kms:Decrypt", targets[i%len(targets)])
		if err != nil {
			b.Fatal(err)
		}
		for _, a := range got {
			if a.Verdict == Exists {
				can++
			}
		}
	}
	if can == 0 {
		b.Fatal("nobody can")
	}
}

// BenchmarkReach10000x1000 asks who of 10,000 principals can decrypt with which of
// 1,000 keys.
func BenchmarkReach10000x1000(b *testing.B) {
	u, targets := newEstate(b, 20, 10_000, 1000)
	b.ResetTimer()
	for b.Loop() {
		got, err := u.Reach("kms:Decrypt", targets)
		if err != nil {
			b.Fatal(err)
		}
		pairs, always := 0, 0
		for _, list := range got {
			pairs += len(list)
			for _, r := range list {
				if r.Verdict != Exists {
					b.Fatalf("%s: not known", u.Parties[r.Party].Principal.ARN)
				}
				if r.Always {
					always++
				}
			}
		}
		if pairs < 20_000 || always == 0 || always == pairs {
			b.Fatalf("%d pairs, %d always", pairs, always)
		}
		b.ReportMetric(float64(pairs), "pairs")
		b.ReportMetric(float64(always), "always")
	}
}
