"""Finding a server: with programs that are shell scripts, in an environment that holds nothing else."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rows import each_row
from vault_binance.errors import ConfigError
from vault_binance.testing import go_build
from vault_binance.testing.kept_binary import Shelf
from vault_binance.testing.server_binary import (
    VARIABLE,
    Attempt,
    Binary,
    find_binary,
    first_usable,
    identify,
    main,
    nothing_found,
    objection,
)

PINNED = go_build.pinned_version()
VAULT = f"Vault v{PINNED} (0123abc), built 2025-11-22T00:00:00Z"

FAKE_GO = """while [ "$1" != -o ]; do shift; done
echo built >> "$COUNTER"
/bin/cp "$MADE" "$2"
"""

FAKE_DOCKER = """case "$1" in
create) echo c0ffee ;;
cp) /bin/cp "$MADE" "$3" ;;
esac
"""


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def server(path: Path, says: str = VAULT) -> Path:
    return script(path, f"echo '{says}'")


@dataclass(frozen=True)
class Machine:
    """A machine with a PATH, a cache and nothing else."""

    root: Path

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def environ(self) -> dict[str, str]:
        made = server(self.root / "made")
        return {
            "PATH": str(self.bin),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "MADE": str(made),
            "COUNTER": str(self.root / "counter"),
        }

    @property
    def shelf(self) -> Shelf:
        return Shelf.of(self.environ, PINNED)

    @property
    def builds(self) -> int:
        counter = self.root / "counter"
        return len(counter.read_text().splitlines()) if counter.exists() else 0


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.setattr(go_build, "_meminfo", lambda: "MemAvailable: 8000000 kB\n")
    return Machine(tmp_path)


def test_the_cheapest_place_comes_first(machine):
    named = server(machine.root / "elsewhere" / "server", "OpenBao v2.4.1 (abc), built today")
    on_path = server(machine.bin / "vault", "Vault v1.19.0")
    bao = server(machine.bin / "bao", "OpenBao v2.4.0")
    docker = script(machine.bin / "docker", FAKE_DOCKER)
    script(machine.bin / "go", FAKE_GO)

    assert find_binary({**machine.environ, VARIABLE: str(named)}) == Binary(named, "openbao", "2.4.1", VARIABLE)
    assert find_binary(machine.environ) == Binary(on_path, "vault", "1.19.0", "PATH")
    on_path.unlink()
    assert find_binary(machine.environ) == Binary(bao, "openbao", "2.4.0", "PATH")
    bao.unlink()
    assert find_binary(machine.environ).origin == f"image hashicorp/vault:{PINNED}"
    assert find_binary(machine.environ).origin == "kept from an earlier run"
    docker.unlink()
    machine.shelf.binary.unlink()
    assert machine.builds == 0
    assert find_binary(machine.environ) == Binary(machine.shelf.binary, "vault", PINNED, "built with Go")
    assert find_binary(machine.environ).origin == "kept from an earlier run"
    assert machine.builds == 1


@pytest.mark.parametrize(
    ("content", "mode", "fault"),
    [
        (None, 0, "does not exist"),
        ("#!/bin/sh\n", 0o644, "is not executable"),
        ("#!/bin/sh\necho HTTPie 3.2\n", 0o755, "does not answer `version`"),
        (f"#!/bin/sh\necho '{VAULT}'; exit 1\n", 0o755, "does not answer `version`"),
        ("#!/nowhere/sh\n", 0o755, "does not run"),
    ],
)
def test_a_named_server_that_will_not_do_is_an_error_and_not_a_reason_to_look_further(machine, content, mode, fault):
    server(machine.bin / "vault")
    named = machine.root / "named"
    if content is not None:
        named.write_text(content)
        named.chmod(mode)

    with pytest.raises(ConfigError, match=fault) as raised:
        find_binary({**machine.environ, VARIABLE: str(named)})

    assert raised.value.exit_code == 10
    assert VARIABLE in raised.value.hint


def test_the_program_says_where_the_server_is_or_what_to_install(machine, monkeypatch, capsys):
    """What scripts run first, so that the tests do not wait for a build one after the other."""
    monkeypatch.setenv(VARIABLE, str(server(machine.root / "named")))
    assert main() == 0
    assert f"named   vault {PINNED}, {VARIABLE}" in capsys.readouterr().out
    monkeypatch.setenv(VARIABLE, str(machine.root / "nowhere"))
    assert main() == 10
    assert "does not exist" in capsys.readouterr().err


def test_started_as_a_program_it_finds_what_an_earlier_run_has_kept(machine):
    """As the scripts start it; there its classes must be those that the modules beside it know."""
    script(machine.bin / "docker", FAKE_DOCKER)
    program = [sys.executable, "-m", "vault_binance.testing.server_binary"]

    runs = [subprocess.run(program, env=machine.environ, capture_output=True, text=True, check=False) for _ in "12"]

    assert [run.returncode for run in runs] == [0, 0]
    assert runs[0].stdout.rstrip().endswith(f"image hashicorp/vault:{PINNED}")
    assert runs[1].stdout.rstrip().endswith("kept from an earlier run")


def test_a_named_server_may_be_old(machine):
    old = server(machine.root / "old", "Vault v1.9.0")

    assert find_binary({**machine.environ, VARIABLE: str(old)}).version == "1.9.0"


def test_nothing_found_says_what_to_install_and_lists_every_place_in_order(machine):
    server(machine.bin / "vault", "Vault v1.15.6")

    with pytest.raises(ConfigError) as raised:
        find_binary(machine.environ)

    first, *tried = raised.value.hint.splitlines()
    assert first.startswith("install the vendor's `vault` package")
    assert tried == [
        "  `vault` on PATH: vault 1.15.6 is older than 1.16",
        "  `bao` on PATH: not there",
        f"  kept build in {machine.shelf.directory}: nothing there",
        f"  image hashicorp/vault:{PINNED}: the `docker` command is not installed",
        "  build with Go: Go is not installed",
    ]


def test_what_docker_and_go_say_is_passed_on(machine):
    script(machine.bin / "docker", "echo 'Cannot connect to the daemon' >&2; exit 1")
    script(machine.bin / "go", "echo 'go: download failed' >&2; exit 1")

    with pytest.raises(ConfigError) as raised:
        find_binary(machine.environ)

    assert raised.value.hint.splitlines()[-2:] == [
        f"  image hashicorp/vault:{PINNED}: Cannot connect to the daemon",
        "  build with Go: go build failed: go: download failed",
    ]
    assert sorted(path.name for path in machine.shelf.directory.iterdir()) == ["lock"]


def test_a_build_is_refused_where_memory_is_short(machine, monkeypatch):
    script(machine.bin / "go", FAKE_GO)
    monkeypatch.setattr(go_build, "_meminfo", lambda: "MemTotal: 4000000 kB\nMemAvailable:    2000000 kB\n")

    with pytest.raises(ConfigError) as raised:
        find_binary(machine.environ)

    refusal = "  build with Go: the build needs 3.5 GB of memory, 2.0 GB is available"
    assert raised.value.hint.splitlines()[-1] == refusal
    assert machine.builds == 0


@each_row(
    ("meminfo", "refused"),
    [("MemAvailable: 3417968 kB", True), ("MemAvailable: 3417969 kB", False), ("", False), ("MemFree: 1 kB", False)],
)
def test_memory_objection(meminfo, refused):
    assert bool(go_build.memory_objection(meminfo)) is refused


@pytest.mark.parametrize("damage", ["altered", "unchecked"])
def test_a_broken_kept_server_is_discarded_with_a_word_and_built_again(machine, damage, capfd):
    script(machine.bin / "go", FAKE_GO)
    find_binary(machine.environ)
    if damage == "altered":
        machine.shelf.binary.write_text("#!/bin/sh\necho something else\n")
    else:
        machine.shelf.digest.unlink()
    capfd.readouterr()

    found = find_binary(machine.environ)

    assert found.origin == "built with Go"
    assert machine.builds == 2
    assert "discarding the kept server" in capfd.readouterr().err
    assert find_binary(machine.environ).origin == "kept from an earlier run"


def test_a_whole_file_that_no_longer_runs_is_discarded_too(machine, capfd):
    shelf = machine.shelf

    with shelf.locked():
        assert shelf.fill(lambda into: (server(into), "")[1], "a test") == Binary(
            shelf.binary, "vault", PINNED, "a test"
        )
        shelf.binary.chmod(0o644)
        assert shelf.take() == f"{shelf.binary} is not executable"

    assert not shelf.binary.exists()
    assert not shelf.digest.exists()


def test_of_many_who_ask_one_builds(machine):
    script(machine.bin / "go", FAKE_GO)
    environ = machine.environ

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: find_binary(environ), range(4)))

    assert machine.builds == 1
    assert {each.path for each in found} == {machine.shelf.binary}


def test_a_server_that_is_made_but_does_not_run_is_not_kept(machine):
    script(machine.bin / "go", 'while [ "$1" != -o ]; do shift; done; echo garbage > "$2"')

    with pytest.raises(ConfigError, match="no Vault or OpenBao server"):
        find_binary(machine.environ)

    assert [path.name for path in machine.shelf.directory.iterdir()] == ["lock"]


def test_first_usable_asks_no_further_than_needed():
    found = Binary(Path("/srv/vault"), "vault", "1.21.1", "here")
    attempts: list[Attempt] = []

    def beyond():
        raise AssertionError("asked too far")

    assert first_usable([("a", lambda: "no"), ("b", lambda: found), ("c", beyond)], attempts) is found
    assert attempts == [Attempt("a", "no")]
    assert "  a: no" in nothing_found(attempts).hint


@each_row(
    ("product", "version", "accepted"),
    [
        ("vault", "1.15.99", False),
        ("vault", "1.16.0", True),
        ("vault", "2.0.0", True),
        ("openbao", "1.99.0", False),
        ("openbao", "2.0.0", True),
    ],
)
def test_versions(product, version, accepted):
    assert (objection(product, version) == "") is accepted


@pytest.mark.parametrize(
    ("says", "product", "version"),
    [
        ("Vault v1.21.1 (2453aac2638a6ae243341b4e0657fd8aea1cbf18), built 2025-11-18T13:04:32Z", "vault", "1.21.1"),
        ("Vault v1.21.1+ent.hsm (0123abc), built today", "vault", "1.21.1"),
        ("OpenBao v2.4.1 (b3c2a2b), built 2025-09-18T00:00:00Z", "openbao", "2.4.1"),
    ],
)
def test_identify(tmp_path, says, product, version):
    path = server(tmp_path / "server", says)

    assert identify(path, "a test") == Binary(path, product, version, "a test")


def test_the_cache_is_where_xdg_says():
    assert Shelf.of({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "1").directory == Path("/x/vault-binance/vault/1")
    assert Shelf.of({"XDG_CACHE_HOME": "", "HOME": "/h"}, "1").directory == Path("/h/.cache/vault-binance/vault/1")


def test_the_build_is_static_and_leaves_go_mod_alone():
    environ = go_build.go_environment({"GOFLAGS": "-buildvcs=false -mod=mod", "PATH": "/bin"})

    assert environ == {"GOFLAGS": "-buildvcs=false -mod=readonly", "PATH": "/bin", "CGO_ENABLED": "0", "GOWORK": "off"}


def test_the_module_is_at_hand():
    assert (go_build.module_directory() / "go.sum").is_file()
