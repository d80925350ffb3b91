# vault-binance/binance
# writer: puts keys in and takes them out of use. It cannot read a credential, not even one that it wrote.

path "binance/data/credentials/+" {
  capabilities = ["create", "update"]
}

# What is known of a key without its value, merged and never replaced. The three parameters would erase versions beside
# the record: a limit of one version, or a life of one second, leaves no trace of what it took.
path "binance/metadata/credentials/+" {
  capabilities = ["read", "patch"]
  denied_parameters = {
    "max_versions"         = []
    "cas_required"         = []
    "delete_version_after" = []
  }
}
path "binance/metadata/credentials/" {
  capabilities = ["list"]
}

# Versions by number: hidden, brought back, erased. That they existed stays on record.
path "binance/delete/credentials/+" {
  capabilities = ["update"]
}
path "binance/undelete/credentials/+" {
  capabilities = ["update"]
}
path "binance/destroy/credentials/+" {
  capabilities = ["update"]
}

# Half-made keys: the private half waits here until Binance has registered the public one. One that waits is never
# replaced: it is read, or erased as a whole.
path "binance/data/pending/+" {
  capabilities = ["create", "read"]
}
path "binance/metadata/pending/+" {
  capabilities = ["read", "delete"]
}
path "binance/metadata/pending/" {
  capabilities = ["list"]
}

# What bots found out about their keys, where the right address is: whoever answers for a key acts on it. No value is in
# a report.
path "binance/data/reports/+" {
  capabilities = ["read"]
}
path "binance/metadata/reports/" {
  capabilities = ["list"]
}
