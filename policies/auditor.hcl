# vault-binance/binance
# auditor: sees how everything is set up and what is known of every key, and no value.
# An entity shows its login's RoleID: with an issuer beside it, it could log in as any bot. Keep the two roles apart.

path "binance/config" {
  capabilities = ["read"]
}
path "binance/metadata/" {
  capabilities = ["list"]
}
path "binance/metadata/credentials/+" {
  capabilities = ["read"]
}
path "binance/metadata/credentials/" {
  capabilities = ["list"]
}
path "binance/metadata/pending/+" {
  capabilities = ["read"]
}
path "binance/metadata/pending/" {
  capabilities = ["list"]
}
path "binance/data/reports/+" {
  capabilities = ["read"]
}
path "binance/metadata/reports/" {
  capabilities = ["list"]
}

path "sys/policies/acl/binance-*" {
  capabilities = ["read"]
}
path "sys/mounts/binance" {
  capabilities = ["read"]
}
path "sys/mounts/auth/binance-approle" {
  capabilities = ["read"]
}
path "sys/mounts/auth/binance-cert" {
  capabilities = ["read"]
}

path "auth/binance-approle/role/+" {
  capabilities = ["read"]
}
path "auth/binance-approle/role/" {
  capabilities = ["list"]
}
path "auth/binance-cert/certs/+" {
  capabilities = ["read"]
}
path "identity/entity/name/binance-*" {
  capabilities = ["read"]
}

# What another token may do, asked by its accessor.
path "sys/capabilities-accessor" {
  capabilities = ["update"]
}
