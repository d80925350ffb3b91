"""How each part of Binance's own modular SDK is set up."""

import os

from binance_common.configuration import ConfigurationRestAPI


def configuration():
    secret = os.environ["BINANCE_API_SECRET"]
    kind = "private_key" if secret.startswith("-----BEGIN") else "api_secret"
    return ConfigurationRestAPI(
        api_key=os.environ["BINANCE_API_KEY"],
        base_path=os.environ["BINANCE_BASE_URL"],
        timeout=10_000,
        **{kind: secret},
    )


def code_of(error):
    """Binance's code stands in `status_code`, and the HTTP status nowhere."""
    return getattr(error, "status_code", None)
