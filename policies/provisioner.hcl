# vault-binance/binance
# provisioner: makes bots, suspends and removes them. It mints no SecretID, pins no certificate, writes no policy,
# reads no value.
# With an issuer beside it a bot can be made that reads anything here, and more (see the alias below): give the two
# roles to different people.

# Entities of this instance. An entity's own policies would be a second way to rights, so they cannot be set; and with
# `id` any other team's entity could be renamed into these names, its rights included.
path "identity/entity/name/binance-*" {
  capabilities = ["read", "update", "delete"]
  allowed_parameters = {
    "metadata" = []
    "disabled" = []
  }
}

# An alias ties a login to an entity. Only logins of our own mount: an alias of another mount could give a person
# the entity of another team. Vault cannot be told which entities: whoever also holds a SecretID, an issuer or one of
# the bots, can log in as any entity whose id is known, with that entity's rights.
path "identity/entity-alias" {
  capabilities = ["update"]
  allowed_parameters = {
    "name"           = []
    "canonical_id"   = []
    "mount_accessor" = ["no_such_mount"]
  }
  denied_parameters = {
    "mount_accessor" = ["", []]
  }
}

# Roles of our own mount. bind_secret_id is not among the parameters: without it the RoleID alone would log in.
# An empty text or list passes every list of allowed values, and would undo what it is for: so both are denied.
path "auth/binance-approle/role/+" {
  capabilities = ["create", "read", "update", "delete"]
  allowed_parameters = {
    "token_policies"          = ["binance-reader", ["binance-reader"], "binance-signer", ["binance-signer"]]
    "token_ttl"               = []
    "token_max_ttl"           = []
    "token_no_default_policy" = [true, "true"]
    "token_type"              = ["service"]
    "token_bound_cidrs"       = []
    "secret_id_bound_cidrs"   = []
    "secret_id_num_uses"      = []
    "secret_id_ttl"           = []
  }
  denied_parameters = {
    "token_policies"          = ["", []]
    "token_no_default_policy" = ["", []]
    "token_type"              = ["", []]
  }
}
path "auth/binance-approle/role/" {
  capabilities = ["list"]
}
path "auth/binance-approle/role/+/role-id" {
  capabilities = ["read"]
}

# Ending SecretIDs is part of revoking a bot; making them is not.
path "auth/binance-approle/role/+/secret-id/" {
  capabilities = ["list"]
}
path "auth/binance-approle/role/+/secret-id-accessor/destroy" {
  capabilities = ["update"]
}

# So it is with certificates: they are seen and ended. Pinning one would be having the bot's credential, with nobody
# else's help, so that is left to the team's Vault admin: vault-binance bot enroll --output-policy.
path "auth/binance-cert/certs/+" {
  capabilities = ["read", "delete"]
}

# Does the credential exist that a bot is to read?
path "binance/metadata/credentials/+" {
  capabilities = ["read"]
}
path "sys/mounts/auth/binance-approle" {
  capabilities = ["read"]
}
path "sys/mounts/auth/binance-cert" {
  capabilities = ["read"]
}
