variable "instance" {
  description = "Name of the instance: its KV mount, and the first word of everything that is ours."
  type        = string
  default     = "binance"
  nullable    = false
}

variable "member_group_ids" {
  description = "For each role the ids of groups whose members have it: the team's own external groups, whose second factor the identity provider sees to."
  type = object({
    auditor     = optional(set(string), [])
    issuer      = optional(set(string), [])
    provisioner = optional(set(string), [])
    writer      = optional(set(string), [])
  })
  default  = {}
  nullable = false
}

variable "second_factor" {
  description = "Who asks for the second factor: totp is Vault, at the login of every member; idp is the team's identity provider."
  type        = string
  default     = "totp"
  nullable    = false

  validation {
    condition     = contains(["idp", "totp"], var.second_factor)
    error_message = "The second factor is totp or idp."
  }
}
