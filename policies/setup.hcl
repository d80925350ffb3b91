# vault-binance/binance
# setup: exactly what `vault-binance setup` and `vault-binance policy apply` need, for as long as they run.
# Whoever holds this can write the policies below and so give themselves anything they grant: an admin's token, short.

path "sys/mounts/binance" {
  capabilities = ["read", "update"]
}
path "sys/mounts/binance/tune" {
  capabilities = ["update"]
}
path "binance/config" {
  capabilities = ["read", "update"]
}

path "sys/auth/binance-approle" {
  capabilities = ["update", "sudo"]
}
path "sys/mounts/auth/binance-approle" {
  capabilities = ["read"]
}
path "sys/auth/binance-approle/tune" {
  capabilities = ["update", "sudo"]
}

path "sys/auth/binance-cert" {
  capabilities = ["update", "sudo"]
}
path "sys/mounts/auth/binance-cert" {
  capabilities = ["read"]
}
path "sys/auth/binance-cert/tune" {
  capabilities = ["update", "sudo"]
}

path "sys/policies/acl/binance-reader" {
  capabilities = ["read", "update"]
}
path "sys/policies/acl/binance-signer" {
  capabilities = ["read", "update"]
}
path "sys/policies/acl/binance-writer" {
  capabilities = ["read", "update"]
}
path "sys/policies/acl/binance-issuer" {
  capabilities = ["read", "update"]
}
path "sys/policies/acl/binance-provisioner" {
  capabilities = ["read", "update"]
}
path "sys/policies/acl/binance-auditor" {
  capabilities = ["read", "update"]
}

# Whether anybody would notice: is an audit device enabled? Only looked at, never changed.
path "sys/audit" {
  capabilities = ["read", "sudo"]
}
