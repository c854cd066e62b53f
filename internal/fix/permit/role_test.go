package permit_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/iac"
	"github.com/bedlock/bedlock/internal/awsapi"
	"github.com/bedlock/bedlock/internal/fix/permit"
	"github.com/bedlock/bedlock/inventory"
)

// TestTemplate: the template is exactly this.
func TestTemplate(t *testing.T) {
	a := permit.Applier{
		Name: "bedlock-apply", Trusted: "arn:aws:iam::111122223333:role/ci", ExternalID: "7f3c",
		Policies: []string{`{"Version":"2012-10-17","Statement":[{"Sid":"X","Effect":"Allow","Action":["kms:CreateKey"],"Resource":"*","Condition":{"StringLike":{"aws:RequestTag/bedlock:run":["*"]}}}]}`},
	}
	got, err := a.Template()
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Outputs": {
    "Role": {
      "Value": {
        "Fn::GetAtt": [
          "Role",
          "Arn"
        ]
      }
    }
  },
  "Resources": {
    "Policy1": {
      "Properties": {
        "PolicyDocument": {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Effect": "Allow",
              "Action": [
                "kms:CreateKey"
              ],
              "Resource": [
                "*"
              ],
              "Condition": {
                "StringLike": {
                  "aws:RequestTag/bedlock:run": [
                    "*"
                  ]
                }
              }
            }
          ]
        }
      },
      "Type": "AWS::IAM::ManagedPolicy"
    },
    "Role": {
      "Properties": {
        "AssumeRolePolicyDocument": {
          "Statement": [
            {
              "Action": "sts:AssumeRole",
              "Condition": {
                "StringEquals": {
                  "sts:ExternalId": "7f3c"
                }
              },
              "Effect": "Allow",
              "Principal": {
                "AWS": "arn:aws:iam::111122223333:role/ci"
              }
            }
          ],
          "Version": "2012-10-17"
        },
        "ManagedPolicyArns": [
          {
            "Ref": "Policy1"
          }
        ],
        "RoleName": "bedlock-apply"
      },
      "Type": "AWS::IAM::Role"
    }
  }
}
`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
	a.Trusted = "ci"
	if _, err := a.Template(); err == nil || err.Error() != `"ci" is no ARN of an account, a user or a role` {
		t.Error(err)
	}
	a.Trusted, a.Policies = "arn:aws:iam::111122223333:root", []string{`{"Statement":[{"NotAction":"iam:*"}]}`}
	if _, err := a.Template(); err == nil || !strings.HasPrefix(err.Error(), "policy of a role: ") {
		t.Error(err)
	}
}

// TestTemplateIsRead: the template of a role that reads everything is read back as a role with all of
// the policy's actions, in policies that are short enough.
func TestTemplateIsRead(t *testing.T) {
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	reads, err := awsapi.MinimalPolicy(awsapi.Options{Catalog: cat})
	if err != nil {
		t.Fatal(err)
	}
	template, err := permit.Applier{Name: "bedlock-apply", Trusted: "arn:aws:iam::111122223333:root", Policies: []string{reads}}.Template()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "applier.template.json")
	if err := os.WriteFile(file, template, 0o600); err != nil {
		t.Fatal(err)
	}
	inv, err := iac.Collect(t.Context(), cat, []string{file}, iac.Options{})
	if err != nil {
		t.Fatal(err)
	}
	actions := func(texts ...string) (out map[string]bool) {
		out = map[string]bool{}
		for _, text := range texts {
			var p struct {
				Statement []struct {
					Action    []string
					Resource  any
					Condition any
				}
			}
			if err := json.Unmarshal([]byte(text), &p); err != nil {
				t.Fatal(err)
			}
			for _, s := range p.Statement {
				on := strings.Trim(fmt.Sprint(s.Resource), "[]")
				for _, a := range s.Action {
					out[fmt.Sprint(a, " on ", on, " if ", s.Condition)] = true
				}
			}
		}
		return out
	}
	for _, p := range inv.Parts().Principals {
		if p.Kind != inventory.Role {
			continue
		}
		var texts []string
		for _, n := range p.Policies {
			text := n.Policy.Or(inventory.Policy{}).Text
			if size, err := permit.Size(text); err != nil || size > permit.MaxManaged {
				t.Errorf("a policy of %d characters, %v", size, err)
			}
			texts = append(texts, text)
		}
		if len(texts) < 2 || p.Name.Or("") != "bedlock-apply" {
			t.Errorf("role %q has %d policies", p.Name.Or(""), len(texts))
		}
		if d := cmp.Diff(actions(reads), actions(texts...)); d != "" {
			t.Error(d)
		}
		return
	}
	t.Error("no role")
}
