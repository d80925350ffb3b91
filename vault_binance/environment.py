"""Every variable of the environment that this package reads: what it means, in which unit, and what counts without it.

Rules of the file
- docs/reference/environment.md is drawn from here; nothing at run time reads it.
- tests/docs/test_environment.py finds every read in the code by its syntax: one that is missing here fails it, and so
  does a line for what nobody reads any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault_binance.config import AUTH_METHODS, DEFAULT_ADDRESS, DEFAULT_RETRIES, DEFAULT_TIMEOUT, SERVICE_ACCOUNT_TOKEN

EVERYBODY, BOTS, PROGRAM, TESTS = "whoever asks Vault", "bots", "the command line", "tests"

NOTHING = "none"


@dataclass(frozen=True, slots=True)
class Variable:
    """`takes` is the form or unit of the value, `by` who reads it; with `in_file`, NAME_FILE may name a file of it."""

    takes: str
    default: str
    by: str
    says: str
    in_file: bool = True


def _switch(by: str, says: str) -> Variable:
    return Variable("anything but nothing", NOTHING, by, says, in_file=False)


VAULTS = {
    "ADDR": Variable(
        "URL, or `unix:///run/vault/agent.sock`", DEFAULT_ADDRESS, EVERYBODY, "where Vault is, or Vault Agent or Proxy"
    ),
    "TOKEN": Variable(
        "token",
        "what `~/.vault-token` holds",
        EVERYBODY,
        "an operator's login; a bot's only where it has no identity of its own. In a file it belongs to whoever writes "
        "that file, and is neither renewed nor revoked",
    ),
    "NAMESPACE": Variable("path", NOTHING, EVERYBODY, "namespace of Vault Enterprise or OpenBao"),
    "CACERT": Variable("path", "the system's CAs", EVERYBODY, "the CAs that Vault's certificate may be signed by"),
    "CAPATH": Variable("path", NOTHING, EVERYBODY, "a directory with more of them, under whatever names"),
    "CLIENT_CERT": Variable(
        "path",
        NOTHING,
        EVERYBODY,
        "certificate shown to Vault; with `VAULT_BINANCE_BOT` the bot logs in with it. Goes with `VAULT_CLIENT_KEY`",
    ),
    "CLIENT_KEY": Variable("path", NOTHING, EVERYBODY, "its private key"),
    "TLS_SERVER_NAME": Variable(
        "host name", "that of the address", EVERYBODY, "the name that must be in Vault's certificate"
    ),
    "SKIP_VERIFY": Variable(
        "`true` or `false`", "`false`", EVERYBODY, "take any certificate: whoever is in between reads everything"
    ),
    "CLIENT_TIMEOUT": Variable(
        "seconds, or `1m30s`; `0` is none",
        f"{DEFAULT_TIMEOUT:g} s",
        EVERYBODY,
        "how long to connect and to wait for an answer; a lease that is kept waits 15 s at most",
    ),
    "MAX_RETRIES": Variable("number", str(DEFAULT_RETRIES), EVERYBODY, "tries after the first one; 0 is a single try"),
}
"""Vault's own, by what follows `VAULT_`; each may begin with `BAO_` instead, which is read first."""

OURS = {
    "VAULT_BINANCE_INSTANCE": Variable(
        "name", "`binance`", EVERYBODY, "which of our instances in that Vault; `--instance` goes before it"
    ),
    "VAULT_BINANCE_ALLOWED_HOSTS": Variable(
        "host names, with commas", NOTHING, EVERYBODY, "where else Vault may redirect to; no token goes anywhere else"
    ),
    "VAULT_BINANCE_BOT": Variable("name", NOTHING, BOTS, "the bot's name, and of its role where no other is set"),
    "VAULT_BINANCE_CREDENTIAL": Variable(
        "name", NOTHING, BOTS, "what it borrows, where the call or command names none"
    ),
    "VAULT_BINANCE_AUTH": Variable(
        ", ".join(f"`{method}`" for method in AUTH_METHODS),
        "by what is set: a RoleID or SecretID, a JWT, a certificate with a bot's name, a token",
        BOTS,
        f"how it logs in. `kubernetes` reads `{SERVICE_ACCOUNT_TOKEN}`",
    ),
    "VAULT_BINANCE_AUTH_MOUNT": Variable(
        "path without `auth/`",
        "`<instance>-approle`, `<instance>-cert`, `jwt`, `kubernetes`",
        BOTS,
        "where that auth method is mounted",
    ),
    "VAULT_BINANCE_AUTH_ROLE": Variable("name", "the bot's name", BOTS, "its role there"),
    "VAULT_BINANCE_ROLE_ID": Variable("RoleID", NOTHING, BOTS, "first half of an AppRole login; no secret"),
    "VAULT_BINANCE_WRAPPED_SECRET_ID": Variable(
        "wrapping token", NOTHING, BOTS, "the second half, wrapped: opens once, and shows when somebody else was there"
    ),
    "VAULT_BINANCE_SECRET_ID": Variable("SecretID", NOTHING, BOTS, "the second half in clear; not both"),
    "VAULT_BINANCE_JWT": Variable("JWT", NOTHING, BOTS, "what it logs in with at a JWT or Kubernetes mount"),
    "VAULT_BINANCE_WAIT": Variable(
        "seconds, `5m`, or `forever`", "0 s", BOTS, "how long to try for the first credential while Vault is away"
    ),
    "VAULT_BINANCE_MAX_STALE": Variable(
        "seconds, or `1h`; `0`: never past the lease's end",
        "1 h; 20 s where the schedule is `swift`",
        "bots that keep a lease",
        "how old the last pair may become while Vault is away",
    ),
    "VAULT_BINANCE_SCHEDULE": Variable(
        "`standard`, `calm` or `swift`",
        "`standard`",
        "bots that keep a lease",
        "how often a lease looks: every 30 s, every 5 minutes, every second (for tests)",
    ),
    "VAULT_BINANCE_PROFILE": Variable(
        "a profile, or a mapping", "`plain`", "`exec`", "under which names the command finds the pair"
    ),
    "VAULT_BINANCE_BINANCE_URL": Variable(
        "URL: scheme, host, port",
        "Binance's, by the key's environment",
        "whatever asks Binance",
        "where the spot API is: an emulator, or another of Binance's hosts",
    ),
    "VAULT_BINANCE_FUTURES_URL": Variable(
        "the same", "the same", "whatever asks Binance", "where the USDS-margined futures API is"
    ),
    "VAULT_BINANCE_COIN_FUTURES_URL": Variable(
        "the same", "the same", "whatever asks Binance", "where the COIN-margined futures API is"
    ),
}
"""All begin with `VAULT_BINANCE_`."""

AROUND = {
    "VAULT_BINANCE_DEBUG": _switch(
        PROGRAM, "show the traceback of what nobody foresaw; it may show more than a message"
    ),
    "_VAULT_BINANCE_COMPLETE": Variable(
        "`bash_source`, `zsh_source`, `fish_source`",
        NOTHING,
        PROGRAM,
        "print what completes command lines in that shell, and nothing else",
        in_file=False,
    ),
    "HOME": Variable(
        "path",
        NOTHING,
        "the command line, bots, tests",
        "where `.vault-token` is, and `.cache` of tests",
        in_file=False,
    ),
    "SSL_CERT_FILE": Variable(
        "path",
        "the public CAs that come with httpx; for Vault the system's",
        "whatever asks Binance, or Vault without `VAULT_CACERT`",
        "the CAs that a certificate may be signed by",
        in_file=False,
    ),
    "SSL_CERT_DIR": Variable(
        "path", NOTHING, "the same", "a directory of them, named by their hashes as OpenSSL has it", in_file=False
    ),
    "NO_COLOR": _switch(PROGRAM, "no colours"),
    "TERM": Variable(
        "a terminal's name", "`dumb`", PROGRAM, "whether a QR code can be taken off the screen again", in_file=False
    ),
}

TESTING = {
    "VAULT_BINANCE_VAULT_BIN": Variable(
        "path",
        "`vault` or `bao` on the PATH, one that was kept, an image, a build",
        TESTS,
        "the server that tests run on; used or refused aloud",
        in_file=False,
    ),
    "XDG_CACHE_HOME": Variable(
        "path", "`~/.cache`", TESTS, "where a server is kept from one run to the next", in_file=False
    ),
    "PATH": Variable(
        "directories", "the system's", TESTS, "where `vault`, `bao`, `docker` and `go` are looked for", in_file=False
    ),
    "GOFLAGS": Variable("flags", NOTHING, TESTS, "of the build of a server; `-mod` is left out", in_file=False),
    "BINANCE_API_KEY": Variable("API key", NOTHING, "the demo's bot", "what `exec` gave it", in_file=False),
    "BINANCE_API_SECRET": Variable("secret", NOTHING, "the demo's bot", "the same", in_file=False),
    "BINANCE_BASE_URL": Variable("URL", NOTHING, "the demo's bot", "where the emulator is", in_file=False),
    "LANG": Variable("locale", NOTHING, "the demo", "handed on to its commands", in_file=False),
    "PYTHONPATH": Variable("directories", NOTHING, "the demo", "handed on to its commands", in_file=False),
    "NO_PROXY": Variable("hosts", NOTHING, TESTS, "the loopback is added while the emulator runs", in_file=False),
    "no_proxy": Variable("hosts", NOTHING, TESTS, "the same", in_file=False),
}


def names() -> frozenset[str]:
    """Every name under which something is read, those with BAO_ and _FILE included."""
    tables = [OURS, AROUND, TESTING, *({f"{prefix}{name}": one for name, one in VAULTS.items()} for prefix in PREFIXES)]
    listed = {name: one for table in tables for name, one in table.items()}
    return frozenset(listed) | {f"{name}_FILE" for name, one in listed.items() if one.in_file}


PREFIXES = ("VAULT_", "BAO_")
