"""How each part of Binance's own modular SDK is set up: with the variables of its examples."""

import os

from binance_common.configuration import ConfigurationRestAPI


def configuration():
    return ConfigurationRestAPI(
        api_key=os.environ["API_KEY"],
        api_secret=os.environ.get("API_SECRET"),
        private_key=os.environ.get("PRIVATE_KEY"),  # the key, or a path to it
        base_path=os.environ["BASE_PATH"],
        timeout=10_000,
    )


def code_of(error):
    """Binance's code stands in `status_code`, and the HTTP status nowhere."""
    return getattr(error, "status_code", None)
