"""Policy text (HCL) into Rules: what we write, and what teams write of the same kind.

Rules of the file
- Accepted is a subset of what Vault accepts, refused is all that Vault refuses: `path` stanzas with capabilities,
  parameter constraints and wrapping bounds, and comments. Old-style `policy`, MFA, control groups, events, JSON and
  heredocs are told to be unknown here, not skipped: an evaluator that overlooks a line is wrong about the whole.
- Every complaint names the line.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from vault_binance.errors import ConfigError
from vault_binance.policy.access import CAPABILITIES, Policy, Rule
from vault_binance.policy.subject import TEMPLATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NoReturn

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
      | (?P<text>"(?:[^"\\\n]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_][\w.-]*)
      | (?P<sign>[{}\[\]=,])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = re.compile(r"""\\(["\\bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})""")
_UNREADABLE = re.compile("[\0\ue123]")
"""Vault's HCL refuses these wherever they stand (measured on 1.21.1)."""

_TRAPS = {
    "\ufeff": "it is a byte order mark, which editors put before a file: save it without",
    "\u00a0": "it is a space that does not break, as copied from a page",
    "'": "texts stand in double quotes",
    **dict.fromkeys("\u201c\u201d\u2018\u2019", "it is a curved quote, as copied from a page"),
}
_LONGEST_SHOWN = 24
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_ROOT_PROTECTED = ("sys/audit", "sys/auth/")
"""Of the paths that we ask for, those at which Vault wants sudo besides."""
_ATTRIBUTES = (
    "capabilities",
    "allowed_parameters",
    "denied_parameters",
    "required_parameters",
    "min_wrapping_ttl",
    "max_wrapping_ttl",
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def parse_policy(name: str, text: str) -> Policy:
    """Raises ConfigError with the policy's name and the line for what Vault or this parser does not accept."""
    if text.lstrip().startswith("{"):
        raise ConfigError(
            f"policy {name}, line 1: it is JSON, which Vault takes and this does not read",
            hint='write it as HCL: path "secret/data/x" { capabilities = ["read"] }',
        )
    try:
        return Policy(name, tuple(_Parser(name, text).rules()))
    except RecursionError:
        pass
    raise ConfigError(f"policy {name}: lists are nested too deep to be read here")


def rule_text(path: str, capabilities: Iterable[str]) -> str:
    """A rule in one line, ready to paste, with `sudo` where Vault wants it besides (reference: Vault, 4.7)."""
    sudo = ["sudo"] if path.startswith(_ROOT_PROTECTED) else []
    granted = ", ".join(f'"{one}"' for one in [*capabilities, *sudo])
    return f'path "{path}" {{ capabilities = [{granted}] }}'


def duration(value: object) -> float:
    """Seconds from what Vault takes for a duration: a number, or text as in 90, 1h30m, 30d. ValueError otherwise."""
    text = str(value)
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{shown(text)} is no duration")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def shown(text: str) -> str:
    """Text from a file that may be another than was meant: what is as long as a key is not repeated."""
    return ascii(text) if len(text) <= _LONGEST_SHOWN else "something long (not shown)"


class _Parser:
    """One token of look-ahead, one method a construct."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._line = 1
        self._tokens = self._scan(text)
        self._next = next(self._tokens)

    def rules(self) -> Iterator[Rule]:
        while self._next.kind != "end":
            self._expect("path")
            line = self._line
            yield self._stanza(self._path(), line)

    def _path(self) -> str:
        path = self._text()
        if "+*" in path:
            self._fail("'+*' is no pattern")
        if re.search(r"\{\{|\}\}", TEMPLATE.sub("", path)):
            self._fail(f"the template in {path!a} {_template_fault(path)}")
        return path

    def _stanza(self, path: str, line: int) -> Rule:
        found: dict[str, object] = {}
        for key in self._entries():
            if key not in _ATTRIBUTES:
                self._fail(f"{shown(key)} is unknown here")
            found[key] = self._attribute(key)
        return self._checked(
            Rule(
                path=path,
                capabilities=_capabilities(found.get("capabilities", ())),
                allowed=found.get("allowed_parameters", {}),  # type: ignore[arg-type]  # as _attribute makes them
                denied=found.get("denied_parameters", {}),  # type: ignore[arg-type]
                required=found.get("required_parameters", ()),  # type: ignore[arg-type]
                min_wrap=found.get("min_wrapping_ttl", 0.0),  # type: ignore[arg-type]
                max_wrap=found.get("max_wrapping_ttl", 0.0),  # type: ignore[arg-type]
                line=line,
            )
        )

    def _checked(self, rule: Rule) -> Rule:
        if 0 < rule.max_wrap < rule.min_wrap:
            self._fail("max_wrapping_ttl is less than min_wrapping_ttl")
        return rule

    def _attribute(self, key: str) -> object:
        if key.endswith("_ttl"):
            self._expect("=")
            return self._seconds()
        if key in {"allowed_parameters", "denied_parameters"}:
            self._skip("=")
            return {name.lower(): self._assigned_list() for name in self._entries()}
        values = self._assigned_list()
        if wrong := [value for value in values if not isinstance(value, str)]:
            self._fail(f"{wrong[0]!a} in {key} is no text")
        if key == "capabilities" and (unknown := [value for value in values if value not in CAPABILITIES]):
            self._fail(f"{shown(str(unknown[0]))} is no capability")
        return values

    def _entries(self) -> Iterator[str]:
        """The keys of a `{ }` block; whoever asks for them reads each one's value before the next."""
        seen: set[str] = set()
        self._expect("{")
        while not self._skip("}"):
            key = self._text() if self._next.kind == "text" else self._word()
            if key in seen:
                self._fail(f"{shown(key)} is set twice")
            seen.add(key)
            yield key
            self._skip(",")

    def _assigned_list(self) -> tuple[object, ...]:
        self._expect("=")
        return tuple(self._list())

    def _list(self) -> list[object]:
        values: list[object] = []
        self._expect("[")
        while not self._skip("]"):
            values.append(self._value())
            if self._next.text != "]":
                self._expect(",")
        return values

    def _value(self) -> object:
        if self._next.text == "[":
            return self._list()
        if self._next.text != "{":
            return self._scalar()
        return {key: self._member() for key in self._entries()}

    def _member(self) -> object:
        self._expect("=")
        return self._scalar()

    def _scalar(self) -> object:
        if self._next.kind == "text":
            return self._text()
        token = self._take()
        if token.kind == "number":
            return float(token.text)
        if token.text in {"true", "false"}:
            return token.text == "true"
        return self._unexpected("a value", token)

    def _seconds(self) -> float:
        token = self._take()
        try:
            return duration(json.loads(token.text))
        except ValueError:
            self._fail(f"{shown(token.text)} is no duration")

    def _word(self) -> str:
        token = self._take()
        if token.kind != "word":
            self._unexpected("a name", token)
        return token.text

    def _text(self) -> str:
        token = self._take()
        if token.kind != "text":
            self._unexpected("text in quotes", token)
        if re.search(r"\$\{(?![^{}\"]*\})", token.text):
            self._fail(f"the ${{ in {shown(token.text)} is not closed")
        if _ESCAPES.sub("", token.text).count("\\"):
            self._fail(f"{shown(token.text)} has an escape that is unknown here")
        return str(json.loads(token.text, strict=False))

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            self._unexpected(f"{text!a}", self._take())

    def _skip(self, text: str) -> bool:
        if self._next.kind == "text" or self._next.text != text:
            return False
        self._take()
        return True

    def _take(self) -> _Token:
        token, self._next = self._next, next(self._tokens, self._next)
        self._line = token.line
        return token

    def _scan(self, text: str) -> Iterator[_Token]:
        position, line = 0, 1
        if unreadable := _UNREADABLE.search(text):
            self._line += text.count("\n", 0, unreadable.start())
            self._fail(f"{unreadable[0]!a} is read by no Vault, in a comment neither")
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                self._line = line
                self._fail(f"{text[position]!a} was not expected{_known_trap(text[position])}")
            if match.lastgroup != "space":
                yield _Token(str(match.lastgroup), match[0], line)
            position, line = match.end(), line + match[0].count("\n")
        yield _Token("end", "", line)

    def _unexpected(self, wanted: str, token: _Token) -> NoReturn:
        self._fail(f"{wanted} was expected, not {shown(token.text or 'the end')}")

    def _fail(self, problem: str) -> NoReturn:
        raise ConfigError(f"policy {self._name}, line {self._line}: {problem}")


def _capabilities(values: object) -> frozenset[str]:
    """`deny` beside others leaves only itself."""
    found = frozenset(values)  # type: ignore[call-overload]  # a tuple of text, checked by _attribute
    return frozenset({"deny"}) if "deny" in found else found


def _known_trap(character: str) -> str:
    return f": {_TRAPS[character]}" if character in _TRAPS else ""


def _template_fault(path: str) -> str:
    """Vault refuses an unbalanced one; one that it does not know it takes, and grants nothing by it."""
    if any(part.count("}}") != bool(number) for number, part in enumerate(path.split("{{"))):
        return "is unbalanced"
    return "names no property of an entity, its logins or its groups: Vault would take it, and grant nothing"
