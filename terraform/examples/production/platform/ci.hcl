# vault-binance/binance
# What the CI of platform/ needs, and no more: written once, by hand, by whoever runs this Vault. For another instance
# replace binance throughout.
#
# Whoever holds this can write the policies below, and so give a bot or a person what they may not have, though neither
# makes a SecretID nor reads a value by itself: only a protected branch may get it. It cannot tear down: no mount, policy
# or group of ours can be deleted with it.

# The provider's own token: it makes itself a child of the one that it logged in with.
path "auth/token/create" {
  capabilities = ["update"]
}
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

# Mounts: their shape, never what is in them.
path "sys/mounts/binance" {
  capabilities = ["create", "read", "update"]
}
path "sys/mounts/binance/tune" {
  capabilities = ["read", "update"]
}
path "binance/config" {
  capabilities = ["create", "read", "update"]
}
path "binance/data/*" {
  capabilities = ["deny"]
}
path "sys/mounts/binance-transit" {
  capabilities = ["create", "read", "update"]
}
path "sys/mounts/binance-transit/tune" {
  capabilities = ["read", "update"]
}

# Vault demands sudo to enable an auth method, whichever it is; the path says which.
path "sys/auth/binance-approle" {
  capabilities = ["create", "read", "update", "sudo"]
}
path "sys/mounts/auth/binance-approle" {
  capabilities = ["read"]
}
path "sys/mounts/auth/binance-approle/tune" {
  capabilities = ["read", "update"]
}
path "sys/auth/binance-cert" {
  capabilities = ["create", "read", "update", "sudo"]
}
path "sys/mounts/auth/binance-cert" {
  capabilities = ["read"]
}
path "sys/mounts/auth/binance-cert/tune" {
  capabilities = ["read", "update"]
}

# The policies of the instance, by name. Not this one.
path "sys/policies/acl/binance-reader" {
  capabilities = ["create", "read", "update"]
}
path "sys/policies/acl/binance-signer" {
  capabilities = ["create", "read", "update"]
}
path "sys/policies/acl/binance-writer" {
  capabilities = ["create", "read", "update"]
}
path "sys/policies/acl/binance-issuer" {
  capabilities = ["create", "read", "update"]
}
path "sys/policies/acl/binance-provisioner" {
  capabilities = ["create", "read", "update"]
}
path "sys/policies/acl/binance-auditor" {
  capabilities = ["create", "read", "update"]
}
path "sys/policies/acl/binance-terraform-bots" {
  capabilities = ["create", "read", "update"]
}

# Groups of people, made by name, with their policy and nobody in them: one without a name gets some name, and whoever is
# in it has what it carries, this CI too. Changed they are by id, and so would be every other team's: a member of one has
# its rights. To let this CI change ours (second_factor, member_group_ids), add a path for each id in the output
# group_ids:
#   path "identity/group/id/ID" { capabilities = ["read", "update"] }
path "identity/group" {
  capabilities        = ["create", "update"]
  required_parameters = ["name"]
  allowed_parameters = {
    "name"              = ["binance-writer", "binance-issuer", "binance-provisioner", "binance-auditor"]
    "policies"          = [["binance-writer"], ["binance-issuer"], ["binance-provisioner"], ["binance-auditor"]]
    "member_entity_ids" = [[]]
    "*"                 = []
  }
  denied_parameters = {
    "id"       = []
    "name"     = ["", []]
    "policies" = ["", []]
  }
}
path "identity/group/id/+" {
  capabilities = ["read"]
}

# The second factor: a method is made and never changed. A person's own secret is vault-binance operator's.
path "identity/mfa/method/totp" {
  capabilities = ["create", "update"]
  denied_parameters = {
    "method_id" = []
  }
}
path "identity/mfa/method/totp/+" {
  capabilities = ["read"]
}
path "identity/mfa/login-enforcement/binance-operators" {
  capabilities = ["create", "read", "update"]
}

# With rate_limit.
path "sys/quotas/rate-limit/binance" {
  capabilities = ["create", "read", "update", "delete"]
}
path "sys/quotas/rate-limit/binance-approle" {
  capabilities = ["create", "read", "update", "delete"]
}
path "sys/quotas/rate-limit/binance-cert" {
  capabilities = ["create", "read", "update", "delete"]
}
path "sys/quotas/rate-limit/binance-transit" {
  capabilities = ["create", "read", "update", "delete"]
}
