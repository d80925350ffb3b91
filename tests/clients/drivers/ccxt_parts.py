"""What both halves of ccxt share: the way to another Binance, and the code out of an error's text."""

import os
import re
from urllib.parse import urlsplit


def here(exchange):
    """Keep the path of every address and change what is before it."""
    urls = exchange.urls["api"]
    for name, url in urls.items():
        if isinstance(url, str):
            urls[name] = os.environ["BINANCE_BASE_URL"] + urlsplit(url).path
    return exchange


def code_of(error):
    """ccxt keeps Binance's answer in the text alone."""
    found = re.search(r'"code":(-\d+)', str(error))
    return int(found[1]) if found else None
