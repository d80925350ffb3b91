"""`exec`: the command gets the credential, its exit code and signals are its own, and nothing of Vault's reaches it."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stage import API_KEY, API_SECRET
from vault_binance.__main__ import main as program
from vault_binance.cli.start import plain_form
from vault_binance.errors import CommandFailed
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.conftest import Command
    from tests.cli.stage import Ran, Spawn, Stage

ENV = (sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")
MARKED = {"VAULT_NAMESPACE": "", "BAO_SKIP_VERIFY": "", "VAULT_BINANCE_ANYTHING": "x", "BAO_TOKEN": ""}


def seen(ran: Ran) -> dict[str, str]:
    """The environment that the command found."""
    assert (ran.code, ran.err) == (0, "")
    found = json.loads(ran.out)
    for name in ("LC_CTYPE", "__CF_USER_TEXT_ENCODING"):  # which interpreters add themselves
        found.pop(name, None)
    return dict(found)


def size(stage: Stage) -> int:
    return stage.audit_log.stat().st_size


def asked(stage: Stage, since: int) -> list[str]:
    """What Vault answered since then: operation and path, in order."""
    with stage.audit_log.open() as log:
        log.seek(since)
        entries = [json.loads(line) for line in log]
    return [f"{e['request']['operation']} {e['request']['path']}" for e in entries if e["type"] == "response"]


def test_the_command_finds_the_credential_and_nothing_of_vaults(spawn: Spawn, stage: Stage) -> None:
    environ = {**stage.bot(), **MARKED, "PLAIN": "kept"}
    found = seen(spawn("exec", "--", *ENV, environ=environ))
    assert (found.pop("BINANCE_API_KEY"), found.pop("BINANCE_API_SECRET")) == (API_KEY, API_SECRET)
    outside = {name: text for name, text in spawn.whole(environ).items() if not name.startswith(("VAULT_", "BAO_"))}
    assert found == outside


def test_a_variable_may_be_passed_by_name(spawn: Spawn, stage: Stage) -> None:
    environ = {**stage.environ, **MARKED, "VAULT_BINANCE_BOT": "mm-1"}
    line = ("exec", "market-maker", "--pass", "VAULT_ADDR", "--pass", "VAULT_BINANCE_BOT", "--pass", "VAULT_NOT_THERE")
    found = seen(spawn(*line, "--", *ENV, environ=environ))
    ours = {name: text for name, text in found.items() if name.startswith(("VAULT_", "BAO_"))}
    assert ours == {"VAULT_ADDR": stage.vault.address, "VAULT_BINANCE_BOT": "mm-1"}


@pytest.mark.parametrize("taken", [("BINANCE_API_KEY",), ("BINANCE_API_SECRET", "BINANCE_API_KEY")])
def test_a_variable_that_exists_is_refused_before_any_login(spawn: Spawn, stage: Stage, taken: tuple[str, ...]) -> None:
    environ = {**stage.bot(), **dict.fromkeys(taken, "old")}
    before = size(stage)
    ran = spawn("exec", "--", *ENV, environ=environ)
    assert (ran.code, ran.out) == (10, "")
    assert ran.error == f"the environment already has {' and '.join(sorted(taken))}"
    assert "--overwrite" in ran.hint
    assert size(stage) == before
    assert seen(spawn("exec", "--overwrite", "--", *ENV, environ=environ))["BINANCE_API_KEY"] == API_KEY


@pytest.mark.parametrize("wrapped", [True, False])
def test_the_token_is_given_back_before_the_command_starts(spawn: Spawn, stage: Stage, wrapped: bool) -> None:
    """The command asks Vault something of its own, which stands in the log after the token's end."""
    environ = stage.bot(wrapped=wrapped)
    before = size(stage)
    ask = f"import urllib.request as u; u.urlopen('{stage.vault.address}/v1/sys/internal/ui/namespaces').read()"
    # an unauthenticated path: whatever it answers, it is logged
    spawn("exec", "--", sys.executable, "-c", ask, environ=environ)
    wanted = ["update sys/wrapping/lookup", "update sys/wrapping/unwrap"] if wrapped else []
    wanted += [
        "update auth/binance-approle/login",
        "read binance/data/credentials/market-maker",
        "update auth/token/revoke-self",
        "read sys/internal/ui/namespaces",
    ]
    assert asked(stage, before) == wanted


def test_an_existing_token_is_not_revoked(spawn: Spawn, stage: Stage) -> None:
    token = stage.token("root")
    assert spawn("exec", "market-maker", "--", "true", environ={**stage.environ, "VAULT_TOKEN": token}).code == 0
    assert stage.vault.call("POST", "auth/token/lookup", {"token": token})[0] == 200


@pytest.mark.parametrize("code", [0, 1, 7, 126, 255])
def test_exit_codes_are_the_commands_own(spawn: Spawn, stage: Stage, code: int) -> None:
    ran = spawn("exec", "market-maker", "--", "sh", "-c", f"exit {code}", environ=stage.environ)
    assert (ran.code, ran.out, ran.err) == (code, "", "")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGPIPE, signal.SIGINT])
def test_a_shell_sees_the_signal_that_ended_it(spawn: Spawn, stage: Stage, number: int) -> None:
    ran = spawn.shell(f"$VB exec market-maker -- sh -c 'kill -{number:d} $$'; echo $?", stage.environ)
    assert int(ran.out) == 128 + number


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("no-such-command", 127, "command not found: 'no-such-command'"),
        ("./no-such-command", 127, "command not found: './no-such-command'"),
        ("", 127, "command not found: ''"),
        ("./plain", 126, "'./plain' is not executable"),
        ("./folder", 126, "'./folder' is a directory"),
        ("./no-interpreter", 127, "the interpreter that './no-interpreter' names does not exist"),
        ("./no-program", 126, "cannot start './no-program': Exec format error"),
    ],
)
def test_what_cannot_be_started(spawn: Spawn, stage: Stage, command: str, code: int, says: str) -> None:
    Path("plain").write_text("text")
    Path("folder").mkdir()
    for name, text in {"no-interpreter": "#!/no/such/program\n", "no-program": "\x00\x01"}.items():
        Path(name).write_text(text)
        Path(name).chmod(0o755)
    before = size(stage)
    ran = spawn("exec", "market-maker", "--", command, environ=stage.environ)
    assert (ran.code, ran.out, ran.error) == (code, "", says)
    found_beforehand = "no-" not in command[2:] or "command" in command
    assert (size(stage) == before) == found_beforehand


def test_the_path_is_searched_as_a_shell_does(spawn: Spawn, stage: Stage) -> None:
    for folder, mode in {"first": 0o644, "second": 0o755}.items():
        Path(folder).mkdir()
        Path(folder, "bot").write_text(f"#!/bin/sh\necho {folder}\n")
        Path(folder, "bot").chmod(mode)
    environ = {**stage.environ, "PATH": f"{Path.cwd()}/first:{Path.cwd()}/second:{os.environ['PATH']}"}
    assert spawn("exec", "market-maker", "--", "bot", environ=environ).out == "second\n"


def test_the_command_line_reaches_it_as_typed(spawn: Spawn, stage: Stage) -> None:
    words = ["", " ", "--", "--version", "-x", "a\nb", "*", "$HOME", "\udcff", "ü"]
    show = "import sys; print(ascii(sys.argv[1:]))"
    ran = spawn("exec", "market-maker", "--", sys.executable, "-c", show, *words, environ=stage.environ)
    assert ran.out == f"{words!a}\n"
    ran = spawn("exec", "market-maker", "--", "sh", "-c", "tr '\\0' '\\n' < /proc/$$/cmdline", environ=stage.environ)
    assert ran.out.splitlines()[0] == "sh"


def test_stdin_and_the_directory_are_the_commands(spawn: Spawn, stage: Stage) -> None:
    ran = spawn("exec", "market-maker", "--", "sh", "-c", "pwd; cat", environ=stage.environ, stdin="typed")
    assert ran.out == f"{Path.cwd()}\ntyped"


def test_signals_and_limits_are_as_they_were(spawn: Spawn, stage: Stage) -> None:
    """Python ignores SIGPIPE, and we forbid core files: neither is handed on."""
    show = "grep -E 'SigIgn|SigBlk' /proc/self/status; grep 'core file' /proc/self/limits"
    direct = spawn.shell(show)
    through = spawn.shell(f'$VB exec market-maker -- sh -c "{show}"', stage.environ)
    assert through == direct
    limited = spawn.shell("ulimit -S -c 8; $VB exec market-maker -- bash -c 'ulimit -S -c'", stage.environ)
    assert limited.out == "8\n"
    broken = spawn.shell("$VB exec market-maker -- sh -c 'yes; echo $? >&2' | head -1", stage.environ)
    assert (broken.out, broken.err) == ("y\n", "141\n")


def test_no_core_file_while_a_credential_is_in_memory(spawn: Spawn, stage: Stage) -> None:
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.slow(20).on("/v1/binance/data")
        environ = {**stage.bot(), "VAULT_ADDR": proxy.address}
        with spawn.started("exec", "--", "true", environ=environ) as process:
            wait_for(proxy, "/v1/binance/data")
            (limit,) = [
                line for line in Path(f"/proc/{process.pid}/limits").read_text().splitlines() if "core file" in line
            ]
            assert limit.split()[4] == "0"


def wait_for(proxy: FaultProxy, path: str) -> None:
    import time

    deadline = time.monotonic() + 15
    while not any(seen.path.startswith(path) for seen in proxy.requests):
        assert time.monotonic() < deadline, "the command never asked"
        time.sleep(0.01)


@pytest.mark.parametrize("name", ["docker", "docker-compose", "podman", "pm2"])
def test_commands_that_keep_their_environment_are_warned_of(spawn: Spawn, stage: Stage, name: str) -> None:
    Path(name).write_text("#!/bin/sh\n")
    Path(name).chmod(0o755)
    ran = spawn("exec", "market-maker", "--", f"./{name}", environ=stage.environ)
    assert ran.code == 0
    assert ran.err.startswith(f"warning: {name} keeps the environment of what it starts on disk, credential included")
    assert ran.err.count("\n") == 1


def test_a_pem_survives_unchanged(spawn: Spawn, stage: Stage) -> None:
    from vault_binance.credentials import KeyType

    issued = stage.binance.add_key(key_type=KeyType.RSA)
    assert issued.secret is not None
    pem = issued.secret.reveal()
    body = {"data": {"api_key": API_KEY, "private_key": pem, "key_type": "RSA"}, "options": {"cas": 0}}
    stage.vault.call("POST", "binance/data/credentials/pem", body)
    found = seen(spawn("exec", "pem", "--", *ENV, environ=stage.environ))
    assert found["BINANCE_API_SECRET"] == pem
    assert pem.count("\n") > 20


def test_an_older_version_and_a_path(spawn: Spawn, stage: Stage) -> None:
    stage.put("versions", "0" * 64)
    stage.put("versions")
    line = ("exec", "--version", "1")
    assert seen(spawn(*line, "versions", "--", *ENV, environ=stage.environ))["BINANCE_API_KEY"] == "0" * 64
    path = ("--path", "binance/credentials/versions")
    assert seen(spawn("exec", *path, "--", *ENV, environ=stage.environ))["BINANCE_API_KEY"] == API_KEY


def test_nothing_is_written_to_disk(spawn: Spawn, stage: Stage, tmp_path: Path) -> None:
    places = {name: tmp_path / name for name in ("home", "temporary", "here")}
    for place in places.values():
        place.mkdir()
    spawn.cwd = places["here"]
    environ = {**stage.bot(), "HOME": str(places["home"]), "TMPDIR": str(places["temporary"])}
    ran = spawn("exec", "--", "sh", "-c", "ls -A . ~ $TMPDIR", environ=environ)
    assert (ran.code, ran.err) == (0, "")
    assert not [path for place in places.values() for path in place.iterdir()]
    assert not [line for line in ran.out.splitlines() if line and not line.endswith(":")]


# In this process: what leads to execve


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []

    def execve(path: str, argv: list[str], environ: Mapping[str, str]) -> None:
        calls.append((path, argv, environ))
        raise CommandFailed("became it", exit_code=0)

    monkeypatch.setattr(os, "execve", execve)
    return calls


def test_what_is_asked_of_the_system(command: Command, stage: Stage, became: list[Any]) -> None:
    Path("docker").write_text("#!/bin/sh\n")
    Path("docker").chmod(0o755)
    ran = command("exec", "--pass", "VAULT_ADDR", "--", "./docker", "run", "--rm", environ=stage.bot())
    assert ran.err.startswith("warning: docker keeps")
    ((path, argv, environ),) = became
    assert (path, argv) == ("./docker", ["./docker", "run", "--rm"])
    assert environ["BINANCE_API_SECRET"] == API_SECRET
    assert [name for name in environ if name.startswith(("VAULT_", "BAO_"))] == ["VAULT_ADDR"]


@pytest.mark.parametrize("name", [(), ("market-maker",)])
def test_the_road_without_click(
    stage: Stage, became: list[Any], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: Any
) -> None:
    for variable, value in stage.bot().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr("sys.argv", ["vault-binance", "exec", *name, "--", "true", "--version"])
    with pytest.raises(SystemExit) as end:
        program()
    assert (end.value.code, capfd.readouterr().err) == (0, "error: became it\n")
    ((_, argv, environ),) = became
    assert (argv, environ["BINANCE_API_KEY"]) == (["true", "--version"], API_KEY)


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ("exec -- a", ("", ["a"])),
        ("exec -- -- a", ("", ["--", "a"])),
        ("exec mm -- a --help", ("mm", ["a", "--help"])),
        ("exec mm -- -- a", ("mm", ["--", "a"])),
        ("exec --", None),
        ("exec mm --", None),
        ("exec a", None),
        ("exec -h -- a", None),
        ("exec --overwrite -- a", None),
        ("exec --overwrite mm -- a", None),
        ("exec mm more -- a", None),
        ("--instance x exec -- a", None),
        ("fetch -- a", None),
        ("", None),
    ],
)
def test_which_lines_go_without_click(line: str, form: tuple[str, list[str]] | None) -> None:
    assert plain_form(line.split()) == form


@pytest.mark.parametrize(
    "line",
    ["exec -- no-such-command", "exec mm -- /", "exec a/b -- true", "exec nothing -- true", "exec mm -- ./no-program"],
)
def test_both_roads_fail_alike(spawn: Spawn, stage: Stage, line: str) -> None:
    Path("no-program").write_bytes(b"\x00")
    Path("no-program").chmod(0o755)
    if not stage.version("mm"):
        stage.put("mm")
    before, _, behind = line.partition(" -- ")
    short = spawn(*line.split(), environ=stage.environ)
    long = spawn(*before.split(), "--overwrite", "--", behind, environ=stage.environ)
    assert short.code
    assert short == long


def test_a_key_with_a_null_byte_is_not_shown(command: Command, stage: Stage) -> None:
    """No environment can carry it; what Python says of it would quote it."""
    body = {"data": {"api_key": API_KEY, "api_secret": "S3c\x00S3c"}, "options": {"cas": 0}}
    stage.vault.call("POST", "binance/data/credentials/null", body)
    ran = command("exec", "null", "--", "true", environ=stage.environ)
    assert ran.code in {10, 126}
    assert "S3c" not in ran.err + ran.out


@pytest.mark.parametrize("words", ["market-maker true", "python bot.py --fast", "-x", "", "market-maker --", "--"])
def test_without_dashes_there_is_no_command(command: Command, words: str) -> None:
    ran = command("exec", *words.split())
    assert (ran.code, ran.error.partition(",")[0]) == (2, "the command to start stands behind --")


def test_options_before_the_dashes_are_ours(command: Command) -> None:
    assert command("exec", "market-maker", "--help").out == command("exec", "-h").out
    ran = command("exec", "--fast", "--", "true")
    assert (ran.code, ran.error.partition(". ")[0]) == (2, "no such option '--fast'")
