# vault-binance/binance
# signer: a bot that never holds its key. It may have bytes signed by the one Transit key that its entity names.
# Transit cannot tell an order from a withdrawal: permissions and IP restriction at Binance stay necessary.

# Ed25519, and RSA with its hash named.
path "binance-transit/sign/{{identity.entity.metadata.binance_credential}}" {
  capabilities = ["update"]
}
path "binance-transit/sign/{{identity.entity.metadata.binance_credential}}/sha2-256" {
  capabilities = ["update"]
}
# HMAC-SHA256.
path "binance-transit/hmac/{{identity.entity.metadata.binance_credential}}/sha2-256" {
  capabilities = ["update"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "sys/capabilities-self" {
  capabilities = ["update"]
}
path "identity/entity/id/{{identity.entity.id}}" {
  capabilities = ["read"]
}
