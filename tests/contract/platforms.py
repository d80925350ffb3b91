"""What vouches for a bot: an identity provider that signs JWTs, a host that makes certificates; and a Vault that trusts
them.

Rules of the file
- A JWT is put together by hand and signed with `cryptography`: what a bot sends is not made by what it is tested with.
- The Vault is set up by our own services; what they do not make (JWT mounts) is made as docs/howto/restarts.md says.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from tests.door import operator_door
from vault_binance.layout import TOKEN_MAX_TTL, TOKEN_TTL, Layout
from vault_binance.ops import bots
from vault_binance.testing.provisioned import set_up

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from vault_binance.testing.dev_server import DevVault
    from vault_binance.vault.admin import HvacVault

KEYS = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
}
AUDIENCE = "vault.internal"
PAIR = {"api_key": "K" * 64, "api_secret": "S" * 64, "key_type": "HMAC", "environment": "live"}


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Provider:
    """Signs JWTs as an identity provider does (RFC 7515, 7518)."""

    algorithm: str = "ES256"
    key: Any = field(init=False)

    def __post_init__(self) -> None:
        self.key = KEYS[self.algorithm]()

    @property
    def public_pem(self) -> str:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def jwt(self, subject: str, *, ends_in: float = 600, **claims: Any) -> str:
        now = int(time.time())
        payload = {"sub": subject, "aud": AUDIENCE, "iat": now - 5, "exp": now + ends_in, "jti": token_hex(4), **claims}
        parts = ({"alg": self.algorithm, "typ": "JWT"}, payload)
        signed = ".".join(_base64(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{_base64(self._signature(signed.encode()))}"

    def _signature(self, text: bytes) -> bytes:
        if self.algorithm == "EdDSA":
            return self.key.sign(text)
        if self.algorithm == "RS256":
            return self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.key.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def certificate(folder: Path, common_name: str, *, ended: bool = False) -> str:
    """Make bot.crt, self-signed, and bot.key in `folder`, as a host does for its bot; the certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    ends = now + (timedelta(days=-1) if ended else timedelta(days=1))
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=2)).not_valid_after(ends)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    (folder / "bot.crt").write_text(pem)
    (folder / "bot.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return pem


@dataclass
class Trusting:
    """A Vault with an instance of ours, the credential market-maker, and bots that may log in in several ways."""

    server: DevVault
    layout: Layout

    @classmethod
    def at(cls, server: DevVault, instance: str = "") -> Trusting:
        """A new instance in `server`, under a name of its own where none is given."""
        made = cls(server, Layout(instance or f"t{token_hex(5)}"))
        with made.operator() as vault:
            set_up(vault, made.layout)
            vault.write_secret(made.layout.kv_mount, made.layout.credential("market-maker"), PAIR, cas=0)
        return made

    def operator(self) -> AbstractContextManager[HvacVault]:
        return operator_door(self.server)

    def made(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        status, answer = self.server.call(method, path, body)
        assert status < 300, (path, answer)
        return answer

    @property
    def environ(self) -> dict[str, str]:
        return {
            "VAULT_ADDR": self.server.address,
            "VAULT_MAX_RETRIES": "0",
            "VAULT_BINANCE_INSTANCE": self.layout.instance,
            "VAULT_BINANCE_CREDENTIAL": "market-maker",
            **({"VAULT_CACERT": str(self.server.cacert)} if self.server.cacert else {}),
        }

    def bot(self, name: str) -> dict[str, str]:
        """Add a bot: its environment, as far as it is not secret."""
        with self.operator() as vault:
            role_id = bots.add(vault, self.layout, name, "market-maker").role_id
        return {**self.environ, "VAULT_BINANCE_BOT": name, "VAULT_BINANCE_ROLE_ID": role_id}

    def secret_id(self, bot: str) -> str:
        return str(self.made("POST", self.layout.secret_id_path(bot), {})["data"]["secret_id"])

    def wrapped_secret_id(self, bot: str) -> str:
        with self.operator() as vault:
            return bots.secret_id(vault, self.layout, bot, wrap_ttl=300).token.reveal()

    def trust_provider(self, mount: str, provider: Provider) -> None:
        self.made("POST", f"sys/auth/{mount}", {"type": "jwt"})
        self.made("POST", f"auth/{mount}/config", {"jwt_validation_pubkeys": [provider.public_pem]})

    def trust_subject(self, mount: str, bot: str, subject: str) -> None:
        """A role and an alias for `bot` at the team's own JWT mount; jti is kept, to see which JWT it was."""
        self.made("POST", f"auth/{mount}/role/{bot}", self.jwt_role(subject))
        self.alias(mount, bot, subject)

    def jwt_role(self, subject: str) -> dict[str, Any]:
        return {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_subject": subject,
            "bound_audiences": [AUDIENCE],
            "claim_mappings": {"jti": "jti"},
            **self.role,
        }

    def trust_certificate(self, bot: str, pem: str) -> None:
        """Pin it; what `bot enroll` does."""
        mount, common_name = self.layout.cert_mount, self.layout.entity(bot)
        with self.operator() as vault:
            if vault.auth_mount(mount) is None:
                vault.enable_auth(mount, "cert", "of a test")
        role = {"certificate": pem, "allowed_common_names": [common_name], **self.role}
        self.made("POST", f"auth/{mount}/certs/{bot}", role)
        self.alias(mount, bot, common_name)

    @property
    def role(self) -> dict[str, Any]:
        return {
            "token_policies": [self.layout.policy("reader")],
            "token_no_default_policy": True,
            "token_ttl": TOKEN_TTL,
            "token_max_ttl": TOKEN_MAX_TTL,
        }

    def alias(self, mount: str, bot: str, name: str) -> None:
        accessor = self.made("GET", f"sys/auth/{mount}")["data"]["accessor"]
        entity = self.made("GET", f"identity/entity/name/{self.layout.entity(bot)}")["data"]
        body = {"name": name, "mount_accessor": accessor, "canonical_id": entity["id"]}
        if not any(one["mount_accessor"] == accessor for one in entity["aliases"] or ()):
            self.made("POST", "identity/entity-alias", body)

    def token(self, policy: str, **settings: Any) -> str:
        """A token from outside, with this policy and no other."""
        name = f"{self.layout.instance}-{token_hex(3)}"
        self.made("PUT", f"sys/policies/acl/{name}", {"policy": policy})
        body = {"policies": [name], "no_default_policy": True, "ttl": "1h", **settings}
        return str(self.made("POST", "auth/token/create", body)["auth"]["client_token"])

    def reading(self, *others: str) -> str:
        """A policy text: read the credential, and update what is named."""
        rules = [f'path "{self.layout.credential_path("market-maker")}" {{ capabilities = ["read"] }}']
        rules += [f'path "{path}" {{ capabilities = ["read", "update"] }}' for path in others]
        return "\n".join(rules)

    def suspend(self, bot: str, *, disabled: bool = True) -> None:
        self.made("POST", f"identity/entity/name/{self.layout.entity(bot)}", {"disabled": disabled})

    def token_facts(self, token: str) -> dict[str, Any]:
        return dict(self.made("POST", "auth/token/lookup", {"token": token})["data"])

    def lives(self, token: str) -> bool:
        return self.server.call("POST", "auth/token/lookup", {"token": token})[0] == 200
