variable "auth_method" {
  description = "How the bot logs in: approle, cert, jwt or kubernetes."
  type        = string
  default     = "approle"
  nullable    = false

  validation {
    condition     = contains(["approle", "cert", "jwt", "kubernetes"], var.auth_method)
    error_message = "A bot logs in by approle, cert, jwt or kubernetes."
  }
}

variable "bound_cidrs" {
  description = "Networks that the bot logs in and works from, as Vault sees their addresses; empty is anywhere."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.bound_cidrs : can(cidrsubnet(cidr, 0, 0)) ? cidrsubnet(cidr, 0, 0) == cidr : false])
    error_message = "Write each network by its own first address and its length: 10.0.4.7/32, 10.0.4.0/24, fd00::/64."
  }
}

variable "certificate" {
  description = "For auth_method cert: the certificate that `vault-binance bot enroll` made on the bot's host (PEM). Its common name is the bot's name. The private key stays there."
  type        = string
  default     = null

  validation {
    condition     = (var.auth_method == "cert") == (var.certificate != null)
    error_message = "A certificate is for auth_method cert, and that needs one."
  }

  validation {
    condition     = var.certificate == null ? true : can(regex("^-----BEGIN CERTIFICATE-----\n", var.certificate)) && !can(regex("PRIVATE", var.certificate))
    error_message = "Give the certificate as PEM, beginning with -----BEGIN CERTIFICATE-----, and never the private key."
  }
}

variable "credential" {
  description = "Name of the one credential that the bot may read. It need not be there yet."
  type        = string
  nullable    = false
}

variable "entity_id" {
  description = "Id of an identity entity that is there already, of this bot: a login more for a bot that another call, or `vault-binance bot add`, has made. null makes the entity."
  type        = string
  default     = null

  validation {
    condition     = var.entity_id == null ? true : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.entity_id))
    error_message = "Use the id that `vault read -field=id identity/entity/name/<instance>-<bot>` shows."
  }
}

variable "instance" {
  description = "Name of the instance: its KV mount, and the first word of everything that is ours."
  type        = string
  default     = "binance"
  nullable    = false
}

variable "jwt" {
  description = "For auth_method jwt: who vouches for what. Without an audience and a subject every token of that issuer would be this bot."
  type = object({
    audience   = string
    subject    = string
    user_claim = optional(string, "sub")
  })
  default = null

  validation {
    condition     = (var.auth_method == "jwt") == (var.jwt != null)
    error_message = "jwt is for auth_method jwt, and that needs it."
  }

  validation {
    condition     = var.jwt == null ? true : alltrue([for text in values(var.jwt) : can(regex("^[^*[:cntrl:]]+$", text))])
    error_message = "Audience, subject and claim are exact, without a star, and not empty."
  }
}

variable "kubernetes" {
  description = "For auth_method kubernetes: whose service account. service_account_uid is `kubectl get serviceaccount NAME -o jsonpath={.metadata.uid}`."
  type = object({
    audience            = string
    namespace           = string
    service_account     = string
    service_account_uid = string
  })
  default = null

  validation {
    condition     = (var.auth_method == "kubernetes") == (var.kubernetes != null)
    error_message = "kubernetes is for auth_method kubernetes, and that needs it."
  }

  validation {
    condition     = var.kubernetes == null ? true : alltrue([for text in values(var.kubernetes) : can(regex("^[A-Za-z0-9][A-Za-z0-9._:/-]*$", text))])
    error_message = "Audience, namespace, service account and its UID are exact, without a star, and not empty."
  }
}

variable "mount" {
  description = "Path of the auth mount; null is <instance>-approle, <instance>-cert, jwt or kubernetes, after auth_method."
  type        = string
  default     = null

  validation {
    condition     = var.mount == null ? true : can(regex("^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", var.mount))
    error_message = "Use the mount's path as `vault auth list` shows it, without auth/ and without the slash at its end."
  }

  validation {
    condition     = var.mount == null || contains(["jwt", "kubernetes"], var.auth_method)
    error_message = "For approle and cert the mount is the instance's own, which is ours alone."
  }
}

variable "mount_accessor" {
  description = "Accessor of that mount: output approle_accessor or cert_accessor of module core, or `vault auth list` for a mount of the team's own."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^auth_[a-z0-9_-]+$", var.mount_accessor))
    error_message = "Use an accessor as `vault auth list` shows it: auth_approle_1a2b3c4d."
  }
}

variable "name" {
  description = "Name of the bot."
  type        = string
  nullable    = false
}
