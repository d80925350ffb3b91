output "environments" {
  description = "What each bot's own environment says; its SecretID comes from `vault-binance bot secret-id`."
  value       = { for name, bot in module.bot : name => bot.environment }
}
