# vault-binance/binance
# operator: exactly what `vault-binance operator add nobody --at no-such-mount --role no-such-role` needs, and
# `operator remove` likewise. Whoever may put somebody into a group gives that role to anybody, themselves included. That
# is why no role of ours holds this, and why it is for one role and one person's second factor: an admin's token, and
# short.

# Who is in which role already: issuer goes with no other.
path "identity/group/name/binance-writer" {
  capabilities = ["read"]
}
path "identity/group/name/binance-issuer" {
  capabilities = ["read"]
}
path "identity/group/name/binance-provisioner" {
  capabilities = ["read"]
}
path "identity/group/name/binance-auditor" {
  capabilities = ["read"]
}
path "identity/group/name/binance-no-such-role" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "member_entity_ids" = []
  }
}

# The person: looked up, and made as their first login would. With no right to name an entity this login cannot be tied
# to another one.
path "sys/mounts/auth/no-such-mount" {
  capabilities = ["read"]
}
path "identity/lookup/entity" {
  capabilities = ["update"]
  allowed_parameters = {
    "alias_name"           = ["nobody"]
    "alias_mount_accessor" = ["no_such_mount"]
    "id"                   = ["no_such_entity"]
  }
}
path "identity/entity-alias" {
  capabilities        = ["update"]
  required_parameters = ["name", "mount_accessor"]
  allowed_parameters = {
    "name"           = ["nobody"]
    "mount_accessor" = ["no_such_mount"]
  }
  denied_parameters = {
    "name"           = ["", []]
    "mount_accessor" = ["", []]
  }
}

# Their second factor, by our method alone.
path "identity/mfa/login-enforcement/binance-operators" {
  capabilities = ["read"]
}
path "identity/mfa/method/totp/no_such_method" {
  capabilities = ["read"]
}
path "identity/mfa/method/totp/admin-generate" {
  capabilities        = ["update"]
  required_parameters = ["method_id", "entity_id"]
  allowed_parameters = {
    "method_id" = ["no_such_method"]
    "entity_id" = ["no_such_entity"]
  }
  denied_parameters = {
    "method_id" = ["", []]
    "entity_id" = ["", []]
  }
}
path "identity/mfa/method/totp/admin-destroy" {
  capabilities        = ["update"]
  required_parameters = ["method_id", "entity_id"]
  allowed_parameters = {
    "method_id" = ["no_such_method"]
    "entity_id" = ["no_such_entity"]
  }
  denied_parameters = {
    "method_id" = ["", []]
    "entity_id" = ["", []]
  }
}

# Where the identity provider asks for it: what the login role demands.
path "auth/no-such-mount/role/no-such-role" {
  capabilities = ["read"]
}
