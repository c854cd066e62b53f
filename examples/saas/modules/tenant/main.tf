variable "tenant" { type = string }

variable "kms_key_arn" {
  type    = string
  default = null
}

locals {
  tags = {
    tenant                    = var.tenant
    "bedlock:isolation-group" = var.tenant
  }
}

resource "aws_iam_role" "agent" {
  name = "agent-${var.tenant}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "bedrock.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_bedrockagent_agent" "support" {
  agent_name                  = "support-${var.tenant}"
  agent_resource_role_arn     = aws_iam_role.agent.arn
  foundation_model            = "anthropic.claude-3-5-sonnet-20240620-v1:0"
  customer_encryption_key_arn = var.kms_key_arn
  tags                        = local.tags
}

resource "aws_bedrock_guardrail" "support" {
  name                      = "support-${var.tenant}"
  blocked_input_messaging   = "This request cannot be answered."
  blocked_outputs_messaging = "This answer was withheld."
  kms_key_arn               = var.kms_key_arn
  tags                      = local.tags

  content_policy_config {
    filters_config {
      type            = "HATE"
      input_strength  = "HIGH"
      output_strength = "HIGH"
    }
  }
}

resource "aws_cloudwatch_log_group" "support" {
  name              = "/tenants/${var.tenant}/support"
  retention_in_days = 30
  tags              = local.tags
}
