"""Settings from the environment, read when asked for and never at import.

Rules of the file
- Vault's own variables keep their names, meanings and defaults; ours begin with VAULT_BINANCE_.
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
from vault_binance.variables import file_text, flag, given, seconds, sendable, variable, vault_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, Self

    TokenSource = Literal["", "file", "login"]

DEFAULT_ADDRESS = "https://127.0.0.1:8200"
DEFAULT_TIMEOUT = 60.0
DEFAULT_RETRIES = 2
AUTH_METHODS = ("approle", "cert", "jwt", "kubernetes", "token")
SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105  where Kubernetes mounts it
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
    `token_source` is "file" where VAULT_TOKEN_FILE names one, which somebody writes who keeps the token alive, and
    "login" for the ~/.vault-token of Vault's own command: then `token` is None if it cannot be read.
    """

    address: Address
    token: Redacted | None = None
    token_source: TokenSource = ""
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
        (cert, cert_name), (key, key_name) = given(environ, "CLIENT_CERT"), given(environ, "CLIENT_KEY")
        if bool(cert) != bool(key):
            raise ConfigError(f"{cert_name} and {key_name} belong together; only one of them is set")
        token, token_source = _token(environ)
        return cls(
            address=Address.parse(vault_variable(environ, "ADDR") or DEFAULT_ADDRESS),
            token=token,
            token_source=token_source,
            namespace=_namespace(*given(environ, "NAMESPACE")),
            cacert=vault_variable(environ, "CACERT"),
            capath=vault_variable(environ, "CAPATH"),
            client_cert=cert,
            client_key=key,
            tls_server_name=vault_variable(environ, "TLS_SERVER_NAME"),
            skip_verify=flag(*given(environ, "SKIP_VERIFY")),
            timeout=_timeout(*given(environ, "CLIENT_TIMEOUT")),
            max_retries=_count(*given(environ, "MAX_RETRIES")),
            allowed_hosts=tuple(_hosts(_own(environ, "ALLOWED_HOSTS"))),
        )

    def needed_token(self) -> Redacted:
        """The token of whoever has no other identity; raises ConfigError where there is none."""
        if self.token:
            return self.token
        if self.token_source:
            raise ConfigError("no token can be read from ~/.vault-token", hint="set VAULT_TOKEN, or log in again")
        raise ConfigError("no Vault token", hint="log in: vault-binance login, or vault login; or set VAULT_TOKEN")


@dataclass(frozen=True, slots=True)
class BotSettings:
    """Who a bot is and what it borrows; all empty where nothing is set.

    `auth` is one of AUTH_METHODS, empty where nobody said. In seconds: `max_stale`, how long the last snapshot is used
    while Vault cannot be reached (0: never past the lease's own end; None: as the schedule says); `wait`, how long the
    first one is waited for.
    """

    layout: Layout
    bot: str = ""
    credential: str = ""
    auth: str = ""
    auth_mount: str = ""
    auth_role: str = ""
    role_id: str = ""
    secret_id: Redacted | None = None
    wrapped_secret_id: Redacted | None = None
    jwt: Redacted | None = None
    max_stale: float | None = None
    wait: float = 0.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        secret_id, wrapped = _secret(environ, "SECRET_ID"), _secret(environ, "WRAPPED_SECRET_ID")
        if secret_id and wrapped:
            raise ConfigError(
                "VAULT_BINANCE_SECRET_ID and VAULT_BINANCE_WRAPPED_SECRET_ID are both set",
                hint="set one: a wrapped SecretID is the one that shows when somebody else has opened it",
            )
        auth = _auth(_own(environ, "AUTH"))
        return cls(
            layout=layout_from(environ),
            bot=_own(environ, "BOT"),
            credential=_own(environ, "CREDENTIAL"),
            auth=auth,
            auth_mount=_mount(_own(environ, "AUTH_MOUNT")),
            auth_role=_own(environ, "AUTH_ROLE"),
            role_id=_own(environ, "ROLE_ID"),
            secret_id=secret_id,
            wrapped_secret_id=wrapped,
            jwt=_secret(environ, "JWT") or _service_account(auth),
            max_stale=_max_stale(_own(environ, "MAX_STALE")),
            wait=patience(_own(environ, "WAIT") or "0", "VAULT_BINANCE_WAIT"),
        )


def layout_from(environ: Mapping[str, str]) -> Layout:
    """The instance alone: an operator's command does not stumble over a bot's settings, some of which it is to make."""
    return Layout(_own(environ, "INSTANCE") or "binance")


def _max_stale(text: str) -> float | None:
    return seconds(text, "VAULT_BINANCE_MAX_STALE") if text else None


def _own(environ: Mapping[str, str], suffix: str) -> str:
    return variable(environ, f"VAULT_BINANCE_{suffix}")


def _secret(environ: Mapping[str, str], suffix: str) -> Redacted | None:
    text = _own(environ, suffix)
    return Redacted(text) if text else None


def _token(environ: Mapping[str, str]) -> tuple[Redacted | None, TokenSource]:
    text, name = given(environ, "TOKEN")
    if text:
        return Redacted(sendable(text, "the Vault token")), "file" if environ.get(f"{name}_FILE") else ""
    try:
        text = login_at_home(environ)
        return (Redacted(sendable(text, "the Vault token")), "login") if text else (None, "")
    except (OSError, ValueError, ConfigError):  # a bot with an identity of its own is not stopped by it
        return None, "login"


def login_at_home(environ: Mapping[str, str]) -> str:
    """What is in the file in which Vault's own CLI keeps its login; absent is normal."""
    if not (home := environ.get("HOME", "")):
        return ""
    try:
        with open(f"{home}/.vault-token", encoding="utf-8") as file:  # noqa: PTH123
            return file.read().strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _namespace(text: str, name: str) -> str:
    return sendable(text.strip("/"), name)


def _auth(text: str) -> str:
    if text in {"", *AUTH_METHODS}:
        return text
    raise ConfigError(f"VAULT_BINANCE_AUTH: {text!a} is no method", hint=f"write one of {', '.join(AUTH_METHODS)}")


def _mount(text: str) -> str:
    """Where an auth method is mounted, as `vault auth list` names it."""
    mount = text.strip("/")
    if not mount or re.fullmatch(r"(?!auth/)\w[\w.-]*(?:/\w[\w.-]*)*", mount, re.ASCII):
        return mount
    raise ConfigError(f"VAULT_BINANCE_AUTH_MOUNT: {text!a} is no mount", hint="write it without auth/, as in jwt")


def _service_account(auth: str) -> Redacted | None:
    if auth != "kubernetes":
        return None
    return Redacted(file_text(SERVICE_ACCOUNT_TOKEN, "VAULT_BINANCE_AUTH=kubernetes"))


def _timeout(text: str, name: str) -> float:
    timeout = seconds(text, name) if text else DEFAULT_TIMEOUT
    if timeout > LONGEST_TIMEOUT:
        raise ConfigError(f"{name}: {text!a} is longer than a day", hint="write 0 to wait for ever")
    return timeout


def patience(text: str, name: str) -> float:
    """A duration, or `forever`: one so long that nobody would live to see its end would be a guess."""
    if text == "forever":
        return float("inf")
    try:
        return seconds(text, name)
    except ConfigError as error:
        error.hint = f"{error.hint}, or forever"
        raise


def _count(text: str, name: str) -> int:
    if not text:
        return DEFAULT_RETRIES
    if not re.fullmatch(r"[0-9]{1,3}", text):
        raise ConfigError(f"{name}: {text!a} is no number of retries", hint="write 0 for a single try")
    return int(text)


def _hosts(text: str) -> list[str]:
    """Host names, as a URL's host compares: in lower case."""
    return [word.strip().lower() for word in text.split(",") if word.strip()]
