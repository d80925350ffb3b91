"""Terraform files as values: what stands in them, without Terraform and without a provider.

Rules of the file
- python-hcl2 reads them; nothing of its shape leaves this file.
- A text is given without its quotes, an expression as it is written; which of the two it was is `Expression` or `str`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import hcl2

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "variable": 1, "output": 1, "module": 1, "provider": 1, "check": 1}
"""How many labels a block of each kind has; one that is not named here has none."""


class Expression(str):
    """What Terraform would have to evaluate."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One block; `place` is its address for a message, as in `core/secrets.tf: vault_mount.kv`."""

    place: str
    kind: str
    labels: tuple[str, ...]
    arguments: Mapping[str, Any]
    blocks: tuple[Block, ...]

    def inner(self, kind: str) -> Block | None:
        return next((block for block in self.blocks if block.kind == kind), None)

    def everywhere(self) -> Iterator[Block]:
        """The block itself and all that stand in it."""
        yield self
        for block in self.blocks:
            yield from block.everywhere()


@dataclass(frozen=True)
class Folder:
    """A module or an example; `files` is the text of each file that Terraform or Vault reads."""

    name: str
    files: Mapping[str, str]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(
            block
            for name, text in self.files.items()
            if name.endswith(".tf")
            for block in _blocks(hcl2.loads(text), f"{self.name}/{name}")
        )

    def all(self, *kinds: str) -> tuple[Block, ...]:
        """Blocks of these kinds, wherever they stand."""
        return tuple(block for top in self.blocks for block in top.everywhere() if block.kind in kinds)


def read(path: Path, name: str) -> Folder:
    """A folder from the disk, with what lies below it that is no module or example of its own."""
    files = sorted(file for suffix in ("tf", "hcl", "tftpl", "tfvars") for file in path.glob(f"*.{suffix}"))
    return Folder(name, {file.name: file.read_text(encoding="utf-8") for file in files})


def _blocks(body: Mapping[str, Any], place: str) -> Iterator[Block]:
    for kind, entries in body.items():
        for entry in entries if _is_blocks(entries) else ():
            yield _block(kind, entry, place)


def _block(kind: str, entry: Mapping[str, Any], place: str) -> Block:
    labels: list[str] = []
    while "__is_block__" not in entry:
        ((label, entry),) = ((key, value) for key, value in entry.items() if isinstance(value, dict))
        labels.append(json.loads(label))
    address = f"{place}: {'.'.join(labels) or kind}"
    arguments = {name: _value(value) for name, value in entry.items() if _is_argument(name, value)}
    return Block(address, kind, tuple(labels), arguments, tuple(_blocks(entry, address)))


def _is_blocks(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and _holds_block(one) for one in value)


def _holds_block(entry: Mapping[str, Any]) -> bool:
    return "__is_block__" in entry or any(isinstance(value, dict) and _holds_block(value) for value in entry.values())


def _is_argument(name: str, value: object) -> bool:
    return not name.startswith("__") and not _is_blocks(value)


def _value(value: Any) -> Any:
    """A literal as a value of Python's; everything that has to be evaluated as an Expression."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_value(one) for one in value]
    if isinstance(value, dict):
        return {str(_text(key)): _value(one) for key, one in value.items() if not key.startswith("__")}
    return value


def _text(value: str) -> str:
    if value.startswith('"<<'):
        return Expression(value.strip('"'))
    if value.startswith('"') and "${" not in value:
        return str(json.loads(value))
    return Expression(value.removeprefix("${").removesuffix("}") if value.startswith("${") else value)
