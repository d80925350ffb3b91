# Names, limits and defaults of one instance: what layout.py is to Python, this is to Terraform. A test compares the two.
# No provider, no resource. No other module writes a name or a number of its own.

locals {
  roles          = toset(["auditor", "issuer", "provisioner", "reader", "signer", "writer"])
  operator_roles = toset(["auditor", "issuer", "provisioner", "writer"])

  token_ttl     = 15 * 60
  token_max_ttl = 24 * 3600
  secret_id_ttl = 30 * 86400

  managed_by        = "vault-binance/${var.instance}"
  structure_version = 2
}
