"""Variables of the environment: where a setting's text may come from, and what it may mean.

Rules of the file
- BAO_X is read before VAULT_X, as OpenBao does; any variable may be given as NAME_FILE, and line ends and blanks around
  a file's text go.
- A message names the variable that was set, and shows no text that may be secret.
"""

from __future__ import annotations

import re

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def vault_variable(environ: Mapping[str, str], suffix: str) -> str:
    """BAO_<suffix> before VAULT_<suffix>, each directly or as a file; empty where neither is set."""
    return given(environ, suffix)[0]


def given(environ: Mapping[str, str], suffix: str) -> tuple[str, str]:
    """The value and the name under which it was given, for messages."""
    for name in (f"BAO_{suffix}", f"VAULT_{suffix}"):
        if text := variable(environ, name):
            return text, name
    return "", f"VAULT_{suffix}"


def variable(environ: Mapping[str, str], name: str) -> str:
    """A variable's value, or the text of the file that NAME_FILE names, without white space around it."""
    direct, path = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if direct and path:
        raise ConfigError(f"{name} and {name}_FILE are both set", hint="unset one of them")
    return file_text(path, f"{name}_FILE") if path else direct.strip()


def file_text(path: str, name: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  pathlib costs the bot's start-up 2 ms
            text = file.read().strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"cannot read {path!a}, which {name} names: {reason}") from None
    if not text:
        raise ConfigError(f"the file {path!a}, which {name} names, is empty")
    return text


def sendable(text: str, name: str) -> str:
    """A header can carry it; http.client would raise with the token in its message."""
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    raise ConfigError(
        f"{name} has a blank, a line end or another character that cannot be sent", hint="was too much copied?"
    )


def seconds(text: str, name: str) -> float:
    """A duration as Vault writes it: plain seconds, or numbers with ms, s, m, h or d, as in 1m30s."""
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", text, re.ASCII):
        return float(text)
    if not re.fullmatch(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d))+", text, re.ASCII):
        raise ConfigError(f"{name}: {text!a} is no duration", hint="write 30, 30s, 5m, 24h or 30d")
    parts = re.findall(r"([\d.]+)([a-z]+)", text)
    return sum(float(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}[unit] for number, unit in parts)


def flag(text: str, name: str) -> bool:
    """Go's ParseBool, which is what Vault uses."""
    if text in {"", "0", "f", "F", "false", "False", "FALSE"}:
        return False
    if text in {"1", "t", "T", "true", "True", "TRUE"}:
        return True
    raise ConfigError(f"{name}: {text!a} is neither true nor false")
