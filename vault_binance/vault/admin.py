"""The operators' door: hvac's API over our own wire.

Rules of the file
- hvac knows the endpoints; the wire knows TLS, namespaces, redirects and who may get the token. So both doors trust the
  same certificates and refuse the same things, and hvac's gaps (VAULT_NAMESPACE, unix://, statuses without a class;
  reference: Vault, section 3) do not show.
- Nothing hvac-shaped leaves vault/admin*.py.
- Reads are tried again while Vault is away; a write never, since nobody knows whether the first one arrived.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import hvac
from hvac.adapters import Adapter

from vault_binance.errors import PermissionDenied
from vault_binance.policy.text import rule_text
from vault_binance.vault.admin_identity import IdentityCalls
from vault_binance.vault.admin_kv import KvCalls
from vault_binance.vault.admin_looking import LookingCalls
from vault_binance.vault.admin_second_factor import SecondFactorCalls
from vault_binance.vault.admin_system import SystemCalls
from vault_binance.vault.again import again
from vault_binance.vault.http import no_vault, refusal
from vault_binance.vault.outcomes import Operation, outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from vault_binance.errors import VaultBinanceError
    from vault_binance.redacted import Redacted
    from vault_binance.vault.wire import Answer, Sends

if TYPE_CHECKING:
    _Adapter = Adapter[Mapping[str, Any]]
else:
    _Adapter = Adapter

_OPERATIONS = {"get": Operation.READ, "list": Operation.LIST, "delete": Operation.DELETE}
_CAPABILITIES = {"get": "read", "list": "list", "delete": "delete", "patch": "patch"}


class HvacVault(SystemCalls, KvCalls, IdentityCalls, SecondFactorCalls, LookingCalls):
    """OperatorVault on hvac."""

    def __init__(
        self, wire: Sends, token: Redacted, *, max_retries: int = 0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._adapter = WireAdapter(wire, token, max_retries, sleep)
        # hvac calls a class here; url and token are given so that it looks for none itself.
        ready: Any = lambda **_: self._adapter  # noqa: E731
        self._client = hvac.Client(url="-", token="-", adapter=ready)  # noqa: S106
        self._sleep = sleep


class WireAdapter(_Adapter):
    """hvac's transport, on our wire: requests is not used."""

    def __init__(self, wire: Sends, token: Redacted, max_retries: int, sleep: Callable[[float], None]) -> None:
        super().__init__()
        self._wire = wire
        self._token = token
        self._max_retries = max_retries
        self._sleep = sleep

    def get_login_token(self, response: Mapping[str, Any]) -> str:
        raise NotImplementedError("operators bring a token; this door does not log in")

    def request(
        self,
        method: str,
        url: str,
        headers: object = None,  # noqa: ARG002
        raise_exception: bool = True,  # noqa: FBT001, FBT002  hvac's signature
        **kwargs: Any,
    ) -> Mapping[str, Any]:
        """The answer's JSON; `raise_exception=False` is how hvac asks for health, which answers with any status."""
        path = unquote(url.removeprefix("/v1/"))
        if params := kwargs.get("params"):
            path += "?" + "&".join(f"{name}={value}" for name, value in params.items())  # the wire quotes
        return self.answer(method, path, kwargs, tolerated=() if raise_exception else range(600)).body

    def answer(self, method: str, path: str, kwargs: Mapping[str, Any], *, tolerated: Collection[int] = ()) -> Answer:
        """The whole answer, for calls to which an error status among `tolerated` says something."""
        answer = self._patient(method, path, kwargs, tolerated)
        if answer.status >= 300 and answer.status not in tolerated:
            raise self._failure(method, path, answer)
        if not answer.is_json:
            raise no_vault(path, answer.status)
        return answer

    def found(self, path: str, method: str = "get") -> Mapping[str, Any] | None:
        """The `data` that is there; None where nothing is."""
        answer = self.answer(method, path, {}, tolerated={404})
        return None if answer.status == 404 else answer.body["data"]

    def _patient(self, method: str, path: str, kwargs: Mapping[str, Any], tolerated: Collection[int]) -> Answer:
        def send() -> Answer:
            answer = self._wire.send(
                method.upper(),
                path,
                body=kwargs.get("json"),
                token=self._token,
                wrap_ttl=int(kwargs.get("wrap_ttl") or 0),
            )
            if answer.status not in tolerated and outcome(_operation(method), answer.status).transient:
                raise self._failure(method, path, answer)
            return answer

        return again(send, self._max_retries if method in {"get", "list"} else 0, self._sleep)

    def _failure(self, method: str, path: str, answer: Answer) -> VaultBinanceError:
        error = refusal(self._wire, _operation(method), answer, path)
        if isinstance(error, PermissionDenied):
            error.path, error.capabilities = path.partition("?")[0], _needed(method)
            error.hint = f"{error.hint}. It needs:  {rule_text(error.path, sorted(error.capabilities))}"
        return error


def _operation(method: str) -> Operation:
    return _OPERATIONS.get(method, Operation.WRITE)


def _needed(method: str) -> frozenset[str]:
    return frozenset({_CAPABILITIES[method]}) if method in _CAPABILITIES else frozenset({"create", "update"})
