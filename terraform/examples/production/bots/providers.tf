# Address: VAULT_ADDR, VAULT_CACERT. The CI's own JWT: TERRAFORM_VAULT_AUTH_JWT. Which commit it was, for the audit log:
# VAULT_TOKEN_NAME. None of them stands in a file, and none is a root token.
provider "vault" {
  auth_login_jwt {
    mount = var.ci_mount
    role  = "${var.instance}-terraform-bots"
  }
}
