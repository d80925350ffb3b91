# vault-binance/binance
# reader: a bot. It may read the one credential that its identity entity names, and nothing else of any instance.
# The names come from the entity's metadata. Whoever may write identity entities can therefore point a bot elsewhere;
# older versions of the credential are readable too, so destroy a version once its key is dead at Binance.

path "binance/data/credentials/{{identity.entity.metadata.binance_credential}}" {
  capabilities = ["read"]
}

# What the bot found out about its key on its own host, where the right address is.
path "binance/data/reports/{{identity.entity.metadata.binance_bot}}" {
  capabilities = ["create", "read", "update"]
}

# Its own token: keep it, end it, ask about it. There is no default policy behind this one.
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

# Its own entity, so that a refusal can be explained.
path "identity/entity/id/{{identity.entity.id}}" {
  capabilities = ["read"]
}
