"""Profiles: under which names a command finds which parts of its credential.

Rules of the file
- Pure: a text in, a Profile out; a credential in, texts out. Nothing is read but a file that the text names.
- Everything that can be wrong with a profile is found without a credential, before anything is lent. Only what a
  framework would make of a value is found later, and then nothing is started.
- No message shows a word that may be a secret: somebody may have written one where its name belongs.

Sources: reference, Binance, 15 and 16; freqtrade's coercion: freqtrade/configuration/environment_vars.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from vault_binance.binance.hosts import OVERRIDES, Product, base_url
from vault_binance.bot.child import PLAIN, SCRUBBED_PREFIXES
from vault_binance.credentials import Environment
from vault_binance.errors import ConfigError
from vault_binance.redacted import Hidden
from vault_binance.variables import file_text, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Self

    from vault_binance.credentials import Credentials


class Part(StrEnum):
    """What of a credential a variable may hold."""

    API_KEY = "api_key"
    SECRET = "secret"  # noqa: S105  a name
    """The HMAC secret, or the private key as PEM text."""
    SECRET_FILE = "secret_file"  # noqa: S105
    """A path from which that can be read; see vault_binance.bot.secret_file."""
    KEY_TYPE = "key_type"
    ENVIRONMENT = "environment"
    BASE_URL = "base_url"
    FUTURES_URL = "futures_url"
    NAME = "name"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Profile:
    """Variables and their parts, for a credential of each environment."""

    mappings: Mapping[Environment, Mapping[str, Part]]

    @classmethod
    def same_everywhere(cls, mapping: Mapping[str, Part]) -> Self:
        return cls(dict.fromkeys(Environment, mapping))

    @property
    def names(self) -> frozenset[str]:
        """Every variable that it may set; which of them, the credential's environment decides."""
        return frozenset(name for mapping in self.mappings.values() for name in mapping)

    @property
    def files(self) -> tuple[str, ...]:
        """Variables that are to hold a path to the secret."""
        found = (
            name for mapping in self.mappings.values() for name, part in mapping.items() if part is Part.SECRET_FILE
        )
        return tuple(dict.fromkeys(found))

    def check(self, environ: Mapping[str, str]) -> None:
        """Raises ConfigError for settings that `variables` could not use, whatever is lent."""
        parts = {part for mapping in self.mappings.values() for part in mapping.values()}
        for product in {_ADDRESSES[part] for part in parts & _ADDRESSES.keys()}:
            variable(environ, OVERRIDES[product])

    def variables(self, credentials: Credentials, environ: Mapping[str, str]) -> Mapping[str, str]:
        """All but `files`. Raises ConfigError where the command would not find what Binance issued."""
        texts = Hidden()
        for name, part in self.mappings[credentials.environment].items():
            if part is not Part.SECRET_FILE:
                texts[name] = _TEXTS[part](credentials, environ)
                if name.startswith("FREQTRADE__") and part in {Part.API_KEY, Part.SECRET}:
                    _check_understood(name, texts, credentials)
        return texts  # type: ignore[return-value]  # of texts


def _check_understood(name: str, texts: Hidden, credentials: Credentials) -> None:
    if kind := _taken_for_by_freqtrade(str(texts[name])):
        raise ConfigError(
            f"freqtrade would take {name} for {kind}: {credentials.name}, version {credentials.version}, "
            "cannot be handed over so",
            hint="it does that to every variable that looks like one: make another key at Binance",
        )


def _taken_for_by_freqtrade(text: str) -> str:
    """Its rule, in its order; a text that only begins as a list stays one to it, but nobody's key begins so."""
    for kind, what in ((int, "a whole number"), (float, "a number")):
        try:
            kind(text)
        except ValueError:
            continue
        return what
    if text.lower() in {"t", "true", "f", "false"}:
        return "a truth value"
    return "a list" if text.lstrip().startswith("[") else ""


_TEXTS: Mapping[Part, Callable[[Credentials, Mapping[str, str]], str]] = {
    Part.API_KEY: lambda credentials, _: credentials.api_key.reveal(),
    Part.SECRET: lambda credentials, _: credentials.secret.reveal(),
    Part.KEY_TYPE: lambda credentials, _: credentials.key_type.value,
    Part.ENVIRONMENT: lambda credentials, _: credentials.environment.value,
    Part.BASE_URL: lambda credentials, environ: _url(credentials.environment, Part.BASE_URL, environ),
    Part.FUTURES_URL: lambda credentials, environ: _url(credentials.environment, Part.FUTURES_URL, environ),
    Part.NAME: lambda credentials, _: credentials.name,
    Part.VERSION: lambda credentials, _: str(credentials.version),
}
"""All but the secret file, which is no text."""


_ADDRESSES = {Part.BASE_URL: Product.SPOT, Part.FUTURES_URL: Product.USDS_FUTURES}


def _url(environment: Environment, part: Part, environ: Mapping[str, str]) -> str:
    """Without a slash at its end: clients put the path behind it."""
    product = _ADDRESSES[part]
    return (variable(environ, OVERRIDES[product]) or base_url(environment, product)).rstrip("/")


# Those that have a name


def _pair(start: str, key: str = "API_KEY", secret: str = "API_SECRET") -> Mapping[str, Part]:  # noqa: S107  a name
    return {f"{start}{key}": Part.API_KEY, f"{start}{secret}": Part.SECRET}


def _by_environment(testnet: str) -> Mapping[Environment, Mapping[str, Part]]:
    """A testnet key belongs to the spot or to the futures testnet, which the credential does not say."""
    return {
        Environment.LIVE: _pair("BINANCE_"),
        Environment.TESTNET: _pair(testnet),
        Environment.DEMO: _pair("BINANCE_DEMO_"),
    }


NAMED = {
    "plain": Profile.same_everywhere(dict(zip(PLAIN, (Part.API_KEY, Part.SECRET), strict=True))),
    "nautilus": Profile(_by_environment("BINANCE_TESTNET_")),
    "nautilus-futures": Profile(_by_environment("BINANCE_FUTURES_TESTNET_")),
    "freqtrade": Profile.same_everywhere(_pair("FREQTRADE__EXCHANGE__", "KEY", "SECRET")),
}


# A user's own


def profile_from(text: str, source: str) -> Profile:
    """A profile's name, a mapping as in `KEY=api_key,SECRET=secret`, or @ and a file with one of them.

    In a mapping entries end with a comma or a line; a line that begins with # says nothing. `source` is the option or
    variable that it came from, for messages. Raises ConfigError.
    """
    if text.startswith("@"):
        text = file_text(text[1:], source)
    if "=" not in text:
        return _named(text.strip(), source)
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entries = [entry.strip() for line in lines for entry in line.split(",")]
    return Profile.same_everywhere(_mapping([entry for entry in entries if entry], source))


def _named(name: str, source: str) -> Profile:
    if name in NAMED:
        return NAMED[name]
    what = f"no profile is called {_shown(name)}" if name else "no profile is named"
    raise ConfigError(f"{source}: {what}", hint=_FORMS)


_FORMS = f"one of {', '.join(NAMED)}, or your own, as in API_KEY=api_key,API_SECRET=secret"
_PARTS = f"parts: {', '.join(Part)}"


def _mapping(entries: Iterable[str], source: str) -> Mapping[str, Part]:
    mapping: dict[str, Part] = {}
    for number, entry in enumerate(entries, 1):
        name, equals, part = (word.strip() for word in entry.partition("="))
        _check_name(name, f"{source}: entry {number}")
        if not equals or part not in set(Part):
            raise ConfigError(
                f"{source}: {name} is to hold {_shown(part)}, which is no part of a credential", hint=_PARTS
            )
        if name in mapping:
            raise ConfigError(f"{source}: {name} is there twice", hint="a variable holds one part")
        mapping[name] = Part(part)
    if not {Part.API_KEY, Part.SECRET, Part.SECRET_FILE} & set(mapping.values()):
        raise ConfigError(f"{source}: nothing of the credential is handed over", hint=_PARTS)
    return mapping


def _check_name(name: str, where: str) -> None:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", name):
        raise ConfigError(
            f"{where}: {_shown(name)} is no name of a variable",
            hint="letters, digits and underscores, no digit first, at most 63",
        )
    if name.upper() in _ACTED_ON or name.upper().startswith(_ACTED_ON_PREFIXES):
        raise ConfigError(
            f"{where}: {name} means something to others than the command",
            hint="the system, an interpreter or Vault's own tools act on it: take another name",
        )


_ACTED_ON = frozenset(
    {"BASH_ENV", "CDPATH", "CLASSPATH", "ENV", "GLIBC_TUNABLES", "HOME", "IFS", "JAVA_TOOL_OPTIONS", "LANG", "LOGNAME"}
    | {"NODE_OPTIONS", "NODE_PATH", "PATH", "PERL5LIB", "PERL5OPT", "PS4", "PWD", "RUBYLIB", "RUBYOPT", "SHELL"}
    | {"SHELLOPTS", "TERM", "TMPDIR", "TZ", "USER", "_"}
)
_ACTED_ON_PREFIXES = (*SCRUBBED_PREFIXES, "DYLD_", "LC_", "LD_", "PYTHON")


def _shown(word: str) -> str:
    """A word as somebody may have meant it; anything else may be the secret itself."""
    return repr(word) if re.fullmatch(r"[A-Za-z_-]{1,24}", word) else "(not shown)" if word else "(nothing)"
