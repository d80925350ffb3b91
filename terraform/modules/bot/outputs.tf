output "entity_id" {
  description = "Id of the bot's identity entity."
  value       = coalesce(local.entity_id) # so that it is known not to be null before it is known, for another call's entity_id
}

output "environment" {
  description = "What the bot's own environment says, all of it not secret: VAULT_ADDR and the SecretID, key or token come from elsewhere."
  value = merge(
    {
      VAULT_BINANCE_AUTH       = var.auth_method
      VAULT_BINANCE_BOT        = var.name
      VAULT_BINANCE_CREDENTIAL = var.credential
      VAULT_BINANCE_INSTANCE   = var.instance
    },
    var.auth_method == "approle" ? { VAULT_BINANCE_ROLE_ID = local.logins.approle } : {},
    var.mount == null ? {} : { VAULT_BINANCE_AUTH_MOUNT = var.mount },
  )
}

output "role_id" {
  description = "RoleID of the bot, which is who it is and no secret; null for other methods than approle."
  value       = local.logins.approle
}
