"""scripts/terraform-apply: tell Terraform's story with the provider that can be had, or say why it is not told.

Exit 0 where everything held and, unless `--must` is given, where there is no provider; 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests import terraform_mirror
from tests.contract.terraform_runs import NOT_AVAILABLE, NotAsExpected, Workshop
from tests.contract.terraform_story import Story
from tests.terraform_mirror import MIRROR, PROVIDER
from vault_binance.errors import ConfigError
from vault_binance.testing.server_binary import find_binary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.terraform_mirror import Mirror

QUICK = {"TF_REGISTRY_DISCOVERY_RETRY": "0", "TF_REGISTRY_CLIENT_TIMEOUT": "10"}
"""For the question whether a registry answers at all."""

say = partial(print, flush=True)


class Unavailable(Exception):
    """Why the story cannot be told here."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/terraform-apply", description="Both Terraform examples, for real.")
    parser.add_argument("--must", action="store_true", help="where there is no provider, fail")
    parser.add_argument("--stand-in", action="store_true", help="use our stand-in for the provider")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    with TemporaryDirectory(prefix="terraform-apply-") as directory:
        try:
            _tell(Path(directory), began, stand_in=options.stand_in)
        except Unavailable as reason:
            say(f"skipped: {reason}")
            return int(options.must)
        except ConfigError as error:
            say(f"error: {error.message}\nhint:  {error.hint}", file=sys.stderr)
            return 1
        except NotAsExpected as error:
            say(f"not as expected: {error}", file=sys.stderr)
            return 1
    say(f"all of it held, in {time.monotonic() - began:.0f} s")
    return 0


def _tell(directory: Path, began: float, *, stand_in: bool) -> None:
    if shutil.which("terraform") is None:
        raise Unavailable("terraform is not on the PATH")
    mirror = provider(os.environ, directory, stand_in=stand_in)
    binary = find_binary()
    say(f"with {mirror.words if mirror else 'the provider from the registry'}")
    say(f"on {binary.product} {binary.version}")
    Story(binary, mirror, directory, lambda held: say(f"{time.monotonic() - began:6.1f} s  {held}")).tell()


def provider(environ: Mapping[str, str], directory: Path, *, stand_in: bool) -> Mirror | None:
    """Where the provider comes from; None is the registry. Raises Unavailable, or ConfigError for a wrong mirror."""
    if stand_in:
        found = terraform_mirror.stand_in(environ)
        if isinstance(found, str):
            raise Unavailable(found)
        return found
    named = terraform_mirror.named(environ)
    if named is None:
        _require_registry(directory / "asking")
    return named


def _require_registry(directory: Path) -> None:
    directory.mkdir()
    ran = Workshop(directory, None).root("examples/minimal", **QUICK).run("init", "-backend=false", expected=None)
    if NOT_AVAILABLE in ran.told:
        raise Unavailable(f"no registry has {PROVIDER} for this machine, and {MIRROR} names no mirror")
    if ran.code:
        raise NotAsExpected(ran.told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
