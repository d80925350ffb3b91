# consul-template as a supervisor. It has no login of its own: the token comes in VAULT_TOKEN, and it renews that one.
vault {
  address = "$address"
  $extra
}

template {
  contents             = "{{ with secret \"binance/data/credentials/market-maker\" }}BINANCE_API_KEY={{ .Data.data.api_key }}\nBINANCE_API_SECRET={{ .Data.data.api_secret }}\nBINANCE_VERSION={{ .Data.metadata.version }}\n{{ end }}"
  destination          = "$directory/credential"
  perms                = 0600
  error_on_missing_key = true
}

exec {
  command = ["$child"]
}
