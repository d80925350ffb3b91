output "approle_accessor" {
  description = "Accessor of the AppRole mount: what module bot ties a bot's login to."
  value       = local.accessors.approle
}

output "cert_accessor" {
  description = "Accessor of the TLS certificate mount: what module bot ties a bot's login to."
  value       = local.accessors.cert
}

output "instance" {
  description = "Name of the instance: VAULT_BINANCE_INSTANCE for the command line."
  value       = var.instance

  # Whoever takes the name from here waits until everything that it stands for is there.
  depends_on = [vault_kv_secret_backend_v2.settings, vault_mount.transit, vault_policy.role]
}

output "names" {
  description = "What everything of the instance is called in Vault."
  value       = local.names
}
