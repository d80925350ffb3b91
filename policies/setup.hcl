# vault-binance/binance
# setup: exactly what `vault-binance setup` and `vault-binance policy apply` need, for as long as they run.
# Whoever holds this can write the policies below and so give themselves anything they grant: an admin's token, short.

# Mounts are made, and then described and no more: with `audit_non_hmac_response_keys` the audit log would show every
# credential that is read.
path "sys/mounts/binance" {
  capabilities = ["read", "update"]
  denied_parameters = {
    "config" = []
  }
}
path "sys/mounts/binance/tune" {
  capabilities = ["update"]
  allowed_parameters = {
    "description" = []
  }
}
path "binance/config" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "cas_required"         = []
    "max_versions"         = []
    "delete_version_after" = ["0s"]
  }
  denied_parameters = {
    "delete_version_after" = ["", []]
  }
}

path "sys/mounts/binance-transit" {
  capabilities = ["read", "update"]
  denied_parameters = {
    "config" = []
  }
}
path "sys/mounts/binance-transit/tune" {
  capabilities = ["update"]
  allowed_parameters = {
    "description" = []
  }
}

path "sys/auth/binance-approle" {
  capabilities = ["update", "sudo"]
  denied_parameters = {
    "config" = []
  }
}
path "sys/mounts/auth/binance-approle" {
  capabilities = ["read"]
}
path "sys/auth/binance-approle/tune" {
  capabilities = ["update", "sudo"]
  allowed_parameters = {
    "description"       = []
    "default_lease_ttl" = []
    "max_lease_ttl"     = []
  }
}

path "sys/auth/binance-cert" {
  capabilities = ["update", "sudo"]
  denied_parameters = {
    "config" = []
  }
}
path "sys/mounts/auth/binance-cert" {
  capabilities = ["read"]
}
path "sys/auth/binance-cert/tune" {
  capabilities = ["update", "sudo"]
  allowed_parameters = {
    "description"       = []
    "default_lease_ttl" = []
    "max_lease_ttl"     = []
  }
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

# The groups of people, each with the one policy of its name. Whom a group holds cannot be written with this, nor can a
# group of another name; the policy behind the name can, above.
path "identity/group/name/binance-writer" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "policies" = [["binance-writer"]]
    "metadata" = [
      { managed_by = "vault-binance/binance", second_factor = "totp" },
      { managed_by = "vault-binance/binance", second_factor = "idp" },
    ]
  }
  denied_parameters = {
    "policies" = ["", []]
    "metadata" = ["", []]
  }
}
path "identity/group/name/binance-issuer" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "policies" = [["binance-issuer"]]
    "metadata" = [
      { managed_by = "vault-binance/binance", second_factor = "totp" },
      { managed_by = "vault-binance/binance", second_factor = "idp" },
    ]
  }
  denied_parameters = {
    "policies" = ["", []]
    "metadata" = ["", []]
  }
}
path "identity/group/name/binance-provisioner" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "policies" = [["binance-provisioner"]]
    "metadata" = [
      { managed_by = "vault-binance/binance", second_factor = "totp" },
      { managed_by = "vault-binance/binance", second_factor = "idp" },
    ]
  }
  denied_parameters = {
    "policies" = ["", []]
    "metadata" = ["", []]
  }
}
path "identity/group/name/binance-auditor" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "policies" = [["binance-auditor"]]
    "metadata" = [
      { managed_by = "vault-binance/binance", second_factor = "totp" },
      { managed_by = "vault-binance/binance", second_factor = "idp" },
    ]
  }
  denied_parameters = {
    "policies" = ["", []]
    "metadata" = ["", []]
  }
}

# Our TOTP method, and finding it again: it has no name, so all are looked at. They show no secret.
path "identity/mfa/method/totp" {
  capabilities = ["update"]
  allowed_parameters = {
    "issuer"    = ["vault-binance/binance"]
    "algorithm" = ["SHA1"]
    "digits"    = []
    "period"    = []
  }
  denied_parameters = {
    "issuer"    = ["", []]
    "algorithm" = ["", []]
  }
}
path "identity/mfa/method/totp/" {
  capabilities = ["list"]
}
path "identity/mfa/method/totp/+" {
  capabilities = ["read"]
}

# Of whom a login asks the code: of groups, never of a mount, a kind of login or one entity. Vault cannot enforce here
# which groups: whoever holds this can ask members of others for a code that they do not have, and so shut them out.
path "identity/mfa/login-enforcement/binance-operators" {
  capabilities = ["read", "update", "delete"]
  allowed_parameters = {
    "mfa_method_ids"        = []
    "identity_group_ids"    = []
    "identity_entity_ids"   = [[]]
    "auth_method_accessors" = [[]]
    "auth_method_types"     = [[]]
  }
}

# Whether anybody would notice: is an audit device enabled? Only looked at, never changed.
path "sys/audit" {
  capabilities = ["read", "sudo"]
}
