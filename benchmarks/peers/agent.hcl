# Vault Agent as a process supervisor, as its documentation writes it.
vault {
  address = "$address"
}

auto_auth {
  method "approle" {
    mount_path = "auth/binance-approle"
    config = {
      role_id_file_path   = "$directory/role_id"
      secret_id_file_path = "$directory/secret_id"
    }
  }
}

$extra

env_template "BINANCE_API_KEY" {
  contents             = "{{ with secret \"binance/data/credentials/market-maker\" }}{{ .Data.data.api_key }}{{ end }}"
  error_on_missing_key = true
}

env_template "BINANCE_API_SECRET" {
  contents             = "{{ with secret \"binance/data/credentials/market-maker\" }}{{ .Data.data.api_secret }}{{ end }}"
  error_on_missing_key = true
}

env_template "BINANCE_VERSION" {
  contents             = "{{ with secret \"binance/data/credentials/market-maker\" }}{{ .Data.metadata.version }}{{ end }}"
  error_on_missing_key = true
}

exec {
  command                   = ["$child"]
  restart_on_secret_changes = "always"
  restart_stop_signal       = "SIGTERM"
}
