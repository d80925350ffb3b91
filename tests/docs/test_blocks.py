"""Every code block of every page is of a known language and holds what that language allows; each check can fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.checks import CHECKS, PLAYED, faults, unknown_variables, unsaid_clients
from tests.docs.command_lines import fault, fault_of_ours, is_command
from tests.docs.pages import Block, blocks, codes, pages
from tests.docs.shell_lines import commands
from tests.support import ROOT

PAGES = pages()
GROUPS = {"audit", "bot", "doctor", "exec", "fetch", "key", "login", "operator", "policy", "setup", "verify"}
"""Commands that a page may name without the program before them."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@each_page
def test_every_block_of_a_page_is_what_it_says(page):
    assert [told for block in blocks(page) for told in faults(block)] == []


def is_named(code: str) -> bool:
    """Whether it is a command with or without the program's name; a gap or a choice makes it something else."""
    word, _, rest = code.partition(" ")
    return bool(rest) and (word == "vault-binance" or word in GROUPS) and not re.search(r"[…|]", rest)


@each_page
def test_every_command_that_a_page_names_is_there(page):
    named = [code.removeprefix("vault-binance ").split() for code in codes(page.read_text()) if is_named(code)]
    assert [" ".join(words) for words in named if not is_command(words)] == []


@each_page
def test_every_variable_that_a_page_names_is_read_by_somebody(page):
    assert list(unknown_variables(page.read_text())) == []


def test_the_pages_are_found():
    found = {str(page.relative_to(ROOT)) for page in PAGES}
    assert found >= {"README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/howto/exec.md", "terraform/README.md"}


def test_every_client_that_a_page_may_import_is_one_that_is_installed_for_tests():
    assert unsaid_clients() == set()


def test_every_page_that_is_said_to_be_played_is_named_by_the_test_that_plays_it():
    for page, test in PLAYED.items():
        path = ROOT / page
        assert not path.exists() or f'"{path.stem}' in (ROOT / test).read_text(), page


# Each check can fail

BROKEN = {
    "bash": [("if true", "bash does not take it"), ('echo "open', "bash does not take it")],
    "console": [("vault-binance status", "nothing is typed"), ("$ vault-binance stat", "No such command")],
    "dockerfile": [
        ("FORM python:3.11", "no instruction FORM"),
        ('ENTRYPOINT ["vault-binance", "exec"', "no JSON"),
        ('ENTRYPOINT ["vault-binance", "exec", "node"]', "behind --"),
        ('ENTRYPOINT ["vault-binance", "exec"]\nCMD ["python", "bot.py"]', "behind --"),
        ("RUN if true", "bash does not take it"),
    ],
    "hcl": [
        ('resource "a" {', "no HCL"),
        ('path "secret/*" {\n  capabilities = ["reed"]\n}', "no policy"),
        ('path "secret/*" {\n', "no policy"),
    ],
    "ini": [
        ("Restart=always", "no INI"),
        ("[Servize]\nA=b\n[Service]\n", "no section [Servize]"),
        ("[Service]\nExecStart=/usr/bin/vault-binance exec \\\n  --on-chnge=restart -- node bot.js", "--on-chnge"),
        ("[Service]\nEnvironment=VAULT_BINANCE_BOTT=mm-1", "no code reads VAULT_BINANCE_BOTT"),
    ],
    "javascript": [("f({a: [1, 2})", "closes nothing"), ("f(", "never closed"), ("const a = 'b", "never closed")],
    "js": [("f({)", "closes nothing")],
    "json": [("{'a': 1}", "no JSON"), ('{"command": ["vault-binance", "exec", "--pas=A", "--", "x"]}', "--pas")],
    "mermaid": [
        ("flowchart TD", "kind that is not known"),
        ("sequenceDiagram\nactor you\nyou->>vault: key put", "nobody in the diagram is vault"),
        ("sequenceDiagram\nactor you\nyou waits", "no line of a diagram"),
    ],
    "python": [
        ("def", "no Python"),
        ("return 1", "no Python"),
        ("from vault_binance import Fetchers", "no public name Fetchers"),
        ("from vault_binance.config import Config", "is not public"),
        ("import no_such_client", "no module no_such_client"),
        ("with Fetcher('mm') as vault:\n    pass", "Fetcher is used, and not imported"),
    ],
    "sh": [
        ("vault-binance key pot market-maker", "No such command 'pot'"),
        ("vault-binance key put", "Missing argument"),
        ("vault-binance key put one two", "unexpected extra argument"),
        ("vault-binance bot add mm-1", "Missing option '--credential'"),
        ("vault-binance login --method ladp alice", "ladp"),
        ("vault-binance exec node bot.js", "behind --"),
        ("umask 077; A=b vault-binance statuss", "No such command"),
        ("export VAULT_TOKEN=$(vault-binance login --no-stor alice)", "--no-stor"),
        ("cat log | vault-binance audit --logg -", "--logg"),
        ("sudo -u mm-1 vault-binance bot lst", "No such command"),
        ("vault sectrets enable kv", "vault has no command sectrets"),
        ("vault auth enabel jwt", "vault auth has no command enabel"),
        ("vault-binance exec mm -- sh -c 'a", "bash does not take it"),
        ("export VAULT_BINANCE_CREDENTAIL=mm", "no code reads VAULT_BINANCE_CREDENTAIL"),
    ],
    "systemd": [("[Service]\nExecStart=vault-binance exek", "No such command")],
    "promql": [("up == 0", "names no metric"), ("vault_binance_credential_usible == 0", "no metric")],
    "text": [("anything", "why can it not be checked")],
    "": [("anything", "why can it not be checked")],
    "toml": [("a = ", "no TOML")],
    "yaml": [
        ("a: [1", "no YAML"),
        ("steps:\n  - run: vault-binance doktor", "No such command"),
        ("script:\n  - vault-binance doctor --formt json", "--formt"),
        ("containers:\n  - command: [vault-binance, exec]\n    args: [mm]", "behind --"),
        ("entrypoint: [vault-binance, exec]\ncommand: [mm, python, bot.py]", "behind --"),
        ("command: [sh, -c, vault-binance stat]", "No such command"),
    ],
}


def test_each_check_has_something_that_it_refuses():
    assert BROKEN.keys() == CHECKS.keys()


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [(language, text, told) for language, cases in BROKEN.items() for text, told in cases],
)
def test_a_check_refuses(language, text, told):
    found = faults(Block(Path("page.md"), 1, language, text))
    assert len(found) == 1
    assert found[0].startswith("page.md:1: ")
    assert told in found[0]


@pytest.mark.parametrize("language", ["pyhton", "shell", "nginx"])
def test_a_language_that_nobody_knows_is_refused(language):
    assert "no check is known" in faults(Block(Path("page.md"), 1, language, ""))[0]


def test_a_reason_is_read_from_the_page_and_serves_text_alone(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- unchecked: it is another each time -->\n\n```text\na\n```\n\n```text\nb\n```\n")
    first, second = blocks(page)
    assert faults(first) == []
    assert faults(second)
    assert faults(first._replace(language="json"))


def test_blocks_are_found_in_lists_and_by_indentation(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("1. one:\n\n   ```sh\n   true\n   ```\n\nand\n\n    as it was of old\n")
    assert [(block.language, block.text, block.line) for block in blocks(page)] == [
        ("sh", "true\n", 3),
        ("", "as it was of old\n", 9),
    ]


def test_commands_are_taken_apart_as_a_shell_does():
    text = (
        "A=1 one 'a b' > out 2>&1 && two | three # not this\n"
        'for x in a b; do four "$x"; done\n'
        'five \\\n  six "$(seven -k)"\n'
        "eight - <<EOF\nvault-binance nothing\nEOF\n"
        "jq -r 'a\n b'\n"
        "source <(nine bash)\n"
    )
    assert list(commands(text)) == [
        ["seven", "-k"],
        ["nine", "bash"],
        ["one", "a b"],
        ["two"],
        ["three"],
        ["for", "x", "in", "a", "b"],
        ["four", "$x"],
        ["five", "six", "SUBSTITUTED"],
        ["eight", "-"],
        ["jq", "-r", "a\n b"],
        ["source", "SUBSTITUTED"],
    ]


@pytest.mark.parametrize(
    "line",
    [
        "--help",
        "exec --help",
        "--version",
        "verify",
        "--instance other key list --format json",
        "key put mm --api-key @not-here --api-secret -",
        "policy test not-here.toml",
        "exec mm -- anything --at all",
    ],
)
def test_what_would_be_understood_is_no_fault_whatever_it_names(line):
    assert fault_of_ours(line.split()) == ""


@pytest.mark.parametrize(
    "line",
    [
        "pip install vault-binance",
        "docker run bot vault-binance exec mm -- ./bot",
        "rm -f bin/vault-binance other",
        "vault -version",
        "echo vault",
    ],
)
def test_what_is_no_command_line_of_ours_or_is_a_whole_one_is_no_fault(line):
    assert fault(line.split()) == ""


@pytest.mark.parametrize(
    ("line", "there"),
    [("key put", True), ("key", True), ("explain -2015", True), ("bot enroll --help", True), ("key pot", False)],
)
def test_a_name_in_running_text_is_one_of_ours(line, there):
    assert is_command(line.split()) is there
