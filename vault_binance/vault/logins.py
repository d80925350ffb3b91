"""The door through which people log in: both factors, whose token it is, and its end.

Rules of the file
- A login is sent once: nobody knows what became of one that was not answered, and each counts as a try.
- Statuses alone decide (house rule 8): a code that is wrong, was used, or is of an app that was never enrolled answers
  403 all the same; a request whose time is up answers 400 (measured on 1.21.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vault_binance.errors import LoginRefused, VaultBinanceError
from vault_binance.redacted import Hidden, Redacted
from vault_binance.vault.http import no_vault, refusal
from vault_binance.vault.login_port import Demand, Factor, Holder
from vault_binance.vault.outcomes import Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from vault_binance.vault.wire import Answer, Sends

    _Result = TypeVar("_Result")

_WRONG = "after several wrong tries Vault refuses that name for a while, with the right password too"
_CLOSED = (
    "there is no such auth mount, or that name is locked after wrong tries (15 minutes, unless configured otherwise),\n"
    "or it is disabled, or not allowed from this address"
)


_NO_ROLE = "--role names the login role, --mount the auth mount; without --role it is the mount's default"
_NOT_BOUND = (
    "the identity provider knows who it is, and the login role does not take them: its bound claims or audiences"
)


class PeopleVault:
    """LoginVault over anything that sends requests."""

    def __init__(self, wire: Sends) -> None:
        self._wire = wire

    def log_in(self, path: str, proof: Mapping[str, Redacted | str]) -> Redacted | Demand:
        """The token, or what is wanted besides. Raises LoginRefused."""
        body = Hidden({name: part if isinstance(part, str) else part.reveal() for name, part in proof.items()})
        answer = self._wire.send("POST", path, body=body)
        if answer.status in {400, 403} and answer.is_json:
            raise LoginRefused(f"login refused at {path}", hint=_WRONG if answer.status == 400 else _CLOSED)
        return self._understood(Operation.LOG_IN, path, answer, lambda found: _granted(found["auth"]))

    def oidc_address(self, mount: str, role: str, uri: str, nonce: Redacted) -> Redacted:
        """Where a browser logs in; Vault answers without one for a role or an address that it does not know."""
        path = f"auth/{mount}/oidc/auth_url"
        body = Hidden(role=role, redirect_uri=uri, client_nonce=nonce.reveal())
        answer = self._wire.send("POST", path, body=body)
        if answer.status in {400, 403} and answer.is_json:
            raise LoginRefused(f"login refused at {path}", hint=_NO_ROLE)
        address = self._understood(
            Operation.LOG_IN, path, answer, lambda found: Redacted(str(found["data"]["auth_url"]))
        )
        if address == Redacted(""):
            raise LoginRefused(
                f"Vault does not let a browser come back to {uri}",
                hint=f"the login role has to have it in allowed_redirect_uris; is the role right? {_NO_ROLE}",
            )
        return address

    def oidc_granted(self, mount: str, state: Redacted, code: Redacted, nonce: Redacted) -> Redacted | Demand:
        """As `log_in`, with what a browser brought back. The frames that see it are gone before an error is raised."""
        path = f"auth/{mount}/oidc/callback"
        try:
            answer = self._wire.send(
                "GET", f"{path}?state={state.reveal()}&code={code.reveal()}&client_nonce={nonce.reveal()}"
            )
        except VaultBinanceError as error:
            raise error.with_traceback(None) from None
        if answer.status in {400, 403} and answer.is_json:
            raise LoginRefused(f"login refused at {path}", hint=_NOT_BOUND)
        return self._understood(Operation.LOG_IN, path, answer, lambda found: _granted(found["auth"]))

    def answer(self, demand: Demand, codes: Mapping[str, Redacted | None]) -> Redacted | None:
        """The token; None for a code that is not taken, after which the same request waits for another one."""
        path = "sys/mfa/validate"
        payload = Hidden({one: [code.reveal()] if code else [] for one, code in codes.items()})
        body = Hidden(mfa_request_id=demand.request.reveal(), mfa_payload=payload)
        answer = self._wire.send("POST", path, body=body)
        if answer.status == 403 and answer.is_json:
            return None
        if answer.status == 400 and answer.is_json:
            raise LoginRefused("this login was waited for too long", hint="begin it again")
        return self._understood(
            Operation.LOG_IN, path, answer, lambda found: Redacted(_text(found["auth"]["client_token"]))
        )

    def holder(self, token: Redacted) -> Holder | None:
        """Whose it is; None for a token that has ended, or that may not look at itself."""
        path = "auth/token/lookup-self"
        answer = self._wire.send("GET", path, token=token)
        if answer.status == 403 and answer.is_json:
            return None
        return self._understood(Operation.LOOK_UP, path, answer, lambda found: _holder(found["data"]))

    def revoke(self, token: Redacted) -> bool:
        """Whether there was anything to end."""
        path = "auth/token/revoke-self"
        answer = self._wire.send("POST", path, token=token)
        if answer.status == 403 and answer.is_json:
            return False
        return self._understood(Operation.REVOKE, path, answer, lambda _: True)

    def _understood(
        self, operation: Operation, path: str, answer: Answer, parse: Callable[[Mapping[str, Any]], _Result]
    ) -> _Result:
        if answer.status >= 300 or not answer.is_json:
            raise refusal(self._wire, operation, answer, path)
        try:
            return parse(answer.body)
        except (LookupError, TypeError, ValueError, AttributeError):  # not Vault's shape
            pass
        raise no_vault(path, answer.status)


def _granted(auth: Mapping[str, Any]) -> Redacted | Demand:
    wanted = auth.get("mfa_requirement")
    if auth["client_token"] or not wanted:
        return Redacted(_text(auth["client_token"]))
    choices = {str(name): tuple(map(_factor, one["any"])) for name, one in wanted["mfa_constraints"].items()}
    return Demand(Redacted(_text(wanted["mfa_request_id"])), choices)


def _factor(found: Mapping[str, Any]) -> Factor:
    return Factor(str(found["id"]), str(found["type"]), bool(found.get("uses_passcode")))


def _holder(data: Mapping[str, Any]) -> Holder:
    return Holder(
        display_name=str(data["display_name"]),
        accessor=str(data["accessor"]),
        ttl=int(data["ttl"]),
        policies=tuple(data.get("policies") or ()) + tuple(data.get("identity_policies") or ()),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value
