output "group_ids" {
  description = "Id of the group of each role of people."
  value       = module.operators.group_ids
}

output "mfa_method_id" {
  description = "Id of the TOTP method that people are enrolled at; null with second_factor idp."
  value       = module.operators.mfa_method_id
}
