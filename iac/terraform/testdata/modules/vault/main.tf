# A vault: a secret under the key it is handed, or under one of its own.

variable "name" { type = string }

variable "key_arn" {
  type    = string
  default = null
}

variable "create" { type = bool }

module "key" {
  source  = "../key"
  count   = var.create ? 1 : 0
  aliases = [var.name, "${var.name}-2"]
}

resource "aws_secretsmanager_secret" "this" {
  name       = var.name
  kms_key_id = coalesce(var.key_arn, try(module.key[0].arn, ""))
}

output "key_arn" { value = aws_secretsmanager_secret.this.kms_key_id }
