variable "bots" {
  description = "The bots by name: which credential each may read, and from which networks. bots.auto.tfvars lists them."
  type = map(object({
    bound_cidrs = optional(set(string), [])
    credential  = string
  }))
  nullable = false
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
