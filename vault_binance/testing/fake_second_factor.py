"""FakeVault's login MFA: TOTP methods, who is enrolled, and enforcements. A part of its identity engine.

Rules of the file
- An enforcement is kept and shown. A login that it would hold up raises NotImplementedError: no code is ever asked for.
- An authenticator's secret is made up by count, as every other name here.
"""

from __future__ import annotations

from base64 import b32encode
from hashlib import sha1
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from vault_binance.testing.fake_parts import Refused, data, done, endpoint
from vault_binance.vault.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_binance.testing.fake_parts import Call, Names

_TARGETS = ("auth_method_accessors", "auth_method_types", "identity_entity_ids", "identity_group_ids")
_NEW = {
    "algorithm": "SHA1",
    "digits": 6,
    "key_size": 20,
    "max_validation_attempts": 5,
    "name": "",
    "namespace_id": "root",
    "namespace_path": "",
    "period": 30,
    "qr_size": 200,
    "skew": 1,
    "type": "totp",
}


class SecondFactors:
    """`is_entity` and `is_group` tell whether an id is one of something that is there."""

    def __init__(self, names: Names, is_entity: Callable[[str], bool], is_group: Callable[[str], bool]) -> None:
        self._names, self._is_entity, self._is_group = names, is_entity, is_group
        self._methods: dict[str, dict[str, Any]] = {}
        self._enrolled: set[tuple[str, str]] = set()
        self._enforcements: dict[str, dict[str, Any]] = {}
        totp, login = "mfa/method/totp", "mfa/login-enforcement"
        self.endpoints = (
            endpoint(f"{totp}/admin-generate", update=self._generate),
            endpoint(f"{totp}/admin-destroy", update=self._destroy),
            endpoint(totp, list=lambda _: _listed(self._methods), update=self._make),
            endpoint(f"{totp}/([^/]+)", read=self._read, update=self._rewrite, delete=self._delete),
            endpoint(login, list=lambda _: _listed(self._enforcements)),
            endpoint(f"{login}/([^/]+)", read=self._enforced, update=self._enforce, delete=self._unenforce),
        )

    def asks(self, entity_id: str, groups: list[str], accessor: str, kind: str) -> bool:
        """Whether a login of this entity, in these groups and at this mount, is held up for a code."""
        found = {
            "auth_method_accessors": [accessor],
            "auth_method_types": [kind],
            "identity_entity_ids": [entity_id],
            "identity_group_ids": groups,
        }
        return any({*one[name]} & {*found[name]} for one in self._enforcements.values() for name in _TARGETS)

    def forget(self, entity_id: str) -> None:
        self._enrolled = {(method, entity) for method, entity in self._enrolled if entity != entity_id}

    def _make(self, call: Call) -> Answer:
        if call.text("method_name"):
            raise NotImplementedError("FakeVault knows TOTP methods without a name")
        if not call.text("issuer"):
            raise Refused(400, "issuer must be set")
        method: dict[str, Any] = {**_NEW, "id": self._names.id()}
        self._configure(method, call)
        self._methods[method["id"]] = method
        return data({"method_id": method["id"]})

    def _rewrite(self, call: Call, method_id: str) -> Answer:
        self._configure(self._method(method_id), call)
        return done()

    def _configure(self, method: dict[str, Any], call: Call) -> None:
        given: dict[str, Any] = {name: call.text(name) for name in ("issuer", "algorithm") if name in call.parameters}
        given |= {
            name: call.count(name)
            for name in ("digits", "skew", "key_size", "max_validation_attempts")
            if name in call.parameters
        }
        given |= {"period": int(call.seconds("period"))} if "period" in call.parameters else {}
        if given.get("algorithm", "SHA1") not in {"SHA1", "SHA256", "SHA512"} or given.get("digits", 6) not in {6, 8}:
            raise Refused(400, "unrecognized algorithm, or digits that are neither 6 nor 8")
        method |= given

    def _read(self, _: Call, method_id: str) -> Answer:
        if method_id not in self._methods:
            raise Refused(404, "unsupported path")
        return data(self._methods[method_id])

    def _delete(self, _: Call, method_id: str) -> Answer:
        if any(method_id in one["mfa_method_ids"] for one in self._enforcements.values()):
            raise Refused(500, "methodID is still used by an enforcement configuration")
        self._methods.pop(method_id, None)
        return done()

    def _method(self, method_id: str) -> dict[str, Any]:
        if method_id not in self._methods:
            raise Refused(400, f'configuration for method ID "{method_id}" does not exist')
        return self._methods[method_id]

    def _whose(self, call: Call) -> tuple[str, str]:
        """Method and entity of a call about an enrolment."""
        method, entity = self._method(call.text("method_id")), call.text("entity_id")
        if not self._is_entity(entity):
            raise Refused(400, "invalid entity ID")
        return method["id"], entity

    def _generate(self, call: Call) -> Answer:
        whose = self._whose(call)
        if whose in self._enrolled:
            return Answer(200, {"data": None, "warnings": ["Entity already has a secret for MFA method"]})
        self._enrolled.add(whose)
        return data({"barcode": "bm8gaW1hZ2U=", "url": self._address(*whose)})

    def _address(self, method_id: str, entity_id: str) -> str:
        method = self._methods[method_id]
        secret = b32encode(sha1(self._names.id().encode()).digest()).decode()  # noqa: S324  a name, not a key
        asked = {name: method[name] for name in ("algorithm", "digits", "issuer", "period")} | {"secret": secret}
        return f"otpauth://totp/{quote(method['issuer'])}:{entity_id}?{urlencode(asked)}"

    def _destroy(self, call: Call) -> Answer:
        self._enrolled.discard(self._whose(call))
        return done()

    def _enforced(self, _: Call, name: str) -> Answer:
        if name not in self._enforcements:
            raise Refused(404)
        return data(self._enforcements[name])

    def _enforce(self, call: Call, name: str) -> Answer:
        methods, found = call.words("mfa_method_ids"), {target: call.words(target) for target in _TARGETS}
        if "mfa_method_ids" not in call.parameters or not {*_TARGETS} & {*call.parameters}:
            raise Refused(400, "missing method ids, or nobody to ask for a code")
        if {*methods} - {*self._methods}:
            raise Refused(400, "one of the provided method ids doesn't exist")
        if not all(self._is_group(one) for one in found["identity_group_ids"]):
            raise Refused(400, "one of the provided group ids doesn't exist")
        names = {"id": self._names.id(), "name": name, "namespace_id": "root", "namespace_path": ""}
        before = self._enforcements.get(name, {})
        self._enforcements[name] = {**names, **found, "mfa_method_ids": methods, "id": before.get("id", names["id"])}
        return done()

    def _unenforce(self, _: Call, name: str) -> Answer:
        self._enforcements.pop(name, None)
        return done()


def _listed(found: Mapping[str, Mapping[str, Any]]) -> Answer:
    if not found:
        raise Refused(404)
    return data({"keys": list(found), "key_info": {name: dict(one) for name, one in found.items()}})
