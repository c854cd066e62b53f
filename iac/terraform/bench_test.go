package terraform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bedlock/bedlock"
)

// generated makes a folder of code with about the given number of lines: keys with
// policies, stores under them, modules and conditions.
func generated(lines int) (d inMemory, total int) {
	const block = `
resource "aws_kms_key" "key_%[1]d" {
  count                   = var.create ? 1 : 0
  description             = "${local.prefix}-%[1]d"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Root"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Service"
        Effect    = "Allow"
        Principal = { Service = "bedrock.amazonaws.com" }
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = "*"
      },
    ]
  })
  tags = merge(local.tags, { Name = format("%%s-%[1]d", local.prefix) })
}

data "aws_iam_policy_document" "role_%[1]d" {
  statement {
    actions   = ["kms:Decrypt"]
    resources = [try(aws_kms_key.key_%[1]d[0].arn, "*")]
  }
}

resource "aws_bedrockagent_agent" "agent_%[1]d" {
  agent_name                  = "${local.prefix}-%[1]d"
  foundation_model            = "anthropic.claude-3-haiku-20240307-v1:0"
  customer_encryption_key_arn = var.key != null ? var.key : try(aws_kms_key.key_%[1]d[0].arn, null)
}

resource "aws_s3_bucket_server_side_encryption_configuration" "store_%[1]d" {
  bucket = "store-%[1]d"
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.key_%[1]d[0].arn
    }
  }
}
`
	d = inMemory{"r/variables.tf": "variable \"create\" { default = true }\nvariable \"key\" { default = null }\nlocals {\n  prefix = \"p\"\n  tags = { a = 1 }\n}\ndata \"aws_caller_identity\" \"me\" {}\n"}
	per := strings.Count(block, "\n")
	for i := 0; total < lines; i++ {
		d[fmt.Sprintf("r/f%d.tf", i/20)] += fmt.Sprintf(block, i)
		total += per
	}
	return d, total
}

// BenchmarkFolder reads 50,000 lines of code in one folder.
func BenchmarkFolder(b *testing.B) {
	d, lines := generated(50_000)
	bytes := 0
	for _, s := range d {
		bytes += len(s)
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		m := evaluate(d, "r", Options{})
		if m.Input.Status != bedlock.InputAudited || len(m.Resources) < 3000 || len(m.Input.Notes) != 0 {
			b.Fatalf("%+v, %d resources", m.Input, len(m.Resources))
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
