"""Authentication for httpx: every request is signed at the moment of sending, with the credential of that moment.

    with Fetcher("market-maker") as vault, httpx.Client(base_url=URL, auth=BinanceAuth(vault)) as api:
        api.post("/api/v3/order", params={"symbol": "BTCUSDT", ...})
        api.get("/api/v3/time", auth=None)

Rules of the file
- What httpx has serialised is signed as it stands and nothing is built a second time: timestamp and signature are
  added to the query, and what httpx then holds is what goes out.
- A request that is sent again, by a retry of the caller's, is stamped and signed anew. A redirect is not: httpx follows
  none unless it is told to, and would take the API key along.
"""

from __future__ import annotations

from vault_binance.binance.hosts import keeps_a_key
from vault_binance.binance.signer import OURS, Signer, now_ms
from vault_binance.binance.transport import HttpxAuth
from vault_binance.errors import ConfigError
from vault_binance.signing import RECV_WINDOW_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_binance.binance.signer import Lent
    from vault_binance.binance.transport import Address, Outgoing
    from vault_binance.credentials import Credentials

_FORM = "application/x-www-form-urlencoded"


class BinanceAuth(HttpxAuth):
    """For a whole client or for one request; `auth=None` sends a request without it.

    Sending raises ConfigError for an address that no key is sent to, and for a body that Binance does not take; and
    whatever the source raises while it has no credential.
    """

    def __init__(
        self,
        source: Credentials | Lent,
        *,
        signed: bool = True,
        recv_window_ms: int = RECV_WINDOW_MS,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        """`source` is a Fetcher, an AsyncFetcher or Credentials. Without `signed` only the API key is sent, as the
        futures listenKey wants it. The rest as for Signer.
        """
        self._signer = Signer(source, recv_window_ms=recv_window_ms, clock=clock)
        self._is_signed = signed
        super().__init__()

    def _prepare(self, outgoing: Outgoing) -> None:
        _check_place(outgoing.address)
        if self._is_signed:
            self._sign(outgoing)
        else:
            outgoing.add(self._signer.headers)

    def _sign(self, outgoing: Outgoing) -> None:
        signed = self._signer.text(_unstamped(outgoing.query), _form(outgoing))
        outgoing.query = signed.query
        outgoing.add(signed.headers)


def _unstamped(query: str) -> str:
    return "&".join(pair for pair in query.split("&") if pair.partition("=")[0] not in OURS)


def _form(outgoing: Outgoing) -> str:
    body, kind = outgoing.body, outgoing.content_type or _FORM
    if body and kind != _FORM:
        raise ConfigError(f"a body of type {kind!a}", hint="Binance takes a form, data={...}, or all in params={...}")
    if not body.isascii():
        raise ConfigError("a body that is not percent-encoded", hint="Binance refuses it with -1022: use data={...}")
    return body.decode("ascii")


def _check_place(address: Address) -> None:
    """An API key goes over TLS, or stays on this machine."""
    if not keeps_a_key(address.scheme, address.host):
        raise ConfigError(f"{address.scheme}://{address.host}: no API key is sent without TLS", hint="write https://")
