#!/bin/sh
# The same job as most shell scripts do it: four calls of Vault's own command.
set -e
VAULT_TOKEN=$("$VAULT_COMMAND" write -field=token auth/binance-approle/login \
  role_id="$VAULT_BINANCE_ROLE_ID" secret_id="$VAULT_BINANCE_SECRET_ID")
export VAULT_TOKEN
BINANCE_API_KEY=$("$VAULT_COMMAND" kv get -mount=binance -field=api_key credentials/market-maker)
BINANCE_API_SECRET=$("$VAULT_COMMAND" kv get -mount=binance -field=api_secret credentials/market-maker)
"$VAULT_COMMAND" token revoke -self >/dev/null
export BINANCE_API_KEY BINANCE_API_SECRET
unset VAULT_TOKEN
exec "$@"
