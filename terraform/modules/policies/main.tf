# The policies of policies/, rendered for one instance: the same bytes that vault-binance writes.
# No provider, no resource: the texts go into vault_policy resources, or into `vault policy write`, by whoever calls this.

module "layout" {
  source = "../layout"

  instance = var.instance
}

locals {
  folder = var.policy_folder == null ? "${path.module}/../../../policies" : var.policy_folder
  names  = module.layout.names

  values = {
    kv_mount         = local.names.kv_mount
    transit_mount    = local.names.transit_mount
    approle_mount    = local.names.approle_mount
    cert_mount       = local.names.cert_mount
    policy_prefix    = var.instance
    managed_by       = local.names.managed_by
    approle_accessor = var.approle_accessor
  }

  # The six roles. setup.hcl.tftpl and others are printed by `vault-binance ... --output-policy`, and are nobody's role.
  texts = { for role, name in local.names.policies : name => templatefile("${local.folder}/${role}.hcl.tftpl", local.values) }
}
