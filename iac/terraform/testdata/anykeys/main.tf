variable "with_external" { type = bool }

resource "aws_iam_role" "app" { name = "app" }

module "primary" {
  source  = "../modules/anykey"
  users   = [aws_iam_role.app.arn]
  aliases = ["app"]
  statements = {
    bedrock = {
      actions    = ["kms:Decrypt"]
      principals = [{ type = "Service", identifiers = ["bedrock.amazonaws.com"] }]
      conditions = [{ test = "Bool", variable = "kms:GrantIsForAWSResource", values = [true] }]
    }
    lock = {
      effect     = "Deny"
      actions    = ["kms:PutKeyPolicy"]
      principals = [{ type = "*", identifiers = ["*"] }]
    }
  }
  grants = {
    app = {
      principal  = aws_iam_role.app.arn
      operations = ["Decrypt"]
      context    = { tenant = "a" }
    }
  }
}

module "external" {
  source  = "../modules/anykey"
  enabled = var.with_external
  kind    = "external"
  aliases = ["out"]
}

module "replica" {
  source  = "../modules/anykey"
  kind    = "replica"
  primary = module.primary.arn
  policy  = jsonencode({ Version = "2012-10-17", Statement = [] })
}

module "off" {
  source  = "../modules/anykey"
  enabled = false
  aliases = ["off"]
}

resource "aws_sns_topic" "t" {
  for_each          = { primary = module.primary.arn, external = module.external.arn, replica = module.replica.arn, off = module.off.arn }
  name              = each.key
  kms_master_key_id = each.value
}
