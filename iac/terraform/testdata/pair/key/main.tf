variable "description" { type = string }

resource "aws_kms_key" "this" {
  description         = var.description
  enable_key_rotation = true
}

output "arn" { value = aws_kms_key.this.arn }
