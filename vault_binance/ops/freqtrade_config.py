"""The Binance pair in a configuration of freqtrade: `exchange.key` and `exchange.secret`.

Rules of the file
- JSON as freqtrade reads it: comments of both kinds and commas before a closing bracket are allowed.
- Such decoration is blanked and never taken out, so that every place in the text stays where it is.
- Messages name fields and line numbers, never values; what the JSON parser complains of holds the text, and is not
  chained.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from vault_binance.errors import MalformedCredentials
from vault_binance.ops.old_pair import Cut, Pair
from vault_binance.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Iterator

EXCHANGES = frozenset({"binance", "binanceusdm", "binancecoinm"})
"""What ccxt, and so freqtrade, calls the exchange whose keys are ours. Binance.US is another one."""

KEY, SECRET = "exchange.key", "exchange.secret"

_STRING = r'"(?:[^"\\\n]|\\.)*"?'
"""With its end or without: to look for the end of one that has none from each quote on would take hours."""
_DECORATION = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_LAST_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\]])")
_TOKEN = re.compile(rf'{_STRING}|[{{}}\[\]:,]|[^\s{{}}\[\]:,"]+')


def pair(text: str) -> Pair:
    """The pair, and where its values stand. Raises MalformedCredentials for none, half a one, or another exchange."""
    bare = _bare(text)
    exchange = _exchange(bare)
    _check_name(exchange.get("name"))
    key, secret = _value(exchange, "key"), _value(exchange, "secret")
    places = [place for place in _texts(bare) if place[0] in {("exchange", "key"), ("exchange", "secret")}]
    doubled = "exchange" if len(places) > 2 else ""
    cuts = tuple(Cut(start, end, '""') for _, start, end in places)
    return Pair(key, secret, KEY, SECRET, None, cuts, doubled)


def looks_like_one(text: str) -> bool:
    """Whether the text is meant as JSON: it begins with a brace, comments aside."""
    return _bare(text).lstrip().startswith("{")


def _bare(text: str) -> str:
    """The text with blanks in place of comments, last commas and a byte order mark."""
    text = re.sub("^\ufeff", " ", text)
    for decoration in (_DECORATION, _LAST_COMMA):
        text = decoration.sub(lambda found: found[1] or re.sub(r"[^\n]", " ", found[0]), text)
    return text


def _exchange(bare: str) -> dict[str, Any]:
    try:
        config, line = json.loads(bare), 0
    except json.JSONDecodeError as error:
        config, line = None, error.lineno
    except (RecursionError, ValueError):  # a number of thousands of digits
        config, line = None, 1
    if line:
        raise MalformedCredentials(f"line {line} of the file is not JSON", hint="is it freqtrade's? else: --kind env")
    exchange = config.get("exchange") if isinstance(config, dict) else None
    if not isinstance(exchange, dict):
        raise MalformedCredentials("the file has no exchange", hint='freqtrade keeps the pair in {"exchange": {...}}')
    return exchange


def _check_name(name: object) -> None:
    if not isinstance(name, str) or name.lower() not in EXCHANGES:
        raise MalformedCredentials(
            "the file's exchange.name is missing" if name is None else "the file's exchange.name is not binance",
            hint="a pair is taken only where the file says whose it is: one of " + ", ".join(sorted(EXCHANGES)),
        )


def _value(exchange: dict[str, Any], field: str) -> Redacted:
    value = exchange.get(field)
    if isinstance(value, str) and value:
        return Redacted(value)
    raise MalformedCredentials(
        f"the file's exchange.{field} is {'not text' if value else 'empty or missing'}",
        hint="does freqtrade get it from its environment (--from-environment), or from another of its files?",
    )


def _texts(bare: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Names from the outermost one on, and where the text stands that has them; of JSON that is known to be sound."""
    path: list[str] = []
    name, is_value = "", False
    for token in _TOKEN.finditer(bare):
        match token[0]:
            case "{" | "[":
                path.append(name)
                name, is_value = "", token[0] == "["
            case "}" | "]":
                path.pop()
            case ":":
                is_value = True
            case ",":
                is_value = False
            case text if text.startswith('"') and is_value:
                yield (*path[1:], name), token.start(), token.end()
            case text if text.startswith('"'):
                name = str(json.loads(text))
