"""Who a bot is by what its platform vouches for: a certificate of its host, a JWT, a service account of Kubernetes.

Rules of the file
- Nothing here is a secret that was delivered: a bot that comes up again finds it where it was (docs/howto/restarts.md).
- The role in Vault has the bot's name, unless VAULT_BINANCE_AUTH_ROLE says another.
- Vault answers 500 to a certificate that has ended, as it does in its own distress: the certificate is looked at then.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from vault_binance.errors import ConfigError, LoginRefused, VaultUnavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.config import BotSettings, Config
    from vault_binance.redacted import Redacted
    from vault_binance.vault.port import BotVault, Lease


@dataclass(frozen=True, slots=True)
class Certificate:
    """The TLS client certificate of the connection, in `file`, pinned in `role`; its key never leaves the host."""

    mount: str
    role: str
    file: str = ""

    @property
    def ours(self) -> bool:
        return True

    def log_in(self, vault: BotVault) -> Lease:
        vault.close()  # a connection shows its certificate when it is made: a new one shows what is on disk now
        try:
            return vault.log_in(self.mount, {"name": self.role})
        except VaultUnavailable:
            if ended := _ended(self.file):
                hint = "make another one on this host, and have it pinned: vault-binance bot enroll BOT"
                raise LoginRefused(f"the certificate in {self.file!a} ended on {ended}", hint=hint) from None
            raise


@dataclass(frozen=True, slots=True)
class Jwt:
    """A JWT that somebody else signed: an identity provider, a CI service, Kubernetes."""

    mount: str
    role: str
    jwt: Redacted

    @property
    def ours(self) -> bool:
        return True

    def log_in(self, vault: BotVault) -> Lease:
        return vault.log_in(self.mount, {"role": self.role, "jwt": self.jwt})


def certificate(settings: BotSettings, config: Config) -> Certificate:
    if not config.client_cert:
        raise ConfigError(
            "VAULT_BINANCE_AUTH=cert, but VAULT_CLIENT_CERT and VAULT_CLIENT_KEY are not set", hint="name both files"
        )
    if config.address.scheme != "https":
        raise ConfigError(
            f"no certificate can be shown to {config.address}", hint="VAULT_ADDR must begin with https://"
        )
    return Certificate(settings.auth_mount or settings.layout.cert_mount, _role(settings), config.client_cert)


def jwt(settings: BotSettings, method: str) -> Jwt:
    """`method` is jwt or kubernetes, and the name of its mount where no other is set."""
    if settings.jwt is None:
        raise ConfigError("VAULT_BINANCE_JWT is not set: which JWT?", hint="VAULT_BINANCE_JWT_FILE names its file")
    return Jwt(settings.auth_mount or method, _role(settings), settings.jwt)


def _role(settings: BotSettings) -> str:
    if role := settings.auth_role or settings.bot:
        return role
    raise ConfigError(
        "VAULT_BINANCE_BOT is not set: which role is this?",
        hint="the role has the bot's name, or the one that VAULT_BINANCE_AUTH_ROLE says",
    )


def _ended(file: str) -> str:
    """When the certificate in `file` ended, by this host's clock; empty where it has not, or cannot be read."""
    try:
        with open(file, encoding="utf-8") as pem:  # noqa: PTH123
            ends = not_after(pem.read())
    except (OSError, ValueError, IndexError):
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", ends) if ends < time.gmtime() else ""


def not_after(pem: str) -> time.struct_time:
    """The end of the first certificate in `pem`, in UTC; the standard library tells only that of a connection's peer.

    Raises ValueError or IndexError where there is no certificate.
    """
    from ssl import PEM_FOOTER, PEM_HEADER, PEM_cert_to_DER_cert

    der = PEM_cert_to_DER_cert(pem[pem.index(PEM_HEADER) : pem.index(PEM_FOOTER)] + PEM_FOOTER)
    (_, certificate), *_ = _elements(der)
    (_, signed), *_ = _elements(certificate)
    fields = _elements(signed)
    version = 1 if fields[0][0] == 0xA0 else 0  # left out of certificates of version 1
    _, (kind, text) = _elements(fields[version + 3][1])  # after serial number, algorithm and issuer (RFC 5280, 4.1)
    return time.strptime(text.decode("ascii"), "%y%m%d%H%M%SZ" if kind == 0x17 else "%Y%m%d%H%M%SZ")


def _elements(der: bytes) -> list[tuple[int, bytes]]:
    """The elements in the content of a constructed one: tag and content of each (X.690, 8.1)."""
    found, at = [], 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(der[at : at + size], "big"), at + size
        found.append((tag, der[at : at + length]))
        at += length
    return found
