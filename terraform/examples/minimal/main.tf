module "core" {
  source = "../../modules/core"

  instance = var.instance
}

module "operators" {
  source = "../../modules/operators"

  instance = module.core.instance
}

module "bot" {
  source = "../../modules/bot"

  bound_cidrs    = var.bound_cidrs
  credential     = var.credential
  instance       = module.core.instance
  mount_accessor = module.core.approle_accessor
  name           = var.bot
}
