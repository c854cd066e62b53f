package prove

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/estate"
	"github.com/bedlock/bedlock/inventory"
)

const (
	home   = "111122223333"
	keyARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

func at(line int32) bedlock.Position {
	return bedlock.Position{File: "t.yaml", Line: line, Column: 1}
}

func known[T any](v T) inventory.Value[T] { return inventory.Known(v, at(1)) }

func doc(statements ...string) inventory.Value[inventory.Policy] {
	p := inventory.Policy{Text: `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`}
	for i := range statements {
		p.Statements = append(p.Statements, at(int32(21+i)))
	}
	return inventory.Known(p, at(20))
}

func allow(actions, resource string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Action":%s,"Resource":%q}`, actions, resource)
}

const root = `{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`

func role(name, trust string, statements ...string) inventory.Principal {
	p := inventory.Principal{ID: "t.yaml#" + name, Kind: inventory.Role, Address: name, Name: known(name), Account: known(home), At: at(30)}
	if trust != "" {
		p.Trust = doc(fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":%q},"Action":"sts:AssumeRole"}`, trust))
	}
	if len(statements) > 0 {
		p.Policies = []inventory.NamedPolicy{{Name: "inline", Policy: doc(statements...), At: at(31)}}
	}
	return p
}

func user(name string, statements ...string) inventory.Principal {
	p := role(name, "", statements...)
	p.Kind = inventory.User
	return p
}

func arnOf(kind, name string) string { return "arn:aws:iam::111122223333:" + kind + "/" + name }

// parts is an account of which everything is known, with one key and a data source.
func parts(policy inventory.Value[inventory.Policy], principals ...inventory.Principal) inventory.Parts {
	k := inventory.Key{ID: keyARN, ARN: known(keyARN), Name: "records", At: at(5), Policy: policy, Place: inventory.Place{Account: known(home), Region: known("eu-west-1")}}
	return inventory.Parts{
		Keys:    []inventory.Key{k},
		Aliases: []inventory.Alias{{ID: "alias", Name: known("alias/records"), Key: keyARN, Target: known(keyARN)}},
		Resources: []inventory.Resource{{
			ID: "t.yaml#Docs", Type: "AWS::Bedrock::DataSource", Address: "Docs", Name: known("docs"), At: at(40),
			Slots: []inventory.Slot{{Name: "transient-data", Named: []inventory.Named{{Text: known(keyARN), Key: keyARN}}}},
			Roles: []inventory.RoleRef{{Name: "knowledge-base", Text: known("reader"), Principal: "t.yaml#reader"}},
		}},
		Principals: principals,
		Accounts:   []inventory.Account{{ID: home, Complete: true, SCPs: inventory.Absent[[]inventory.Level](at(1))}},
	}
}

func estateOf(t testing.TB, p inventory.Parts) *estate.Estate {
	t.Helper()
	inv, err := inventory.New(p)
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return estate.New(inv, c)
}

func TestFind(t *testing.T) {
	p := parts(doc(root), role("reader", ""))
	second := p.Keys[0]
	second.ID, second.ARN, second.Name, second.Address = "t.yaml#Other", inventory.Value[string]{}, "docs", "Other"
	p.Keys = append(p.Keys, second)
	inv := estateOf(t, p).Inventory()
	for name, want := range map[string]string{
		keyARN: keyARN, "1234abcd-12ab-34cd-56ef-1234567890ab": keyARN, "alias/records": keyARN, "arn:aws:kms:eu-west-1:111122223333:alias/records": keyARN,
		"records": keyARN, "Docs": "t.yaml#Docs", "t.yaml#Docs": "t.yaml#Docs", "Other": "t.yaml#Other",
		"docs": "error: it means 2 things: t.yaml#Other, t.yaml#Docs",
		"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab": "error: no key and no resource of the inputs has that name",
		"doc": "error: no key and no resource of the inputs has that name",
	} {
		s, err := Find(inv, name)
		got := ""
		switch {
		case err != nil:
			_, got, _ = strings.Cut(err.Error(), `": `)
			got = "error: " + got
		default:
			got = s.id()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	var e *NotFoundError
	if _, err := Find(inv, "recor"); !errors.As(err, &e) || !slices.Equal(e.Near, []string{keyARN}) {
		t.Errorf("near recor: %+v", e)
	}
	if _, err := FindKey(inv, "Docs"); !errors.As(err, &e) || e.Ambiguous {
		t.Errorf("a resource is no key: %v", err)
	}
	if k, err := FindKey(inv, "docs"); err != nil || k.ID != "t.yaml#Other" {
		t.Errorf("the key of two things: %v %v", k, err)
	}
}

// TestWhoCan: members, outsiders and conditions, each with its ground.
func TestWhoCan(t *testing.T) {
	via := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}`
	foreign := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/partner"},"Action":"kms:Decrypt","Resource":"*"}`
	e := estateOf(t, parts(doc(root, via, foreign), role("reader", "", allow(`"kms:Decrypt"`, keyARN)), role("app", ""), role("idle", "", allow(`"s3:*"`, "*")),
		func() inventory.Principal {
			r := role("dark", "")
			r.Policies = []inventory.NamedPolicy{{Name: "x", Policy: inventory.Unread[inventory.Policy]("AccessDenied", at(31))}}
			return r
		}()))
	all, err := WhoCan(e, "Decrypt", e.Inventory().Key(keyARN))
	if err != nil || len(all) != 1 {
		t.Fatalf("%v %v", all, err)
	}
	got := map[string]string{}
	for _, h := range all[0].Who {
		s := h.Verdict
		for _, way := range h.Conditions {
			s += " [" + strings.Join(way, " and ") + "]"
		}
		got[h.Who] = s
		if h.Verdict == "can" && (h.Witness == nil || len(h.Because) == 0) {
			t.Errorf("%s has no ground: %+v", h.Who, h)
		}
	}
	want := map[string]string{
		"role reader": "can []", "role app": "can [kms:viaservice StringEquals s3.eu-west-1.amazonaws.com]", "role dark": "not known",
		"root user of account 111122223333": "can []", "arn:aws:iam::444455556666:role/partner": "can []",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if !slices.Contains(all[0].Never, "role idle") {
		t.Errorf("never: %q", all[0].Never)
	}
	for _, action := range []string{"kms:ListKeys", "s3:GetObject"} {
		if _, err := WhoCan(e, action, e.Inventory().Key(keyARN)); err == nil || !strings.Contains(err.Error(), "not an action of KMS on a key") {
			t.Errorf("%s: %v", action, err)
		}
	}
}

// TestDetours: every way of giving oneself an action, and the shortest first.
func TestDetours(t *testing.T) {
	decrypts := allow(`"kms:Decrypt"`, keyARN)
	for name, c := range map[string]struct {
		principals []inventory.Principal
		want       []string
	}{
		"nobody":                      {[]inventory.Principal{role("reader", "", decrypts), role("idle", "", allow(`"s3:*"`, "*"))}, nil},
		"a grant":                     {[]inventory.Principal{role("granter", "", allow(`"kms:CreateGrant"`, keyARN))}, []string{"role granter can: kms:CreateGrant on key records"}},
		"a grant for services only":   {[]inventory.Principal{role("granter", "", `{"Effect":"Allow","Action":"kms:CreateGrant","Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}}`)}, []string{"role granter depends: kms:CreateGrant on key records"}},
		"a new key policy":            {[]inventory.Principal{user("admin", allow(`"kms:PutKeyPolicy"`, "*"))}, []string{"user admin can: kms:PutKeyPolicy on key records"}},
		"becoming a role":             {[]inventory.Principal{role("reader", arnOf("user", "dev"), decrypts), user("dev")}, []string{"user dev can: sts:AssumeRole on role reader"}},
		"trust of the account":        {[]inventory.Principal{role("reader", "arn:aws:iam::111122223333:root", decrypts), user("dev", allow(`"sts:AssumeRole"`, arnOf("role", "reader"))), user("nobody")}, []string{"user dev can: sts:AssumeRole on role reader"}},
		"a chain":                     {[]inventory.Principal{role("reader", arnOf("role", "middle"), decrypts), role("middle", arnOf("user", "dev")), user("dev")}, []string{"role middle can: sts:AssumeRole on role reader", "user dev can: sts:AssumeRole on role middle, sts:AssumeRole on role reader"}},
		"a circle":                    {[]inventory.Principal{role("a", arnOf("role", "b")), role("b", arnOf("role", "a"))}, nil},
		"changing its own policies":   {[]inventory.Principal{role("boss", "", allow(`"iam:PutRolePolicy"`, "*"))}, []string{"role boss can: iam:PutRolePolicy on itself"}},
		"changing trust":              {[]inventory.Principal{role("reader", "", decrypts), role("boss", "", allow(`"iam:UpdateAssumeRolePolicy"`, arnOf("role", "reader")))}, []string{"role boss can: iam:UpdateAssumeRolePolicy on role reader"}},
		"credentials of a user":       {[]inventory.Principal{user("reader", decrypts), user("help", allow(`"iam:CreateAccessKey"`, "*"))}, []string{"user help can: iam:CreateAccessKey on user reader"}},
		"more policies for a user":    {[]inventory.Principal{user("reader", decrypts), user("help", allow(`"iam:PutUserPolicy"`, arnOf("user", "reader")))}, nil},
		"a role that is not entitled": {[]inventory.Principal{role("idle", arnOf("user", "dev"), allow(`"s3:*"`, "*")), user("dev")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := parts(doc(root), c.principals...)
			p.Resources = nil
			e := estateOf(t, p)
			all, err := WhoCan(e, "kms:Decrypt", e.Inventory().Key(keyARN))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range all[0].Detours {
				var steps []string
				for _, m := range d.Path {
					steps = append(steps, m.Action+" on "+m.On)
				}
				got = append(got, d.Who+" "+d.Verdict+": "+strings.Join(steps, ", "))
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestDetoursOfTheUnknown(t *testing.T) {
	dark := role("dark", "")
	dark.Policies = []inventory.NamedPolicy{{Name: "x", Policy: inventory.Unknown[inventory.Policy]("later", at(31))}}
	p := parts(doc(strings.Replace(root, "kms:*", "kms:Encrypt", 1)), dark)
	p.Resources = nil
	e := estateOf(t, p)
	all, err := WhoCan(e, "kms:Encrypt", e.Inventory().Key(keyARN))
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(all[0].Who, func(h Holder) bool { return h.Who == "role dark" }); i < 0 || all[0].Who[i].Verdict != "not known" {
		t.Errorf("%+v", all[0].Who)
	}
}

func TestOf(t *testing.T) {
	p := parts(doc(root), role("reader", "", allow(`["kms:Decrypt","kms:GenerateDataKey"]`, keyARN)), role("spare", "", allow(`"kms:*"`, "*")))
	e := estateOf(t, p)
	s, err := Find(e.Inventory(), "records")
	if err != nil {
		t.Fatal(err)
	}
	proof, err := Of(e, s)
	if err != nil {
		t.Fatal(err)
	}
	var uses []string
	for _, u := range proof.Uses {
		uses = append(uses, u.Who+" "+u.Verdict+" "+u.For)
	}
	if diff := cmp.Diff([]string{"role reader can ingest", "role reader can create"}, uses); diff != "" {
		t.Errorf("uses (-want +got)\n%s", diff)
	}
	if proof.Kind != "key" || proof.Locked != "no" || len(proof.Outside) != 0 || len(proof.OutsideOpen) != 0 || len(proof.Surplus) != 1 || proof.Surplus[0].Who != "role spare" || len(proof.Access) != 1 {
		t.Errorf("%+v", proof)
	}
	resource, err := Of(e, Subject{Resource: e.Inventory().Resource("t.yaml#Docs")})
	if err != nil || resource.Kind != "data source" || len(resource.Uses) != 2 || resource.Access != nil || resource.Subject != "data source docs" {
		t.Errorf("%+v %v", resource, err)
	}
}

// TestLocked: a key policy that nobody of the account can change any more.
func TestLocked(t *testing.T) {
	for policy, want := range map[string]string{
		root: "no", strings.Replace(root, "kms:*", "kms:Decrypt", 1): "yes",
		root + `,{"Effect":"Deny","Principal":"*","Action":"kms:PutKeyPolicy","Resource":"*"}`: "yes",
	} {
		p := parts(doc(policy), role("reader", ""))
		e := estateOf(t, p)
		proof, err := Of(e, Subject{Key: e.Inventory().Key(keyARN)})
		if err != nil || proof.Locked != want {
			t.Errorf("%s: %q %v, want %q", policy, proof.Locked, err, want)
		}
	}
}

func TestUnableUse(t *testing.T) {
	p := parts(doc(root), role("reader", "", allow(`"kms:Decrypt"`, keyARN)))
	e := estateOf(t, p)
	uses := Uses(e, Subject{Resource: e.Inventory().Resource("t.yaml#Docs")})
	u := uses[0]
	want := Use{
		Resource: "data source docs", ID: "t.yaml#Docs", Slot: "transient-data", Key: "records", Who: "role reader", For: "ingest", Verdict: "cannot",
		Steps: []Step{
			{Action: "kms:GenerateDataKey", Outcome: "ImplicitDeny", Missing: []string{"identity-based policy"},
				Message: "User: arn:aws:sts::111122223333:assumed-role/reader/bedlock is not authorized to perform: kms:GenerateDataKey on resource: " + keyARN + " because no identity-based policy allows the kms:GenerateDataKey action"},
			{Action: "kms:Decrypt", Outcome: "Allow", Because: []bedlock.Evidence{
				{Text: "statement 1 of policy inline of role reader allows", At: at(21)},
				{Text: `statement "Root" of the policy of key records allows: it leaves the decision to the account's IAM policies`, At: at(21)}}},
		},
		Mend:   []Change{{Text: "add to an identity policy of role reader", Statement: `{"Effect": "Allow", "Action": "kms:GenerateDataKey", "Resource": "` + keyARN + `"}`, At: at(30)}},
		Source: u.Source, At: at(40),
	}
	if diff := cmp.Diff(want, u); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if !strings.HasPrefix(u.Source, "https://") {
		t.Errorf("source %q", u.Source)
	}
}
