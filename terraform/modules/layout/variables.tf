variable "bot" {
  description = "Name of one bot, for the names that belong to it; null gives none."
  type        = string
  default     = null

  validation {
    condition     = var.bot == null ? true : can(regex("^[a-z0-9][a-z0-9-]{0,62}$", var.bot))
    error_message = "A bot's name is lower-case letters, digits and hyphens, one segment, at most 63 characters, as in market-maker-1: it stands in policy paths, where a slash, a star or a plus would be a grant."
  }
}

variable "credential" {
  description = "Name of one credential, for the path that belongs to it; null gives none."
  type        = string
  default     = null

  validation {
    condition     = var.credential == null ? true : can(regex("^[a-z0-9][a-z0-9-]{0,62}$", var.credential))
    error_message = "A credential's name is lower-case letters, digits and hyphens, one segment, at most 63 characters, as in market-maker: it stands in policy paths, where a slash, a star or a plus would be a grant."
  }
}

variable "instance" {
  description = "Name of the instance: its KV mount, and the first word of everything that is ours."
  type        = string
  default     = "binance"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,30}$", var.instance))
    error_message = "An instance's name is a lower-case letter, then lower-case letters, digits or underscores, at most 31 in all: binance_testnet. It has no hyphen, since the first hyphen of a name ends the instance's."
  }
}
