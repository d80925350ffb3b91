module "core" {
  source = "../../../modules/core"

  audit_external = var.audit_external
  instance       = var.instance
  rate_limit     = var.rate_limit
}

module "operators" {
  source = "../../../modules/operators"

  instance         = module.core.instance
  member_group_ids = var.member_group_ids
  second_factor    = var.second_factor
}

# What the other state's CI may do: bots of this instance, and nothing else. It names the AppRole mount by its accessor.
resource "vault_policy" "bots" {
  allow_overwrite = false
  name            = "${var.instance}-terraform-bots"
  policy = templatefile("${path.module}/bots-ci.hcl.tftpl", {
    approle_accessor = module.core.approle_accessor
    approle_mount    = module.core.names.approle_mount
    policy_prefix    = var.instance
  })
}
