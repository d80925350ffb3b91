"""The Binance pair in a .env file that a team wants to leave behind.

Rules of the file
- Every value is Redacted as soon as it is cut out of the text; messages name variables and line numbers, never values.
- Nothing is guessed: two pairs, half a pair or a private key of unsaid type are refused, and what was found is named.
- Nothing is expanded: `$NAME` and `$(command)` stay as they are written, as no pair of Binance contains a dollar sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault_binance.credentials import Environment
from vault_binance.errors import ConfigError, MalformedCredentials
from vault_binance.ops.old_pair import Cut, Pair
from vault_binance.redacted import Redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from vault_binance.credentials import Credentials, KeyType

_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.]*)[ \t]*=[ \t]*")
_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")
_SINGLE_QUOTED = re.compile(r"'([^']*)'")
_DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN = re.compile(r"[^\n]*")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$", "'": "'"}


@dataclass(frozen=True, slots=True)
class Assignment:
    """One NAME=VALUE; a value may span lines when it is quoted, as a PEM's does.

    It stands from `start` to `end`, in characters: whole lines, with the end of the last one.
    """

    name: str
    value: Redacted
    line: int
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Family:
    """Variables that belong together. `environment` is None where their names do not say."""

    key: str
    secrets: tuple[str, ...]
    environment: Environment | None = None


FAMILIES = (
    Family("BINANCE_API_KEY", ("BINANCE_API_SECRET", "BINANCE_SECRET_KEY", "BINANCE_PRIVATE_KEY")),
    Family("BINANCE_KEY", ("BINANCE_SECRET",)),
    Family("BINANCE_TESTNET_API_KEY", ("BINANCE_TESTNET_API_SECRET",), Environment.TESTNET),
    Family("BINANCE_DEMO_API_KEY", ("BINANCE_DEMO_API_SECRET",), Environment.DEMO),
    Family("FREQTRADE__EXCHANGE__KEY", ("FREQTRADE__EXCHANGE__SECRET",)),
    Family("API_KEY", ("API_SECRET", "PRIVATE_KEY")),
)
"""Names that clients and bots read (reference: Binance, 15 and 16). The futures testnet is another host, with keys of
its own that our `testnet` does not know: its variables are not taken for a pair.
"""

LARGEST = 1 << 20
"""Bytes of a file in which settings are looked for."""

_LOOKS_RELEVANT = re.compile(r"BINANCE|API_?KEY|API_?SECRET|SECRET|PRIVATE_KEY|EXCHANGE__")


def read(path: Path) -> str:
    """The file's text without a byte order mark. Raises ConfigError if it cannot be read, or is no UTF-8."""
    return read_whole(path).removeprefix("\ufeff")


def read_whole(path: Path) -> str:
    """The same with its byte order mark: encoded again, it is the file, byte for byte."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) <= LARGEST:
            return content.decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        hint = "is the name right?" if isinstance(error, OSError) else "save it as UTF-8"
    else:
        reason, hint = "it has more than 1 MiB", "no file of settings is that large; is the name right?"
    raise ConfigError(f"cannot read {path}: {reason}", hint=hint)  # unchained: that error may hold the text


def parse(text: str) -> tuple[Assignment, ...]:
    """All assignments in order. Raises MalformedCredentials with the number of the first line that is none."""
    return tuple(_assignments(text))


def find(
    assignments: Sequence[Assignment],
    name: str,
    *,
    environment: Environment | None = None,
    key_type: KeyType | None = None,
    any_length: bool = False,
) -> Credentials:
    """The one Binance pair, as the credential `name`.

    `environment` chooses where the file has pairs for several, and is LIVE where neither it nor the variables' names
    say. A private key needs its `key_type` said, and is not looked into: see binance/keys.py. Raises
    MalformedCredentials for none or several, naming the variables found.
    """
    found = pair(assignments, environment=environment)
    return found.credentials(name, environment=environment, key_type=key_type, any_length=any_length)


def pair(assignments: Sequence[Assignment], *, environment: Environment | None = None, where: str = "the file") -> Pair:
    """The same before anybody has looked into it, with the places of its assignments; `where` is for messages."""
    values = _last_values(assignments)
    family = _only(_complete(values, environment), values, where)
    secret_name = _secret_of(family, values, where)
    key, secret = values[family.key], values[secret_name]
    told = [each for each in assignments if each.name.upper() in {family.key, secret_name} and each.value.reveal()]
    doubled = next((each.name for each in told if each.value not in (key, secret)), "")
    cuts = tuple(Cut(each.start, each.end) for each in told)
    return Pair(key, secret, family.key, secret_name, family.environment, cuts, doubled)


def _assignments(text: str) -> Iterator[Assignment]:
    at = counted = len(text) - len(text.removeprefix("\ufeff"))
    line = 1
    while at < len(text):
        if blank := _BLANK.match(text, at):
            at = blank.end()
            continue
        line, counted = line + text.count("\n", counted, at), at
        start = _NAME.match(text, at)
        if start is None:
            raise _fault(line, "is not of the form NAME=VALUE", "a private key of several lines needs quotes around it")
        begin = at
        value, at = _value(text, start.end(), line)
        yield Assignment(start.group(1), Redacted(value), line, begin, min(at, len(text)))


def _value(text: str, at: int, line: int) -> tuple[str, int]:
    """The value that begins at `at`, and where the next line begins."""
    quote = text[at : at + 1]
    if quote not in {"'", '"'}:
        plain = _PLAIN.match(text, at)
        assert plain is not None  # noqa: S101  # it matches the empty text too
        return re.split(r"(?:^|\s)#", plain.group(), maxsplit=1)[0].strip(), plain.end() + 1
    quoted = (_SINGLE_QUOTED if quote == "'" else _DOUBLE_QUOTED).match(text, at)
    if quoted is None:
        raise _fault(line, "opens a quote that is never closed", "")
    rest = _BLANK.match(text, quoted.end())
    if rest is None:
        raise _fault(line, "has text after its closing quote", "")
    inside = quoted.group(1).replace("\r\n", "\n")
    return (inside if quote == "'" else _unescaped(inside)), rest.end()


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match.group(1), match.group()), text, flags=re.DOTALL)


def _fault(line: int, what: str, hint: str) -> MalformedCredentials:
    return MalformedCredentials(f"line {line} of the file {what}", hint=hint)


def _last_values(assignments: Sequence[Assignment]) -> dict[str, Redacted]:
    """Empty ones count as absent: templates of .env files are full of them. The last one wins, as in every shell."""
    last = {each.name.upper(): each.value for each in assignments}
    return {name: value for name, value in last.items() if value.reveal()}


def _complete(values: dict[str, Redacted], environment: Environment | None) -> list[Family]:
    """The families of which both parts are there; where one says `environment` by its name, it is meant alone."""
    whole = [
        family
        for family in FAMILIES
        if family.key in values
        and any(secret in values for secret in family.secrets)
        and _fits(family, environment)
        and not _is_elsewhere(family, values)
    ]
    named = [family for family in whole if environment is not None and family.environment is environment]
    return named or whole


def _fits(family: Family, environment: Environment | None) -> bool:
    return environment is None or family.environment in {None, environment}


def _is_elsewhere(family: Family, values: dict[str, Redacted]) -> bool:
    """Freqtrade's variables are the same for every exchange; FREQTRADE__EXCHANGE__NAME says which."""
    exchange = values.get("FREQTRADE__EXCHANGE__NAME")
    return "EXCHANGE__" in family.key and exchange is not None and not exchange.reveal().lower().startswith("binance")


def _only(families: list[Family], values: dict[str, Redacted], where: str) -> Family:
    if not families:
        seen = ", ".join(sorted(name for name in values if _LOOKS_RELEVANT.search(name))) or "none that looks like one"
        raise MalformedCredentials(
            f"no whole Binance pair in {where}; variables found: {seen}",
            hint="looked for " + ", ".join(f"{family.key} with {family.secrets[0]}" for family in FAMILIES),
        )
    if len(families) > 1:
        raise MalformedCredentials(
            f"several Binance pairs in {where}: " + ", ".join(family.key for family in families),
            hint="leave one in, or choose with --environment where they differ in it",
        )
    return families[0]


def _secret_of(family: Family, values: dict[str, Redacted], where: str) -> str:
    present = [name for name in family.secrets if name in values]
    if len(present) > 1:
        raise MalformedCredentials(f"{' and '.join(present)} are both in {where}", hint="leave in the one that counts")
    return present[0]
