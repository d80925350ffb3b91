# The structure of one instance: mounts, policies, and what watches and bounds them. What is in the mounts is not here.

module "layout" {
  source = "../layout"

  instance = var.instance
}

module "policies" {
  source = "../policies"

  approle_accessor = local.accessors.approle
  instance         = var.instance
  policy_folder    = var.policy_folder
}

locals {
  limits = module.layout.limits
  names  = module.layout.names

  accessors = {
    approle = var.existing_approle_accessor == null ? one(vault_auth_backend.approle[*].accessor) : var.existing_approle_accessor
    cert    = var.existing_cert_accessor == null ? one(vault_auth_backend.cert[*].accessor) : var.existing_cert_accessor
  }
}

# The texts carry the accessor of a mount that may still have to be made, so the names alone decide how many there are.
resource "vault_policy" "role" {
  for_each = var.create_policies ? local.names.policies : {}

  # Somebody else's policy of the same name is never replaced. The provider calls the argument deprecated because its
  # next major version will behave like this by itself.
  allow_overwrite = false
  name            = each.value
  policy          = module.policies.texts[each.value]

  depends_on = [vault_audit.device]
}
