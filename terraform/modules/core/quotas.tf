locals {
  limited = {
    (local.names.approle_mount) = "auth/${local.names.approle_mount}/"
    (local.names.cert_mount)    = "auth/${local.names.cert_mount}/"
    (local.names.kv_mount)      = "${local.names.kv_mount}/"
    (local.names.transit_mount) = "${local.names.transit_mount}/"
  }
}

resource "vault_quota_rate_limit" "mount" {
  for_each = var.rate_limit == null ? {} : local.limited

  name = each.key
  path = each.value
  rate = var.rate_limit

  # A quota of a mount that is not there yet is refused.
  depends_on = [vault_auth_backend.approle, vault_auth_backend.cert, vault_mount.kv, vault_mount.transit]
}
