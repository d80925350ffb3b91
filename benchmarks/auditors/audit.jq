# What somebody writes who has jq and Vault's page on the audit log: the same rows, without names for what is hashed,
# without findings, and with nothing remembered from one line to the next.
select(.type == "response" or (.error // "") != "")
| select(.request.path | test("^(binance(-transit)?/|auth/binance-(approle|cert)/|identity/entity/name/binance-|sys/polic[^/]*(/acl)?/binance-|sys/(mounts|auth)/binance|sys/wrapping/unwrap|sys/audit/)"))
| [.time[0:19], (.auth.metadata.role_name // .auth.display_name // "?"), .auth.entity_id, .request.remote_address,
   .request.operation, .request.path, (.response.data.metadata.version // .response.data.version),
   (if (.error // "") == "" then "allowed" else "denied" end)]
| @csv
