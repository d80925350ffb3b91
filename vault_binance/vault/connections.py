"""The connections that a wire is made of, plain, TLS and unix sockets, and what it means when one fails.

Rules of the file
- An answer is whole before the connection's deadline, or it is none: a socket's own timeout starts anew with every byte
  that drips in.
- `ssl` is loaded when a TLS connection is made, and not before: a bot beside an agent's socket does not pay for it.
- VAULT_CACERT goes before VAULT_CAPATH, and both replace the system's authorities, as in Vault's CLI.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import contextmanager, suppress
from http.client import BadStatusLine, HTTPConnection, HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase

from vault_binance.errors import ConfigError, VaultUnavailable
from vault_binance.on_disk import state_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from typing import Any

    from vault_binance.config import Address, Config
    from vault_binance.errors import VaultBinanceError

_TLS_ALERT = "\x15\x03"
"""How an alert begins: a server that speaks TLS was spoken to in plain text."""


class Connection(HTTPConnection):
    """`deadline` is the monotonic time until which the next answer must be whole; None is without end."""

    deadline: float | None = None

    def response_class(self, sock: socket.socket, **named: Any) -> HTTPResponse:  # type: ignore[override]
        response = HTTPResponse(sock, **named)
        if self.deadline is not None:
            response.fp = BufferedReader(_Timed(response.fp.detach(), sock, self.deadline))
        return response


class _Timed(RawIOBase):
    """What `sock` says until the deadline: status line, headers and body alike."""

    def __init__(self, raw: RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._raw, self._sock, self._deadline = raw, sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()  # the socket counts its readers, and stays open for the last
        super().close()


class UnixConnection(Connection):
    def __init__(self, path: str, timeout: float | None) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class TlsConnection(Connection):
    """HTTPSConnection cannot be told another server name than the host it connects to; this can."""

    def __init__(self, address: Address, timeout: float | None, tls: ssl.SSLContext, server_name: str) -> None:
        super().__init__(address.host, address.port, timeout=timeout)
        self._tls = tls
        self._server_name = (server_name or address.host).encode("ascii")  # as bytes it does not load encodings.idna

    def connect(self) -> None:
        super().connect()
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._server_name)


class Trust:
    """What TLS trusts and shows: loaded for the first connection, and anew for the next one once a file that the
    configuration names has changed on disk. The system's authorities are loaded once.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._context: ssl.SSLContext | None = None
        self._loaded: object = None

    def context(self) -> ssl.SSLContext:
        """Raises ConfigError as `tls_context`, where nothing was loaded before."""
        on_disk = state_of(_files_named(self._config))
        if self._context is None:
            self._context, self._loaded = tls_context(self._config), on_disk
        elif on_disk != self._loaded:
            with suppress(ConfigError):  # of several files one is replaced first: until they fit, what was before
                self._context, self._loaded = tls_context(self._config), on_disk
        return self._context


def _files_named(config: Config) -> list[str]:
    """All files that `tls_context` loads for this configuration; of a folder that cannot be read there are none."""
    named = [file for file in (config.client_cert, config.client_key, config.cacert) if file]
    if not config.cacert:
        with suppress(OSError, ConfigError):
            named += _files(config.capath)
    return named


def tls_context(config: Config) -> ssl.SSLContext:
    """What a client of `config` trusts and shows. Raises ConfigError for a file that is not there or is no PEM."""
    import ssl

    with _loading(config.capath):
        authorities = [config.cacert] if config.cacert else _files(config.capath)
    with _loading(*authorities[:1]):
        context = ssl.create_default_context(cafile=authorities[0] if authorities else None)
    for file in authorities[1:]:
        with _loading(file):
            context.load_verify_locations(file)
    if config.client_cert:
        with _loading(config.client_cert, config.client_key):
            # Without a password OpenSSL would ask the terminal for one, and a bot would wait for ever.
            context.load_cert_chain(config.client_cert, config.client_key, password="")
    if config.skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@contextmanager
def _loading(*files: str) -> Iterator[None]:
    """Say which file it was: OpenSSL does not."""
    try:
        yield
    except OSError as error:  # SSLError included
        which = next((file for file in files if not os.access(file, os.R_OK)), " or ".join(files))
        names = "VAULT_CACERT, VAULT_CAPATH, VAULT_CLIENT_CERT or VAULT_CLIENT_KEY"
        raise ConfigError(
            f"a TLS file cannot be loaded, {which!a}: {error.strerror or error}", hint=f"look at {names}"
        ) from None


def _files(folder: str) -> list[str]:
    """All of VAULT_CAPATH, under whatever names, as Vault takes it; OpenSSL would see only names made by c_rehash."""
    if not folder:
        return []
    files = sorted(entry.path for entry in os.scandir(folder) if entry.is_file())
    if not files:
        raise ConfigError(f"there is no CA certificate in {folder!a}", hint="look at VAULT_CAPATH")
    return files


def lost(error: Exception, config: Config) -> VaultBinanceError:
    """Translate what the network raised; a certificate that does not fit will not fit at the next try either.

    Classes of ssl are told by name, so as not to load it.
    """
    address, name = config.address, type(error).__name__
    reason = error.strerror if isinstance(error, OSError) and error.strerror else name
    if name == "SSLCertVerificationError":
        return ConfigError(
            f"the certificate of {address} is not trusted",
            hint="name the CA that signed it: VAULT_CACERT=/path/ca.pem; "
            "or the name in it: VAULT_TLS_SERVER_NAME=vault.internal",
        )
    if name == "SSLError":
        cause = str(getattr(error, "reason", None) or reason)
        hint = "does this server speak plain http? then VAULT_ADDR must begin with http://"
        if "ALERT" in cause:  # the other end is the one that refuses
            hint = "does this server ask for a client certificate? VAULT_CLIENT_CERT and VAULT_CLIENT_KEY name it"
        return ConfigError(f"no TLS with {address}: {cause}", hint=hint)
    if isinstance(error, BadStatusLine) and str(error).startswith(_TLS_ALERT):
        return ConfigError(f"{address} speaks TLS", hint="VAULT_ADDR must begin with https://")
    if not isinstance(error, (OSError, HTTPException)):  # its text may quote the token
        return ConfigError(
            f"no request can be made to {address}: a setting is none that HTTP or TLS can carry",
            hint="look at VAULT_ADDR, VAULT_TLS_SERVER_NAME, VAULT_TOKEN, VAULT_NAMESPACE and VAULT_CLIENT_TIMEOUT",
        )
    if isinstance(error, TimeoutError):
        reason = f"no answer within {config.timeout:g} s"
    return VaultUnavailable(
        f"Vault does not answer at {address}: {reason}",
        hint="is the address right (VAULT_ADDR), is the server up, is there a firewall between?",
    )
