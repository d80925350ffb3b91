# The state holds RoleIDs, and names of credentials: nothing secret, and nothing for everybody. Keep it remote, encrypted and locked, apart from
# the other one's, where your team keeps states:
#
#   backend "s3" {
#     bucket       = "example-terraform-states"
#     encrypt      = true
#     key          = "vault-binance/bots.tfstate"
#     use_lockfile = true
#   }
terraform {
  required_version = ">= 1.11.0, < 2.0.0"

  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = "~> 5.11"
    }
  }
}
