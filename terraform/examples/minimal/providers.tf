# Address and token come from VAULT_ADDR and VAULT_TOKEN, and stand in no file.
provider "vault" {}
