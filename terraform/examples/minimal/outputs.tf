output "environment" {
  description = "What the bot's own environment says; the SecretID comes from `vault-binance bot secret-id`."
  value       = module.bot.environment
}
