# Any kind of key, with a policy made of lists, aliases and grants.

variable "enabled" {
  type    = bool
  default = true
}

variable "kind" {
  type    = string
  default = "key"
}

variable "primary" {
  type    = string
  default = null
}

variable "policy" {
  type    = string
  default = null
}

variable "users" {
  type    = list(string)
  default = []
}

variable "statements" {
  type    = any
  default = {}
}

variable "aliases" {
  type    = set(string)
  default = []
}

variable "grants" {
  type    = any
  default = {}
}

data "aws_caller_identity" "me" { count = var.enabled ? 1 : 0 }
data "aws_partition" "here" { count = var.enabled ? 1 : 0 }

locals {
  root   = "arn:${one(data.aws_partition.here[*].partition)}:iam::${one(data.aws_caller_identity.me[*].account_id)}:root"
  key_id = try(aws_kms_key.it[0].key_id, aws_kms_external_key.it[0].id, aws_kms_replica_key.it[0].key_id)
}

data "aws_iam_policy_document" "it" {
  count = var.enabled ? 1 : 0

  statement {
    sid       = "Root"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }

  dynamic "statement" {
    for_each = length(var.users) > 0 ? ["use"] : []
    content {
      sid       = "Users"
      actions   = ["kms:Decrypt", "kms:Encrypt"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = var.users
      }
    }
  }

  dynamic "statement" {
    for_each = var.statements
    content {
      sid       = title(statement.key)
      effect    = try(statement.value.effect, null)
      actions   = try(statement.value.actions, [])
      resources = ["*"]

      dynamic "principals" {
        for_each = try(statement.value.principals, [])
        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }

      dynamic "condition" {
        for_each = try(statement.value.conditions, [])
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_kms_key" "it" {
  count               = var.enabled && var.kind == "key" ? 1 : 0
  enable_key_rotation = true
  policy              = coalesce(var.policy, data.aws_iam_policy_document.it[0].json)
}

resource "aws_kms_external_key" "it" {
  count  = var.enabled && var.kind == "external" ? 1 : 0
  policy = coalesce(var.policy, data.aws_iam_policy_document.it[0].json)
}

resource "aws_kms_replica_key" "it" {
  count           = var.enabled && var.kind == "replica" ? 1 : 0
  primary_key_arn = var.primary
  policy          = coalesce(var.policy, data.aws_iam_policy_document.it[0].json)
}

resource "aws_kms_alias" "it" {
  for_each      = { for name in var.aliases : name => { path = "alias/${name}" } if var.enabled }
  name          = each.value.path
  target_key_id = local.key_id
}

resource "aws_kms_grant" "it" {
  for_each          = { for name, grant in var.grants : name => grant if var.enabled }
  name              = try(each.value.name, each.key)
  key_id            = local.key_id
  grantee_principal = each.value.principal
  operations        = each.value.operations

  dynamic "constraints" {
    for_each = length(lookup(each.value, "context", {})) == 0 ? [] : [each.value.context]
    content {
      encryption_context_subset = constraints.value
    }
  }
}

output "arn" {
  value = try(aws_kms_key.it[0].arn, aws_kms_external_key.it[0].arn, aws_kms_replica_key.it[0].arn, null)
}
