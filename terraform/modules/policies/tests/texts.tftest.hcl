# The provider-free tests of this module: terraform test. That the bytes are Python's is tested from there.

run "there_are_six_and_each_carries_the_mark" {
  command = plan

  variables {
    instance = "trading_b"
  }

  assert {
    condition     = length(output.texts) == 6 && alltrue([for name in keys(output.texts) : startswith(name, "trading_b-")])
    error_message = "There are six policies, and each has the instance's name in front."
  }

  assert {
    condition     = alltrue([for text in values(output.texts) : startswith(text, "# vault-binance/trading_b\n")])
    error_message = "A policy begins with the mark of its instance."
  }
}

run "the_provisioner_names_the_mount" {
  command = plan

  variables {
    approle_accessor = "auth_approle_1a2b3c4d"
  }

  assert {
    condition     = strcontains(output.texts["binance-provisioner"], "\"auth_approle_1a2b3c4d\"")
    error_message = "The provisioner ties logins of this one mount."
  }
}

run "policy_text_is_no_accessor" {
  command = plan

  variables {
    approle_accessor = "x\"] } path \"*\" { capabilities = [\"sudo\"] } #"
  }

  expect_failures = [var.approle_accessor]
}
