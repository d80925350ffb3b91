# vault-binance/binance
# enroll: exactly what `vault-binance bot enroll no-such-bot --certificate` needs, for as long as it runs.
# Whoever pins a certificate chooses the key that logs in as the bot, and so has its credential, alone. That is why no
# role of ours holds this, and why it is for one bot: an admin's token, and short. After `bot revoke` the bot is another
# entity, and this text is to be printed anew.

path "sys/mounts/auth/binance-cert" {
  capabilities = ["read"]
}
path "identity/entity/name/binance-no-such-bot" {
  capabilities = ["read"]
}

# The addresses it may come from, with a certificate as with a SecretID.
path "auth/binance-approle/role/no-such-bot" {
  capabilities = ["read"]
}

# A login is tied to an entity by its certificate's common name, which whoever made the certificate wrote into it. So
# that this right is for this bot's login and no other's, its name must be given as the only one allowed. The denials are
# part of that: an empty text and an empty list pass every list of allowed values, since Vault looks at elements one by
# one, and without a name any certificate would do.
path "auth/binance-cert/certs/no-such-bot" {
  capabilities        = ["read", "update"]
  required_parameters = ["allowed_common_names"]
  allowed_parameters = {
    "allowed_common_names"    = ["no-such-bot", ["no-such-bot"]]
    "certificate"             = []
    "display_name"            = ["no-such-bot"]
    "token_policies"          = ["binance-reader", ["binance-reader"]]
    "token_ttl"               = []
    "token_max_ttl"           = []
    "token_no_default_policy" = [true, "true"]
    "token_type"              = ["service"]
    "token_bound_cidrs"       = []
  }
  denied_parameters = {
    "allowed_common_names"    = ["", []]
    "display_name"            = ["", []]
    "token_policies"          = ["", []]
    "token_no_default_policy" = ["", []]
    "token_type"              = ["", []]
  }
}
path "identity/entity-alias" {
  capabilities        = ["update"]
  required_parameters = ["canonical_id"]
  allowed_parameters = {
    "name"           = ["no-such-bot"]
    "canonical_id"   = ["no_such_entity"]
    "mount_accessor" = ["no_such_mount"]
  }
  denied_parameters = {
    "name"           = ["", []]
    "canonical_id"   = ["", []]
    "mount_accessor" = ["", []]
  }
}
