"""The bots' door: the few calls of BotVault, each one request, with the outcome of vault_binance.vault.outcomes.

Rules of the file
- A call that is safe to repeat is tried again while the failure is transient, at most Config.max_retries times;
  unwrapping is not safe to repeat, since its first try may have used the token up.
- What may be secret is Redacted before it leaves; nothing JSON-shaped does: answers.py takes the answers apart.
"""

from __future__ import annotations

import time
from contextlib import suppress

from vault_binance.errors import ConfigError, VaultBinanceError, VaultUnavailable
from vault_binance.redacted import Hidden
from vault_binance.vault.again import again
from vault_binance.vault.answers import (
    health_from,
    kv_path,
    lease_from,
    not_found,
    renewed_from,
    secret_from,
    secret_id_from,
    token_from,
    wrapping_from,
)
from vault_binance.vault.outcomes import Operation, failure, says_later, unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from vault_binance.redacted import Redacted
    from vault_binance.vault.port import Health, KvPath, Lease, Secret, SecretLease, TokenInfo, WrappingInfo
    from vault_binance.vault.wire import Answer, Sends

    _Result = TypeVar("_Result")


class HttpVault:
    """BotVault over anything that sends requests. With `ask_why` a 503 is followed by a look at sys/health, which tells
    a sealed Vault from a busy one; without it, and without retries, a call is one request.
    """

    def __init__(
        self,
        wire: Sends,
        *,
        max_retries: int = 0,
        sleep: Callable[[float], None] = time.sleep,
        ask_why: bool = True,
    ) -> None:
        self._wire = wire
        self._max_retries = max_retries
        self._sleep = sleep
        self._ask_why = ask_why

    def log_in(self, mount: str, proof: Mapping[str, Redacted | str]) -> Lease:
        """`proof` is what the auth method asks for, as it names it."""
        body = Hidden({name: part if isinstance(part, str) else part.reveal() for name, part in proof.items()})
        return self._call(Operation.LOG_IN, "POST", f"auth/{mount}/login", lease_from, "auth", body=body)

    def wrapping_info(self, wrapping_token: Redacted) -> WrappingInfo:
        """Ask by body, without a token header: any call made *with* a wrapping token uses it up."""
        body = Hidden(token=wrapping_token.reveal())
        return self._call(Operation.LOOK_UP_WRAPPING, "POST", "sys/wrapping/lookup", wrapping_from, body=body)

    def unwrap_secret_id(self, wrapping_token: Redacted) -> Redacted:
        try:
            return self._once(Operation.UNWRAP, "POST", "sys/wrapping/unwrap", secret_id_from, token=wrapping_token)
        except VaultUnavailable as error:
            raise VaultUnavailable(
                f"{error.message}; the wrapping token may have been used up by this try",
                hint="try again; if it is then refused as invalid, ask for a new one: vault-binance bot secret-id",
                retry_after=error.retry_after,
            ) from None

    def locate(self, token: Redacted, path: str) -> KvPath:
        """Ask which mount holds `path`; any token may ask about paths that it can reach.

        Raises ConfigError for a KV v1 mount with leased_passthrough (reference: Vault, 2.4).
        """
        asked = f"sys/internal/ui/mounts/{path}"
        return self._call(Operation.LOOK_UP, "GET", asked, lambda data: kv_path(path, data), token=token)

    def read(self, token: Redacted, path: KvPath, *, version: int | None = None) -> Secret:
        asked = path.data + ("" if version is None else f"?version={version}")
        return self._call(Operation.READ, "GET", asked, lambda body: secret_from(body, path), "", token=token)

    def write(self, token: Redacted, path: str, fields: Mapping[str, str], cas: int) -> None:
        """The version after `cas` of a KV v2 secret, by its API path. Tried once: a second try would find the first."""
        body = Hidden(options={"cas": cas}, data=dict(fields))
        self._once(Operation.WRITE, "POST", path, lambda _: None, body=body, token=token)

    def renew(self, token: Redacted) -> Lease:
        """The token's lease anew. Raises LeaseEnded where it cannot be renewed: log in again."""
        return self._call(Operation.RENEW, "POST", "auth/token/renew-self", lease_from, "auth", token=token)

    def renew_secret(self, token: Redacted, lease_id: Redacted) -> SecretLease:
        """As `renew`, for the lease of a dynamic secret; whatever else the answer carries is not looked at."""
        asked, body = "sys/leases/renew", Hidden(lease_id=lease_id.reveal())
        return self._call(Operation.RENEW_LEASE, "PUT", asked, renewed_from, "", body=body, token=token)

    def revoke_secret(self, token: Redacted, lease_id: Redacted) -> None:
        """Vault does not mind where there is no such lease. The default policy does not grant it."""
        asked, body = "sys/leases/revoke", Hidden(lease_id=lease_id.reveal())
        self._call(Operation.REVOKE, "PUT", asked, lambda _: None, "", body=body, token=token)

    def revoke(self, token: Redacted) -> None:
        self._call(Operation.REVOKE, "POST", "auth/token/revoke-self", lambda _: None, "", token=token)

    def token_info(self, token: Redacted) -> TokenInfo:
        return self._call(Operation.LOOK_UP, "GET", "auth/token/lookup-self", token_from, token=token)

    def entity_metadata(self, token: Redacted, entity_id: str) -> Mapping[str, str]:
        asked = f"identity/entity/id/{entity_id}"
        return self._call(Operation.LOOK_UP, "GET", asked, lambda data: dict(data.get("metadata") or {}), token=token)

    def capabilities(self, token: Redacted, path: str) -> tuple[str, ...]:
        asked, body = "sys/capabilities-self", {"paths": [path]}
        return self._call(Operation.LOOK_UP, "POST", asked, lambda data: tuple(data[path]), body=body, token=token)

    def health(self) -> Health:
        answer = self._wire.send("GET", "sys/health")
        if not isinstance(answer.body.get("sealed"), bool):
            raise _no_answer(Operation.LOOK_UP, answer, "sys/health")
        return health_from(answer.body)

    def close(self) -> None:
        """End the connection; the next call makes another."""
        self._wire.close()

    def _call(
        self,
        operation: Operation,
        method: str,
        path: str,
        parse: Callable[[Mapping[str, Any]], _Result],
        part: str = "data",
        *,
        body: Mapping[str, object] | None = None,
        token: Redacted | None = None,
    ) -> _Result:
        """What `parse` makes of the answer's `part`, `data` or `auth`; of the whole answer where `part` is empty."""
        return again(
            lambda: self._once(operation, method, path, parse, part, body=body, token=token),
            self._max_retries,
            self._sleep,
        )

    def _once(
        self,
        operation: Operation,
        method: str,
        path: str,
        parse: Callable[[Mapping[str, Any]], _Result],
        part: str = "data",
        *,
        body: Mapping[str, object] | None = None,
        token: Redacted | None = None,
    ) -> _Result:
        answer = self._wire.send(method, path, body=body, token=token)
        if not answer.is_json:
            raise _no_answer(operation, answer, path)
        if answer.status >= 300:
            raise self._failure(operation, answer, path)
        found = answer.body.get(part) if part else answer.body
        if isinstance(found, dict):
            with suppress(LookupError, TypeError, ValueError, AttributeError, OverflowError):  # not Vault's shape
                return parse(found)
        raise no_vault(path, answer.status)

    def _failure(self, operation: Operation, answer: Answer, path: str) -> VaultBinanceError:
        if answer.status == 404 and operation is Operation.READ:
            return not_found(answer.body, path)
        return refusal(self._wire, operation, answer, path, ask_why=self._ask_why)


def refusal(wire: Sends, operation: Operation, answer: Answer, path: str, *, ask_why: bool = True) -> VaultBinanceError:
    """The error that an answer is, for both doors; a 503 is looked into, since only a sealed Vault can be unsealed."""
    if not answer.is_json:
        return _no_answer(operation, answer, path)
    sealed = ask_why and answer.status == 503 and is_sealed(wire)
    return failure(operation, answer.status, path, retry_after=answer.retry_after, sealed=sealed)


def is_sealed(wire: Sends) -> bool:
    """Does Vault itself say so? A load balancer's own 503 says nothing of the kind."""
    try:
        return wire.send("GET", "sys/health").body.get("sealed") is True
    except VaultBinanceError:
        return False


def _no_answer(operation: Operation, answer: Answer, path: str) -> VaultBinanceError:
    """What answered is not Vault: something before it that has no Vault to ask now, or something else altogether."""
    if says_later(answer.status):
        return unavailable(operation, answer.status, path, answer.retry_after)
    return no_vault(path, answer.status)


def no_vault(path: str, status: int) -> ConfigError:
    return ConfigError(
        f"what answered {status} for {path} is not a Vault",
        hint="VAULT_ADDR may name a proxy, or use http:// where the server speaks https",
    )
