# The policies of policies/, rendered for one instance: the same bytes that vault-binance writes.
# No provider, no resource: the texts go into vault_policy resources, or into `vault policy write`, by whoever calls this.

terraform {
  required_version = ">= 1.11.0, < 2.0.0"
}

locals {
  folder = var.policy_folder == null ? "${path.module}/../../../policies" : var.policy_folder

  # The six roles. setup.hcl.tftpl and enroll.hcl.tftpl are printed by `vault-binance setup --output-policy` and
  # `vault-binance bot enroll --output-policy`, and are nobody's role.
  roles = toset(["auditor", "issuer", "provisioner", "reader", "signer", "writer"])

  values = {
    kv_mount         = var.instance
    transit_mount    = "${var.instance}-transit"
    approle_mount    = "${var.instance}-approle"
    cert_mount       = "${var.instance}-cert"
    policy_prefix    = var.instance
    managed_by       = "vault-binance/${var.instance}"
    approle_accessor = var.approle_accessor
  }

  texts = { for role in local.roles : "${var.instance}-${role}" => templatefile("${local.folder}/${role}.hcl.tftpl", local.values) }
}
