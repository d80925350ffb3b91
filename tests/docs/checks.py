"""A check for each language that a code block may be in: whoever copies one gets something that is understood.

Rules of the file
- A check gets a block and yields what is wrong with it, in a sentence; nothing in it is run.
- A language without a check is refused. What cannot be checked at all says so on its page, with the reason.
"""

from __future__ import annotations

import ast
import builtins
import configparser
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import hcl2
import yaml

from tests.docs.command_lines import PROGRAM, fault, fault_of_ours
from tests.docs.shell_lines import commands
from tests.support import ROOT
from vault_binance import environment
from vault_binance.bot.metrics import FAMILIES, PREFIX
from vault_binance.errors import ConfigError
from vault_binance.policy.text import parse_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.docs.pages import Block

PUBLIC = {"vault_binance", "vault_binance.testing"}

OTHERS = {"binance": "python-binance", "ccxt": "ccxt", "freqtrade": "freqtrade", "requests": "requests"}
"""Modules that this project does not need itself, by the distribution that has them; scripts/clients installs them."""

PLAYED = {
    "docs/howto/ccxt.md": "tests/howto/test_python_bots.py",
    "docs/howto/freqtrade.md": "tests/howto/test_freqtrade.py",
    "docs/howto/node.md": "tests/howto/test_node.py",
    "docs/howto/python-binance.md": "tests/howto/test_python_bots.py",
    "docs/quickstart.md": "tests/howto/test_quickstart.py",
}
"""Pages that a test plays from their first block to the last: what they show is what came."""

INSTRUCTIONS = {
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "ONBUILD", "RUN",
    "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
}  # fmt: skip
UNIT_SECTIONS = {"Unit", "Service", "Install", "Socket", "Timer", "Path", "Slice"}
STARTING = re.compile(r"^Exec\w+=[-@:+!]*(.*)$", re.MULTILINE)
DIRECTIVES = {"{toctree}", "{eval-rst}", "{note}", "{warning}", "{contents}", "{figure}", "{image}"}
RUN_KEYS = {"run", "script", "before_script", "after_script"}
TOKENS = re.compile(
    r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|//[^\n]*|/\*.*?\*/|[][(){}]|[\"'`]", re.DOTALL
)


def faults(block: Block) -> list[str]:
    """Everything that is wrong with a block, whatever its language."""
    if block.language in CHECKS:
        found = list(CHECKS[block.language](block))
    elif block.language in DIRECTIVES:
        found = []  # Sphinx, which treats a warning as an error, is who understands it
    else:
        found = [f"no check is known for the language {block.language!r}" if block.language else "no language is said"]
    return [f"{block.place}: {one}" for one in [*found, *unknown_variables(block.text)]]


def is_played(page: Path) -> bool:
    return page.is_relative_to(ROOT) and str(page.relative_to(ROOT)) in PLAYED


def unknown_variables(text: str) -> Iterator[str]:
    """Ours that nobody reads."""
    for name in sorted(set(re.findall(r"\bVAULT_BINANCE_[A-Z_]*[A-Z]\b", text)) - environment.names() - _of_tools()):
        yield f"no code reads {name}"


@cache
def _of_tools() -> frozenset[str]:
    """What the programs in tools/ read, which are no part of the package."""
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tools").rglob("*.go"))
    return frozenset(re.findall(r'"(VAULT_BINANCE_[A-Z_]+)"', sources))


def python(block: Block) -> Iterator[str]:
    try:
        tree = ast.parse(block.text)
        compile(block.text, block.place, "exec", dont_inherit=True)
    except SyntaxError as error:
        yield f"no Python: {error.msg}, in its line {error.lineno}"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _import(block, alias.name, ())
        elif isinstance(node, ast.ImportFrom):
            yield from _import(block, node.module or ".", [alias.name for alias in node.names])
    yield from _strangers(tree)


def _import(block: Block, module: str, names: list[str] | tuple[str, ...]) -> Iterator[str]:
    world = module.partition(".")[0]
    if world == "vault_binance":
        if module not in PUBLIC:
            yield f"{module} is not public"
            return
        home = import_module(module)
        offered = set(getattr(home, "__all__", ())) or set(vars(home))
        yield from (f"{module} has no public name {name}" for name in names if name not in offered)
    elif world in sys.stdlib_module_names or world in OTHERS:
        return
    elif not find_spec(world) and not any(block.page.parent.rglob(f"{world}.py")):
        yield f"there is no module {module} here, nor is it one of a client that is tested"


def _strangers(tree: ast.Module) -> Iterator[str]:
    """Names of ours that are used and not imported: `Fetcher` without a line that says where it comes from."""
    import vault_binance

    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - bound - set(dir(builtins))
    yield from (f"{name} is used, and not imported" for name in sorted(used & {*vault_binance.__all__}))


def shell(block: Block) -> Iterator[str]:
    yield from shell_text(block.text)


def shell_text(text: str) -> Iterator[str]:
    checked = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    if checked.returncode or checked.stderr:
        yield f"bash does not take it: {checked.stderr.strip()}"
        return
    try:
        yield from (told for words in commands(text) if (told := fault(words)))
    except ValueError as error:
        yield str(error)


def console(block: Block) -> Iterator[str]:
    """What is typed stands behind `$ `, and goes on after a backslash; the rest is what came of it."""
    typed = re.findall(r"^[$#] ((?:.*\\\n)*.*)$", block.text, re.MULTILINE)
    if not typed and not is_played(block.page):
        yield "nothing is typed in it: a line that is begins with `$ `"
    for text in typed:
        yield from shell_text(text)


def as_json(block: Block) -> Iterator[str]:
    try:
        data = json.loads(block.text)
    except ValueError as error:
        yield f"no JSON: {error}"
    else:
        yield from _within(data)


def as_yaml(block: Block) -> Iterator[str]:
    try:
        documents = list(yaml.safe_load_all(block.text))
    except yaml.YAMLError as error:
        yield f"no YAML: {error}"
    else:
        for data in documents:
            yield from _within(data)


def as_toml(block: Block) -> Iterator[str]:
    try:
        tomllib.loads(block.text)
    except tomllib.TOMLDecodeError as error:
        yield f"no TOML: {error}"


def _within(data: object) -> Iterator[str]:
    """Commands in what a container engine, Kubernetes or a pipeline is told."""
    if isinstance(data, list):
        for one in data:
            yield from _within(one)
    elif isinstance(data, dict):
        yield from _started(_as_words(data.get("entrypoint", data.get("command"))) + _as_words(
            data.get("command") if "entrypoint" in data else data.get("args")
        ))  # fmt: skip
        for key, value in data.items():
            if key in RUN_KEYS:
                lines = [value] if isinstance(value, str) else value if isinstance(value, list) else []
                for text in lines:
                    yield from shell_text(str(text))
            yield from _within(value)


def _as_words(value: object) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else value.split() if isinstance(value, str) else []


def _started(words: list[str]) -> Iterator[str]:
    names = [word.rpartition("/")[2] for word in words]
    if PROGRAM in names and (told := fault_of_ours(words[names.index(PROGRAM) + 1 :])):
        yield told
    if words[:2] in (["sh", "-c"], ["bash", "-c"], ["/bin/sh", "-c"]) and len(words) > 2:
        yield from shell_text(words[2])


def ini(block: Block) -> Iterator[str]:
    parser = configparser.RawConfigParser(
        strict=False, delimiters=("=",), comment_prefixes=("#", ";"), allow_no_value=False
    )
    whole = block.text.replace("\\\n", " ")
    try:
        parser.read_string(whole)
    except configparser.Error as error:
        yield f"no INI: {error.message}"
        return
    if set(parser.sections()) & UNIT_SECTIONS:
        yield from (f"systemd has no section [{name}]" for name in set(parser.sections()) - UNIT_SECTIONS)
        for command in STARTING.findall(whole):
            yield from (told for words in commands(command) if (told := fault(words)))


def hcl(block: Block) -> Iterator[str]:
    try:
        if re.search(r'^path "', block.text, re.MULTILINE):
            parse_policy("a page", block.text)
        else:
            hcl2.loads(block.text)
    except ConfigError as error:
        yield f"no policy: {error}"
    except Exception as error:  # noqa: BLE001  its parser has many of its own
        yield f"no HCL: {type(error).__name__}: {str(error).splitlines()[0]}"


def dockerfile(block: Block) -> Iterator[str]:
    text = re.sub(r"^\s*#.*\n", "", block.text, flags=re.MULTILINE)
    started: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.replace("\\\n", " ").splitlines())):
        word, _, rest = line.partition(" ")
        if word.upper() not in INSTRUCTIONS:
            yield f"a Dockerfile has no instruction {word}"
        elif word in {"CMD", "ENTRYPOINT"} and rest.startswith("["):
            try:
                started[word] = [str(one) for one in json.loads(rest)]
            except ValueError as error:
                yield f"{word} is no JSON: {error}"
        elif word in {"RUN", "CMD", "ENTRYPOINT"}:
            yield from shell_text(re.sub(r"--\w+=\S+ ", "", rest))
    yield from _started([*started.get("ENTRYPOINT", ()), *started.get("CMD", ())])


def javascript(block: Block) -> Iterator[str]:
    """Brackets and quotes; that it runs is shown by who runs it."""
    closing, open_ = {")": "(", "]": "[", "}": "{"}, list[str]()
    for token in TOKENS.findall(block.text):
        if token in {"(", "[", "{"}:
            open_.append(token)
        elif token in closing and (not open_ or open_.pop() != closing[token]):
            yield f"a {token} closes nothing"
            return
        elif token in {'"', "'", "`"}:
            yield f"a {token} is never closed"
    if open_:
        yield f"a {open_[-1]} is never closed"


def mermaid(block: Block) -> Iterator[str]:
    first, *lines = [line.strip() for line in block.text.strip().splitlines()]
    if first != "sequenceDiagram":
        yield f"a diagram of a kind that is not known here: {first}"
        return
    there = {words[1] for line in lines if (words := line.split()) and words[0] in {"actor", "participant"}}
    for line in lines:
        if arrow := re.match(r"(\w+)\s*-?-?>>[+-]?\s*(\w+)\s*:", line):
            yield from (f"nobody in the diagram is {who}" for who in arrow.groups() if who not in there)
        elif line.split()[0] not in {"actor", "participant", "Note", "loop", "alt", "else", "opt", "end"}:
            yield f"no line of a diagram: {line}"


def promql(block: Block) -> Iterator[str]:
    """Of the language only the names: a metric that is not written raises no alarm."""
    written = {f"{PREFIX}{name}{'_total' if kind == 'counter' else ''}" for name, (kind, *_) in FAMILIES.items()}
    named = set(re.findall(rf"\b{PREFIX}\w+", block.text))
    if not named:
        yield "it names no metric of ours"
    yield from (f"there is no metric {name}" for name in sorted(named - written))


def text(block: Block) -> Iterator[str]:
    """Nothing can be checked here: a test that plays the page compares it, or the page says why."""
    if not block.reason and not is_played(block.page):
        yield "why can it not be checked? `<!-- unchecked: because ... -->` above it says so"


CHECKS: dict[str, Callable[[Block], Iterator[str]]] = {
    "": text,
    "bash": shell,
    "console": console,
    "dockerfile": dockerfile,
    "hcl": hcl,
    "ini": ini,
    "javascript": javascript,
    "js": javascript,
    "json": as_json,
    "mermaid": mermaid,
    "promql": promql,
    "python": python,
    "sh": shell,
    "systemd": ini,
    "text": text,
    "toml": as_toml,
    "yaml": as_yaml,
}
"""By what stands behind the three backticks."""


def unsaid_clients() -> set[str]:
    """Distributions in OTHERS that nobody installs."""
    locked = "".join(path.read_text() for path in (ROOT / "requirements").rglob("*.txt"))
    return {name for name in OTHERS.values() if not re.search(rf"^{re.escape(name)}==", locked, re.MULTILINE)}
