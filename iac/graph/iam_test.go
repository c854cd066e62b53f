package graph

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bedlock/bedlock/inventory"
)

func showText(v inventory.Value[string]) string {
	if s, ok := v.Get(); ok {
		return s
	}
	return strings.TrimSuffix(v.State().String()+" ("+v.Why()+")", " ()")
}

// showPolicy prints a policy as its statements' Sids, each with its condition.
func showPolicy(v inventory.Value[inventory.Policy]) string {
	p, ok := v.Get()
	if !ok {
		return strings.TrimSuffix(v.State().String()+" ("+v.Why()+")", " ()")
	}
	var sids []string
	for i, s := range strings.Split(p.Text, `"Sid":"`)[1:] {
		sid, _, _ := strings.Cut(s, `"`)
		if i < len(p.Whens) && p.Whens[i] != "" {
			sid += " when " + p.Whens[i]
		}
		sids = append(sids, sid)
	}
	return strings.Join(sids, ", ")
}

func showPolicies(p *inventory.Principal) string {
	var out []string
	for _, n := range p.Policies {
		line := n.Name + ": " + showPolicy(n.Policy)
		if !n.ARN.IsZero() {
			line += " @ " + showText(n.ARN)
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func showGroups(p *inventory.Principal) string {
	if g, ok := p.Groups.Get(); ok {
		return strings.Join(g, " ")
	}
	return strings.TrimSuffix(p.Groups.State().String()+" ("+p.Groups.Why()+")", " ()")
}

// doc is a policy document of one statement.
func doc(sid string) string { return `{"Statement": [{"Sid": "` + sid + `", "Effect": "Allow"}]}` }

func jsonText(sid string) string { return fmt.Sprintf("%q", doc(sid)) }

func TestIdentityNames(t *testing.T) {
	const account = "111122223333"
	for name, tt := range map[string]struct {
		resource, account, partition, arn, path string
	}{
		"name and account":     {`["AWS::IAM::Role", {"RoleName": "r"}]`, account, "aws", "arn:aws:iam::111122223333:role/r", "absent"},
		"path":                 {`["AWS::IAM::User", {"UserName": "u", "Path": "/team/a/"}]`, account, "aws-cn", "arn:aws-cn:iam::111122223333:user/team/a/u", "/team/a/"},
		"Terraform":            {`["aws_iam_group", {"name": "g", "path": "/x/"}]`, account, "aws", "arn:aws:iam::111122223333:group/x/g", "/x/"},
		"awscc":                {`["awscc_iam_role", {"role_name": "r", "path": "/"}]`, account, "aws", "arn:aws:iam::111122223333:role/r", "/"},
		"no partition":         {`["aws_iam_role", {"name": "r"}]`, account, "", "arn:${bedlock:partition}:iam::111122223333:role/r", "absent"},
		"no account":           {`["aws_iam_role", {"name": "r"}]`, "", "aws", "unknown (known only after deployment)", "absent"},
		"no name":              {`["AWS::IAM::Role", {"Path": "/p/"}]`, account, "aws", "unknown (known only after deployment)", "/p/"},
		"a name of parts":      {`["AWS::IAM::Role", {"RoleName": {"$join": ["r-", {"$unknown": "x"}]}}]`, account, "aws", "unknown (known only after deployment)", "absent"},
		"a path that is open":  {`["AWS::IAM::Role", {"RoleName": "r", "Path": {"$unknown": "x"}}]`, account, "aws", "unknown (known only after deployment)", "unknown (x)"},
		"a path that is wrong": {`["AWS::IAM::Role", {"RoleName": "r", "Path": "team"}]`, account, "aws", "unknown (known only after deployment)", "team"},
		"a state":              {`["aws_iam_role", {"arn": "arn:aws:iam::444455556666:role/s/r", "name": "r", "path": "/s/"}]`, "", "", "arn:aws:iam::444455556666:role/s/r", "/s/"},
		"a redacted state":     {`["aws_iam_role", {"arn": "", "name": "r"}]`, "", "", "unknown (known only after deployment)", "absent"},
	} {
		t.Run(name, func(t *testing.T) {
			m := build(t, "t", `{"X": `+tt.resource+`}`)
			m.Resources[0].Account, m.Resources[0].Partition = tt.account, tt.partition
			p := assemble(t, m).Principal("t#X")
			if got := showText(p.ARN); got != tt.arn {
				t.Errorf("ARN %s, want %s", got, tt.arn)
			}
			if got := showText(p.Path); got != tt.path {
				t.Errorf("path %s, want %s", got, tt.path)
			}
		})
	}
}

// What a state alone tells: the account by the ARN, and the unique id.
func TestIdentityOfAState(t *testing.T) {
	p := assemble(t, build(t, "t", `{"X": ["aws_iam_user", {"arn": "arn:aws:iam::444455556666:user/u", "name": "u", "unique_id": "AIDAEXAMPLE", "permissions_boundary": ""}]}`)).Principal("t#X")
	if p.Account.Or("") != "444455556666" || p.UniqueID.Or("") != "AIDAEXAMPLE" || p.Boundary.State() != inventory.StateAbsent || p.BoundaryPolicy.State() != inventory.StateAbsent {
		t.Errorf("%+v", p)
	}
}

func TestBoundaries(t *testing.T) {
	const policies = `"P": ["AWS::IAM::ManagedPolicy", {"ManagedPolicyName": "limit", "PolicyDocument": {"Statement": [{"Sid": "L"}]}}],`
	for name, tt := range map[string]struct{ value, boundary, text string }{
		"none":         {`null`, "absent", "absent"},
		"reference":    {`{"$ref": ["P", "Ref"]}`, "${bedlock:ref:t#P#Ref}", "L"},
		"its ARN":      {`"arn:${bedlock:partition}:iam::${bedlock:account}:policy/limit"`, "arn:${bedlock:partition}:iam::${bedlock:account}:policy/limit", "L"},
		"another ARN":  {`"arn:aws:iam::111122223333:policy/other"`, "arn:aws:iam::111122223333:policy/other", "unknown (the managed policy is not among the inputs)"},
		"AWS's":        {`"arn:aws:iam::aws:policy/limit"`, "arn:aws:iam::aws:policy/limit", "unknown (the managed policy is not among the inputs)"},
		"unknown":      {`{"$unknown": "parameter B has no default"}`, "unknown (parameter B has no default)", "unknown (parameter B has no default)"},
		"maybe":        {`{"$if": ["C", {"$ref": ["P", "Ref"]}, null]}`, "unknown (depends on whether C is true)", "unknown (depends on whether C is true)"},
		"no policy":    {`{"$ref": ["R", "Arn"]}`, "${bedlock:ref:t#R#Arn}", "unknown (AWS::IAM::Role has no policy text in the inputs)"},
		"empty string": {`""`, "absent", "absent"},
	} {
		t.Run(name, func(t *testing.T) {
			p := assemble(t, build(t, "t", `{`+policies+`"R": ["AWS::IAM::Role", {"PermissionsBoundary": `+tt.value+`}]}`)).Principal("t#R")
			if got := showText(p.Boundary); got != tt.boundary {
				t.Errorf("boundary %s, want %s", got, tt.boundary)
			}
			if got := showPolicy(p.BoundaryPolicy); got != tt.text {
				t.Errorf("text %s, want %s", got, tt.text)
			}
		})
	}
}

// Every kind of attachment in every dialect.
func TestAttachments(t *testing.T) {
	d, j := doc, jsonText
	for name, tt := range map[string]struct{ resources, want string }{
		"AWS::IAM::Policy":        {`"R": ["AWS::IAM::Role", {}], "P": ["AWS::IAM::Policy", {"PolicyName": "p", "Roles": [{"$ref": ["R", "Ref"]}], "PolicyDocument": ` + d("A") + `}]`, "p: A"},
		"AWS::IAM::ManagedPolicy": {`"R": ["AWS::IAM::Role", {}], "P": ["AWS::IAM::ManagedPolicy", {"Roles": [{"$ref": ["R", "Ref"]}], "PolicyDocument": ` + d("A") + `}]`, "P: A @ ${bedlock:ref:t#P#Ref}"},
		"AWS::IAM::RolePolicy":    {`"R": ["AWS::IAM::Role", {"RoleName": "r"}], "P": ["AWS::IAM::RolePolicy", {"PolicyName": "p", "RoleName": "r", "PolicyDocument": ` + d("A") + `}]`, "p: A"},
		"AWS::IAM::UserPolicy":    {`"R": ["AWS::IAM::User", {"UserName": "u"}], "P": ["AWS::IAM::UserPolicy", {"PolicyName": "p", "UserName": "u", "PolicyDocument": ` + d("A") + `}]`, "p: A"},
		"AWS::IAM::GroupPolicy":   {`"R": ["AWS::IAM::Group", {}], "P": ["AWS::IAM::GroupPolicy", {"PolicyName": "p", "GroupName": {"$ref": ["R", "Ref"]}, "PolicyDocument": ` + d("A") + `}]`, "p: A"},
		"inline and managed ARNs": {`"P": ["AWS::IAM::ManagedPolicy", {"ManagedPolicyName": "m", "Path": "/x/", "PolicyDocument": ` + d("M") + `}],
			"R": ["AWS::IAM::Group", {"Policies": [{"PolicyName": "p", "PolicyDocument": ` + d("A") + `}], "ManagedPolicyArns": ["arn:aws:iam::${bedlock:account}:policy/x/m", "arn:aws:iam::aws:policy/ReadOnlyAccess"]}]`,
			"p: A\nP: M @ arn:aws:iam::${bedlock:account}:policy/x/m\n: unknown (the managed policy is not among the inputs) @ arn:aws:iam::aws:policy/ReadOnlyAccess"},
		"aws_iam_role_policy":             {`"R": ["aws_iam_role", {"name": "r"}], "P": ["aws_iam_role_policy", {"role": "r", "policy": ` + j("A") + `}]`, "P: A"},
		"aws_iam_user_policy":             {`"R": ["aws_iam_user", {"name": "r"}], "P": ["aws_iam_user_policy", {"name": "p", "user": {"$ref": ["R", "name"]}, "policy": ` + j("A") + `}]`, "p: A"},
		"aws_iam_group_policy":            {`"R": ["aws_iam_group", {"name": "r"}], "P": ["aws_iam_group_policy", {"name": "p", "group": {"$ref": ["R", "name"]}, "policy": ` + j("A") + `}]`, "p: A"},
		"aws_iam_role_policy_attachment":  {`"R": ["aws_iam_role", {}], "M": ["aws_iam_policy", {"name": "m", "policy": ` + j("M") + `}], "P": ["aws_iam_role_policy_attachment", {"role": {"$ref": ["R", "name"]}, "policy_arn": {"$ref": ["M", "arn"]}}]`, "M: M @ ${bedlock:ref:t#M#arn}"},
		"aws_iam_user_policy_attachment":  {`"R": ["aws_iam_user", {}], "P": ["aws_iam_user_policy_attachment", {"user": {"$ref": ["R", "id"]}, "policy_arn": "arn:aws:iam::aws:policy/A"}]`, "P: unknown (the managed policy is not among the inputs) @ arn:aws:iam::aws:policy/A"},
		"aws_iam_group_policy_attachment": {`"R": ["aws_iam_group", {}], "M": ["aws_iam_policy", {"name": "m", "policy": ` + j("M") + `}], "P": ["aws_iam_group_policy_attachment", {"group": {"$ref": ["R", "name"]}, "policy_arn": "arn:aws:iam::111122223333:policy/m"}]`, "M: M @ arn:aws:iam::111122223333:policy/m"},
		"aws_iam_policy_attachment":       {`"R": ["aws_iam_group", {}], "P": ["aws_iam_policy_attachment", {"roles": ["x"], "groups": [{"$ref": ["R", "name"]}], "policy_arn": {"$unknown": "why"}}]`, "P: unknown (why) @ unknown (why)"},
		"inline_policy":                   {`"R": ["aws_iam_role", {"inline_policy": [{"name": "a", "policy": ` + j("A") + `}, {"name": "b", "policy": ` + j("B") + `}]}]`, "a: A\nb: B"},
		"empty inline_policy":             {`"R": ["aws_iam_role", {"inline_policy": [{}]}]`, ""},
		"managed_policy_arns":             {`"R": ["aws_iam_role", {"managed_policy_arns": [{"$ref": ["M", "arn"]}]}], "M": ["aws_iam_policy", {"policy": ` + j("M") + `}]`, "M: M @ ${bedlock:ref:t#M#arn}"},
		"awscc_iam_role_policy":           {`"R": ["awscc_iam_role", {"role_name": "r"}], "P": ["awscc_iam_role_policy", {"role_name": {"$ref": ["R", "id"]}, "policy_name": "p", "policy_document": ` + j("A") + `}]`, "p: A"},
		"awscc_iam_user_policy":           {`"R": ["awscc_iam_user", {"user_name": "r"}], "P": ["awscc_iam_user_policy", {"user_name": "r", "policy_name": "p", "policy_document": ` + j("A") + `}]`, "p: A"},
		"awscc_iam_group_policy":          {`"R": ["awscc_iam_group", {"group_name": "r"}], "P": ["awscc_iam_group_policy", {"group_name": "r", "policy_name": "p", "policy_document": ` + j("A") + `}]`, "p: A"},
		"awscc_iam_managed_policy":        {`"R": ["awscc_iam_user", {}], "P": ["awscc_iam_managed_policy", {"users": [{"$ref": ["R", "user_name"]}], "policy_document": ` + j("A") + `}]`, "P: A @ ${bedlock:ref:t#P#policy_arn}"},
		"awscc policies":                  {`"R": ["awscc_iam_role", {"policies": [{"policy_name": "a", "policy_document": ` + j("A") + `}], "managed_policy_arns": [{"$ref": ["P", "policy_arn"]}]}], "P": ["awscc_iam_managed_policy", {"policy_document": ` + j("M") + `}]`, "a: A\nP: M @ ${bedlock:ref:t#P#policy_arn}"},
		"exclusive lists say nothing new": {`"R": ["aws_iam_role", {"name": "r"}], "P": ["aws_iam_role_policies_exclusive", {"role_name": "r", "policy_names": []}], "Q": ["aws_iam_role_policy_attachments_exclusive", {"role_name": "r", "policy_arns": []}]`, ""},
		"another kind of the same name":   {`"R": ["aws_iam_role", {"name": "r"}], "P": ["aws_iam_user_policy", {"user": "r", "policy": ` + j("A") + `}]`, ""},
		"a role of another path":          {`"R": ["aws_iam_role", {"name": "r", "path": "/a/"}], "P": ["aws_iam_role_policy", {"role": "arn:aws:iam::111122223333:role/b/r", "policy": ` + j("A") + `}]`, ""},
		"a policy of another path":        {`"R": ["aws_iam_role", {"managed_policy_arns": ["arn:aws:iam::111122223333:policy/a/m"]}], "M": ["aws_iam_policy", {"name": "m", "policy": ` + j("M") + `}]`, ": unknown (the managed policy is not among the inputs) @ arn:aws:iam::111122223333:policy/a/m"},
		"looked up, and read":             {`"R": ["aws_iam_role", {"managed_policy_arns": [{"$ref": ["D", "arn"]}]}], "D": ["data.aws_iam_policy", {"name": "x", "policy": ` + j("X") + `}]`, "D: X @ ${bedlock:ref:t#D#arn}"},
		"looked up among the inputs":      {`"R": ["aws_iam_role", {"managed_policy_arns": [{"$ref": ["D", "arn"]}]}], "D": ["data.aws_iam_policy", {"name": "m"}], "M": ["aws_iam_policy", {"name": "m", "policy": ` + j("M") + `}]`, "M: M @ ${bedlock:ref:t#D#arn}"},
		"looked up elsewhere":             {`"R": ["aws_iam_role", {"managed_policy_arns": [{"$ref": ["D", "arn"]}]}], "D": ["data.aws_iam_policy", {"name": "m"}]`, "D: unknown (the managed policy is not among the inputs) @ ${bedlock:ref:t#D#arn}"},
		"an ARN made of a reference":      {`"R": ["AWS::IAM::Role", {"ManagedPolicyArns": [{"$join": ["arn:aws:iam::1:policy/", {"$ref": ["P", "Ref"]}]}]}], "P": ["AWS::IAM::ManagedPolicy", {"PolicyDocument": ` + d("M") + `}]`, "P: M @ arn:aws:iam::1:policy/${bedlock:ref:t#P#Ref}"},
		"told twice by a state": {`"R": ["aws_iam_role", {"name": "r", "inline_policy": [{"name": "a", "policy": ` + j("A") + `}], "managed_policy_arns": ["arn:aws:iam::aws:policy/X"]}], "P": ["aws_iam_role_policy", {"name": "a", "role": "r", "policy": ` + j("A") + `}],
			"Q": ["aws_iam_role_policy_attachment", {"role": "r", "policy_arn": "arn:aws:iam::aws:policy/X"}]`, "a: A\n: unknown (the managed policy is not among the inputs) @ arn:aws:iam::aws:policy/X"},
		"the same name, another text": {`"R": ["aws_iam_role", {"name": "r", "inline_policy": [{"name": "a", "policy": ` + j("A") + `}]}], "P": ["aws_iam_role_policy", {"name": "a", "role": "r", "policy": ` + j("B") + `}]`, "a: A\na: B"},
		"no text":                     {`"R": ["aws_iam_role", {"name": "r"}], "P": ["aws_iam_role_policy", {"name": "a", "role": "r", "policy": ""}]`, "a: unknown (the inputs do not have the text of the policy)"},
		"policies that are open":      {`"R": ["AWS::IAM::Role", {"Policies": {"$unknown": "x"}, "ManagedPolicyArns": {"$unknown": "y"}}]`, "R: unknown (x)\n: unknown (y) @ unknown (y)"},
		"nothing is known":            {`"R": ["AWS::IAM::Role", {"$unknown": "Fn::Transform M is not resolved"}]`, "R: unknown (Fn::Transform M is not resolved)"},
	} {
		t.Run(name, func(t *testing.T) {
			p := assemble(t, build(t, "t", `{`+tt.resources+`}`)).Principal("t#R")
			if got := showPolicies(p); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Policies that are attached under a condition hold under it, less what is given with
// the identity.
func TestAttachmentsUnderConditions(t *testing.T) {
	inv := assemble(t, build(t, "t", `{
		"R": ["AWS::IAM::Role", {"ManagedPolicyArns": [{"$if": ["C", {"$ref": ["M", "Ref"]}, null]}], "Policies": {"$if": ["D", [{"PolicyName": "p", "PolicyDocument": `+doc("I")+`}], []]}}, "X is true"],
		"M": ["AWS::IAM::ManagedPolicy", {"PolicyDocument": `+doc("M")+`}],
		"P": ["AWS::IAM::Policy", {"PolicyName": "q", "Roles": [{"$ref": ["R", "Ref"]}], "PolicyDocument": `+doc("Q")+`}, "X is true"],
		"O": ["AWS::IAM::Policy", {"PolicyName": "o", "Roles": [{"$ref": ["R", "Ref"]}], "PolicyDocument": `+doc("O")+`}, "X is true and Y is false"],
		"N": ["AWS::IAM::Policy", {"PolicyName": "n", "Roles": [{"$ref": ["R", "Ref"]}], "PolicyDocument": `+doc("N")+`}, "X is false"],
		"A": ["aws_iam_role_policy_attachment", {"role": {"$ref": ["R", "Ref"]}, "policy_arn": {"$if": ["E", {"$ref": ["M", "arn"]}, "arn:aws:iam::aws:policy/Z"]}}]}`))
	want := "p: I when D is true\n" +
		"M: M when C is true @ ${bedlock:ref:t#M#Ref}\n" +
		"q: Q\n" +
		"o: O when Y is false\n" +
		"M: M when E is true @ ${bedlock:ref:t#M#arn}\n" +
		"A: unknown (the managed policy is not among the inputs, and is attached only when E is false) @ arn:aws:iam::aws:policy/Z"
	if got := showPolicies(inv.Principal("t#R")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A name that several have is joined where the module or the condition tells them
// apart, and is an open question elsewhere.
func TestNamesakes(t *testing.T) {
	role := `["aws_iam_role", {"name": "r"}]`
	policy := func(sid, name string) string {
		return `["aws_iam_role_policy", {"name": "` + sid + `", "role": "` + name + `", "policy": ` + jsonText(sid) + `}]`
	}
	m := build(t, "t", `{"module.a.aws_iam_role.x": `+role+`, "module.b.aws_iam_role.x": `+role+`,
		"module.a.aws_iam_role_policy.p": `+policy("A", "r")+`, "aws_iam_role_policy.p": `+policy("O", "r")+`,
		"aws_iam_role.one": ["aws_iam_role", {"name": "s"}, "var.on is true"], "aws_iam_role.two": ["aws_iam_role", {"name": "s"}, "var.on is false"],
		"aws_iam_role_policy.s": ["aws_iam_role_policy", {"name": "S", "role": "s", "policy": `+jsonText("S")+`}, "var.on is false"]}`)
	far := build(t, "u", `{"aws_iam_role_policy.r": `+policy("F", "r")+`, "aws_iam_role.lone": ["aws_iam_role", {"name": "l"}]}`)
	near := build(t, "v", `{"aws_iam_role_policy.l": `+policy("L", "l")+`}`)
	inv := assemble(t, m, far, near)
	const open = "O: unknown (several roles have the name that is written; which is meant is not known)"
	for id, want := range map[string]string{
		"t#module.a.aws_iam_role.x": "A: A\n" + open, "t#module.b.aws_iam_role.x": open,
		"t#aws_iam_role.one": "", "t#aws_iam_role.two": "S: S", "u#aws_iam_role.lone": "L: L",
	} {
		if got := showPolicies(inv.Principal(id)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", id, got, want)
		}
	}
}

// An attachment to an identity that is not known is told.
func TestUnknownIdentityIsNoted(t *testing.T) {
	inv := assemble(t, build(t, "t", `{"P": ["AWS::IAM::Policy", {"Roles": [{"$unknown": "parameter R has no default"}], "PolicyDocument": {}}],
		"A": ["AWS::IAM::UserToGroupAddition", {"GroupName": "g", "Users": {"$unknown": "parameter U has no default"}}]}`))
	var got []string
	for _, n := range inv.Parts().Inputs[0].Notes {
		got = append(got, n.At.String()+" "+n.Text)
	}
	want := "t:1:39 the role that P is for is not known: parameter R has no default\nt:2:70 the user that A is for is not known: parameter U has no default"
	if strings.Join(got, "\n") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), want)
	}
}

func TestGroups(t *testing.T) {
	for name, tt := range map[string]struct{ resources, want string }{
		"none":               {`"U": ["AWS::IAM::User", {}]`, "absent"},
		"own":                {`"U": ["AWS::IAM::User", {"Groups": [{"$ref": ["G", "Ref"]}, "outside"]}], "G": ["AWS::IAM::Group", {}]`, "outside t#G"},
		"by name":            {`"U": ["awscc_iam_user", {"groups": ["g"]}], "G": ["awscc_iam_group", {"group_name": "g"}]`, "t#G"},
		"addition":           {`"U": ["AWS::IAM::User", {"Groups": ["g"]}], "G": ["AWS::IAM::Group", {"GroupName": "g"}], "H": ["AWS::IAM::Group", {}], "A": ["AWS::IAM::UserToGroupAddition", {"GroupName": {"$ref": ["H", "Ref"]}, "Users": [{"$ref": ["U", "Ref"]}]}]`, "t#G t#H"},
		"user's membership":  {`"U": ["aws_iam_user", {"name": "u"}], "G": ["aws_iam_group", {"name": "g"}], "A": ["aws_iam_user_group_membership", {"user": "u", "groups": ["g", "h"]}]`, "h t#G"},
		"group's membership": {`"U": ["aws_iam_user", {}], "G": ["aws_iam_group", {}], "A": ["aws_iam_group_membership", {"group": {"$ref": ["G", "name"]}, "users": [{"$ref": ["U", "name"]}, "v"]}]`, "t#G"},
		"looked up":          {`"U": ["aws_iam_user", {"name": "u"}], "A": ["aws_iam_user_group_membership", {"user": "u", "groups": [{"$ref": ["D", "group_name"]}]}], "D": ["data.aws_iam_group", {"group_name": "g"}], "G": ["aws_iam_group", {"name": "g"}]`, "t#G"},
		"unknown":            {`"U": ["AWS::IAM::User", {"Groups": [{"$unknown": "parameter G has no default"}]}]`, "unknown (parameter G has no default)"},
		"under a condition":  {`"U": ["AWS::IAM::User", {"Groups": {"$if": ["C", ["g"], null]}}]`, "unknown (membership in a group depends on whether C is true)"},
		"given with the user": {`"U": ["AWS::IAM::User", {}, "C is true"], "A": ["AWS::IAM::UserToGroupAddition", {"GroupName": "g", "Users": [{"$ref": ["U", "Ref"]}]}, "C is true"],
			"B": ["AWS::IAM::UserToGroupAddition", {"GroupName": "h", "Users": [{"$ref": ["U", "Ref"]}]}, "C is false"]`, "g"},
		"something else":   {`"U": ["AWS::IAM::User", {"Groups": [{"$ref": ["X", "Arn"]}]}], "X": ["AWS::S3::Bucket", {}]`, "unknown (X Arn is not among the inputs)"},
		"nothing is known": {`"U": ["AWS::IAM::User", {"$unknown": "x"}]`, "unknown (x)"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := showGroups(assemble(t, build(t, "t", `{`+tt.resources+`}`)).Principal("t#U")); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// The ways in which a resource names its role.
func TestRoleRefs(t *testing.T) {
	for name, tt := range map[string]struct{ value, want string }{
		"reference":               {`{"$ref": ["R", "Arn"]}`, "t#R"},
		"ARN with tokens":         {`"arn:${bedlock:partition}:iam::${bedlock:account}:role/team/kb"`, "t#R"},
		"ARN with an account":     {`"arn:aws:iam::111122223333:role/team/kb"`, "t#R"},
		"ARN of another path":     {`"arn:aws:iam::111122223333:role/kb"`, ""},
		"ARN of a policy":         {`"arn:aws:iam::111122223333:policy/team/kb"`, ""},
		"name":                    {`"kb"`, "t#R"},
		"another name":            {`"other"`, ""},
		"ARN made of the name":    {`{"$join": ["arn:aws:iam::${bedlock:account}:role/team/", {"$ref": ["R", "Ref"]}]}`, "t#R"},
		"ARN made of its own ARN": {`{"$join": ["arn:aws:iam::${bedlock:account}:role/", {"$ref": ["R", "Arn"]}]}`, ""},
		"the same open name":      {`{"$join": ["arn:aws:iam::${bedlock:account}:role/", {"$unknown": "AWS::StackName is chosen at deploy time"}, "-role"]}`, "t#S"},
		"data source by name":     {`{"$ref": ["D", "arn"]}`, "t#R"},
		"a bucket":                {`{"$ref": ["B", "Arn"]}`, ""},
		"unknown":                 {`{"$unknown": "x"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inv := assemble(t, build(t, "t", `{"R": ["AWS::IAM::Role", {"RoleName": "kb", "Path": "/team/"}], "B": ["AWS::T::Bucket", {}], "D": ["data.aws_iam_role", {"name": "kb"}],
				"S": ["AWS::IAM::Role", {"RoleName": {"$join": [{"$unknown": "AWS::StackName is chosen at deploy time"}, "-role"]}}],
				"T": ["AWS::T::Thing", {"RoleArn": `+tt.value+`}]}`))
			if got := inv.Resource("t#T").Roles[0].Principal; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	other := build(t, "u", `{"T": ["AWS::T::Thing", {"RoleArn": "arn:aws:iam::444455556666:role/kb"}], "V": ["AWS::T::Thing", {"RoleArn": "arn:aws:iam::111122223333:role/kb"}]}`)
	m := build(t, "t", `{"R": ["AWS::IAM::Role", {"RoleName": "kb"}]}`)
	m.Resources[0].Account = "111122223333"
	inv := assemble(t, m, other)
	if got := inv.Resource("u#T").Roles[0].Principal + " " + inv.Resource("u#V").Roles[0].Principal; got != " t#R" {
		t.Errorf("by account: %q", got)
	}
}

// Thousands of identities of one name, with policies by that name, end soon.
func TestManyIdentitiesOfOneName(t *testing.T) {
	const many = 10_000
	var b strings.Builder
	for i := range many {
		fmt.Fprintf(&b, `"R%d": ["aws_iam_role", {"name": "same"}], "P%d": ["aws_iam_role_policy", {"role": "same", "policy": "{}"}], "U%d": ["AWS::IAM::Policy", {"Roles": [{"$ref": ["R0", "Ref"]}], "PolicyDocument": {}}],`, i, i, i)
	}
	inv := assemble(t, build(t, "t", "{"+strings.TrimSuffix(b.String(), ",")+"}"))
	if got := len(inv.Principal("t#R0").Policies); got < many {
		t.Errorf("%d policies", got)
	}
}
