terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 6.0" }
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias  = "backup"
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/deploy"
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "backup" { provider = aws.backup }

locals {
  names = toset(["agents", "logs"])

  # The key to use: the one brought along, else the one created here.
  key_arn = var.key_arn != null ? var.key_arn : try(aws_kms_key.created[0].arn, null)

  root = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"
}

resource "aws_kms_key" "created" {
  count = var.key_arn == null ? 1 : 0

  description             = format("%s: agents", var.project)
  enable_key_rotation     = true
  rotation_period_in_days = 180
  deletion_window_in_days = 30
  multi_region            = true
  policy                  = data.aws_iam_policy_document.key.json
  tags                    = merge(local.tags, { Name = "${var.project}-agents" })
}

resource "aws_kms_alias" "created" {
  for_each      = { for i, key in aws_kms_key.created : "alias/${var.project}-${i}" => key.key_id }
  name          = each.key
  target_key_id = each.value
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Administration"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }

  dynamic "statement" {
    for_each = var.services
    iterator = service
    content {
      sid       = "Use${title(service.key)}"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = ["*"]
      principals {
        type        = "Service"
        identifiers = [service.value]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [data.aws_caller_identity.current.account_id]
      }
    }
  }

  dynamic "statement" {
    for_each = var.open ? [1] : []
    content {
      effect    = "Allow"
      actions   = ["kms:DescribeKey"]
      resources = ["*"]
      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_kms_key" "each" {
  for_each            = local.names
  description         = each.value
  enable_key_rotation = each.key == "logs"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Root"
        Effect    = "Allow"
        Principal = { AWS = local.root }
        Action    = "kms:*"
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_replica_key" "backup" {
  provider        = aws.backup
  count           = length(aws_kms_key.created)
  primary_key_arn = aws_kms_key.created[count.index].arn
  description     = "replica in ${data.aws_region.backup.region}"
}

resource "aws_kms_external_key" "imported" {
  description = "imported"
  policy      = <<-POLICY
    {
      "Version": "2012-10-17",
      "Statement": [{"Effect": "Allow", "Principal": {"AWS": "${local.root}"}, "Action": "kms:*", "Resource": "${aws_s3_bucket.store.arn}/*"}]
    }
  POLICY
}

resource "aws_kms_grant" "worker" {
  name              = "worker"
  key_id            = one(aws_kms_key.created[*].key_id)
  grantee_principal = aws_iam_role.worker.arn
  operations        = ["Decrypt", "GenerateDataKey"]
  constraints {
    encryption_context_equals = { project = var.project }
  }
}

resource "aws_iam_role" "worker" {
  name               = "${var.project}-worker"
  assume_role_policy = file("${path.module}/trust.json")
}

resource "aws_s3_bucket" "store" {
  bucket = "${var.project}-store-${data.aws_caller_identity.current.account_id}"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "store" {
  bucket = aws_s3_bucket.store.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = local.key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = local.key_arn
    }
    bucket_key_enabled = true
  }
}

resource "aws_bedrockagent_agent" "helper" {
  agent_name                  = "${var.project}-helper"
  agent_resource_role_arn     = aws_iam_role.worker.arn
  foundation_model            = "anthropic.claude-3-haiku-20240307-v1:0"
  customer_encryption_key_arn = local.key_arn
}

resource "aws_bedrock_guardrail" "maybe" {
  name                      = "maybe"
  blocked_input_messaging   = "no"
  blocked_outputs_messaging = "no"
  kms_key_arn               = var.encrypt ? aws_kms_key.each["agents"].arn : null
}

module "vaults" {
  source   = "../modules/vault"
  for_each = { red = aws_kms_key.each["agents"].arn, blue = null }
  name     = each.key
  key_arn  = each.value
  create   = each.value == null
}

moved {
  from = aws_kms_key.created
  to   = aws_kms_key.created[0]
}

output "vault_key" { value = module.vaults["blue"].key_arn }
