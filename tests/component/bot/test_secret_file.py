"""A secret at a path that is in no file system: whole, read as often as one likes, changed by nobody, closed by us."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rows import each_row
from tests.support import ROOT
from vault_binance.bot import secret_file
from vault_binance.bot.child import Handover, start_beside
from vault_binance.bot.profiles import profile_from
from vault_binance.bot.secret_file import FIRST, placed
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import ConfigError
from vault_binance.redacted import Redacted

PEM = "-----BEGIN PRIVATE KEY-----\n" + "MC4CAQAwBQYDK2VwBCIEIA==\n" * 40 + "-----END PRIVATE KEY-----\n"
CREDENTIALS = Credentials("maker", Redacted("k" * 64), Redacted(PEM), KeyType.RSA, Environment.LIVE, 3)
HANDOVER = Handover(profile_from("KEY=api_key,SECRET=secret,PEM=secret_file", "--profile"))

has_memory = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="the system has no anonymous files in memory")


def descriptors():
    return sorted(Path("/proc/self/fd").iterdir())


@pytest.fixture(autouse=True)
def limits(monkeypatch):
    """The run's own limit for core files is left alone."""
    monkeypatch.setattr("vault_binance.bot.core_dumps.forbid", lambda: None)


@pytest.fixture
def without_memory(monkeypatch):
    def refuses(*_):
        raise PermissionError(1, "no such call here")

    monkeypatch.setattr(os, "memfd_create", refuses, raising=False)


def command(*argv, environ=None):
    """What a command says that is started with the credential, and how it ends."""
    reading, writing = os.pipe()
    saved = os.dup(1)
    try:
        os.dup2(writing, 1)
        os.close(writing)
        with HANDOVER.environment({"PATH": os.environ["PATH"], **(environ or {})}, CREDENTIALS) as child:
            pid = start_beside(shutil.which(argv[0]), argv, child)
    finally:
        os.dup2(saved, 1)
        os.close(saved)
    with os.fdopen(reading, encoding="utf-8", newline="") as said:
        text = said.read()
    return text, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


PYTHON = (sys.executable, "-S", "-E", "-c")
NODE = str(ROOT / ".clients" / "node" / "bin" / "node")
READ_TWICE = "import os; path = os.environ['PEM']; print(open(path).read() + open(path).read(), end='')"

READERS = {
    "shell": ("sh", "-c", 'cat "$PEM" && cat "$PEM"'),
    "child of a shell's child": ("sh", "-c", '(sh -c \'cat "$PEM"\') && cat < "$PEM"'),
    "python": (*PYTHON, READ_TWICE),
    "python, forked": (*PYTHON, f"import os\nif os.fork(): os.wait()\nelse:\n  {READ_TWICE}"),
    "node": (
        NODE,
        "-e",
        "const read = () => require('fs').readFileSync(process.env.PEM, 'utf8'); process.stdout.write(read() + read())",
    ),
}


def is_here(name):
    return shutil.which(READERS[name][0]) is not None


@has_memory
@each_row("name", [name for name in READERS if is_here(name)])
def test_it_is_read_whole_and_as_often_as_one_likes(name):
    assert command(*READERS[name]) == (PEM * 2, 0)


VARIABLES = {
    "shell": ("sh", "-c", 'printf %s "$SECRET"; printf %s "$SECRET" | cat'),
    "python": (*PYTHON, "import os; print(os.environ['SECRET'] * 2, end='')"),
    "node": (NODE, "-e", "process.stdout.write(process.env.SECRET + process.env.SECRET)"),
}


@pytest.mark.parametrize("name", [name for name in VARIABLES if is_here(name)])
def test_a_variable_holds_every_line_of_it_and_the_last_lines_end(name):
    assert command(*VARIABLES[name]) == (PEM * 2, 0)


@has_memory
def test_what_a_python_program_starts_finds_nothing_there_unless_it_is_passed_on():
    script = (
        "import os, subprocess\npath = os.environ['PEM']\n"
        "print(subprocess.run(['cat', path], stderr=subprocess.DEVNULL).returncode, flush=True)\n"
        "subprocess.run(['cat', path], pass_fds=[int(path.rpartition('/')[2])])"
    )
    assert command(*PYTHON, script) == (f"1\n{PEM}", 0)


@has_memory
def test_it_is_a_sealed_file_of_its_owners_alone():
    with placed(Redacted(PEM), ["PEM"]) as paths:
        found = Path(paths["PEM"]).stat()
        descriptor = int(paths["PEM"].rpartition("/")[2])
        assert descriptor >= FIRST
        assert stat.S_ISREG(found.st_mode)
        assert (stat.S_IMODE(found.st_mode), found.st_uid, found.st_size) == (0o400, os.geteuid(), len(PEM))
        assert os.get_inheritable(descriptor)
        wanted = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
        assert fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & wanted == wanted
        for change in (lambda: os.write(descriptor, b"x"), lambda: os.truncate(descriptor, 0)):
            with pytest.raises(PermissionError):
                change()
        assert os.read(descriptor, 10_000).decode() == PEM, "for whoever takes the number itself"


@has_memory
def test_it_has_no_name_in_any_file_system(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with placed(Redacted(PEM), ["PEM"]) as paths:
        assert Path(paths["PEM"]).stat().st_nlink == 0
        assert str(Path(paths["PEM"]).readlink()) == "/memfd:credential (deleted)"
        assert list(tmp_path.iterdir()) == []


def test_every_name_has_a_path_of_its_own():
    with placed(Redacted(PEM), ["ONE", "OTHER"]) as paths:
        assert len(set(paths.values())) == 2


@has_memory
def test_however_often_a_command_is_started_no_descriptor_stays_with_us():
    before = descriptors()
    for _ in range(50):
        assert command("sh", "-c", 'cat "$PEM"') == (PEM, 0)
    assert descriptors() == before


def test_nor_where_it_could_not_be_started():
    before = descriptors()
    with pytest.raises(ValueError, match="not started"), placed(Redacted(PEM), ["ONE", "OTHER"]):
        raise ValueError("not started")
    assert descriptors() == before


@pytest.mark.usefixtures("without_memory")
def test_without_memory_it_is_a_pipe_that_is_read_once():
    before = descriptors()
    assert command("sh", "-c", 'case $PEM in /dev/fd/*) cat "$PEM";; esac; cat "$PEM"') == (PEM, 0)
    assert descriptors() == before


@pytest.mark.usefixtures("without_memory")
def test_what_does_not_fit_into_a_pipe_is_an_error_and_no_wait(monkeypatch):
    before = descriptors()
    monkeypatch.setattr(os, "write", lambda *_: (_ for _ in ()).throw(BlockingIOError(11, "it is full")))
    with pytest.raises(ConfigError, match="it is full"), placed(Redacted(PEM), ["PEM"]):
        raise AssertionError("it was started")
    assert descriptors() == before


@has_memory
def test_a_system_that_wants_no_programs_there_or_does_not_know_of_that_gives_it_all_the_same(monkeypatch):
    asked, real = [], os.memfd_create

    def old(name, flags):
        asked.append(flags)
        if flags & secret_file._NOEXEC_SEAL:
            raise OSError(22, "Invalid argument")
        return real(name, flags)

    monkeypatch.setattr(os, "memfd_create", old)
    with placed(Redacted(PEM), ["PEM"]) as paths:
        assert Path(paths["PEM"]).read_text() == PEM
    assert len(asked) == 2


def test_a_failure_shows_nothing_of_it(monkeypatch):
    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", fails)
    with pytest.raises(ConfigError) as caught, placed(Redacted(PEM), ["PEM"]):
        raise AssertionError("it was started")
    assert caught.value.message == "the secret cannot be put where a path leads: No space left on device"
    trace = caught.value.__traceback__
    while trace:
        assert "MC4C" not in repr(trace.tb_frame.f_locals) or trace.tb_frame.f_code.co_filename == __file__
        trace = trace.tb_next


BECOME = (
    "import sys; from tests.component.bot.test_secret_file import *\n"
    "from vault_binance.bot.child import replace_process\n"
    "with HANDOVER.environment({'PATH': '/usr/bin:/bin'}, CREDENTIALS) as child:\n"
    "    replace_process(sys.argv[1], sys.argv[1:], child)"
)


@has_memory
def test_a_command_that_we_become_has_it_too():
    run = subprocess.run(
        [sys.executable, "-c", BECOME, "/bin/sh", "-c", 'cat "$PEM"; cat "$PEM"'],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (run.stdout.decode(), run.returncode) == (PEM * 2, 0)
