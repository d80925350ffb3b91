"""What an HTTP status means for an operation: one table for the bots' door and the operators' door.

Rules of the file
- A status alone does not decide: 400 is a bad SecretID at a login and a lost check-and-set at a write.
- No message text of the server is read or shown: OpenBao and Vault word them differently, and some echo input.
- Where even the pair does not decide (a 400 at a write), the door makes one confirming read and names the class.

Sources: reference Vault, 6.1 (statuses), 4.4 (what answers 400 and 500).
"""

from __future__ import annotations

from enum import StrEnum

from vault_binance.errors import (
    ConfigError,
    LeaseEnded,
    LoginRefused,
    PermissionDenied,
    SecretNotFound,
    VaultBinanceError,
    VaultUnavailable,
    WrappedTokenInvalid,
)


class Operation(StrEnum):
    """What was attempted; the value stands in the message, after "cannot"."""

    LOG_IN = "log in at"
    LOOK_UP_WRAPPING = "look up the wrapping token at"
    UNWRAP = "unwrap the SecretID at"
    READ = "read"
    LIST = "list"
    WRITE = "write"
    DELETE = "delete"
    RENEW = "renew at"
    RENEW_LEASE = "renew the lease at"
    REVOKE = "revoke at"
    LOOK_UP = "ask"


_TRANSIENT = frozenset({412, 429, *range(500, 600)} - {501})

_RENEWALS = {
    Operation.RENEW: (
        "the token cannot be renewed",
        "past its maximum TTL, or its role is gone: log in again",
    ),
    Operation.RENEW_LEASE: (
        "the secret's lease cannot be renewed",
        "revoked, past its maximum TTL, or not renewable: read the secret again",
    ),
}
"""What is told, and what to do, where Vault renews no more: 400 and 404 for what is not renewable or not there, 500 for
what is past its maximum or whose role is gone."""

_BY_OPERATION: dict[tuple[Operation, int], type[VaultBinanceError]] = {
    (Operation.LOG_IN, 400): LoginRefused,
    (Operation.LOG_IN, 403): LoginRefused,
    (Operation.LOOK_UP_WRAPPING, 400): WrappedTokenInvalid,
    (Operation.LOOK_UP_WRAPPING, 403): WrappedTokenInvalid,
    **{(operation, status): LeaseEnded for operation in _RENEWALS for status in (400, 404, 500)},
    (Operation.UNWRAP, 400): WrappedTokenInvalid,
    (Operation.UNWRAP, 403): WrappedTokenInvalid,
}
_BY_STATUS: dict[int, type[VaultBinanceError]] = {
    403: PermissionDenied,
    404: SecretNotFound,
    501: ConfigError,
}
_HINTS: dict[type[VaultBinanceError], str] = {
    LoginRefused: "the RoleID, SecretID, JWT or certificate is wrong, used up or expired, the address is not allowed, "
    "or the bot is suspended: ask an operator",
    WrappedTokenInvalid: "it opens once: a bot that started with it before needs a new one, from "
    "vault-binance bot secret-id. If nothing of yours opened it, and its time was not up, treat it as intercepted and "
    "revoke the bot: vault-binance bot revoke BOT",
    PermissionDenied: "the token has ended, or no policy of it grants this",
    ConfigError: "this Vault has not been initialised: vault operator init",
}


def outcome(operation: Operation, status: int) -> type[VaultBinanceError]:
    """The class of error that `status` is for `operation`; the base class for what a server never answers."""
    if known := _BY_OPERATION.get((operation, status)):
        return known
    return VaultUnavailable if says_later(status) else _BY_STATUS.get(status, VaultBinanceError)


def failure(
    operation: Operation, status: int, path: str, *, retry_after: float | None = None, sealed: bool = False
) -> VaultBinanceError:
    """The error to raise, with the path and never a value."""
    kind = outcome(operation, status)
    if kind is VaultUnavailable:
        return unavailable(operation, status, path, retry_after, sealed=sealed)
    if kind is LeaseEnded:
        message, hint = _RENEWALS[operation]
        return LeaseEnded(f"{message} at {path}", hint=hint, reason="not-renewable")
    words = {
        LoginRefused: f"login refused at {path}",
        PermissionDenied: f"permission denied: cannot {operation} {path}",
        SecretNotFound: f"nothing at {path}",
        WrappedTokenInvalid: "the wrapping token is not valid: used, expired, or not made by this Vault",
        ConfigError: f"cannot {operation} {path}: Vault is not initialised",
    }
    return kind(words.get(kind, f"cannot {operation} {path}: Vault answered {status}"), hint=_HINTS.get(kind, ""))


def says_later(status: int) -> bool:
    """Is it transient whoever answered? A load balancer's page for 500 is, though Vault's own to a renewal is not."""
    return status in _TRANSIENT


def unavailable(
    operation: Operation, status: int, path: str, retry_after: float | None, *, sealed: bool = False
) -> VaultUnavailable:
    """That `status` says "later", and what to do meanwhile."""
    if sealed:
        message, hint = f"Vault is sealed: cannot {operation} {path}", "unseal it: vault operator unseal"
    elif status == 429:
        message, hint = f"Vault limits the rate: cannot {operation} {path}", "a quota of this Vault answers 429; wait"
    else:
        message = f"Vault cannot answer now ({status}): cannot {operation} {path}"
        hint = "it is sealed, without a leader, or under load; look: vault status"
    return VaultUnavailable(message, hint=hint, retry_after=retry_after)
