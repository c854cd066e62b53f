package symbolic

import (
	"slices"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/policy/authz"
)

// consistent holds that the names in a request are those of one principal of a class.
func consistent(t testing.TB, c *class, r *authz.Request) {
	t.Helper()
	p := &r.Principal
	id, given := r.Context[userIDKey]
	switch {
	case p.Kind != c.who.Kind || c.who.ARN != "" && p.ARN != c.who.ARN || c.who.Role != "" && p.Role != c.who.Role:
		t.Errorf("%s: the witness is of %s, a session of %s", c.what, p.ARN, p.Role)
	case p.Kind != authz.Session:
	case p.ARN != sessionARN(p.Role, lastPart(p.ARN)) || !isName(lastPart(p.ARN)) || slices.Contains(c.besides, lastPart(p.ARN)):
		t.Errorf("%s: the witness is of %s, a session of %s", c.what, p.ARN, p.Role)
	case given && !strings.HasSuffix(id.Values[0], ":"+lastPart(p.ARN)), strings.Contains(p.ID, ":") && !strings.HasSuffix(p.ID, ":"+lastPart(p.ARN)):
		t.Errorf("%s: the witness is of %s, and its aws:userid is %s", c.what, p.ARN, id.Values)
	}
	if c.names != nil && !satisfies(nameOf(p), c.names()) {
		t.Errorf("%s: the witness has the name %s", c.what, nameOf(p))
	}
	if text := c.userID(); given && (text != "" && id.Values[0] != text || text == "" && !satisfies(id.Values[0], c.userIDs())) {
		t.Errorf("%s: the witness has aws:userid %s", c.what, id.Values)
	}
}

func nameOf(p *authz.Principal) string {
	if p.Kind == authz.Session {
		return p.Role
	}
	return p.ARN
}

// answers writes, for the principals of whose names one is in the text, whether they
// can.
func answers(t testing.TB, u *Universe, target *Target, text string) (out []string) {
	t.Helper()
	target.Key = theKey
	classes, err := u.classesFor(target)
	if err != nil {
		t.Fatal(err)
	}
	list, err := u.WhoCan("kms:Decrypt", target)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range list {
		if a.Witness != nil {
			consistent(t, &classes[i], &a.Witness.Request)
		}
		if strings.Contains(a.Who, text) {
			out = append(out, a.Who+": "+a.Verdict.String())
		}
	}
	return out
}

// TestSessionsOfARole asks about roles that policies know by their sessions only.
func TestSessionsOfARole(t *testing.T) {
	const (
		withPath = "arn:aws:iam::111122223333:role/some/team/app"
		linked   = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s1"
		rest     = "any other session of role app of account 111122223333"
	)
	toAccount := func(condition string) string { return allowTo(`{"AWS":"111122223333"}`, condition) }
	isRole := func(arn string) string { return `{"ArnEquals":{"aws:PrincipalArn":"` + arn + `"}}` }
	denied := func(who string) string {
		return `,{"Effect":"Deny","Principal":{"AWS":"` + who + `"},"Action":"kms:*","Resource":"*"}`
	}
	all := []*authz.Policy{compiled(t, "all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}
	none := []*authz.Policy{}
	party := func(arn, role string, l authz.Layers) Party {
		return Party{authz.Principal{Kind: authz.Session, ARN: arn, Role: role, Account: home}, l}
	}
	rcp := [][]*authz.Policy{{compiled(t, "rcp", `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/team/*"}}}`)}}
	open := [][]*authz.Policy{{compiled(t, "rcp", `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`)}}
	for _, c := range []struct {
		name       string
		u          Universe
		statements string
		rcps       [][]*authz.Policy
		text       string
		want       []string
	}{
		{"another session than the one denied", Universe{}, toAccount(isRole(roleR)) + denied(session), nil, "app",
			[]string{session + ": never", rest + ": exists"}},
		{"with a path", Universe{}, toAccount(isRole(withPath)) + denied(session), nil, "app",
			[]string{session + ": never", rest + ": exists"}},
		{"with the name of another", Universe{}, toAccount(isRole("arn:aws:iam::111122223333:role/app2")) + denied(session), nil, "app",
			[]string{session + ": never", rest + ": never"}},
		{"the path of a session is not known", Universe{}, allowTo(`{"AWS":"`+session+`"}`, isRole(withPath)), nil, "app",
			[]string{session + ": exists", rest + ": never"}},
		{"but by an entry that has it", Universe{}, allowTo(`{"AWS":["`+session+`","`+roleR+`"]}`, isRole(withPath)), nil, "app",
			[]string{session + ": never", roleR + ": never"}},
		{"or by a party", Universe{Parties: []Party{party("", withPath, authz.Layers{})}}, allowTo(`{"AWS":"`+session+`"}`, isRole(withPath)), nil, "app",
			[]string{withPath + ": never", session + ": exists"}},
		{"or by a party for one session", Universe{Parties: []Party{party(session, withPath, authz.Layers{})}}, allowTo(`{"AWS":"`+session+`"}`, isRole(withPath)), nil, "app",
			[]string{session + ": exists", withPath + ": never"}},
		{"two entries that disagree on the path", Universe{}, allowTo(`{"AWS":["`+session+`","`+roleR+`","`+withPath+`"]}`, isRole(withPath)), nil, "app",
			[]string{session + ": exists", roleR + ": never", withPath + ": exists"}},
		{"the role's policies are those of its sessions", Universe{Parties: []Party{party("", roleR, authz.Layers{Identity: none})}}, toAccount(isRole(roleR)) + denied(session+"x"), nil, "app",
			[]string{roleR + ": never", session + "x: never"}},
		{"also of those known by one of them", Universe{Accounts: []Account{{ID: home, Closed: true}}, Parties: []Party{party(session, roleR, authz.Layers{Identity: all, Session: none})}}, toAccount(isRole(roleR)), nil, "app",
			[]string{session + ": never", roleR + ": exists"}},
		{"an entry for a role of which one session is a party", Universe{Parties: []Party{party(session, roleR, authz.Layers{Identity: none})}}, allowTo(`{"AWS":"` + roleR + `"}`), nil, "app",
			[]string{session + ": exists", roleR + ": exists"}},
		{"whose policies are those of the others", Universe{Parties: []Party{party(session, roleR, authz.Layers{Identity: none})}}, toAccount(isRole(roleR)) + denied(roleR+"x") + `,{"Effect":"Deny","Principal":{"AWS":"` + roleR + `"},"Action":"kms:Encrypt","Resource":"*"}`, nil, "app",
			[]string{session + ": never", roleR + "x: never", roleR + ": never"}},
		{"an entry with another path than the party", Universe{Parties: []Party{party("", withPath, authz.Layers{Identity: none})}}, toAccount(isRole(roleR)) + `,{"Effect":"Deny","Principal":{"AWS":"` + roleR + `"},"Action":"kms:Encrypt","Resource":"*"}`, nil, "app",
			[]string{withPath + ": never", roleR + ": exists"}},
		{"an entry with another path than the party for one session", Universe{Parties: []Party{party(session, withPath, authz.Layers{Identity: all})}}, toAccount(isRole(withPath)) + `,{"Effect":"Deny","Principal":{"AWS":"` + roleR + `"},"Action":"kms:Encrypt","Resource":"*"}`, nil, "app",
			[]string{session + ": exists", withPath + ": exists", roleR + ": never"}},
		{"parties for one session and for all", Universe{Parties: []Party{party(session, roleR, authz.Layers{Identity: none}), party("", roleR, authz.Layers{Identity: all})}}, toAccount(isRole(roleR)) + denied(session+"y") + `,{"Effect":"Deny","Principal":{"AWS":"` + session + `x"},"Action":"kms:Encrypt","Resource":"*"}`, nil, "app",
			[]string{session + ": never", roleR + ": exists", session + "y: never", session + "x: exists"}},
		{"two sessions", Universe{}, toAccount(isRole(roleR)) + denied(session) + denied(session+"x"), nil, "app",
			[]string{session + ": never", rest + ": exists", session + "x: never"}},
		{"a boundary of the role limits its sessions", Universe{Parties: []Party{party("", roleR, authz.Layers{Boundary: compiled(t, "b", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)})}}, allowTo(`{"AWS":["` + roleR + `","` + session + `"]}`), nil, "app",
			[]string{roleR + ": never", session + ": exists"}},
		{"a session that can be none", Universe{}, toAccount(isRole(roleR)) + denied("arn:aws:sts::111122223333:assumed-role/app/*"), nil, "role",
			[]string{"any other role of account 111122223333: exists", "any role of any other account: never"}},
		{"a service-linked role, which the control policy leaves alone", Universe{}, allowTo(`{"AWS":"` + linked + `"}`), rcp, "AWSServiceRoleForX",
			[]string{linked + ": exists", linked + ", if the role is service-linked: exists", strings.Replace(rest, "app", "AWSServiceRoleForX", 1) + ": never",
				strings.Replace(rest, "app", "AWSServiceRoleForX", 1) + ", if the role is service-linked: never"}},
		{"with its path known", Universe{}, allowTo(`{"AWS":["` + linked + `","arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"]}`), rcp, "AWSServiceRoleForX",
			[]string{linked + ": exists", "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX: exists"}},
		{"if it is in the path of those", Universe{}, allowTo(`{"AWS":"`+linked+`"}`, isRole("arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX")), open, "AWSServiceRoleForX",
			[]string{linked + ": never", linked + ", if the role is service-linked: exists", strings.Replace(rest, "app", "AWSServiceRoleForX", 1) + ": never",
				strings.Replace(rest, "app", "AWSServiceRoleForX", 1) + ", if the role is service-linked: never"}},
		{"a role of another partition", Universe{}, allowTo(`"*"`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app"}}`) + denied("arn:aws-cn:iam::111122223333:role/app"), nil, "role",
			[]string{"arn:aws-cn:iam::111122223333:role/app: never", "any other role of account 111122223333: exists", "any role of any other account: never"}},
		{"a role that is not", Universe{}, allowTo(`{"AWS":"` + session + `"}`), rcp, "app", []string{session + ": exists", rest + ": never"}},
		{"a role whose path the control policy lets pass, but the key policy does not", Universe{}, allowTo(`{"AWS":"`+session+`"}`, isRole(roleR)), rcp, "app", []string{session + ": never", rest + ": never"}},
	} {
		target := &Target{Policy: compiled(t, "key", c.statements), RCPs: c.rcps}
		if got := answers(t, &c.u, target, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// TestUserID asks about conditions on aws:userid, which has the name of the session.
func TestUserID(t *testing.T) {
	all := []*authz.Policy{compiled(t, "all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}
	sessions := func(id string) authz.Principal {
		p := sessionOf(roleR)
		p.ID = id
		return p
	}
	user := func(id string) authz.Principal {
		return authz.Principal{Kind: authz.User, ARN: userA, Account: home, ID: id}
	}
	one := authz.Principal{Kind: authz.Session, ARN: session, Role: roleR, Account: home, ID: "AROA1"}
	real := authz.Principal{Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/app/session", Role: roleR, Account: home}
	likeID := func(values string) string { return `{"StringLike":{"aws:userid":[` + values + `]}}` }
	for _, c := range []struct {
		name       string
		who        authz.Principal
		statements string
		want       Verdict
		arn        string // of the witness
	}{
		{"any session", sessions("AROA1"), allowTo(`"*"`, likeID(`"*:alice"`)), Exists, "arn:aws:sts::111122223333:assumed-role/app/alice"},
		{"of an id that is not known", sessions(""), allowTo(`"*"`, likeID(`"*:alice"`)), Exists, "arn:aws:sts::111122223333:assumed-role/app/alice"},
		{"of the id", sessions("AROA1"), allowTo(`"*"`, likeID(`"AROA1:*"`)), Exists, "arn:aws:sts::111122223333:assumed-role/app/session"},
		{"of another id", sessions("AROA1"), allowTo(`"*"`, likeID(`"AROA2:*"`)), Never, ""},
		{"of some other id", sessions(""), allowTo(`"*"`, likeID(`"AROA2:*"`)), Exists, "arn:aws:sts::111122223333:assumed-role/app/x"},
		{"the id alone", sessions("AROA1"), allowTo(`"*"`, likeID(`"AROA1"`)), Never, ""},
		{"a name that no session has", sessions("AROA1"), allowTo(`"*"`, likeID(`"*:a/b"`)), Never, ""},
		{"not that name", sessions("AROA1"), allowTo(`"*"`, `{"StringNotLike":{"aws:userid":"*:session"}}`), Exists, ""},
		{"but it is named", sessions("AROA1"), allowTo(`{"AWS":"111122223333"}`, likeID(`"*:alice"`)) + `,{"Effect":"Deny","Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/app/alice"},"Action":"kms:*","Resource":"*"}`, Never, ""},
		{"any but those that are named", sessions("AROA1"), allowTo(`{"AWS":"111122223333"}`) + `,{"Effect":"Deny","Principal":{"AWS":["arn:aws:sts::111122223333:assumed-role/app/session","arn:aws:sts::111122223333:assumed-role/app/sessionx"]},"Action":"kms:*","Resource":"*"}`,
			Exists, "arn:aws:sts::111122223333:assumed-role/app/sessionxx"},
		{"a session whose id has its name", authz.Principal{Kind: authz.Session, ARN: session, Role: roleR, Account: home, ID: "AROA1:s1"}, allowTo(`"*"`, likeID(`"AROA1:s1"`)), Exists, session},
		{"denied to its name, and else by time", real, allowTo(`"*"`, `{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`) + `,{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringLike":{"aws:userid":"*:session"}}}`, Never, ""},
		{"by its id alone", sessions("AROA1"), allowTo(`{"AWS":"AROA1"}`, `{"StringEquals":{"kms:ViaService":"a"}}`), Exists, ""},
		{"a user by its id alone", user("AIDA1"), allowTo(`{"AWS":"AIDA1"}`, `{"StringEquals":{"kms:ViaService":"a"}}`), Exists, userA},
		{"one session", one, allowTo(`"*"`, likeID(`"*:alice"`)), Never, ""},
		{"one session, its own name", one, allowTo(`"*"`, likeID(`"AROA1:s1"`)), Exists, session},
		{"a session called session", real, allowTo(`{"AWS":"arn:aws:sts::111122223333:assumed-role/app/session"}`), Exists, real.ARN},
		{"is not another", real, allowTo(`"*"`, likeID(`"*:alice"`)), Never, ""},
		{"and has its name in an id that is not known", real, allowTo(`"*"`, likeID(`"AROA7:session"`)), Exists, real.ARN},
		{"all but the one called session", sessions("AROA1"), allowTo(`{"AWS":"arn:aws:sts::111122223333:assumed-role/app/session"}`), Never, ""},
		{"a user", user("AIDA1"), allowTo(`"*"`, likeID(`"AIDA1"`)), Exists, userA},
		{"another user", user("AIDA1"), allowTo(`"*"`, likeID(`"AIDA2"`)), Never, ""},
		{"some user", user(""), allowTo(`"*"`, likeID(`"AIDA2"`)), Exists, userA},
		{"a user has no session", user(""), allowTo(`"*"`, likeID(`"*:*"`)), Never, ""},
		{"the id in a variable", sessions("AROA1"), allowTo(`"*"`, `{"StringEquals":{"kms:EncryptionContext:who":"${aws:userid}"}}`), Exists, "arn:aws:sts::111122223333:assumed-role/app/session"},
		{"a variable that is not the id of a session", sessions("AROA1"), allowTo(`"*"`, `{"StringEquals":{"kms:EncryptionContext:who":"${aws:userid}"},"StringNotLike":{"kms:EncryptionContext:who":"AROA1:*"}}`), Unknown, ""},
	} {
		u := &Universe{Accounts: []Account{{ID: home, Closed: true}}, Parties: []Party{{c.who, authz.Layers{Identity: all}}}}
		target := &Target{Key: theKey, Policy: compiled(t, "key", c.statements)}
		answers(t, u, target, "")
		got, err := u.WhoCan("kms:Decrypt", target)
		if err != nil {
			t.Fatal(err)
		}
		classes, _ := u.classesFor(target)
		whole, reached := Never, Never
		for _, k := range partsOf(u, classes, 0) {
			whole = stronger(whole, got[k].Verdict)
		}
		if by, err := u.Reach("kms:Decrypt", []*Target{target}); err != nil || len(by[0]) > 0 {
			reached = by[0][0].Verdict
		}
		if reached != whole {
			t.Errorf("%s: reach says %v, who-can %v", c.name, reached, whole)
		}
		arn := ""
		if w := got[0].Witness; w != nil && c.arn != "" {
			arn = w.Request.Principal.ARN
		}
		if got[0].Verdict != c.want || arn != c.arn {
			t.Errorf("%s: %v %s %q, want %v %q", c.name, got[0].Verdict, why(got[0].Answer), arn, c.want, c.arn)
		}
	}
}

// TestUserIDOfOthers: others of a kind have an aws:userid of their kind.
func TestUserIDOfOthers(t *testing.T) {
	for condition, want := range map[string][]string{
		"999999999999": {"any other user of account 111122223333", "any user of any other account", "any root user of any other account"}, // as an id, too
		"111122223333": {"root user of account 111122223333", "any other user of account 111122223333", "any user of any other account"},
		"AIDA1":        {"any other user of account 111122223333", "any user of any other account"},
		"AROA1:alice":  {"any other role of account 111122223333", "any role of any other account"},
	} {
		target := &Target{Policy: compiled(t, "key", allowTo(`"*"`, `{"StringEquals":{"aws:userid":"`+condition+`"}}`))}
		var got []string
		for _, s := range answers(t, &Universe{}, target, "") {
			if who, ok := strings.CutSuffix(s, ": exists"); ok && !strings.Contains(who, "federated") {
				got = append(got, who)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", condition, got, want)
		}
	}
}

// TestNeedOfOneSession: the need of one session is not that of the others, whatever
// its name.
func TestNeedOfOneSession(t *testing.T) {
	const real = "arn:aws:sts::111122223333:assumed-role/app/session"
	need := Need{Principal: authz.Principal{Kind: authz.Session, ARN: real}, Actions: []string{"kms:Decrypt"}}
	for _, c := range []struct {
		policy string
		beyond []string
		denied Verdict
	}{
		{statementFor(`{"AWS":"`+real+`"}`, `"kms:Decrypt"`, ""), nil, Never},
		{statementFor(namesRole, `"kms:Decrypt"`, ""), []string{roleR + ": kms:Decrypt"}, Never},
		{statementFor(`{"AWS":"`+session+`"}`, `"kms:Decrypt"`, ""), []string{session + ": kms:Decrypt"}, Exists},
	} {
		target := &Target{Key: theKey, Policy: compiled(t, "key", c.policy)}
		found, err := (&Universe{}).Beyond([]Need{need}, target)
		if got := list(found); err != nil || !slices.Equal(got, c.beyond) {
			t.Errorf("%s: beyond %q, want %q (%v)", c.policy, got, c.beyond, err)
		}
		if got, err := (&Universe{}).Denied(&need, target); err != nil || got.Verdict != c.denied {
			t.Errorf("%s: denied %v, want %v (%v)", c.policy, got.Verdict, c.denied, err)
		}
	}
}

// TestExceedsByName: a question about some principals is about no others, and about
// those that no policy names too.
func TestExceedsByName(t *testing.T) {
	target := &Target{Key: theKey, Policy: compiled(t, "key", statementFor(`{"AWS":"`+session+`"}`, `"kms:Decrypt"`, "")+","+
		statementFor(namesAccount, `"kms:Encrypt"`, cond(`{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/t*"}}`)))}
	need := ofRole("kms:Verify")
	need.Principal.Role = "arn:aws:iam::111122223333:role/other"
	moved := &Universe{Parties: []Party{{sessionOf("arn:aws:iam::111122223333:role/team/moved"), authz.Layers{}}}}
	direct := &Target{Key: theKey, Policy: compiled(t, "key", statementFor(`{"AWS":"arn:aws:iam::111122223333:role/team/moved"}`, `"kms:Decrypt"`, ""))}
	if got, err := moved.Exceeds([]Need{need}, direct, "arn:aws:iam::111122223333:role/moved"); err != nil || got.Verdict != Exists {
		t.Errorf("a role by its name: %v %s (%v)", got.Verdict, why(got), err)
	}
	for name, want := range map[string]Verdict{
		session: Exists, roleR: Exists, userA: Never, "sns.amazonaws.com": Never,
		"arn:aws:sts::111122223333:assumed-role/app/s2":  Exists, // the path may begin with t
		"arn:aws:sts::111122223333:assumed-role/other/s": Never,
		"arn:aws:iam::111122223333:role/team":            Exists,
		"arn:aws:sts::111122223333:assumed-role/team/s1": Exists,
		"arn:aws:iam::111122223333:role/other":           Never,
	} {
		if got, err := (&Universe{}).Exceeds([]Need{need}, target, name); err != nil || got.Verdict != want {
			t.Errorf("%s: %v %s, want %v (%v)", name, got.Verdict, why(got), want, err)
		}
	}
}

// TestOtherSessionOfAParty: a session that a policy names has its own name in
// aws:userid, whatever the session that the party is for.
func TestOtherSessionOfAParty(t *testing.T) {
	all := []*authz.Policy{compiled(t, "all", `{"Effect":"Allow","Action":"*","Resource":"*"}`)}
	u := &Universe{Parties: []Party{{authz.Principal{Kind: authz.Session, ARN: session, Role: roleR, Account: home, ID: "AROA1:s1"}, authz.Layers{Identity: all}}}}
	target := &Target{Policy: compiled(t, "key", allowTo(`{"AWS":"arn:aws:sts::111122223333:assumed-role/app/s2"}`, `{"StringEquals":{"aws:userid":"AROA1:s2"}}`))}
	if got, want := answers(t, u, target, "app"), []string{session + ": never", roleR + ": never", "arn:aws:sts::111122223333:assumed-role/app/s2: exists"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNeedWithAPath: the role that a need gives for its session has its path.
func TestNeedWithAPath(t *testing.T) {
	const withPath = "arn:aws:iam::111122223333:role/team/app"
	need := Need{Principal: authz.Principal{Kind: authz.Session, ARN: session, Role: withPath}, Actions: []string{"kms:Decrypt"}}
	target := &Target{Key: theKey, Policy: compiled(t, "key", statementFor(`{"AWS":"`+session+`"}`, `"kms:Decrypt"`, cond(`{"ArnEquals":{"aws:PrincipalArn":"`+withPath+`"}}`)))}
	if got, err := (&Universe{}).Denied(&need, target); err != nil || got.Verdict != Never {
		t.Errorf("%v %s (%v)", got.Verdict, why(got), err)
	}
	if need.Principal.Role = ""; true {
		if got, err := (&Universe{}).Denied(&need, target); err != nil || got.Verdict != Exists {
			t.Errorf("without the path: %v %s (%v)", got.Verdict, why(got), err)
		}
	}
}
