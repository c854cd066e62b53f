package terraform

import "testing"

// TestPolicyDocument: documents are merged and written as the provider does it.
func TestPolicyDocument(t *testing.T) {
	m := code(t, Options{}, "main.tf", `
variable "extra" { type = bool }
variable "more"  { type = list(string) }
data "aws_iam_policy_document" "base" {
  statement {
    sid       = "A"
    actions   = ["kms:A"]
    resources = ["*"]
  }
  statement {
    sid       = "B"
    actions   = ["kms:B"]
    resources = ["arn:aws:s3:::b/&{aws:username}"]
  }
}
data "aws_iam_policy_document" "merged" {
  version                   = "2008-10-17"
  policy_id                 = "id"
  source_policy_documents   = [data.aws_iam_policy_document.base.json, ""]
  override_policy_documents = [jsonencode({ Statement = { Sid = "B", Effect = "Deny", Action = "*", Resource = "*" } }), "{\"Statement\": [{\"Effect\": \"Allow\"}]}"]
  statement {
    sid         = "A"
    not_actions = ["kms:X"]
    principals {
      type        = "AWS"
      identifiers = ["1", "3"]
    }
    principals {
      type        = "AWS"
      identifiers = ["2"]
    }
    principals {
      type        = "Service"
      identifiers = ["s"]
    }
    condition {
      test     = "StringEquals"
      variable = "k"
      values   = ["1"]
    }
    condition {
      test     = "StringEquals"
      variable = "k"
      values   = ["2"]
    }
    condition {
      test     = "StringEquals"
      variable = "l"
      values   = [true]
    }
  }
}
data "aws_iam_policy_document" "when" {
  dynamic "statement" {
    for_each = var.extra ? [1] : []
    content { actions = ["kms:*"] }
  }
}
data "aws_iam_policy_document" "stars" {
  statement {
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
  statement {
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
data "aws_iam_policy_document" "open" { source_policy_documents = var.more }
data "aws_iam_policy_document" "bad" { source_policy_documents = ["{"] }
resource "x" "x" {
  merged = data.aws_iam_policy_document.merged.json
  when   = data.aws_iam_policy_document.when.minified_json
  stars  = data.aws_iam_policy_document.stars.json
  open   = data.aws_iam_policy_document.open.json
  bad    = data.aws_iam_policy_document.bad.json
}
`)
	x := find(t, m, "x.x").Attributes
	for name, want := range map[string]string{
		"merged": `{Version: "2008-10-17", Id: "id", Statement: [` +
			`{Sid: "A", Effect: "Allow", NotAction: "kms:X", Principal: {AWS: ["3", "2", "1"], Service: "s"}, Condition: {StringEquals: {k: ["2", "1"], l: "true"}}}, ` +
			`{Sid: "B", Effect: "Deny", Action: "*", Resource: "*"}, {Effect: "Allow"}]}`,
		"when":  `{Version: "2012-10-17", Statement: [(var.extra is true => {Effect: "Allow", Action: "kms:*"} | var.extra is false => -)]}`,
		"stars": `{Version: "2012-10-17", Statement: [{Effect: "Allow", Principal: {AWS: "*"}}, {Effect: "Allow", Principal: "*"}]}`,
		"open":  `?(a merged policy document is not known: variable more has no value)`,
		"bad":   `?(a merged policy document is not JSON)`,
	} {
		if got := show(x.Get(name)); got != want {
			t.Errorf("%s\n  is   %s\n  want %s", name, got, want)
		}
	}
}
