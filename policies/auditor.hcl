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
path "sys/mounts/binance-transit" {
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
path "auth/binance-approle/role/+/role-id" {
  capabilities = ["read"]
}
path "auth/binance-cert/certs/+" {
  capabilities = ["read"]
}
path "auth/binance-cert/certs/" {
  capabilities = ["list"]
}
path "identity/entity/name/binance-*" {
  capabilities = ["read"]
}

# The names of all entities, other teams' too, and of those only the names: a bot that logs in by a platform's identity
# has no role in a mount of ours, and is found in no other way.
path "identity/entity/name/" {
  capabilities = ["list"]
}

# Who is an operator, and what a login asks of them. A TOTP method is read by an id that Vault chose: it shows how codes
# are made, and nobody's secret.
path "identity/group/name/binance-*" {
  capabilities = ["read"]
}
path "identity/mfa/login-enforcement/binance-operators" {
  capabilities = ["read"]
}
path "identity/mfa/method/totp/+" {
  capabilities = ["read"]
}

# Whether a key may be exported; what is read of one is at most its public half.
path "binance-transit/keys/+" {
  capabilities = ["read"]
}
path "binance-transit/keys/" {
  capabilities = ["list"]
}

# Whether anybody would notice. Vault wants sudo for the list; devices are made and ended on paths below this one.
path "sys/audit" {
  capabilities = ["read", "sudo"]
}

# What another token is and may do, asked by its accessor: neither tells the token.
path "auth/token/lookup-accessor" {
  capabilities = ["update"]
}
path "sys/capabilities-accessor" {
  capabilities = ["update"]
}
