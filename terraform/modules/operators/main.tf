# People: one group for each of their roles, and the second factor that a login of its members needs. Nobody is a member
# yet: `vault-binance operator add` enrols a person first and lets them in then, so nothing here can lock anybody out.

module "layout" {
  source = "../layout"

  instance = var.instance
}

locals {
  names = module.layout.names
}

resource "vault_identity_group" "role" {
  for_each = local.names.groups

  member_group_ids = var.member_group_ids[each.key]
  metadata = {
    managed_by    = local.names.managed_by
    second_factor = var.second_factor
  }
  name     = each.value
  policies = [local.names.policies[each.key]]
  type     = "internal"

  # Not external_member_entity_ids: with it the provider has sent null for the members when anything else was changed,
  # and Vault takes null for none. Ignored, they are sent back as they were found.
  lifecycle {
    ignore_changes = [member_entity_ids]
  }
}

# A person's app is enrolled at this method: made anew, everybody would have to enrol again.
resource "vault_identity_mfa_totp" "code" {
  count = var.second_factor == "totp" ? 1 : 0

  algorithm               = "SHA1" # some authenticator apps know no other
  digits                  = 6
  issuer                  = local.names.managed_by
  key_size                = 20
  max_validation_attempts = 5
  period                  = 30
  qr_size                 = 200 # unset it may be sent as 0
  skew                    = 1

  lifecycle {
    prevent_destroy = true
  }
}

# By our groups alone: a mount's accessor or a kind of mount would ask other teams' people, and every bot.
resource "vault_identity_mfa_login_enforcement" "operators" {
  count = var.second_factor == "totp" ? 1 : 0

  identity_group_ids = [for group in vault_identity_group.role : group.id]
  mfa_method_ids     = [vault_identity_mfa_totp.code[0].method_id]
  name               = local.names.enforcement
}
