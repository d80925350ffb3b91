output "sha256" {
  description = "Name of each policy in Vault, and the SHA-256 of its text."
  value       = { for name, text in local.texts : name => sha256(text) }
}

output "texts" {
  description = "Name of each policy in Vault, and its text."
  value       = local.texts
}
