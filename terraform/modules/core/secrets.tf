# Destroying one of these mounts destroys every secret in it, and moving it breaks every path. Both are refused.

resource "vault_mount" "kv" {
  count = var.create_kv_mount ? 1 : 0

  description = var.audit_external == null ? local.names.description : "${local.names.description}, audit external:${var.audit_external}"
  options     = { version = "2" } # not the type kv-v2, which an import plans to replace
  path        = local.names.kv_mount
  type        = "kv"

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [vault_audit.device]
}

# Written over what is there; the provider's own delete does nothing.
resource "vault_kv_secret_backend_v2" "settings" {
  cas_required = true
  max_versions = local.limits.max_versions
  mount        = var.create_kv_mount ? vault_mount.kv[0].path : local.names.kv_mount

  depends_on = [vault_audit.device]
}

resource "vault_mount" "transit" {
  count = var.create_transit_mount ? 1 : 0

  description = local.names.description
  path        = local.names.transit_mount
  type        = "transit"

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [vault_audit.device]
}
