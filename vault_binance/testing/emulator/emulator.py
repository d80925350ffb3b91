"""A Binance to test against, on the loopback: real sockets, real signatures, no real money.

    with Emulator() as binance:
        issued = binance.add_key(permissions={"enableSpotAndMarginTrading": True}, ip_list=("127.0.0.1",))
        bot = subprocess.run(..., env={"BINANCE_BASE_URL": binance.url, ...})

Rules of the file
- It only carries: what to answer is `failing.respond`, what is known is `state.State`.
- It listens on 127.0.0.1 and nowhere else. The address it sees is the socket's: bind a client to 127.0.0.2 to be
  another one. With `trust_forwarded` the header X-Forwarded-For says it, for clients that cannot be bound.
- All products have one address; the path tells them apart.
- Neither log nor output contains a query or a key: what was asked is kept in `log`, and raw only with `record`.
- A failure in a thread of the server is raised when the emulator stops.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from vault_binance.credentials import Environment, KeyType
from vault_binance.redacted import Redacted
from vault_binance.testing.emulator.failing import respond
from vault_binance.testing.emulator.faults import Fault, PlannedFault
from vault_binance.testing.emulator.keys import material, random_token
from vault_binance.testing.emulator.limits import DAY_MS, Limits, Weights
from vault_binance.testing.emulator.server import LoopbackServer
from vault_binance.testing.emulator.state import EmulatedKey, IssuedKey, LogEntry, RawRequest, State, fingerprint
from vault_binance.testing.emulator.websocket import hear, heard_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Self

    from vault_binance.testing.emulator.account import Account
    from vault_binance.testing.emulator.frames import Session
    from vault_binance.testing.emulator.state import Response
    from vault_binance.testing.emulator.upgrade import Line


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Emulator:
    """Binance's APIs for the keys added to it: spot, wallet, sub-accounts, futures, and the WebSocket APIs.

    `time_ms` is Binance's clock in milliseconds; `offset_ms`, which may be changed at any time, is added to it.
    `limits` replaces Binance's, and enforces them if it says so. `record` keeps what was received, raw, in `received`.
    `control` opens the door under /emulator/ for tests in other languages. `told` gets each entry of the log.
    `seed` decides the tokens that are made on request; without one they differ from run to run.
    """

    def __init__(
        self,
        *,
        environment: Environment = Environment.LIVE,
        time_ms: Callable[[], int] = now_ms,
        offset_ms: int = 0,
        trust_forwarded: bool = False,
        limits: Limits | None = None,
        record: bool = False,
        control: bool = False,
        seed: str | None = None,
        told: Callable[[LogEntry], None] | None = None,
    ) -> None:
        self.offset_ms = offset_ms
        self.trust_forwarded = trust_forwarded
        self.control = control
        self._time_ms = time_ms
        self._state = State(environment, limits=limits or Limits(), seed=random_token() if seed is None else seed)
        self._log: list[LogEntry] = []
        self._told = told
        self._received: list[RawRequest] | None = [] if record else None
        self._lines: dict[Line, Session] = {}
        self._lock = threading.Lock()
        self._server: LoopbackServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def start(self, port: int = 0) -> None:
        """Listen on a free port, or on `port`."""
        self._server = LoopbackServer(self, port)
        self._server.begin()

    def stop(self) -> None:
        """Close every connection and wait for the threads; raises what went wrong in one of them."""
        server, self._server = self._running(), None
        server.end()
        if server.failure is not None:
            raise server.failure

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._running().server_address[1]}"

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """All requests so far, accepted and refused."""
        with self._lock:
            return tuple(self._log)

    @property
    def received(self) -> tuple[RawRequest, ...]:
        """With `record`: all requests as they came, signatures and all. A frame's text is the body of its request."""
        if self._received is None:
            raise RuntimeError("nothing was recorded: make it with Emulator(record=True)")
        with self._lock:
            return tuple(self._received)

    @property
    def state(self) -> State:
        """What is known now, as values."""
        with self._lock:
            return self._state

    # Accounts and keys

    def add_account(self, *, email: str = "", master: int | None = None) -> int:
        """Make an account, or a sub-account of `master`; returns its uid, for `add_key`."""
        with self._lock:
            uid = self._state.next_uid()
            account = replace(self._state.account(uid), master=master)
            self._state = self._state.with_account(replace(account, email=email) if email else account)
        return uid

    def account(self, uid: int) -> Account:
        """Balances, orders and positions as they are now."""
        return self.state.account(uid)

    def change_account(self, uid: int, **changes: Any) -> None:
        """Set fields of an account; `locked=True` is Binance's ban on trading by API."""
        with self._lock:
            self._state = self._state.with_account(replace(self._state.account(uid), **changes))

    def add_key(
        self,
        api_key: str | None = None,
        secret: str | None = None,
        *,
        key_type: KeyType = KeyType.HMAC,
        permissions: Mapping[str, bool] | None = None,
        ip_list: Iterable[str] = (),
        public_key_pem: str | None = None,
        account: int | None = None,
        trading_until_ms: int | None = None,
        before_futures: bool = False,
    ) -> IssuedKey:
        """Make a key on `account`, or on one of its own; what is not given is generated.

        `secret` is the HMAC secret or the private key as PEM; with `public_key_pem` the private key stays the
        caller's. `permissions` are Binance's names, such as enableWithdrawals; a new key only reads.
        """
        held = material(key_type, secret, public_key_pem)
        uid = self.add_account() if account is None else account
        key = EmulatedKey(
            api_key=api_key or random_token(),
            key_type=key_type,
            uid=uid,
            create_time_ms=self.time_ms(),
            secret=held.kept,
            public_key_pem=held.public_key_pem,
            permissions=dict(permissions or {}),
            ip_list=tuple(ip_list),
            trading_until_ms=trading_until_ms,
            before_futures=before_futures,
        )
        with self._lock:
            self._state = self._state.with_key(key)
        return IssuedKey(Redacted(key.api_key), held.shown, key_type, self._state.environment)

    def restrict(
        self,
        api_key: Redacted,
        *,
        permissions: Mapping[str, bool] | None = None,
        ip_list: Iterable[str] | None = None,
        **changes: Any,
    ) -> None:
        """Change what a key may do, and from where; what is not given stays. An empty `ip_list` is no restriction.

        `changes` are other fields of the key: `trading_until_ms`, `before_futures`.
        """
        with self._lock:
            key = self._state.keys[api_key.reveal()]
            changed = {**key.permissions, **(permissions or {})}
            addresses = key.ip_list if ip_list is None else tuple(ip_list)
            self._state = self._state.with_key(replace(key, permissions=changed, ip_list=addresses, **changes))

    def delete_key(self, api_key: Redacted, *, forget: bool = False) -> None:
        """From now on the key is refused with -2015, or with -2008 if `forget`: both are seen at Binance."""
        with self._lock:
            key = self._state.keys[api_key.reveal()]
            self._state = (
                self._state.without_key(key.api_key) if forget else self._state.with_key(replace(key, deleted=True))
            )

    # What goes wrong

    def fail(self, fault: Fault, *, times: int | None = 1, **where: Any) -> None:
        """Plan a fault for the next `times` requests, or for all (None); `where` are fields of a PlannedFault."""
        with self._lock:
            self._state = replace(self._state, faults=(*self._state.faults, PlannedFault(fault, times, **where)))

    def mend(self) -> None:
        """Forget what was planned to go wrong, and whom it was that asked too much."""
        with self._lock:
            self._state = replace(self._state, faults=(), weights=Weights())

    def ban(self, source: str, for_ms: int = DAY_MS) -> None:
        """Answer an address with 418 until then."""
        until_ms = self.time_ms() + for_ms
        with self._lock:
            self._state = replace(self._state, weights=self._state.weights.banning(source, until_ms))

    # What is asked

    def time_ms(self) -> int:
        return self._time_ms() + self.offset_ms

    def answer(self, request: RawRequest) -> Response:
        """Decide, count and log one request; what the sockets call, and a test may."""
        with self._lock:
            now = self.time_ms()
            response, self._state = respond(request, self._state, now)
            api_key = request.headers.get("x-mbx-apikey", "")
            self._noted(request, api_key, response.status, response.code, now)
            events = self._taken_events()
        _tell(events)
        return response

    def connected(self, line: Line, session: Session) -> None:
        with self._lock:
            self._lines[line] = session

    def disconnected(self, line: Line) -> None:
        with self._lock:
            self._lines.pop(line, None)

    def hear(self, line: Line, text: str) -> None:
        """Decide, count and log one request of a WebSocket, and answer it."""
        with self._lock:
            now, session = self.time_ms(), self._lines[line]
            heard = hear(text, session, self._state, now)
            self._lines[line], self._state = heard.session, heard.state
            request = RawRequest("WS", heard.method, body=text.encode(), source=session.source)
            self._noted(request, heard.api_key, heard.status, heard.code, now)
            events = self._taken_events()
        _tell([(line, heard.message), *events])

    def _noted(self, request: RawRequest, api_key: str, status: int, code: int, now: int) -> None:
        entry = LogEntry(now, request.source, request.method, request.path, fingerprint(api_key), status, code)
        self._log.append(entry)
        if self._received is not None:
            self._received.append(request)
        if self._told is not None:
            self._told(entry)

    def _taken_events(self) -> list[tuple[Line, Mapping[str, Any]]]:
        events = [each for line, session in self._lines.items() for each in heard_by(line, session, self._state.events)]
        self._state = replace(self._state, events=())
        return events

    def _running(self) -> LoopbackServer:
        if self._server is None:
            raise RuntimeError("the emulator is not running: use it in a with statement, or start() it")
        return self._server


def _tell(messages: Iterable[tuple[Line, Mapping[str, Any]]]) -> None:
    for line, message in messages:
        line.tell(message)
