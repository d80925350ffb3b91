output "group_ids" {
  description = "Id of the group of each role."
  value       = { for role, group in vault_identity_group.role : role => group.id }
}

output "mfa_method_id" {
  description = "Id of the TOTP method that people are enrolled at; null with second_factor idp."
  value       = one(vault_identity_mfa_totp.code[*].method_id)
}
