"""Groups of people, and the second factor that a login asks of them. A part of the operators' door.

Asked for by path: of MFA hvac knows only what it was before Vault 1.10 (reference: Vault, 8.5).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vault_binance.errors import SecretNotFound
from vault_binance.redacted import Redacted
from vault_binance.vault.admin_answers import understood
from vault_binance.vault.operator_port import Enforcement, Group, TotpMethod

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOTP = "identity/mfa/method/totp"


@understood
class SecondFactorCalls:
    """The groups and login MFA part of OperatorVault."""

    _adapter: Any

    def group(self, name: str) -> Group | None:
        data = self._adapter.found(f"identity/group/name/{name}")
        return None if data is None else _group(data)

    def write_group(
        self,
        name: str,
        *,
        policies: Sequence[str] | None = None,
        metadata: Mapping[str, str] | None = None,
        members: Sequence[str] | None = None,
    ) -> Group:
        """Create or overwrite; Vault does not ask, so callers read first. What is None stays as it is."""
        given = {"policies": policies, "metadata": metadata, "member_entity_ids": members}
        body = {field: value for field, value in given.items() if value is not None}
        self._adapter.post(f"/v1/identity/group/name/{name}", json=body)
        group = self.group(name)
        if group is None:
            raise SecretNotFound(f"group {name} is gone right after it was written", hint="who else works on it?")
        return group

    def totp_methods(self) -> Sequence[str]:
        data = self._adapter.found(_TOTP, "list")
        return () if data is None else tuple(data["keys"])

    def totp_method(self, method_id: str) -> TotpMethod | None:
        """None also for a method of another kind, to which Vault answers 400."""
        answer = self._adapter.answer("get", f"{_TOTP}/{method_id}", {}, tolerated={400, 404})
        return None if answer.status >= 400 else _totp_method(answer.body["data"])

    def make_totp_method(self, issuer: str) -> TotpMethod:
        wanted = TotpMethod("", issuer)
        body = {name: getattr(wanted, name) for name in ("issuer", "algorithm", "digits", "period")}
        return replace(wanted, id=str(self._adapter.post(f"/v1/{_TOTP}", json=body)["data"]["method_id"]))

    def enrol_totp(self, method_id: str, entity_id: str) -> Redacted | None:
        """The otpauth:// address for an authenticator app, shown this once; None for who is enrolled already."""
        body = self._adapter.post(f"/v1/{_TOTP}/admin-generate", json={"method_id": method_id, "entity_id": entity_id})
        address = (body.get("data") or {}).get("url")
        return Redacted(str(address)) if address else None

    def forget_totp(self, method_id: str, entity_id: str) -> None:
        self._adapter.post(f"/v1/{_TOTP}/admin-destroy", json={"method_id": method_id, "entity_id": entity_id})

    def enforcement(self, name: str) -> Enforcement | None:
        data = self._adapter.found(f"identity/mfa/login-enforcement/{name}")
        return None if data is None else _enforcement(data)

    def write_enforcement(self, name: str, *, methods: Sequence[str], groups: Sequence[str]) -> None:
        """For members of `groups` and nobody else: what is not given stays as it is, so all else is emptied."""
        body = {"mfa_method_ids": list(methods), "identity_group_ids": list(groups)}
        body |= {others: [] for others in ("identity_entity_ids", "auth_method_accessors", "auth_method_types")}
        self._adapter.post(f"/v1/identity/mfa/login-enforcement/{name}", json=body)

    def delete_enforcement(self, name: str) -> None:
        self._adapter.delete(f"/v1/identity/mfa/login-enforcement/{name}")


def _group(data: Mapping[str, Any]) -> Group:
    return Group(
        id=str(data["id"]),
        name=str(data["name"]),
        policies=tuple(data.get("policies") or ()),
        metadata=dict(data.get("metadata") or {}),
        members=tuple(data.get("member_entity_ids") or ()),
        groups=tuple(data.get("member_group_ids") or ()),
        kind=str(data["type"]),
        writes=int(data.get("modify_index") or 0),
    )


def _totp_method(data: Mapping[str, Any]) -> TotpMethod:
    return TotpMethod(
        id=str(data["id"]),
        issuer=str(data["issuer"]),
        algorithm=str(data["algorithm"]),
        digits=int(data["digits"]),
        period=int(data["period"]),
        key_size=int(data["key_size"]),
        skew=int(data["skew"]),
        attempts=int(data["max_validation_attempts"]),
    )


def _enforcement(data: Mapping[str, Any]) -> Enforcement:
    return Enforcement(
        name=str(data["name"]),
        methods=tuple(data.get("mfa_method_ids") or ()),
        groups=tuple(data.get("identity_group_ids") or ()),
        entities=tuple(data.get("identity_entity_ids") or ()),
        mount_accessors=tuple(data.get("auth_method_accessors") or ()),
        mount_kinds=tuple(data.get("auth_method_types") or ()),
    )
