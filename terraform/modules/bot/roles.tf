# One of these, after auth_method. Each has the reader's policy and no other, and the same limits. The mount is named and
# not referred to, so each waits for its accessor.

resource "vault_approle_auth_backend_role" "bot" {
  count = var.auth_method == "approle" ? 1 : 0

  backend                 = local.mount
  role_name               = var.name
  secret_id_bound_cidrs   = var.bound_cidrs
  secret_id_num_uses      = 0
  secret_id_ttl           = local.limits.secret_id_ttl
  token_bound_cidrs       = local.token_cidrs
  token_max_ttl           = local.limits.token_max_ttl
  token_no_default_policy = true
  token_policies          = local.policies
  token_ttl               = local.limits.token_ttl
  token_type              = "service"

  depends_on = [var.mount_accessor]
}

# The one allowed name keeps the owner of a pinned key from making a certificate in somebody else's name
# (CVE-2025-6037). A certificate of another name than the bot's is refused at login.
resource "vault_cert_auth_backend_role" "bot" {
  count = var.auth_method == "cert" ? 1 : 0

  allowed_common_names    = [var.name]
  backend                 = local.mount
  certificate             = var.certificate
  display_name            = var.name
  name                    = var.name
  token_bound_cidrs       = local.token_cidrs
  token_max_ttl           = local.limits.token_max_ttl
  token_no_default_policy = true
  token_policies          = local.policies
  token_ttl               = local.limits.token_ttl
  token_type              = "service"

  depends_on = [var.mount_accessor]
}

resource "vault_jwt_auth_backend_role" "bot" {
  count = var.auth_method == "jwt" ? 1 : 0

  backend                      = local.mount
  bound_audiences              = [var.jwt.audience]
  bound_claims                 = { (var.jwt.user_claim) = var.jwt.subject } # bound_subject is not read back
  bound_claims_type            = "string"
  disable_bound_claims_parsing = true # a comma in a subject would mean "or"
  role_name                    = var.name
  role_type                    = "jwt" # the provider's own default is oidc
  token_bound_cidrs            = local.token_cidrs
  token_max_ttl                = local.limits.token_max_ttl
  token_no_default_policy      = true
  token_policies               = local.policies
  token_ttl                    = local.limits.token_ttl
  token_type                   = "service"
  user_claim                   = var.jwt.user_claim

  depends_on = [var.mount_accessor]
}

resource "vault_kubernetes_auth_backend_role" "bot" {
  count = var.auth_method == "kubernetes" ? 1 : 0

  alias_name_source                = "serviceaccount_uid"
  audience                         = var.kubernetes.audience
  backend                          = local.mount
  bound_service_account_names      = [var.kubernetes.service_account]
  bound_service_account_namespaces = [var.kubernetes.namespace]
  role_name                        = var.name
  token_bound_cidrs                = local.token_cidrs
  token_max_ttl                    = local.limits.token_max_ttl
  token_no_default_policy          = true
  token_policies                   = local.policies
  token_ttl                        = local.limits.token_ttl
  token_type                       = "service"

  depends_on = [var.mount_accessor]
}
