# One bot: its identity entity, one login, and the alias that ties the two. Never a SecretID: an issuer makes that.

module "layout" {
  source = "../layout"

  bot        = var.name
  credential = var.credential
  instance   = var.instance
}

locals {
  limits   = module.layout.limits
  names    = module.layout.names
  policies = [local.names.policies.reader]

  mounts = { approle = local.names.approle_mount, cert = local.names.cert_mount, jwt = "jwt", kubernetes = "kubernetes" }
  mount  = var.mount == null ? local.mounts[var.auth_method] : var.mount

  # Vault shows the address of one host without its length, and each plan would show a change.
  token_cidrs = toset([for cidr in var.bound_cidrs : replace(cidr, "/^([0-9.]+)/32$|^([0-9a-f:]+)/128$/", "$1$2")])

  entity_id = var.entity_id == null ? one(vault_identity_entity.bot[*].id) : var.entity_id

  # Under which name this login reaches the entity: each method has its own.
  logins = {
    approle    = one(vault_approle_auth_backend_role.bot[*].role_id)
    cert       = var.name
    jwt        = try(var.jwt.subject, null)
    kubernetes = try(var.kubernetes.service_account_uid, null)
  }
}

resource "vault_identity_entity" "bot" {
  count = var.entity_id == null ? 1 : 0

  metadata = {
    binance_bot        = var.name
    binance_credential = var.credential
    managed_by         = local.names.managed_by
  }
  name = local.names.entity

  # The kill switch and the notes of `vault-binance bot suspend`, `revoke` and `remove` hold against an apply.
  lifecycle {
    ignore_changes = [disabled, metadata["former_ids"], metadata["removed"]]
  }
}

# Before the first login: Vault would give a login without an alias an entity of its own.
resource "vault_identity_entity_alias" "login" {
  canonical_id   = local.entity_id
  mount_accessor = var.mount_accessor
  name           = local.logins[var.auth_method]
}
