"""The two bots of the demo, each a program of its own: what stands behind `exec --` in real life.

`trade`: makes one signed request with an independent client library, on the key it finds in its environment.
`watch`: holds its token as a long-running bot does and reads its credential over and over, until it is refused.
"""

from __future__ import annotations

import json
import os
import sys
import time


def trade() -> int:
    """Ask for the account with Binance's own SDK; the key comes from the environment, as in any bot."""
    try:
        from binance_sdk_spot.spot import ConfigurationRestAPI, Spot
    except ImportError:
        sys.stderr.write("the demo's bot needs an independent client: pip install 'vault-binance[demo]'\n")
        return 3
    settings = ConfigurationRestAPI(
        api_key=os.environ["BINANCE_API_KEY"],
        api_secret=os.environ["BINANCE_API_SECRET"],
        base_path=os.environ["BINANCE_BASE_URL"],
    )
    account = Spot(config_rest_api=settings).rest_api.get_account().data()
    of_vault = sorted(name for name in os.environ if name.startswith(("VAULT_", "BAO_")))
    _say({"accepted": True, "account": account.account_type, "vault_variables_seen": of_vault})
    return 0


def watch(seconds: float = 10.0, pause: float = 0.05) -> int:
    """Say when reading begins, and when and why it ended; 1 if nothing ended it within `seconds`."""
    from vault_binance.bot.identities import identity_from, token_for
    from vault_binance.config import BotSettings, Config
    from vault_binance.errors import PermissionDenied
    from vault_binance.vault.http import HttpVault
    from vault_binance.vault.port import KvPath
    from vault_binance.vault.wire import Wire

    settings, config = BotSettings.from_environment(os.environ), Config.from_environment(os.environ)
    vault, path = HttpVault(Wire(config)), KvPath(settings.layout.credential_path(settings.credential))
    token = token_for(vault, identity_from(settings, config))
    vault.read(token, path)
    _say({"reading": True})
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            vault.read(token, path)
        except PermissionDenied as error:
            _say({"refused_at": time.time(), "because": error.message})
            return 0
        time.sleep(pause)
    return 1


def _say(facts: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit({"trade": trade, "watch": watch}[sys.argv[1]]())
