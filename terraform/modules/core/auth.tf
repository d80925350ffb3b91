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
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "vault_auth_backend" "cert" {
  count = var.existing_cert_accessor == null ? 1 : 0

  description = local.names.description
  path        = local.names.cert_mount
  type        = "cert"

  tune {
    default_lease_ttl = local.tune.default
    max_lease_ttl     = local.tune.cert
  }

  lifecycle {
    prevent_destroy = true
  }
}
