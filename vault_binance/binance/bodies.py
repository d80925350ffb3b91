"""The body of an answer, from bytes to a JSON object: bounded, and total over whatever a server sends.

Rules of the file
- A body that is longer, or comes more slowly, than any of Binance's that we ask for is not read to its end.
- What is not one JSON object is None: HTML, a list, a number, half of one, an object with a name twice, which says two
  things. Its bytes are kept nowhere.
- A content type is not asked for its opinion: what parses is JSON.
"""

from __future__ import annotations

import json
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from typing import Any, NoReturn

LARGEST = 4 * 1024 * 1024
"""Bytes, decompressed. The longest answer that we ask for, a futures account, has a tenth of it."""

LONGEST_S = 60.0
"""For a whole body: every byte of it may come in time, and the last one never."""

LONGEST_NAME = 60


class Unreadable(Exception):
    """A body that was given up on; the text says why, and holds nothing of it."""


def unpackable(encoding: str) -> bool:
    """Whether a body may be decompressed as it comes: what is packed twice may have a million bytes for each of its
    own, all of which are made before the first is counted.
    """
    return encoding.strip().lower() in {"", "identity", "gzip", "deflate"}


def collected(parts: Iterable[bytes], clock: Callable[[], float] = time.monotonic) -> bytes:
    """The parts as one; raises Unreadable beyond LARGEST or LONGEST_S."""
    body, until = bytearray(), clock() + LONGEST_S
    for part in parts:
        body += part
        if len(body) > LARGEST:
            raise Unreadable(f"the answer is longer than {LARGEST >> 20} MiB")
        if clock() > until:
            raise Unreadable(f"the answer takes longer than {LONGEST_S:g} s")
    return bytes(body)


def object_in(content: bytes) -> Mapping[str, Any] | None:
    try:
        body = json.loads(content, parse_constant=_no_number, object_pairs_hook=_each_name_once)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _no_number(text: str) -> NoReturn:
    """NaN and the infinities: Python reads them, and JSON has none."""
    raise ValueError(text)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a name is there twice")
    return found


def is_refusal(body: Mapping[str, Any] | None) -> bool:
    """Whether an answer with a status of success is none: Binance's codes are negative, and 200 and "000000" praise."""
    code = body.get("code") if body is not None else None
    return isinstance(code, int) and not isinstance(code, bool) and code < 0


def has_any(body: Mapping[str, Any], names: Container[str]) -> bool:
    """Every field may be missing (reference: Binance, 4), but an answer without any is somebody else's."""
    return any(name in names for name in body)
