variable "audit_device" {
  description = "An audit device for Terraform to make; null makes none. Make the first one of a Vault by hand, right after its initialisation: changing this one closes the log and opens another."
  type = object({
    options = map(string)
    type    = optional(string, "file")
  })
  default = null

  validation {
    condition     = var.audit_device == null ? true : contains(["file", "socket", "syslog"], var.audit_device.type)
    error_message = "An audit device is a file, a socket or a syslog."
  }

  validation {
    condition     = var.audit_device == null ? true : var.audit_device.type != "file" || can(regex("^/|^stdout$", var.audit_device.options["file_path"]))
    error_message = "A file audit device needs the option file_path: an absolute path on the server, or stdout."
  }
}

variable "audit_external" {
  description = "Where the audit trail of this Vault is, if the team has one that its tenants cannot see: a ticket, a document. It is recorded in the KV mount's description, and `vault-binance doctor` reads it there."
  type        = string
  default     = null

  validation {
    condition     = var.audit_external == null ? true : can(regex("^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,99}$", var.audit_external))
    error_message = "A reference is letters, digits and . _ : / # -, at most 100 characters, and begins with a letter or digit: SEC-142."
  }

  validation {
    condition     = var.audit_external == null || var.create_kv_mount
    error_message = "The reference is recorded in the description of the KV mount, so that mount has to be made here. Of one that is there already: vault-binance setup --audit=external:REF."
  }
}

variable "create_kv_mount" {
  description = "Make the KV mount <instance>. false takes the one that is there, made by `vault-binance setup` or by whoever runs this Vault."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_policies" {
  description = "Write the six policies. false leaves them to whoever may write policies in this Vault."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_transit_mount" {
  description = "Make the Transit mount <instance>-transit. false takes the one that is there."
  type        = bool
  default     = true
  nullable    = false
}

variable "existing_approle_accessor" {
  description = "Accessor of an AppRole mount <instance>-approle that is there already; null makes the mount."
  type        = string
  default     = null

  validation {
    condition     = var.existing_approle_accessor == null ? true : can(regex("^auth_approle_[a-z0-9]+$", var.existing_approle_accessor))
    error_message = "Use the accessor as `vault auth list` shows it: auth_approle_1a2b3c4d."
  }
}

variable "existing_cert_accessor" {
  description = "Accessor of a TLS certificate mount <instance>-cert that is there already; null makes the mount."
  type        = string
  default     = null

  validation {
    condition     = var.existing_cert_accessor == null ? true : can(regex("^auth_cert_[a-z0-9]+$", var.existing_cert_accessor))
    error_message = "Use the accessor as `vault auth list` shows it: auth_cert_1a2b3c4d."
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

variable "rate_limit" {
  description = "Requests per second that one client address may send to each mount of the instance; null limits nothing. Bots behind one address share it."
  type        = number
  default     = null

  validation {
    condition     = var.rate_limit == null ? true : var.rate_limit > 0
    error_message = "A rate limit is more than 0 requests per second; null limits nothing."
  }
}
