"""FakeVault's TLS certificate auth method: what an operator writes there and reads back.

Rules of the file
- A fake has no TLS, so nobody logs in here: a login raises NotImplementedError.
- A certificate is a text like any other: only a real server says which are good.
"""

from __future__ import annotations

import ipaddress

from vault_binance.testing.fake_parts import Engine, Refused, data, done, endpoint, keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from vault_binance.testing.fake_parts import Call
    from vault_binance.vault.wire import Answer

_SECONDS = ("token_explicit_max_ttl", "token_max_ttl", "token_period", "token_ttl")
_LISTS = ("allowed_common_names", "token_policies")
_NONE = (
    "allowed_common_names",
    "allowed_dns_sans",
    "allowed_email_sans",
    "allowed_metadata_extensions",
    "allowed_names",
    "allowed_organizational_units",
    "allowed_organizations",
    "allowed_uri_sans",
    "ocsp_servers_override",
    "required_extensions",
)
_NEW: dict[str, Any] = {
    **dict.fromkeys(_NONE),
    **dict.fromkeys((*_SECONDS, "token_num_uses", "ocsp_this_update_max_age"), 0),
    **dict.fromkeys(("ocsp_enabled", "ocsp_fail_open", "ocsp_query_all_servers", "token_no_default_policy"), False),
    "ocsp_ca_certificates": "",
    "ocsp_max_retries": 4,
    "token_bound_cidrs": [],
    "token_policies": [],
    "token_type": "default",
}


class Cert(Engine):
    """`forget` is called when the mount goes: aliases of its accessor go with it."""

    kind = "cert"

    def __init__(self, forget: Callable[[], None]) -> None:
        self._forget = forget
        self._roles: dict[str, dict[str, Any]] = {}
        self.endpoints = (
            endpoint("certs", list=lambda _: keys(sorted(self._roles))),
            endpoint("certs/([^/]+)", read=self._read, update=self._write, delete=self._delete),
        )

    def unmount(self) -> None:
        self._forget()

    def _read(self, _: Call, name: str) -> Answer:
        if name.lower() not in self._roles:
            raise Refused(404)
        return data(self._roles[name.lower()])

    def _write(self, call: Call, name: str) -> Answer:
        """What is not given stays as it is, and as it begins for a role that is new."""
        given, name = call.parameters, name.lower()
        if "-----BEGIN CERTIFICATE-----" not in given.get("certificate", "-----BEGIN CERTIFICATE-----"):
            raise Refused(400, "failed to parse certificate")
        role = self._roles.setdefault(name, {**_NEW, "certificate": "", "display_name": name})
        role |= {key: int(call.seconds(key)) for key in _SECONDS if key in given}
        role |= {key: call.words(key) for key in _LISTS if key in given}
        role |= {key: call.text(key) for key in ("certificate", "display_name", "token_type") if key in given}
        role |= {key: bool(given[key]) for key in ("token_no_default_policy",) if key in given}
        if "token_bound_cidrs" in given:
            role["token_bound_cidrs"] = [_bound(cidr) for cidr in call.words("token_bound_cidrs")]
        return done()

    def _delete(self, _: Call, name: str) -> Answer:
        self._roles.pop(name.lower(), None)
        return done()


def _bound(cidr: str) -> str:
    """As Vault shows it: one address without its mask."""
    network = ipaddress.ip_network(cidr)
    return str(network.network_address) if network.num_addresses == 1 else str(network)
