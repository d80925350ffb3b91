# The provider-free tests of this module: terraform test. That it agrees with layout.py is tested from there.

run "an_instance_has_its_names" {
  command = plan

  variables {
    bot        = "mm-1"
    credential = "market-maker"
    instance   = "trading_b"
  }

  assert {
    condition     = output.names.entity == "trading_b-mm-1" && output.names.credential == "credentials/market-maker"
    error_message = "A bot's entity and a credential's path carry their names."
  }

  assert {
    condition     = output.names.description == "vault-binance/trading_b structure ${output.structure_version}"
    error_message = "A mount says whose it is, and of which structure."
  }
}

run "without_a_bot_there_is_no_entity" {
  command = plan

  assert {
    condition     = output.names.entity == null && output.names.credential == null
    error_message = "What was not named has no name."
  }
}

run "an_instance_with_a_hyphen_is_refused" {
  command = plan

  variables {
    instance = "binance-transit"
  }

  expect_failures = [var.instance]
}

run "a_star_is_no_bot" {
  command = plan

  variables {
    bot = "mm-*"
  }

  expect_failures = [var.bot]
}

run "a_slash_is_no_credential" {
  command = plan

  variables {
    credential = "market-maker/../other"
  }

  expect_failures = [var.credential]
}
