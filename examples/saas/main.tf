# One key per tenant: deleting a tenant's key makes all of its data unreadable.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "tenants" {
  type = map(object({ rotation = bool }))
  default = {
    acme   = { rotation = true }
    globex = { rotation = false }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "tenant" {
  statement {
    sid       = "Administration"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }
}

resource "aws_kms_key" "tenant" {
  for_each                = var.tenants
  description             = "Tenant ${each.key}"
  enable_key_rotation     = each.value.rotation
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.tenant.json
  tags                    = { tenant = each.key }
}

resource "aws_kms_alias" "tenant" {
  for_each      = var.tenants
  name          = "alias/tenant/${each.key}"
  target_key_id = aws_kms_key.tenant[each.key].key_id
}

module "tenant" {
  source      = "./modules/tenant"
  for_each    = var.tenants
  tenant      = each.key
  kms_key_arn = aws_kms_key.tenant[each.key].arn
}

# Initech was onboarded in a hurry, on the key of another tenant.
module "initech" {
  source      = "./modules/tenant"
  tenant      = "initech"
  kms_key_arn = aws_kms_key.tenant["acme"].arn
}
