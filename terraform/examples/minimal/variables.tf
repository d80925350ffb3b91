variable "bot" {
  description = "Name of the bot."
  type        = string
  default     = "mm-1"
  nullable    = false
}

variable "bound_cidrs" {
  description = "Networks that the bot logs in and works from, as Vault sees their addresses; empty is anywhere."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "credential" {
  description = "Name of the credential that the bot may read."
  type        = string
  default     = "market-maker"
  nullable    = false
}

variable "instance" {
  description = "Name of the instance: its KV mount, and the first word of everything that is ours."
  type        = string
  default     = "binance"
  nullable    = false
}
