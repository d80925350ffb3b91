"""A step of `setup`: what would be done to what, and so what was done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    """What a step does; the values read after "would" and, with a d, on their own."""

    ENABLE = "enable"
    CONFIGURE = "configure"
    WRITE = "write"
    ADOPT = "adopt"
    MARK = "mark"
    REMOVE = "remove"
    KEEP = "keep"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Step:
    """`target` is what shall be there afterwards, as the port has it; None where the name says it all."""

    verb: Verb
    kind: str
    name: str
    note: str = ""
    target: object = None
