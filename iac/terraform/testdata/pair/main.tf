provider "aws" {
  region = "eu-central-1"
}

variable "key_arn" {
  type    = string
  default = null
}

data "aws_caller_identity" "current" {}

module "key" {
  source      = "./key"
  count       = var.key_arn == null ? 1 : 0
  description = "shared"
}

locals {
  name = "guard"
}

resource "aws_bedrock_guardrail" "this" {
  name                      = local.name
  blocked_input_messaging   = "no"
  blocked_outputs_messaging = "no"
  kms_key_arn               = var.key_arn != null ? var.key_arn : try(module.key[0].arn, null)
}

resource "aws_bedrockagent_agent" "this" {
  agent_name                  = "helper"
  agent_resource_role_arn     = aws_iam_role.agent.arn
  foundation_model            = "anthropic.claude-3-haiku-20240307-v1:0"
  customer_encryption_key_arn = aws_kms_key.own.arn
}

resource "aws_iam_role" "agent" {
  name = "agent"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "bedrock.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_kms_key" "own" {
  description         = "own"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.own.json
}

data "aws_iam_policy_document" "own" {
  statement {
    sid       = "Agent"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.agent.arn]
    }
  }
}

resource "aws_s3_bucket" "this" {
  bucket = "store"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.own.arn
    }
  }
}

resource "aws_kms_alias" "own" {
  name          = "alias/own"
  target_key_id = aws_kms_key.own.key_id
}
