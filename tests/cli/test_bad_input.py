"""What a hurried person types, pastes and has in files: refused before anything is sent, without being quoted back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY, API_SECRET

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Ran, Stage

PASTED = {
    "empty": ("", "is empty"),
    "blank": ("   ", "white space"),
    "padded": (f" {API_SECRET}", "white space"),
    "padded behind": (f"{API_SECRET}\t", "white space"),
    "double quotes": (f'"{API_SECRET}"', "quotes"),
    "single quotes": (f"'{API_SECRET}'", "quotes"),
    "truncated": (API_SECRET[:-1], "63 characters"),
    "twice": (API_SECRET * 2, "128 characters"),
    "one letter": ("x", "1 characters"),
    "masked": ("*" * 64, "a character that"),
    "no break space": (f"{API_SECRET[:-1]}\u00a0", "white space"),
    "zero width space": (f"{API_SECRET}\u200b", "a character that"),
    "assignment": (f"API_SECRET={API_SECRET}", "a character that"),
    "two lines": (f"{API_SECRET}\r\nmore", "a character that"),
}
NAMES = [
    "a/b",
    "Market",
    "a.b",
    "..",
    "*",
    "+",
    "a+b",
    "mÿ",
    "mm-1\n",
    " mm",
    "x" * 300,
    "%2e%2e",
    "a?b",
    "{{a}}",
    "a\x00b",
]
NAMED = [
    ("key", "put", "NAME", "--no-verify"),
    ("key", "new", "NAME"),
    ("key", "pending", "NAME", "--discard", "--yes"),
    ("key", "import", "NAME", "nowhere"),
    ("key", "import", "NAME", "--from-environment"),
    ("key", "show", "NAME"),
    ("key", "history", "NAME"),
    ("key", "rollback", "NAME", "1"),
    ("key", "delete", "NAME"),
    ("key", "restore", "NAME"),
    ("key", "destroy", "NAME", "--yes"),
    ("bot", "add", "NAME", "--credential", "market-maker"),
    ("bot", "add", "mm-9", "--credential", "NAME"),
    ("bot", "secret-id", "NAME"),
    ("bot", "suspend", "NAME"),
    ("bot", "allow", "NAME"),
    ("bot", "revoke", "NAME"),
    ("bot", "remove", "NAME", "--yes"),
    ("fetch", "NAME"),
    ("exec", "NAME", "--", "true"),
    ("verify", "NAME"),
    ("--instance", "NAME", "key", "list"),
]


def sent(stage: Stage) -> int:
    """How far the audit log has grown: nothing that Vault was asked is missing there."""
    return stage.audit_log.stat().st_size


def assert_refused(ran: Ran, *, code: int = 10, secret: str = "") -> None:
    assert ran.code == code
    assert ran.error
    assert ran.hint
    assert ran.out == ""
    for value in filter(None, (secret, API_KEY, API_SECRET)):
        assert value not in ran.err


@pytest.mark.parametrize(("pasted", "why"), PASTED.values(), ids=PASTED)
def test_pasted_wrongly(command: Command, stage: Stage, pasted: str, why: str) -> None:
    if "\r" not in pasted:  # stdin is read by the line
        ran = command("key", "put", "fresh", "--api-key", "-", environ=stage.environ, stdin=f"{pasted}\n")
        assert_refused(ran, secret=pasted.strip("\"' \t") if len(pasted) > 20 else "")
        assert ran.error.startswith("the API key ")
        assert why in ran.error
    Path("secret").write_bytes(pasted.encode() + b"\r\n")
    ran = command(
        "key", "put", "fresh", "--api-key", "-", "--api-secret", "@secret", environ=stage.environ, stdin=f"{API_KEY}\n"
    )
    assert_refused(ran, secret=pasted.strip("\"' \t") if len(pasted) > 20 else "")
    assert ran.error.startswith("the API secret ")
    assert why in ran.error
    assert stage.version("fresh") == 0


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"], ids=repr)
@pytest.mark.parametrize("start", ["", "\ufeff"], ids=repr)
def test_line_ends_and_a_byte_order_mark_do_not_matter(command: Command, stage: Stage, start: str, end: str) -> None:
    Path("key").write_bytes(f"{start}{API_KEY}{end}".encode())
    Path("secret").write_bytes(f"{start}{API_SECRET}{end}".encode())
    ran = command("key", "put", "ends", "--api-key", "@key", "--api-secret", "@secret", environ=stage.environ)
    assert (ran.code, ran.err.count("error:")) == (0, 0)
    shown = command("fetch", "ends", "--field", "secret", environ=stage.environ)
    assert shown.out == API_SECRET


@pytest.mark.parametrize("option", ["--api-key", "--api-secret", "--private-key"])
def test_a_secret_as_an_argument_is_refused_before_anything_is_asked(
    command: Command, stage: Stage, option: str
) -> None:
    before = sent(stage)
    for value in (API_SECRET, ""):
        ran = command("key", "put", "fresh", option, value, environ=stage.environ)
        assert_refused(ran)
        assert ran.error == f"{option} takes - or @FILE, never the value itself"
    assert sent(stage) == before


@pytest.mark.parametrize(
    "line",
    [
        ("key", "put", "fresh", API_KEY, API_SECRET),
        ("key", "put", API_KEY),
        ("key", "put", "fresh", "--type", API_SECRET),
        ("key", API_SECRET),
        (API_SECRET,),
        ("--instance", API_SECRET, "key", "list"),
        ("bot", "add", "mm-9", "--credential", API_SECRET),
    ],
    ids=lambda line: " ".join(word for word in line if word not in {API_KEY, API_SECRET}),
)
def test_a_key_in_the_wrong_place_is_not_repeated(command: Command, stage: Stage, line: tuple[str, ...]) -> None:
    ran = command(*line, environ=stage.environ, stdin="")
    assert_refused(ran, code=ran.code)
    assert ran.code in {2, 10}


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:20])
def test_names_that_are_none(command: Command, stage: Stage, name: str) -> None:
    before = sent(stage)
    for line in NAMED:
        ran = command(*(name if word == "NAME" else word for word in line), environ=stage.environ, stdin="")
        assert_refused(ran)
        assert "is not a valid name" in ran.error
        assert len(ran.error) < 250
    assert sent(stage) == before
    assert not list(Path().iterdir())


@pytest.mark.parametrize("line", [line for line in NAMED if line[0] not in {"fetch", "exec", "verify"}], ids=" ".join)
def test_an_empty_name_is_no_default(command: Command, stage: Stage, line: tuple[str, ...]) -> None:
    assert_refused(command(*("" if word == "NAME" else word for word in line), environ=stage.environ))


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (("--api-key", "@nowhere"), "", "cannot read 'nowhere': No such file or directory"),
        (("--api-key", "@"), "", "cannot read '': No such file or directory"),
        (("--api-key", "@."), "", "cannot read '.': Is a directory"),
        (("--api-key", "@binary"), "", "cannot read 'binary': it is not text"),
        (("--api-key", "@a\0b"), "", "cannot read 'a\\x00b': it is not text"),
        (("--api-key", "-"), "", "standard input ended before the API key"),
        (("--api-key", "-"), b"\xff\xfe\xff\n", "standard input is closed, or is not text: no API key to read"),
        (("--api-key", "-", "--api-secret", "-"), f"{API_KEY}\n", "standard input ended before the API secret"),
        ((), "", "no terminal to ask for the API key on"),
        (("--api-key", "@key"), "", "no terminal to ask for the API secret on"),
        (("--owner", "x" * 513), "", "--owner must be one line of at most 512 bytes"),
        (("--owner", "é" * 257), "", "--owner must be one line of at most 512 bytes"),
        (("--purpose", "a\nb"), "", "--purpose must be one line of at most 512 bytes"),
        (("--account", "\x1b[31mred"), "", "--account must be one line of at most 512 bytes"),
        (("--private-key", "@key"), "", "--private-key is not for an HMAC key"),
        (("--type", "RSA", "--api-secret", "-"), "", "--api-secret is not for a key of type RSA"),
        (("--type", "rsa"), "", "no private key: none was given, and none waits at binance/pending/fresh"),
        (("--passphrase", "-"), "", "--passphrase opens a private key"),
        (("--type", "ed25519", "--api-key", "@key", "--private-key", "@key"), "", "the private key is no PEM text"),
        (("--rotate-after", "1y"), "", "--rotate-after: '1y' is no duration"),
        (("--rotate-after", "90"), "", "--rotate-after 90: of what?"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_sources(command: Command, stage: Stage, arguments: tuple[str, ...], stdin: str | bytes, says: str) -> None:
    Path("key").write_text(API_KEY)
    Path("binary").write_bytes(b"\xff\xfe\x00")
    ran = command("key", "put", "fresh", *arguments, environ=stage.environ, stdin=stdin)
    assert_refused(ran)
    assert ran.error == says
    assert stage.version("fresh") == 0


def test_a_closed_stdin(command: Command, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from vault_binance.cli import secret_input
    from vault_binance.errors import ConfigError

    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(ConfigError, match="standard input is closed"):
        secret_input.read("-", "API key", "--api-key")
    with pytest.raises(ConfigError, match="no terminal to ask"):
        secret_input.read(None, "API key", "--api-key")


def test_any_length_lifts_only_that_rule(command: Command, stage: Stage) -> None:
    line = ("key", "put", "short", "--any-length", "--no-verify", "--api-key", "-", "--api-secret", "-")
    assert command(*line, environ=stage.environ, stdin="abc\ndef\n").code == 0
    assert stage.version("short") == 1
    assert_refused(command(*line, environ=stage.environ, stdin="a c\ndef\n"))
    assert stage.version("short") == 1


def test_a_private_key_of_several_lines(command: Command, stage: Stage) -> None:
    from vault_binance.credentials import KeyType

    issued = stage.binance.add_key(key_type=KeyType.ED25519, ip_list=("127.0.0.1",))
    assert issued.secret is not None
    pem = issued.secret.reveal()
    line = ("key", "put", "pem", "--type", "Ed25519", "--api-key", "-", "--private-key", "-")
    ran = command(
        *line, environ=stage.environ, stdin=f"{issued.api_key.reveal()}\r\n{pem.replace(chr(10), chr(13) + chr(10))}"
    )
    assert (ran.code, "0 findings at HIGH" in ran.out) == (0, True)
    assert command("fetch", "pem", "--field", "secret", environ=stage.environ).out == pem
    table = command("fetch", "pem", "--reveal", environ=stage.environ).out.splitlines()
    assert table[-3:] == [("" if number else "secret").ljust(14) + part for number, part in enumerate(pem.splitlines())]


BINANCE_SAYS = {
    "deleted": (31, "-2015"),
    "unknown": (31, "-2008"),
    "other secret": (31, "-1022"),
}


@pytest.mark.parametrize("case", BINANCE_SAYS)
def test_a_key_that_binance_refuses_is_not_stored(command: Command, stage: Stage, case: str) -> None:
    issued = stage.binance.add_key(ip_list=("127.0.0.1",))
    assert issued.secret is not None
    pair = [issued.api_key.reveal(), issued.secret.reveal()]
    if case == "other secret":
        pair[1] = API_SECRET
    else:
        stage.binance.delete_key(issued.api_key, forget=case == "unknown")
    line = ("key", "put", "refused", "--api-key", "-", "--api-secret", "-")
    ran = command(*line, environ=stage.environ, stdin="\n".join(pair) + "\n")
    code, number = BINANCE_SAYS[case]
    assert_refused(ran, code=code, secret=pair[1])
    assert number in ran.error
    assert ran.error.endswith("nothing was stored")
    assert "--no-verify" in ran.err
    assert stage.version("refused") == 0


def test_binance_away(command: Command, stage: Stage) -> None:
    environ = {**stage.environ, "VAULT_BINANCE_BINANCE_URL": "http://127.0.0.1:1"}
    line = ("key", "put", "away", "--api-key", "-", "--api-secret", "-")
    ran = command(*line, environ=environ, stdin=f"{API_KEY}\n{API_SECRET}\n")
    assert_refused(ran, code=30)
    assert ran.error.endswith("nothing was stored")
    assert stage.version("away") == 0
