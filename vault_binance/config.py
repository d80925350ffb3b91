"""Settings from the environment, read when asked for and never at import.

Rules of the file
- Vault's own variables keep their names, meanings and defaults; BAO_X is read before VAULT_X, as OpenBao does.
- Ours begin with VAULT_BINANCE_. Any variable may be given as NAME_FILE; line ends and blanks around a file's text go.
- A setting given twice with different meanings is an error that names both, not a silent choice.
- Nothing is sent before all settings are known to be well formed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from vault_binance.errors import ConfigError
from vault_binance.layout import Layout
from vault_binance.redacted import Redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

DEFAULT_ADDRESS = "https://127.0.0.1:8200"
DEFAULT_TIMEOUT = 60.0
DEFAULT_RETRIES = 2
LONGEST_TIMEOUT = 86400.0
"""A day: beyond 24 of them the operating system's own limit would be met."""

_HOST = r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|[0-9a-f.]*:[0-9a-f:.]+(?:%[\w.-]+)?"
"""A name or an address as it comes out of `urlsplit`; IPv6 stands without brackets there."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where Vault is. `socket` is a path for unix:// addresses, else empty; `prefix` is a path before /v1, or empty."""

    scheme: str
    host: str
    port: int
    prefix: str = ""
    socket: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ConfigError, which never shows what stands before an @: it may be a password."""
        if text.startswith("unix:"):
            socket = text.removeprefix("unix:").removeprefix("//")
            if not socket:
                raise ConfigError("the address unix:// names no socket", hint="as in unix:///run/vault/agent.sock")
            return cls("http", "localhost", 80, socket=socket)
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:  # its text would quote the address
            raise ConfigError(f"the address {_shown(text)} has no valid host and port", hint=_AS_IN) from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"the address {_shown(text)} is no URL of a Vault server", hint=_AS_IN)
        if parts.username or parts.password or "@" in parts.path:
            raise ConfigError("the Vault address carries a user name or password", hint="leave them out of VAULT_ADDR")
        if parts.query or parts.fragment:
            raise ConfigError(f"the address {_shown(text)} goes on after its path", hint=_AS_IN)
        if port == 0 or not re.fullmatch(_HOST, parts.hostname, re.ASCII):
            raise ConfigError(f"the address {_shown(text)} has no valid host and port", hint=_AS_IN)
        prefix = quote(parts.path.rstrip("/"), safe="/%", errors="surrogateescape")
        return cls(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), prefix)

    def __str__(self) -> str:
        if self.socket:
            return f"unix://{self.socket}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.prefix}"


_AS_IN = "set VAULT_ADDR to scheme, host and port, as in https://vault.internal:8200"


def _shown(text: str) -> str:
    """Without user name and password; other letters than ASCII may hide an @ that only a URL parser knows."""
    return repr(text.rpartition("@")[2]) if text.isascii() else "(not ASCII)"


@dataclass(frozen=True, slots=True)
class Config:
    """How to reach Vault. `timeout` in seconds for connecting and for each answer, 0 for none; `max_retries` beyond the
    first try.

    `allowed_hosts` may be redirected to besides the address's own host; no token goes anywhere else.
    """

    address: Address
    token: Redacted | None = None
    namespace: str = ""
    cacert: str = ""
    capath: str = ""
    client_cert: str = ""
    client_key: str = ""
    tls_server_name: str = ""
    skip_verify: bool = False
    timeout: float = DEFAULT_TIMEOUT
    max_retries: int = DEFAULT_RETRIES
    allowed_hosts: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read Vault's variables; raises ConfigError for the first that is malformed."""
        cert, key = vault_variable(environ, "CLIENT_CERT"), vault_variable(environ, "CLIENT_KEY")
        if bool(cert) != bool(key):
            raise ConfigError("VAULT_CLIENT_CERT and VAULT_CLIENT_KEY belong together; only one of them is set")
        return cls(
            address=Address.parse(vault_variable(environ, "ADDR") or DEFAULT_ADDRESS),
            token=_token(environ),
            namespace=_sendable(vault_variable(environ, "NAMESPACE").strip("/"), "VAULT_NAMESPACE"),
            cacert=vault_variable(environ, "CACERT"),
            capath=vault_variable(environ, "CAPATH"),
            client_cert=cert,
            client_key=key,
            tls_server_name=vault_variable(environ, "TLS_SERVER_NAME"),
            skip_verify=_flag(vault_variable(environ, "SKIP_VERIFY"), "VAULT_SKIP_VERIFY"),
            timeout=_timeout(vault_variable(environ, "CLIENT_TIMEOUT") or "60"),
            max_retries=_count(vault_variable(environ, "MAX_RETRIES") or "2", "VAULT_MAX_RETRIES"),
            allowed_hosts=tuple(_hosts(variable(environ, "VAULT_BINANCE_ALLOWED_HOSTS"))),
        )


@dataclass(frozen=True, slots=True)
class BotSettings:
    """Who a bot is and what it borrows; all empty where nothing is set."""

    layout: Layout
    bot: str = ""
    credential: str = ""
    role_id: str = ""
    secret_id: Redacted | None = None
    wrapped_secret_id: Redacted | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        secret_id = variable(environ, "VAULT_BINANCE_SECRET_ID")
        wrapped = variable(environ, "VAULT_BINANCE_WRAPPED_SECRET_ID")
        if secret_id and wrapped:
            raise ConfigError(
                "VAULT_BINANCE_SECRET_ID and VAULT_BINANCE_WRAPPED_SECRET_ID are both set",
                hint="set one: a wrapped SecretID is the one that shows when somebody else has opened it",
            )
        return cls(
            layout=Layout(variable(environ, "VAULT_BINANCE_INSTANCE") or "binance"),
            bot=variable(environ, "VAULT_BINANCE_BOT"),
            credential=variable(environ, "VAULT_BINANCE_CREDENTIAL"),
            role_id=variable(environ, "VAULT_BINANCE_ROLE_ID"),
            secret_id=Redacted(secret_id) if secret_id else None,
            wrapped_secret_id=Redacted(wrapped) if wrapped else None,
        )


def vault_variable(environ: Mapping[str, str], suffix: str) -> str:
    """BAO_<suffix> before VAULT_<suffix>, each directly or as a file; empty where neither is set."""
    return variable(environ, f"BAO_{suffix}") or variable(environ, f"VAULT_{suffix}")


def variable(environ: Mapping[str, str], name: str) -> str:
    """A variable's value, or the text of the file that NAME_FILE names, without white space around it."""
    direct, path = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if direct and path:
        raise ConfigError(f"{name} and {name}_FILE are both set", hint="unset one of them")
    return _file_text(path, f"{name}_FILE") if path else direct.strip()


def _file_text(path: str, name: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  pathlib costs the bot's start-up 2 ms
            text = file.read().strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"cannot read {path!a}, which {name} names: {reason}") from None
    if not text:
        raise ConfigError(f"the file {path!a}, which {name} names, is empty")
    return text


def _token(environ: Mapping[str, str]) -> Redacted | None:
    text = vault_variable(environ, "TOKEN") or _token_file(environ)
    return Redacted(_sendable(text, "the Vault token")) if text else None


def _sendable(text: str, name: str) -> str:
    """A header can carry it; http.client would raise with the token in its message."""
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    raise ConfigError(
        f"{name} has a blank, a line end or another character that cannot be sent", hint="was too much copied?"
    )


def _token_file(environ: Mapping[str, str]) -> str:
    """The file in which Vault's own CLI keeps its login; absent is normal, unreadable is not."""
    if not (home := environ.get("HOME", "")):
        return ""
    path = f"{home}/.vault-token"
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            return file.read().strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError):
        raise ConfigError(f"cannot read the token in {path!a}", hint="set VAULT_TOKEN, or log in again") from None


def seconds(text: str, name: str) -> float:
    """A duration as Vault writes it: plain seconds, or numbers with ms, s, m, h or d, as in 1m30s."""
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", text, re.ASCII):
        return float(text)
    if not re.fullmatch(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d))+", text, re.ASCII):
        raise ConfigError(f"{name}: {text!a} is no duration", hint="write 30, 30s, 5m, 24h or 30d")
    parts = re.findall(r"([\d.]+)([a-z]+)", text)
    return sum(float(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}[unit] for number, unit in parts)


def _timeout(text: str) -> float:
    timeout = seconds(text, "VAULT_CLIENT_TIMEOUT")
    if timeout > LONGEST_TIMEOUT:
        raise ConfigError(f"VAULT_CLIENT_TIMEOUT: {text!a} is longer than a day", hint="write 0 to wait for ever")
    return timeout


def _count(text: str, name: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text):
        raise ConfigError(f"{name}: {text!a} is no number of retries", hint="write 0 for a single try")
    return int(text)


def _flag(text: str, name: str) -> bool:
    """Go's ParseBool, which is what Vault uses."""
    if text in {"", "0", "f", "F", "false", "False", "FALSE"}:
        return False
    if text in {"1", "t", "T", "true", "True", "TRUE"}:
        return True
    raise ConfigError(f"{name}: {text!a} is neither true nor false")


def _hosts(text: str) -> list[str]:
    """Host names, as a URL's host compares: in lower case."""
    return [word.strip().lower() for word in text.split(",") if word.strip()]
