"""Containers for the recipes, by the `docker` command alone: what a page's reader has, and nothing from a registry.

Rules of the file
- No image is pulled. What stands for python:*-slim is this machine's own interpreter with the libraries it needs and
  what our package depends on, packed once and kept under a name with the hash of what is in it.
- Every container here is gone with its `with` block, and with the process if that is killed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from secrets import token_hex
from threading import Timer
from typing import TYPE_CHECKING, Any

from tests.howto.page import PATIENCE_S
from tests.support import ENVIRONMENT, ROOT
from vault_binance.testing.server_process import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
TOOLS = ("sh", "cat", "env", "tail")
_LEFT_OUT = ("test", "idlelib", "tkinter", "lib2to3", "ensurepip", "turtledemo", "config-*", "site-packages")
_NOT_LOADED = ("_tkinter*", "_sqlite3*", "_test*", "_xxtest*", "_curses*", "readline*", "_dbm*", "_gdbm*")


def docker(*arguments: str, code: int = 0, stdin: str | None = None) -> str:
    """Both streams of a `docker` command, which must end with `code`."""
    done = subprocess.run(
        ["docker", *arguments],
        env=ENVIRONMENT,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == code, f"docker {' '.join(arguments)}: {done.returncode}\n{done.stdout}"
    return done.stdout.strip()


def builder() -> dict[str, str]:
    """The engine's own builder, where the client has brought none."""
    command = ["docker", "buildx", "version"]
    has_one = not subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=False).returncode
    return {} if has_one else {"DOCKER_BUILDKIT": "0"}


@dataclass(frozen=True)
class Container:
    name: str

    def run(self, *command: str, code: int = 0, stdin: str | None = None) -> str:
        options = () if stdin is None else ("--interactive",)
        return docker("exec", *options, self.name, *command, code=code, stdin=stdin)

    def type(self, text: str) -> str:
        """Type these lines into root's shell there; each must succeed."""
        return self.run("/bin/sh", "-e", "-s", stdin=text)

    def said(self) -> str:
        return docker("logs", self.name)

    def facts(self) -> Any:
        return json.loads(docker("inspect", self.name))[0]

    def until(self, text: str, times: int = 1) -> None:
        """Wait until the container has said it so often, through its restarts."""
        while True:
            begun = time.time()
            if told(("logs", "--follow", self.name), text, times):
                return
            restarted = ("events", f"--since={begun}", f"--filter=container={self.name}", "--filter=event=start")
            assert told(restarted, "start"), f"it never said {text!r} {times} times, but:\n{self.said()}"


def told(following: Sequence[str], text: str, times: int = 1) -> bool:
    """Whether this `docker` command said it so often, as soon as it did; False where it ends before."""
    said = ""
    with subprocess.Popen(
        ["docker", *following], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        watch = Timer(PATIENCE_S, process.kill)
        watch.start()
        for line in process.stdout or ():
            said += line
            if said.count(text) >= times:
                break
        watch.cancel()
        process.kill()
    return said.count(text) >= times


@contextmanager
def gone_afterwards(name: str = "") -> Iterator[Container]:
    """A name for a container that is removed at the end, whoever starts it."""
    name = name or f"howto-{token_hex(4)}"
    watcher = Watcher(f"docker rm --force --volumes {name}", environ=ENVIRONMENT)
    try:
        yield Container(name)
    finally:
        docker("rm", "--force", "--volumes", name)
        watcher.dismiss()


def imported(files: Sequence[tuple[tarfile.TarInfo, bytes]], image: str, *changes: str) -> None:
    """An image of these files alone."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for info, content in files:
            tar.addfile(info, io.BytesIO(content))
    words = [word for change in changes for word in ("--change", change)]
    command = ["docker", "import", *words, "-", image]
    subprocess.run(command, env=ENVIRONMENT, input=packed.getvalue(), stdout=subprocess.DEVNULL, check=True)


def entry(path: str, content: bytes = b"", *, mode: int = 0o644, mtime: float = 0) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(path.lstrip("/"))
    info.size, info.mode, info.mtime = len(content), mode, int(mtime)
    return info, content


def folder(path: str, *, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(path.lstrip("/"))
    info.type, info.mode = tarfile.DIRTYPE, mode
    return info, b""


def link(path: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(path.lstrip("/"))
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info, b""


# What stands for python:*-slim


def python_image() -> str:
    """The name of an image with this interpreter, pip and what our package depends on; made where it is not there."""
    parts = [sys.version, *(f"{name} {distribution(name).version}" for name in _distributions())]
    made_of = hashlib.sha256("\n".join([*parts, Path(__file__).read_text()]).encode())
    image = f"vault-binance/howto-python:{VERSION}-{made_of.hexdigest()[:12]}"
    if image not in docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split():
        _make(image)
    return image


def _distributions() -> list[str]:
    return sorted({"pip", *_needed("vault-binance")} - {"vault-binance"})


def _make(image: str) -> None:
    program = f"/usr/local/bin/python{VERSION}"
    files = {target: source for source, target in _python_files()}
    made = [_copied(source, target) for target, source in files.items()]
    made += [folder("tmp", mode=0o1777), folder("srv"), folder("run"), folder("etc")]
    made += [link("bin", "usr/bin"), link("lib", "usr/lib"), link("lib64", "usr/lib64")]
    made += [link("usr/local/bin/python3", program), link("usr/local/bin/python", program)]
    made.append(entry("etc/passwd", b"root:x:0:0::/root:/bin/sh\n"))
    pip = "ENV PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1"
    imported(made, image, "ENV PATH=/usr/local/bin:/usr/bin:/bin", pip, 'CMD ["python3"]')


def _copied(source: Path, target: str) -> tuple[tarfile.TarInfo, bytes]:
    """With its time: by that Python knows whether what it has compiled is of this source."""
    about = source.stat()
    return entry(target, source.read_bytes(), mode=about.st_mode & 0o777, mtime=about.st_mtime)


def _python_files() -> Iterator[tuple[Path, str]]:
    """Each file with its place in the image."""
    home, library = Path(sys.base_prefix), Path(sysconfig.get_path("stdlib"))
    program = home / "bin" / f"python{VERSION}"
    loaded = [program, *(Path(found) for tool in TOOLS if (found := shutil.which(tool, path=os.defpath)))]
    yield from ((path, f"usr/local/bin/{path.name}" if path == program else f"usr/bin/{path.name}") for path in loaded)
    for path in _below(library, _LEFT_OUT):
        if not any(path.match(pattern) for pattern in _NOT_LOADED):
            yield path, f"usr/local/lib/python{VERSION}/{path.relative_to(library)}"
            if path.suffix == ".so":
                loaded.append(path)
    for name in _distributions():
        for path, place in _installed(name):
            yield path, f"usr/local/lib/python{VERSION}/site-packages/{place}"
            if path.suffix == ".so":
                loaded.append(path)
    yield from sorted(_libraries(loaded))


def _below(folder: Path, left_out: Sequence[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if not any(path.match(pattern) for pattern in left_out):
                yield from _below(path, ("test", "tests"))
        elif path.suffix != ".a":
            yield path


def _needed(name: str) -> set[str]:
    """Distributions that this one needs to run, and those that they need."""
    found: set[str] = set()
    for line in distribution(name).requires or ():
        if "extra ==" not in line and (needed := re.match(r"[\w.-]+", line)) and needed[0] not in found:
            found |= {needed[0], *_needed(needed[0])} if _is_installed(needed[0]) else set()
    return found


def _is_installed(name: str) -> bool:
    """A requirement of another Python or system is not."""
    try:
        distribution(name)
    except ModuleNotFoundError:
        return False
    return True


def _installed(name: str) -> Iterator[tuple[Path, str]]:
    for file in distribution(name).files or ():
        path = Path(str(file.locate()))
        if ".." not in file.parts and path.is_file():
            yield path, str(file)


def _libraries(loaded: Sequence[Path]) -> set[tuple[Path, str]]:
    """Shared libraries of these programs, as the loader finds them here, and the loader itself."""
    command = ["ldd", *map(str, loaded)]
    told = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False).stdout
    places = set(re.findall(r"(?:=> |^\s+)(/\S+) \(", told, re.MULTILINE))
    return {(Path(place).resolve(), _in_usr(place)) for place in places}


def _in_usr(place: str) -> str:
    """Where the loader looks by itself; /lib is a link there, and what comes with the interpreter has no place yet."""
    if place.startswith("/usr/"):
        return place.lstrip("/")
    return f"usr{place}" if place.startswith("/lib") else f"usr/lib/{Path(place).name}"


def wheel_into(directory: Path) -> None:
    """What `pip wheel --no-deps` makes of this checkout."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)]
    subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=True)
