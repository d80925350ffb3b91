variable "approle_accessor" {
  description = "Accessor of the AppRole mount <instance>-approle. Until there is one, the provisioner can make no alias."
  type        = string
  default     = "no_such_mount"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]*$", var.approle_accessor))
    error_message = "Use an accessor as Vault writes it: auth_approle_1a2b3c4d."
  }
}

variable "instance" {
  description = "Name of the instance: its KV mount, and the first word of everything that is ours."
  type        = string
  default     = "binance"
  nullable    = false
}

variable "policy_folder" {
  description = "Folder with the *.hcl.tftpl files; null is policies/ of this repository."
  type        = string
  default     = null
}
