"""Signed requests for whoever sends them: any HTTP library, or a WebSocket.

    signer = Signer(fetcher)                                    # or Credentials
    order = signer.request([("symbol", "BTCUSDT"), ("side", "BUY"), ...])
    urlopen(Request(f"{url}/api/v3/order?{order.query}", headers=order.headers, method="POST"))

Rules of the file
- API key and signature of one request come from one snapshot, read when it is signed: a rotation needs no restart.
- What `Signed` holds is sent as it is. A library that is given parameters instead of text would build its own.
- It is stamped here, at the last moment before sending; a request that waits is signed anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from vault_binance.binance.keys import signature_of
from vault_binance.credentials import Credentials, KeyType
from vault_binance.errors import ConfigError, MalformedCredentials, SigningError
from vault_binance.redacted import Hidden
from vault_binance.signing import PAIRS, RECV_WINDOW_MS, as_text, encode, rest_payload, signed, ws_payload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from vault_binance.signing import Pairs, Value

    Params = Mapping[str, Value] | Pairs

    class Lent(Protocol):
        """Whatever shows the credential of the moment: Fetcher and AsyncFetcher do."""

        @property
        def credentials(self) -> Credentials: ...


HEADER = "X-MBX-APIKEY"
OURS = frozenset({"timestamp", "signature"})
"""Parameters that are set here and nowhere else."""

LARGEST_WINDOW_MS = 60_000
"""Source: reference, Binance, 1.4."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, repr=False)
class Signed:
    """One request's text: `query` follows the question mark, `body` is a form's; `headers` are to be added."""

    query: str
    body: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        return "Signed(...)"


class Signer:
    """Signs with the credential that its source shows at the moment of signing.

    `recv_window_ms` is how late a request may arrive, at most 60,000. `clock` is milliseconds since 1970.
    """

    def __init__(
        self,
        source: Credentials | Lent,
        *,
        recv_window_ms: int = RECV_WINDOW_MS,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        if not 0 < recv_window_ms <= LARGEST_WINDOW_MS:
            raise ConfigError(
                f"recv_window_ms={recv_window_ms!r} is not from 1 to 60,000", hint="milliseconds, as in 5000"
            )
        self._source, self._window, self._clock = source, recv_window_ms, clock
        self._ready: _Ready | None = None

    def request(self, query: Params = (), body: Params = ()) -> Signed:
        """Sign parameters in the order given. All may stand in `query`, with any method and for every product; a form
        `body` is sent with the content type application/x-www-form-urlencoded.

        Raises ConfigError for parameters that cannot be meant (vault_binance.signing), SigningError for a secret that
        cannot sign, and whatever the source raises while it has no credential.
        """
        ready, asked, form = self._now(), _pairs(query), _pairs(body)
        if form:
            encode([*asked, *form])  # refuses a name that is in both, one of which would be dropped
        text = encode(form) if form else ""
        return self._signed(ready, self._stamped(encode(asked), text), text)

    def text(self, query: str, body: str = "") -> Signed:
        """As `request`, for what is serialised already and will be sent as it is."""
        ready = self._now()
        return self._signed(ready, self._stamped(query, body), body)

    def websocket(self, params: Mapping[str, Value] | None = None) -> dict[str, object]:
        """The `params` of a WebSocket request, with apiKey, timestamp and signature; Decimals become text.

        Names are those of the documentation, as in {"symbol": "BTCUSDT"}; recvWindow is left to Binance's default.
        """
        return self._websocket(self._now(), params or {})

    def logon(self) -> dict[str, object]:
        """The `params` of session.logon, after which requests on that connection need a timestamp only.

        Raises SigningError for a key of another type than Ed25519 (reference: Binance, 2.2).
        """
        ready = self._now()
        if ready.credentials.key_type is not KeyType.ED25519:
            raise SigningError(
                f"session.logon takes Ed25519 keys only, and this one is {ready.credentials.key_type}",
                hint="sign each request instead: Signer.websocket; or make another key: vault-binance key new",
            )
        return self._websocket(ready, {})

    @property
    def headers(self) -> Mapping[str, str]:
        """For the endpoints that want the API key and no signature, such as a futures listenKey."""
        return self._now().headers

    def _now(self) -> _Ready:
        """The pair of this moment, made ready once: another snapshot is another object."""
        source, ready = self._source, self._ready
        credentials = source if isinstance(source, Credentials) else source.credentials
        if ready is None or ready.credentials is not credentials:
            self._ready = ready = _Ready(credentials)
        return ready

    def _stamped(self, query: str, body: str = "") -> str:
        """The query with what is to be signed too: recvWindow, unless it is there, and the timestamp of this moment.

        Raises ConfigError where a timestamp or a signature is there already, or something that is no ASCII.
        """
        if not (query.isascii() and body.isascii()):
            raise ConfigError("a query or a body that is not percent-encoded", hint="Binance refuses it with -1022")
        whole = f"&{query}&{body}&"
        _refuse({name for name in OURS if _is_in(whole, name)})
        window = "" if _is_in(whole, "recvWindow") else f"recvWindow={self._window}&"
        return f"{query}{'&' if query else ''}{window}timestamp={self._clock()}"

    def _signed(self, ready: _Ready, query: str, body: str) -> Signed:
        return Signed(signed(query, ready.sign(rest_payload(query, body))), body, ready.headers)

    def _websocket(self, ready: _Ready, params: Mapping[str, Value]) -> dict[str, object]:
        if not hasattr(params, "items"):
            raise ConfigError(f"parameters are a {type(params).__name__}", hint='as in {"symbol": "BTCUSDT"}')
        _refuse({*params} & {*OURS, "apiKey"})
        whole = Hidden(params, apiKey=ready.api_key, timestamp=self._clock())
        signature = ready.sign(ws_payload(whole))  # type: ignore[arg-type]  # which looks at each
        plain = {name: as_text(name, value) for name, value in params.items() if not isinstance(value, int)}
        return Hidden(whole | plain, signature=signature)


def _pairs(params: Params) -> list[tuple[str, Value]]:
    pairs: object = params.items() if hasattr(params, "items") else params
    if not isinstance(pairs, Iterable):
        raise ConfigError(f"parameters are a {type(params).__name__}", hint=PAIRS)
    return list(pairs)


def _is_in(pairs: str, name: str) -> bool:
    """Whether a parameter stands there, with a value or without; `pairs` begins and ends with an ampersand."""
    return f"&{name}=" in pairs or f"&{name}&" in pairs


def _refuse(names: set[str]) -> None:
    if names:
        raise ConfigError(f"{' and '.join(sorted(names))}: set at the moment of signing", hint="leave it out")


class _Ready:
    """One pair, checked and loaded."""

    __slots__ = ("api_key", "credentials", "headers", "sign")

    def __init__(self, credentials: Credentials) -> None:
        check_api_key(credentials)
        self.credentials = credentials
        self.sign = signature_of(credentials)
        self.api_key = credentials.api_key.reveal()
        self.headers: Mapping[str, str] = Hidden({HEADER: self.api_key})  # type: ignore[assignment]  # of texts


def check_api_key(credentials: Credentials) -> None:
    """What cannot stand in a header would be quoted, in whole, by the error of whatever library sends it."""
    value = credentials.api_key.reveal()
    if not (value.isascii() and value.isalnum()):
        raise MalformedCredentials(
            f"credential {credentials.name}: the API key has a character that Binance's keys never have",
            hint="white space or quotes, perhaps; copy it again from Binance, and store it: vault-binance key put",
        )
