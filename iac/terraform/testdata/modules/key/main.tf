variable "aliases" {
  type    = list(string)
  default = []
}

variable "settings" {
  type = object({
    rotate = optional(bool, true)
    days   = optional(number)
  })
  default = {}
}

resource "aws_kms_key" "this" {
  enable_key_rotation     = var.settings.rotate
  rotation_period_in_days = var.settings.days
}

resource "aws_kms_alias" "this" {
  count         = length(var.aliases)
  name          = "alias/${element(var.aliases, count.index)}"
  target_key_id = aws_kms_key.this.key_id
}

output "arn" { value = aws_kms_key.this.arn }
output "all" { value = { key = aws_kms_key.this, aliases = aws_kms_alias.this[*].name } }
