variable "audit_external" {
  description = "Where the audit trail of this Vault is, if it cannot be seen from here: a ticket, a document. null where an audit device can be seen."
  type        = string
  default     = null
}

variable "ci_mount" {
  description = "Path of the JWT mount at which your CI logs in."
  type        = string
  default     = "ci"
  nullable    = false
}

variable "instance" {
  description = "Name of the instance: its KV mount, and the first word of everything that is ours."
  type        = string
  default     = "binance"
  nullable    = false
}

variable "member_group_ids" {
  description = "For each role the ids of your own groups whose members have it."
  type = object({
    auditor     = optional(set(string), [])
    issuer      = optional(set(string), [])
    provisioner = optional(set(string), [])
    writer      = optional(set(string), [])
  })
  default  = {}
  nullable = false
}

variable "rate_limit" {
  description = "Requests per second that one client address may send to each mount of the instance; null limits nothing."
  type        = number
  default     = null
}

variable "second_factor" {
  description = "Who asks people for the second factor: totp is Vault, idp is your identity provider."
  type        = string
  default     = "totp"
  nullable    = false
}
