output "limits" {
  description = "Numbers that are the same in every instance; times in seconds."
  value = {
    auth_max_ttl  = { approle = local.secret_id_ttl, cert = local.token_max_ttl }
    max_versions  = 10
    secret_id_ttl = local.secret_id_ttl
    token_max_ttl = local.token_max_ttl
    token_ttl     = local.token_ttl
  }
}

output "names" {
  description = "What everything of the instance is called in Vault. Entity and credential are null where none was named."
  value = {
    approle_mount = "${var.instance}-approle"
    cert_mount    = "${var.instance}-cert"
    credential    = var.credential == null ? null : "credentials/${var.credential}"
    description   = "${local.managed_by} structure ${local.structure_version}"
    enforcement   = "${var.instance}-operators"
    entity        = var.bot == null ? null : "${var.instance}-${var.bot}"
    groups        = { for role in local.operator_roles : role => "${var.instance}-${role}" }
    kv_mount      = var.instance
    managed_by    = local.managed_by
    policies      = { for role in local.roles : role => "${var.instance}-${role}" }
    transit_mount = "${var.instance}-transit"
  }
}

output "structure_version" {
  description = "Version of the structure that these modules make, as in the mounts' descriptions."
  value       = local.structure_version
}
