module "layout" {
  source = "../../../modules/layout"

  instance = var.instance
}

# Looked up, not taken from the other state: whoever may read that one would learn more than this.
data "vault_auth_backend" "approle" {
  path = module.layout.names.approle_mount
}

module "bot" {
  source   = "../../../modules/bot"
  for_each = var.bots

  bound_cidrs    = each.value.bound_cidrs
  credential     = each.value.credential
  instance       = var.instance
  mount_accessor = data.vault_auth_backend.approle.accessor
  name           = each.key
}

check "bound" {
  assert {
    condition     = alltrue([for bot in values(var.bots) : length(bot.bound_cidrs) > 0])
    error_message = "A bot without bound_cidrs logs in from anywhere: ${join(", ", [for name, bot in var.bots : name if length(bot.bound_cidrs) == 0])}."
  }
}
