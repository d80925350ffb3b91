# vault-binance/binance
# issuer: hands out the second half of a bot's login, always response-wrapped. It changes no role, reads no value.
# The RoleID, the first half, is not to be read here: whoever mints a SecretID can unwrap it too, and with both halves
# would be the bot.

path "auth/binance-approle/role/+/secret-id" {
  capabilities     = ["update"]
  min_wrapping_ttl = "1s"
  max_wrapping_ttl = "24h"
}
