"""The wheel in clean environments, with the oldest and the newest of what it needs; and the sdist that makes it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from email import message_from_bytes
from importlib.metadata import Distribution
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from markdown_it import MarkdownIt

from tests.support import ROOT
from vault_binance import __version__

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

    from tests.package.conftest import Environment

LISTED = ("vault_binance", "vault_binance.testing")


@pytest.fixture(scope="module")
def info(wheel: Path) -> dict[str, bytes]:
    """The files of the wheel that speak of it."""
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" in name]
        return {name.partition("/")[2]: archive.read(name) for name in names}


@pytest.fixture(scope="module")
def metadata(info: dict[str, bytes]) -> Message:
    return message_from_bytes(info["METADATA"])


def test_what_is_not_python_is_in_the_wheel_too(wheel: Path) -> None:
    """That it holds our sources and nothing else is what its fixture asks."""
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "vault_binance/py.typed" in names
    assert {path.name for path in (ROOT / "policies").iterdir()} == {
        name.rpartition("/")[2] for name in names if name.startswith("vault_binance/policies/")
    }
    assert {"vault_binance/testing/gobuild/go.mod", "vault_binance/testing/gobuild/go.sum"} <= names
    assert {name.partition("/")[0] for name in names} == {"vault_binance", f"vault_binance-{__version__}.dist-info"}
    assert [name for name in names if re.search(r"(^|/)(test_|conftest)|\.md$|__pycache__", name)] == []


def test_it_says_what_it_is(info: dict[str, bytes], metadata: Message) -> None:
    assert (metadata["Name"], metadata["Version"]) == ("vault-binance", __version__)
    assert (metadata["License-Expression"], metadata["License-File"]) == ("Apache-2.0", "LICENSE")
    assert info["licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_all("Provides-Extra") == ["demo", "testing"]
    assert {"Typing :: Typed", "Framework :: Pytest"} <= set(metadata.get_all("Classifier", []))
    assert info["entry_points.txt"].decode().split() == [
        "[console_scripts]",
        *("vault-binance", "=", "vault_binance.__main__:main"),
        "[pytest11]",
        *("vault_binance", "=", "vault_binance.testing.pytest_plugin"),
    ]


def test_its_description_stands_alone(metadata: Message) -> None:
    """On an index there is nothing beside it that a link or a picture could lead to."""
    assert metadata["Description-Content-Type"] == "text/markdown"
    text = metadata.get_payload()
    assert text == (ROOT / "PACKAGE.md").read_text()
    inline = [child for token in MarkdownIt("commonmark").parse(text) for child in token.children or ()]
    targets = [
        token.attrGet("href") or token.attrGet("src") for token in inline if token.type in {"link_open", "image"}
    ]
    assert [target for target in targets if not str(target).startswith("https://")] == []


def test_the_sdist_makes_the_same_wheel_again(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "again"]
    subprocess.run(build, cwd=unpacked, capture_output=True, check=True)
    assert (tmp_path / "again" / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_sdist_has_all_that_is_tracked_and_nothing_that_is_ignored(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names - {"PKG-INFO"} <= known_to_git("--cached", "--others", "--exclude-standard")
    assert [name for name in known_to_git("--cached") - names if (ROOT / name).exists() and not is_hidden(name)] == []
    assert [name for name in names if is_hidden(name)] == [".gitignore"], "which hatchling adds"


def is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def known_to_git(*which: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *which], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(filter(None, listed.stdout.split("\0")))


# Installed

FACTS = """
import importlib, json, pkgutil, sys
from importlib.metadata import distributions, version
import vault_binance

names = [module.name for module in pkgutil.walk_packages(vault_binance.__path__, "vault_binance.")]
public = {}
for name in json.loads(sys.argv[1]):
    face = importlib.import_module(name)
    public[name] = [each for each in getattr(face, "__all__", ()) if getattr(face, each) is not None]
modules = [importlib.import_module(name).__file__ for name in names]
print(json.dumps({"public": public, "modules": modules, "versions": {
    each.name: each.version for each in distributions()
}}))
"""


@pytest.fixture(scope="module", params=["lowest", "newest"])
def environment(request: pytest.FixtureRequest) -> Environment:
    found: Environment = request.getfixturevalue(request.param)
    return found


def test_every_module_and_every_public_name_loads_without_a_warning(environment: Environment) -> None:
    told = json.loads(environment.run("python", "-I", "-W", "error", "-c", FACTS, json.dumps(LISTED)))
    import vault_binance
    import vault_binance.testing

    assert told["public"]["vault_binance"] == vault_binance.__all__
    assert told["public"]["vault_binance.testing"] == list(getattr(vault_binance.testing, "__all__", ()))
    found = {name.removeprefix(f"{environment.installed}/") for name in told["modules"]}
    ours = {
        f"vault_binance/{path.relative_to(ROOT / 'vault_binance')}" for path in (ROOT / "vault_binance").rglob("*.py")
    }
    assert found == ours - {"vault_binance/__init__.py"}


WITHOUT = """
import importlib, json, pkgutil, sys
for name in json.loads(sys.argv[1]):
    sys.modules[name] = None
import vault_binance

failed = []
for module in pkgutil.walk_packages(vault_binance.__path__, "vault_binance."):
    try:
        importlib.import_module(module.name)
    except ImportError:
        failed.append(module.name)
print(json.dumps(failed))
"""


def test_without_the_extras_everything_but_the_pytest_plugin_loads(newest: Environment) -> None:
    absent = ["pytest", "testcontainers", "websockets", "docker", "binance_sdk_spot"]
    assert json.loads(newest.run("python", "-I", "-c", WITHOUT, json.dumps(absent))) == [
        "vault_binance.testing.pytest_plugin"
    ]


def test_the_lowest_environment_has_the_lowest_versions_that_are_allowed(
    lowest: Environment, metadata: Message
) -> None:
    installed = {each.name: each.version for each in Distribution.discover(path=[str(lowest.installed)])}
    floors = dict(
        re.findall(r"^([\w-]+)[^>]*>=([\d.]+)", "\n".join(metadata.get_all("Requires-Dist", [])), re.MULTILINE)
    )
    del floors["binance-sdk-spot"]  # of the demo
    assert len(floors) == 9
    assert {name: installed[name] for name in floors if not _is(installed[name], floors[name])} == {}


def _is(version: str, floor: str) -> bool:
    return (version + ".0.0").startswith(floor + ".")


def test_both_ways_to_start_it_tell_the_same_version(environment: Environment) -> None:
    told = environment.run("vault-binance", "--version")
    assert told == environment.run("python", "-I", "-m", "vault_binance", "--version")
    assert told == f"vault-binance, version {__version__}\n"
