"""Tokens, their rights, logins and Transit keys, for who looks and changes nothing. A part of the operators' door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vault_binance.errors import SecretNotFound
from vault_binance.vault.admin_answers import understood
from vault_binance.vault.answers import token_from
from vault_binance.vault.operator_port import TransitKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_binance.vault.port import TokenInfo


@understood
class LookingCalls:
    """The looking part of OperatorVault."""

    _client: Any
    _adapter: Any

    def token(self, accessor: str) -> TokenInfo | None:
        """None where no token has this accessor, or has it any more: to both Vault answers 400."""
        path = "auth/token/lookup-accessor"
        answer = self._adapter.answer("post", path, {"json": {"accessor": accessor}}, tolerated={400, 404})
        return None if answer.status >= 400 else token_from(answer.body["data"])

    def capabilities(self, paths: Sequence[str], *, accessor: str = "") -> Mapping[str, tuple[str, ...]]:
        """What the caller's own token may do at each path, or the one with this accessor.

        Vault does not count parameters and wrapping here (reference: Vault, 4.7), and answers 400 for no such accessor.
        """
        body: dict[str, object] = {"paths": list(paths)} | ({"accessor": accessor} if accessor else {})
        path = f"sys/capabilities-{'accessor' if accessor else 'self'}"
        answer = self._adapter.answer("post", path, {"json": body}, tolerated={400} if accessor else ())
        if answer.status == 400:
            raise SecretNotFound("no token has this accessor", hint="it may have ended, or be another Vault's")
        return {path: tuple(answer.body["data"][path]) for path in paths}

    def login_role(self, path: str) -> Mapping[str, Any] | None:
        """A role or user of any login method, by its whole path."""
        role: Mapping[str, Any] | None = self._adapter.found(path)
        return role

    def transit_keys(self, mount: str) -> Sequence[str]:
        try:
            return tuple(self._client.secrets.transit.list_keys(mount_point=mount)["data"]["keys"])
        except SecretNotFound:
            return ()

    def transit_key(self, mount: str, name: str) -> TransitKey | None:
        data = self._adapter.found(f"{mount}/keys/{name}")
        return data and TransitKey(name, bool(data["exportable"]), bool(data["allow_plaintext_backup"]))

    def certificate_roles(self, mount: str) -> Sequence[str]:
        try:
            return tuple(self._client.auth.cert.list_certificate_roles(mount_point=mount)["data"]["keys"])
        except SecretNotFound:
            return ()
