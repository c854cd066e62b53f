package iac

import (
	"testing"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac/cloudformation"
	"github.com/bedlock/bedlock/iac/graph"
	"github.com/bedlock/bedlock/iac/syntax"
	"github.com/bedlock/bedlock/iac/terraform"
)

// Whatever a template, plan or state holds, an inventory comes of it.
func FuzzAssemble(f *testing.F) {
	for _, seed := range []string{goodTemplate, identityTemplate, identityPlan, organizationTemplate, organizationPlan,
		"Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function, Properties: {Policies: [{KMSDecryptPolicy: {KeyId: k}}]}}}",
		`{"resource_changes": [{"address": "aws_kms_grant.g", "type": "aws_kms_grant", "change": {"actions": ["create"], "after": {"constraints": [{"encryption_context_equals": {"a": "b"}}]}}}]}`,
		`{"version": 4, "terraform_version": "1.9.0", "resources": [{"mode": "managed", "type": "aws_organizations_account", "name": "a", "instances": [{"attributes": {"id": "111122223333"}}]}]}`,
	} {
		f.Add([]byte(seed))
	}
	cat, err := catalog.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := syntax.Parse("f", data, syntax.Limits{})
		if err != nil {
			return
		}
		var modules []graph.Module
		switch {
		case terraform.DetectPlan(n):
			m, err := terraform.Plan("f", n)
			if err != nil {
				return
			}
			modules = append(modules, m)
		case terraform.DetectState(n):
			m, err := terraform.State("f", n)
			if err != nil {
				return
			}
			modules = append(modules, m)
		default:
			template, err := cloudformation.Parse("f", n)
			if err != nil {
				return
			}
			modules = cloudformation.Evaluate([]*cloudformation.Template{template}, cloudformation.Options{})
		}
		if _, err := graph.Assemble(cat, modules); err != nil {
			t.Fatal(err)
		}
	})
}
