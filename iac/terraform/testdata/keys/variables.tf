variable "project" {
  type    = string
  default = "demo"
}

variable "region" { type = string }

variable "key_arn" {
  type    = string
  default = null
}

variable "services" {
  type    = map(string)
  default = { bedrock = "bedrock.amazonaws.com" }
}

variable "open" {
  type    = bool
  default = false
}

variable "encrypt" { type = bool }

variable "unset" { type = string }

locals {
  tags = { project = var.project, unset = var.unset }
}
