"""The rooms of the house (design, section 4) as tables: who may import whom, who may show a secret, what loads what.

What is written as text, `import_module("vault_binance.x")` or a table of lazy commands, counts as an import too.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from tests.conftest import LONGEST
from tests.rows import each_row

ROOT = Path(__file__).parent.parent / "vault_binance"

ROOMS = {
    "face": ["__init__.py"],
    "ground": [
        "errors.py",
        "redacted.py",
        "credentials.py",
        "layout.py",
        "config.py",
        "variables.py",
        "environment.py",
        "on_disk.py",
    ],
    "core": [
        "command_life.py",
        "lease.py",
        "lease_steps.py",
        "lease_terms.py",
        "lease_values.py",
        "notices.py",
        "schedules.py",
        "signing.py",
        "totp.py",
        "rotation.py",
        "health/*.py",
        "rules.py",
        "policy/*.py",
    ],
    "ports": [
        "vault/__init__.py",
        "vault/port.py",
        "vault/operator_port.py",
        "vault/login_port.py",
        "vault/outcomes.py",
        "vault/again.py",
        "binance/__init__.py",
        "binance/port.py",
        "binance/codes/*.py",
        "binance/hosts.py",
    ],
    "doors": [
        "vault/http.py",
        "vault/logins.py",
        "vault/callback.py",
        "vault/answers.py",
        "vault/wire.py",
        "vault/connections.py",
        "vault/admin*.py",
        "vault/certificates.py",
        "vault/transit.py",
        "binance/answers.py",
        "binance/api.py",
        "binance/bodies.py",
        "binance/cut_off.py",
        "binance/keys.py",
        "binance/new_keys.py",
        "binance/signer.py",
        "binance/auth.py",
        "binance/transport.py",
    ],
    "services": ["bot/*.py", "ops/*.py"],
    "wiring": ["connect.py", "connect_*.py"],
    "testing": ["testing/*.py"],
    "program": ["cli/*.py", "__main__.py"],
}
"""Where a file lives. A new file that is in none of them is a question to answer, not a line to add blindly."""

INNER = {"face", "ground", "core", "ports"}
MAY_IMPORT = {
    "face": set(ROOMS) - {"program", "testing"},  # for type checkers; at run time it loads nothing, see below
    "ground": {"ground"},
    "core": {"face", "ground", "core"},
    "ports": INNER,
    "doors": {*INNER, "doors"},
    "services": {*INNER, "services"},
    "wiring": {*INNER, "doors", "services", "wiring"},
    "testing": set(ROOMS) - {"program"},
    "program": set(ROOMS) - {"doors"},  # testing too: `demo` and `testing emulator` start what the tests start
}

OUTSIDE = {
    "hvac": ["vault/admin*.py"],
    "httpx": ["binance/transport.py"],
    "cryptography": ["binance/keys.py", "binance/new_keys.py", "vault/certificates.py", "testing/*.py"],
    "click": ["cli/*.py"],
    "rich": ["cli/*.py", "testing/go_build.py"],
    "segno": ["cli/qr.py"],
    "binance_sdk_spot": ["testing/demo_bots.py"],
    "websockets": ["testing/emulator/upgrade.py"],
    "pytest": ["testing/*.py"],
    "testcontainers": ["testing/*.py"],
    "requests": [],
    "urllib3": [],
    "asyncio": ["bot/aio.py", "bot/proxy.py", "testing/*.py"],
}
"""One file per outside world (house rule 2); whatever is not named here is the standard library, or a new decision."""

REVEALING = {
    "credentials.py": "checks what was stored, writes both parts for Vault, takes the fingerprint",
    "signing.py": "HMAC over the payload",
    "binance/keys.py": "private keys into cryptography",
    "binance/new_keys.py": "private keys made here and opened, and the passphrase for it",
    "binance/signer.py": "the API key's header, and the parameter apiKey",
    "bot/child.py": "the child's variables",
    "bot/reports.py": "a report of the bot's own, in which there is no secret",
    "bot/profiles.py": "the child's variables under other names",
    "bot/secret_file.py": "the secret in a descriptor, for a command that takes a path",
    "cli/*.py": "--reveal, --field, and what an operator is to deliver",
    "ops/reports.py": "bots' reports, in which there is no secret",
    "ops/login.py": "the state in the address of an identity provider",
    "ops/env_file.py": "finds pairs in a file of old",
    "ops/old_pair.py": "checks a pair in a file of old",
    "ops/pending.py": "a new private key on its way into Vault",
    "ops/retiring.py": "looks for what is left of a secret in the file it was taken out of",
    "vault/http.py": "login, wrapping and lease bodies",
    "vault/logins.py": "a person's password and code, the request that they answer",
    "vault/wire.py": "the token's header",
    "totp.py": "the secret of an authenticator, into its codes",
    "testing/*.py": "servers of our own, with secrets of nobody's",
}
"""Every file in which a secret comes into the open, and why (house rule 5)."""

LONG: dict[str, str] = {}
"""Files of more than 300 lines, each with its reason."""

FORBIDDEN_WORDS = re.compile("manager|helper|util|handler", re.IGNORECASE)

FILES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py"))


each_file = each_row("file", FILES)


def among(file, patterns):
    return any(fnmatch(file, pattern) for pattern in patterns)


def room_of(file):
    return next((room for room, patterns in ROOMS.items() if among(file, patterns)), None)


@cache
def parsed(file):
    return ast.parse((ROOT / file).read_text(), file)


def file_of(module):
    """The file that a dotted name leads to, or None where it is a name within a module."""
    path = Path(*module.split(".")[1:])
    if (ROOT / path).is_dir():
        return str(path / "__init__.py")
    return f"{path}.py" if (ROOT / f"{path}.py").is_file() else None


def modules_named(file):
    """Dotted names that a file imports, in functions and for type checkers too, and those it has as text."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute, so that this table can be checked"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                ours = node.module.split(".")[0] == "vault_binance"
                yield submodule if ours and file_of(submodule) else node.module
        elif isinstance(node, ast.Constant):
            yield from re.findall(r"^(vault_binance(?:\.\w+)+)(?::\w+)?$", str(node.value))


def ours_imported_by(file):
    for module in modules_named(file):
        if module.split(".")[0] == "vault_binance" and (target := file_of(module)):
            yield target


@each_file
def test_every_file_has_a_room_and_imports_only_from_rooms_below(file):
    room = room_of(file)
    assert room, f"{file} is in no room: say in ROOMS where it lives"
    wrong = [f"{target} ({room_of(target)})" for target in ours_imported_by(file) if may_not(room, room_of(target))]
    assert not wrong, f"{file} ({room}) imports {', '.join(sorted(wrong))}"


def may_not(room, other):
    return other not in MAY_IMPORT[room]


def test_the_directions_have_no_circle():
    """So that a room can be understood with only the rooms below it."""
    below = {room: MAY_IMPORT[room] - {room, "face"} for room in ROOMS if room != "face"}
    while below:
        lowest = {room for room, rooms in below.items() if not rooms & below.keys()}
        assert lowest, f"a circle among {sorted(below)}"
        below = {room: rooms for room, rooms in below.items() if room not in lowest}


def test_the_wiring_alone_knows_both_a_door_and_a_service():
    knowing = {room for room, rooms in MAY_IMPORT.items() if {"doors", "services"} <= rooms}
    assert knowing == {"wiring", "testing", "face"}


@each_file
def test_an_outside_world_has_its_own_file(file):
    for module in modules_named(file):
        world = module.split(".")[0]
        if world in {"vault_binance", "__future__"} or (world in sys.stdlib_module_names and world not in OUTSIDE):
            continue
        assert world in OUTSIDE, f"{file} imports {world}: whose file may?"
        assert among(file, OUTSIDE[world]), f"{file} imports {world}; only {OUTSIDE[world]} may"


def test_secrets_are_revealed_in_the_listed_files_alone_and_each_of_them_does():
    revealing = {
        file
        for file in FILES
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Attribute) and node.attr == "reveal"
    }
    unlisted = {file for file in revealing if not among(file, REVEALING)}
    assert not unlisted, f"{sorted(unlisted)} reveal secrets: must they? then REVEALING says why"
    idle = {pattern for pattern in REVEALING if not any(fnmatch(file, pattern) for file in revealing)}
    assert not idle, f"{sorted(idle)} reveal nothing any more"


@each_file
def test_a_file_that_passes_300_lines_becomes_two_or_says_why(file):
    lines = (ROOT / file).read_text().count("\n")
    assert (lines > 300) is (file in LONG), f"{file} has {lines} lines"


@each_file
def test_names_say_what_a_thing_does(file):
    defined = [
        node.name
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for name in (*Path(file).with_suffix("").parts, *defined):
        assert not FORBIDDEN_WORDS.search(name), f"{file}: {name}"


@each_file
def test_every_file_begins_by_saying_what_it_is(file):
    if (ROOT / file).read_text():
        assert ast.get_docstring(parsed(file)), file


# Which tier a test belongs to

UNIT_TESTS = sorted(str(path) for path in (Path(__file__).parent / "unit").rglob("*.py"))
BESIDE = ("tests.unit.", "tests.support", "tests.rows")
WORLDS = {"asyncio", "concurrent", "http", "multiprocessing", "socket", "ssl", "subprocess", "tempfile", "threading"}
PURE = {"pytest", "hypothesis"} | (sys.stdlib_module_names - WORLDS - {"time"})


def is_a_units(module):
    world = module.split(".")[0]
    if world == "vault_binance":
        file = file_of(module)
        return file is None or room_of(file) in INNER  # no file: a text that looks like a module
    return module.startswith(BESIDE) if world == "tests" else world in PURE


def test_a_unit_test_is_of_the_inner_rooms_and_asks_for_nothing_outside():
    """So that the tier stays quick by construction; a test of any other room is in tests/component, or further out."""
    wrong = {f"{test}: {module}" for test in UNIT_TESTS for module in modules_named(test) if not is_a_units(module)}
    assert not wrong, "\n".join(sorted(wrong))


# What loads what

NOT_ON_THE_BOTS_PATH = {"hvac", "requests", "urllib3", "httpx", "rich", "segno", "cryptography", "asyncio"}

BOTS_PATH = [
    "vault_binance.connect",
    *(f"vault_binance.bot.{Path(file).stem}" for file in FILES if fnmatch(file, "bot/*.py")),
    "vault_binance.__main__",
    "vault_binance.cli.main",
    "vault_binance.cli.execute",
    "vault_binance.cli.fetch",
]
ASYNCHRONOUS = {"vault_binance.bot.aio", "vault_binance.bot.proxy"}
"""Asked for by name by whoever has an event loop."""

LOADING = """
import json, sys
before = set(sys.modules)
for name in sys.argv[1:]:
    __import__(name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def loaded_by(*modules):
    command = [sys.executable, "-c", LOADING, *modules]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT.parent, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout))


def test_the_bots_path_loads_nothing_that_it_does_not_use():
    """A bot's start-up pays for each of these."""
    modules = [name.removesuffix(".__init__") for name in BOTS_PATH if name not in ASYNCHRONOUS]
    worlds = {name.split(".")[0] for name in loaded_by(*modules)}
    assert not worlds & NOT_ON_THE_BOTS_PATH


def test_importing_the_package_loads_nothing_of_it():
    loaded = loaded_by("vault_binance")
    assert {name for name in loaded if name.startswith("vault_binance")} == {"vault_binance"}
    aliases = {"importlib._bootstrap", "importlib._bootstrap_external"}  # of what every Python has loaded already
    assert len(loaded - aliases) < 5, sorted(loaded)


def test_the_files_that_are_begun_first_are_there():
    assert [name for name in LONGEST if not Path(__file__).parent.joinpath(f"{name}.py").is_file()] == []
