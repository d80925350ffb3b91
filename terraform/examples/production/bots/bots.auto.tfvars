bots = {
  arb-1 = {
    bound_cidrs = ["10.0.4.8/32"]
    credential  = "arbitrage"
  }
  mm-1 = {
    bound_cidrs = ["10.0.4.7/32"]
    credential  = "market-maker"
  }
}
