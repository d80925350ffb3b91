"""What differs from run to run in what commands say, and is made alike where two outputs are compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

VARYING = (
    (r"http://127\.0\.0\.1:\d+", "<address>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?", "<time>"),
    (r"\d{4}-\d\d-\d\d", "<date>"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>"),
    (r"\b(hvs|s)\.[A-Za-z0-9_-]{20,}", "<token>"),
    (r"(accessor|token)( +)[A-Za-z0-9.]{24,}", r"\1\2<accessor>"),
    (r"\b([0-9A-F]{2}:){31}[0-9A-F]{2}\b", "<fingerprint>"),
    (r"hmac-sha256:[0-9a-f]{64}", "<hash>"),
    (r"clock [+-]\d+ ms", "clock <skew>"),
    (r'"skew_ms": -?\d+', '"skew_ms": <skew>'),
    (r"\b(\ds (?= )|\d\d?s\b)", "<s>"),
    (r"\d+ lines, sha256 [0-9a-f]{8}", "<digest>"),
    (r"\d+ lines, \d+ bytes, sha256 [0-9a-f]{64}", "<sum>"),
    (r"(vault +)\d+\.\d+\.\d\S*", r"\1<version>"),
)


def alike(text: str, also: Iterable[tuple[str, str]] = ()) -> str:
    """With names in <brackets> in the place of what differs; `also` has more patterns and their names."""
    for pattern, name in (*VARYING, *also):
        text = re.sub(pattern, name, text)
    return text
