"""The command that a bot becomes: found before anything is lent, given nothing of Vault's, with signals of its own."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.bot.child import (
    child_environment,
    find_command,
    replace_process,
    start_beside,
    variables_for,
    warning_for,
)
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import CommandFailed, ConfigError
from vault_binance.redacted import Redacted

CANARY = "canary-7f3a91c2d4e5"


@pytest.fixture
def folder(tmp_path):
    """A directory on PATH with a program, a text file, a directory and a link that leads nowhere."""
    (tmp_path / "program").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "program").chmod(0o755)
    (tmp_path / "text").write_text("not a program")
    (tmp_path / "text").chmod(0o644)
    (tmp_path / "directory").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "missing")
    return tmp_path


# Finding


def test_a_command_is_found_on_the_path_given_and_not_on_ours(folder):
    assert find_command("program", {"PATH": f"/nowhere:{folder}"}) == str(folder / "program")
    with pytest.raises(CommandFailed):
        find_command("program", {"PATH": "/nowhere"})


def test_without_a_path_the_systems_own_directories_are_searched():
    assert find_command("sh", {}) in {"/bin/sh", "/usr/bin/sh"}


def test_the_first_executable_one_wins_and_a_text_before_it_does_not(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "program").write_text("a text of that name")
    assert find_command("program", {"PATH": f"{other}:{folder}"}) == str(folder / "program")


def test_a_command_with_a_slash_is_taken_as_it_is(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert find_command("./program", {"PATH": "/nowhere"}) == "./program"


@pytest.mark.parametrize("command", ["missing", "", "dangling", "directory", "./missing", "pro gram", "program\n"])
def test_what_is_not_there_is_127(folder, monkeypatch, command):
    monkeypatch.chdir(folder)
    with pytest.raises(CommandFailed) as caught:
        find_command(command, {"PATH": str(folder)})
    assert caught.value.exit_code == 127
    assert "nothing was lent" in caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("command", ["text", "./text"])
def test_what_is_there_but_no_program_is_126(folder, monkeypatch, command):
    monkeypatch.chdir(folder)
    with pytest.raises(CommandFailed) as caught:
        find_command(command, {"PATH": str(folder)})
    assert caught.value.exit_code == 126
    assert "chmod +x" in caught.value.hint


def test_a_directory_named_with_a_slash_is_126_as_in_a_shell(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(CommandFailed, match="is a directory") as caught:
        find_command("./directory", {"PATH": "/nowhere"})
    assert caught.value.exit_code == 126


# The environment


OURS = {"BINANCE_API_KEY": "new-key", "BINANCE_API_SECRET": "new-secret"}


def test_the_child_gets_the_pair_and_nothing_of_vaults():
    parent = {
        "PATH": "/bin",
        "LANG": "C",
        "VAULT_TOKEN": CANARY,
        "VAULT_ADDR": "https://vault",
        "BAO_TOKEN": CANARY,
        "VAULT_BINANCE_SECRET_ID": CANARY,
        "VAULT_BINANCE_WRAPPED_SECRET_ID_FILE": "/run/id",
        "VAULT_": CANARY,
    }
    child = child_environment(parent, OURS)
    assert child == {"PATH": "/bin", "LANG": "C"} | OURS
    assert "VAULT_TOKEN" in parent, "the parent's own is left as it was"


def test_names_that_only_resemble_vaults_are_somebody_elses():
    parent = {"MY_VAULT_ADDR": "x", "VAULTED": "x", "BAOBAB": "x", "vault_token": "x"}
    assert child_environment(parent, OURS) == parent | OURS


def test_only_what_is_named_is_passed():
    parent = {"VAULT_ADDR": "https://vault", "VAULT_TOKEN": CANARY}
    assert (
        child_environment(parent, OURS, passed=("VAULT_ADDR", "VAULT_NONE")) == {"VAULT_ADDR": "https://vault"} | OURS
    )


def test_an_old_key_in_the_environment_is_an_error_that_names_it_and_not_its_value():
    with pytest.raises(ConfigError) as caught:
        child_environment({"BINANCE_API_SECRET": CANARY, "BINANCE_API_KEY": ""}, OURS)
    assert caught.value.message == "the environment already has BINANCE_API_KEY and BINANCE_API_SECRET"
    assert "--overwrite" in caught.value.hint
    assert CANARY not in caught.value.hint


def test_overwrite_lets_the_lent_pair_win():
    parent = {"BINANCE_API_KEY": CANARY, "PATH": "/bin"}
    assert child_environment(parent, OURS, overwrite=True) == {"PATH": "/bin"} | OURS


@given(
    st.dictionaries(
        st.one_of(
            st.sampled_from(["VAULT_", "BAO_", "VAULT_BINANCE_", "BINANCE_API_"]).flatmap(
                lambda start: st.text(st.sampled_from("AB_"), max_size=4).map(start.__add__)
            ),
            st.text(),
        ),
        st.text(),
    ),
    st.sets(st.sampled_from(["VAULT_A", "BAO_A"])),
)
def test_whatever_the_parent_has_no_variable_of_vaults_reaches_the_child_unasked(parent, passed):
    child = child_environment(parent, OURS, passed=passed, overwrite=True)
    assert {name for name in child if name.startswith(("VAULT_", "BAO_"))} <= passed
    assert child.items() >= OURS.items()
    kept = {name: text for name, text in parent.items() if not name.startswith(("VAULT_", "BAO_"))}
    assert child.keys() >= kept.keys()


def test_a_multi_line_private_key_reaches_the_child_byte_for_byte():
    pem = "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"
    credentials = Credentials("maker", Redacted("key"), Redacted(pem), KeyType.ED25519, Environment.LIVE)
    assert variables_for(credentials) == {"BINANCE_API_KEY": "key", "BINANCE_API_SECRET": pem}


@each_row("command", ["docker", "/usr/bin/docker-compose", "./pm2", "podman", "nerdctl"])
def test_a_command_that_keeps_its_environment_on_disk_is_warned_of(command):
    assert "on disk" in warning_for(command)
    assert warning_for(command).startswith(command.rpartition("/")[2])


@each_row("command", ["python", "docker.py", "/opt/docker/bin/bot", "my-docker", ""])
def test_any_other_command_is_not(command):
    assert warning_for(command) == ""


# Becoming it

BECOME = (
    "import sys; from vault_binance.bot.child import replace_process; from vault_binance.errors import CommandFailed\n"
    "try: replace_process(sys.argv[1], sys.argv[1:], {'PATH': '/usr/bin:/bin', 'GIVEN': 'yes'})\n"
    "except CommandFailed as error: print(error.message); sys.exit(error.exit_code)\n"
)


def become(*argv):
    """A Python that becomes `argv`: how it ended and what was printed."""
    return subprocess.run(
        [sys.executable, "-S", "-c", BECOME, *argv],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PARENTS_OWN": "yes"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_childs_pid_exit_code_arguments_and_environment_are_its_own():
    started = become("/bin/sh", "-c", 'echo "$# $1 $GIVEN $PARENTS_OWN"; exit 37', "sh", "two  words")
    assert started.stdout == "1 two  words yes \n"
    assert started.returncode == 37


def test_a_signal_that_ends_the_child_ends_us_so_that_a_shell_sees_128_and_its_number():
    assert become("/bin/sh", "-c", "kill -TERM $$").returncode == -signal.SIGTERM
    inner = 'PYTHONPATH="$P" "$0" -S -c "$1" /bin/sh -c "kill -KILL \\$\\$"; echo $?'
    shell = subprocess.run(
        ["/bin/sh", "-c", inner, sys.executable, BECOME],
        env={"P": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert shell.stdout == "137\n"


def test_the_child_notices_a_closed_pipe_though_python_ignores_it():
    """Else `exec -- bot | head` would leave a bot writing into nothing."""
    started = become("/bin/sh", "-c", "kill -PIPE $$; echo still here")
    assert started.returncode == -signal.SIGPIPE
    assert started.stdout == ""


@pytest.fixture
def in_place(monkeypatch):
    """As in the process itself: its limit for core files is left alone."""
    monkeypatch.setattr("vault_binance.bot.core_dumps.allow_again", lambda: None)


def failed(path, environ=None):
    before = [signal.getsignal(number) for number in (signal.SIGPIPE, signal.SIGXFSZ)]
    with pytest.raises(CommandFailed) as caught:
        replace_process(str(path), [str(path)], environ or {})
    after = [signal.getsignal(number) for number in (signal.SIGPIPE, signal.SIGXFSZ)]
    assert after == before == [signal.SIG_IGN] * 2, "who goes on would be killed by the next closed pipe"
    return caught.value


@pytest.mark.usefixtures("in_place")
def test_a_script_whose_interpreter_is_missing_is_127(folder):
    (folder / "program").write_text("#!/nowhere/python\n")
    error = failed(folder / "program")
    assert error.exit_code == 127
    assert "interpreter" in error.message


@pytest.mark.usefixtures("in_place")
def test_a_file_that_is_no_program_is_126(folder):
    (folder / "program").write_text("neither a script nor a binary")
    error = failed(folder / "program")
    assert error.exit_code == 126
    assert "Exec format error" in error.message


@pytest.mark.usefixtures("in_place")
def test_a_directory_is_126(folder):
    assert failed(folder / "directory").exit_code == 126


@pytest.mark.usefixtures("in_place")
def test_an_environment_larger_than_the_system_takes_is_126(folder):
    assert failed(folder / "program", {"LARGE": "x" * 4_000_000}).exit_code == 126


@pytest.mark.usefixtures("in_place")
@pytest.mark.parametrize("bad", [f"{CANARY}\0", f"{CANARY}\ud800"])
def test_a_value_that_no_environment_can_hold_is_126_and_not_shown(folder, bad):
    error = failed(folder / "program", {"BINANCE_API_SECRET": bad})
    assert error.exit_code == 126
    assert CANARY not in error.message + error.hint


# Starting it beside us


def test_a_command_beside_us_leads_a_group_of_its_own_and_has_what_it_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        words = ["sh", "-c", 'echo $$ $(cut -d" " -f5 /proc/$$/stat) "$1" $GIVEN > said', "sh", "two  words"]
        pid = start_beside("/bin/sh", words, {"PATH": "/usr/bin:/bin", "GIVEN": "yes"})
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert (tmp_path / "said").read_text() == f"{pid} {pid} two  words yes\n"
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, before[1]), "we hold a secret, and leave no core file"
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


@pytest.mark.parametrize(
    ("text", "environ", "code"),
    [
        (b"#!/nowhere/python\n", {}, 127),
        (b"\x00\x01", {}, 126),
        (b"#!/bin/sh\n", {"LARGE": "x" * 4_000_000}, 126),
        (b"#!/bin/sh\n", {"BINANCE_API_SECRET": f"{CANARY}\0"}, 126),
    ],
)
@pytest.mark.usefixtures("in_place")
def test_what_cannot_be_started_beside_us_fails_as_it_would_alone(folder, text, environ, code):
    (folder / "program").write_bytes(text)
    limit = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        with pytest.raises(CommandFailed) as caught:
            start_beside(str(folder / "program"), ["program"], environ)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, limit)
    alone = failed(folder / "program", environ)
    assert (caught.value.message, caught.value.exit_code) == (alone.message, code)
    assert CANARY not in caught.value.message
