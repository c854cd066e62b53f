package permit

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/bedlock/bedlock/arn"
)

// Applier is a role that applies plans.
type Applier struct {
	// Name is that of the role, which is the same in each account.
	Name string
	// Trusted is the ARN of the account, user or role that may assume it, with ExternalID when
	// there is one.
	Trusted, ExternalID string
	// Policies are what it may do, of any length: that of the plan, and that of what is read.
	Policies []string
}

// Template is a template for CloudFormation that makes the role in an account, with managed policies
// that IAM takes. The number of these may be beyond [MaxAttached].
func (a Applier) Template() ([]byte, error) {
	if who, err := arn.Parse(a.Trusted); err != nil || who.Service != "iam" && who.Service != "sts" {
		return nil, fmt.Errorf("%q is no ARN of an account, a user or a role", a.Trusted)
	}
	trust := map[string]any{"Effect": "Allow", "Principal": map[string]string{"AWS": a.Trusted}, "Action": "sts:AssumeRole"}
	if a.ExternalID != "" {
		trust["Condition"] = map[string]any{"StringEquals": map[string]string{"sts:ExternalId": a.ExternalID}}
	}
	resources, attached := map[string]any{}, []any{}
	for _, text := range a.Policies {
		plain, err := unnamed(text)
		if err != nil {
			return nil, err
		}
		parts, err := Split(plain, MaxManaged)
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			id := fmt.Sprintf("Policy%d", len(attached)+1)
			resources[id] = map[string]any{"Type": "AWS::IAM::ManagedPolicy", "Properties": map[string]any{"PolicyDocument": json.RawMessage(part)}}
			attached = append(attached, map[string]string{"Ref": id})
		}
	}
	resources["Role"] = map[string]any{"Type": "AWS::IAM::Role", "Properties": map[string]any{
		"RoleName": a.Name, "ManagedPolicyArns": attached,
		"AssumeRolePolicyDocument": map[string]any{"Version": "2012-10-17", "Statement": []any{trust}},
	}}
	out, err := json.MarshalIndent(map[string]any{
		"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources,
		"Outputs": map[string]any{"Role": map[string]any{"Value": map[string]any{"Fn::GetAtt": []string{"Role", "Arn"}}}},
	}, "", "  ")
	return append(out, '\n'), err
}

// unnamed is a policy in the form of [Policy]: without names of statements, and with lists.
func unnamed(text string) (string, error) {
	var in struct {
		Version   string
		Statement []struct {
			Sid, Effect      string
			Action, Resource listed
			Condition        condition
		}
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return "", fmt.Errorf("policy of a role: %w", err)
	}
	out := document{Version: in.Version}
	for _, s := range in.Statement {
		out.Statement = append(out.Statement, statement{Effect: s.Effect, Action: s.Action, Resource: s.Resource, Condition: s.Condition})
	}
	return out.print()
}

// listed is a list of which one alone is written without brackets.
type listed []string

// UnmarshalJSON reads either form.
func (l *listed) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = listed{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}
