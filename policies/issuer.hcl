# vault-binance/binance
# issuer: hands out the second half of a bot's login, always response-wrapped. It sees no SecretID, changes no role.

path "auth/binance-approle/role/+/secret-id" {
  capabilities     = ["create", "update"]
  min_wrapping_ttl = "1s"
  max_wrapping_ttl = "24h"
}

# The RoleID is the other half, and no secret.
path "auth/binance-approle/role/+/role-id" {
  capabilities = ["read"]
}
path "auth/binance-approle/role/" {
  capabilities = ["list"]
}
