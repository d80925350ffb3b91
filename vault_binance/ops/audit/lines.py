r"""Lines of an audit log: found among those of other teams, and parsed.

Rules of the file
- Parsing is what costs. A block of lines is searched for a few words first, and only a line with one of them is parsed:
  a line without any touches nothing of ours. Vault folds names of roles, entities and policies, so case does not count.
- A line that holds an escape such as \u0062 could hide a word, and is parsed too. Vault writes few of them.
- Nothing in a line is sure: what cannot be understood is counted, and the rest is told.
- A line without end is not kept in memory: beyond LONGEST it is passed over and counted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vault_binance.layout import Layout
    from vault_binance.ops.audit.files import Input

    Entry = Mapping[str, Any]

LONGEST = 16 << 20
"""Bytes of a line. Vault takes requests up to 32 MiB, but nobody's credentials are a tenth of that."""

_ANYBODYS = (
    b"binance_credential",  # metadata that our reader policy follows, whoever writes it
    b'"sys/wrapping/',
    b'"sys/audit',
    b'"sys/generate-root',
    b'"sys/remount',
    b'"identity/',
    b'"auth/token/revoke-accessor',
    b"\\u",
)
"""What concerns us without our name being in it."""


@dataclass(slots=True)
class Tally:
    """What a reading came across besides our deeds; each is told, so that silence means something.

    `cut` are lines of which only a part is there, `foreign` those of our names in another namespace, `unplaced`
    changes of identity that may be ours or anybody's, `repeated` requests that were in the log twice. `stores` is 2
    where the accessor of our KV mount changes on the way: each Vault has its own.
    """

    lines: int = 0
    parsed: int = 0
    ours: int = 0
    not_understood: int = 0
    cut: int = 0
    too_long: int = 0
    repeated: int = 0
    salts: int = 1
    stores: int = 1
    unplaced: int = 0
    foreign: dict[str, int] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)


def words(layout: Layout) -> tuple[bytes, ...]:
    return (layout.instance.encode(), *(word for word in _ANYBODYS if layout.instance.encode() not in word))


def entries(blocks: Iterable[bytes], wanted: Sequence[bytes], read: Input, tally: Tally) -> Iterator[Entry]:
    """Every entry of a file that may concern us."""
    before = tally.lines
    for text in _whole_lines(blocks, tally):
        if tally.lines == before:
            tally.cut += _begins_cut(text, wanted)
        yield from _entries_of(text, wanted, tally)
    read.lines = tally.lines - before


def _whole_lines(blocks: Iterable[bytes], tally: Tally) -> Iterator[bytes]:
    """Blocks that end where a line ends; the last one may not."""
    rest: list[bytes] = []
    size, first, skipping = 0, True, False
    for block in blocks:
        if first:
            block, first = block.removeprefix(b"\xef\xbb\xbf"), False  # noqa: PLW2901
        end = block.rfind(b"\n") + 1
        if not end:
            size += len(block)
            if size > LONGEST and not skipping:
                skipping, rest = True, []
                tally.too_long += 1
            if not skipping:
                rest.append(block)
            continue
        if skipping:
            start = block.find(b"\n") + 1
            tally.lines += 1
            if start < end:
                yield block[start:end]
        else:
            yield b"".join([*rest, block[:end]])
        rest, size, skipping = [block[end:]], len(block) - end, False
    last = b"".join(rest)
    if last:
        yield last


def _entries_of(text: bytes, wanted: Sequence[bytes], tally: Tally) -> Iterator[Entry]:
    ended = text.count(b"\n")
    tally.lines += ended + (not text.endswith(b"\n"))
    if ended != text.count(b"}\n") or not text.endswith(b"\n"):
        _judge(text, tally)
    for line in _with_a_word(text, wanted, tally):
        entry = parsed(line)
        if entry is not None:
            tally.parsed += 1
            yield entry
        elif _ends_well(line):
            _count_failed(line, tally)


def _begins_cut(text: bytes, wanted: Sequence[bytes]) -> bool:
    """Whether the first line of a file is the end of one, without a word for which it would be looked at."""
    line = text[: text.find(b"\n")].lower()
    return (
        _ends_well(line)
        and not line.startswith(b"{")
        and parsed(line) is None
        and not any(word in line for word in wanted)
    )


def _count_failed(line: bytes, tally: Tally) -> None:
    """Half an entry begins as one and does not end, or still has an entry's words."""
    begun = b'{"' in line and not _ends_well(line)
    if begun or b'"request":' in line or b'"type":"re' in line or b'"mount_' in line:
        tally.cut += 1
    else:
        tally.not_understood += 1


def _judge(text: bytes, tally: Tally) -> None:
    """Count what is no entry by its shape: most of a block is never parsed."""
    for line in text.splitlines():
        if not _ends_well(line) and line.strip(b"\0 \t\r"):
            _count_failed(line, tally)


def _ends_well(line: bytes) -> bool:
    return line.rstrip(b"\0 \t\r\n").endswith(b"}")


def _with_a_word(text: bytes, wanted: Sequence[bytes], tally: Tally) -> Iterator[bytes]:
    folded = text.lower()
    found: set[tuple[int, int]] = set()
    for word in wanted:
        at = folded.find(word)
        while at >= 0:
            end = folded.find(b"\n", at)
            end = len(folded) if end < 0 else end
            found.add((folded.rfind(b"\n", 0, at) + 1, end))
            at = folded.find(word, end)
    for start, end in sorted(found):
        if end - start > LONGEST:
            tally.too_long += 1
        else:
            yield text[start:end]


def parsed(line: bytes) -> Entry | None:
    """An entry, or None. A prefix is passed over: a file device may have one, and so has a line from syslog."""
    start = line.find(b"{")
    if start < 0:
        return None
    try:
        entry = json.loads(line[start:].rstrip(b"\0 \t\r\n").decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("request"), dict):
        return None
    return entry if isinstance(entry["request"].get("path"), str) and isinstance(entry.get("type"), str) else None


def first_time(beginning: bytes) -> str:
    """The time of the first entry, to put files in order; one without any comes last."""
    for line in beginning.splitlines():
        entry = parsed(line)
        if entry is not None:
            return str(entry.get("time", ""))
    return "~"
