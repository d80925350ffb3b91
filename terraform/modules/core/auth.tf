# Destroying an auth mount ends every bot's login and tokens. That is refused, too.
#
# The provider swallows an error of `tune` and remembers what was asked for as done, so `vault-binance doctor` looks. The
# bots' roles bound their tokens by themselves.

locals {
  # Times as the provider reads them back: 900 is 15m. In any other words each plan would show a change.
  tune = {
    for kind, seconds in merge(local.limits.auth_max_ttl, { default = local.limits.token_ttl }) : kind =>
    seconds % 3600 == 0 ? "${seconds / 3600}h" : seconds % 60 == 0 ? "${seconds / 60}m" : "${seconds}s"
  }
}

resource "vault_auth_backend" "approle" {
  count = var.existing_approle_accessor == null ? 1 : 0

  description = local.names.description
  path        = local.names.approle_mount
  type        = "approle"

  tune {
    default_lease_ttl = local.tune.default
    max_lease_ttl     = local.tune.approle
    token_type        = "default-service" # what Vault answers where nothing is said
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [vault_audit.device]
}

resource "vault_auth_backend" "cert" {
  count = var.existing_cert_accessor == null ? 1 : 0

  description = local.names.description
  path        = local.names.cert_mount
  type        = "cert"

  tune {
    default_lease_ttl = local.tune.default
    max_lease_ttl     = local.tune.cert
    token_type        = "default-service"
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [vault_audit.device]
}

# Only warned of: are the mounts what they were asked to be? Not read within the checks: then no plan would be empty.
data "vault_auth_backend" "approle" {
  count = length(vault_auth_backend.approle)

  path = local.names.approle_mount

  depends_on = [vault_auth_backend.approle]
}

data "vault_auth_backend" "cert" {
  count = length(vault_auth_backend.cert)

  path = local.names.cert_mount

  depends_on = [vault_auth_backend.cert]
}

check "tuned" {
  assert {
    condition     = alltrue([for mount in data.vault_auth_backend.approle : mount.max_lease_ttl_seconds == local.limits.auth_max_ttl.approle])
    error_message = "The AppRole mount was not tuned. What mends it: vault-binance doctor"
  }

  assert {
    condition     = alltrue([for mount in data.vault_auth_backend.cert : mount.max_lease_ttl_seconds == local.limits.auth_max_ttl.cert])
    error_message = "The mount for TLS certificates was not tuned. What mends it: vault-binance doctor"
  }
}
