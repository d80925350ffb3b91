"""Vault's patterns: what a path with `+` and `*` matches, which of two goes first, and why.

Rules of the file
- `*` is a wildcard as the last character alone, `+` as a whole segment alone; elsewhere both are letters.
- Five steps decide between two patterns that match (reference: Vault, 4.2); a reason names the first that differs.
"""

from __future__ import annotations


def is_segmented(path: str) -> bool:
    """Whether `+` is a wildcard in it. Only as a whole segment it matches another one, but Vault sorts by this."""
    return path == "+" or "/+" in path or path.startswith("+/")


def is_pattern(path: str) -> bool:
    return path.endswith("*") or is_segmented(path)


def matches(pattern: str, path: str) -> bool:
    if not is_segmented(pattern):
        return path.startswith(pattern[:-1])
    open_end = pattern.endswith("*")
    wanted, parts = pattern.removesuffix("*").split("/"), path.split("/")
    if len(parts) < len(wanted) or (len(parts) > len(wanted) and not open_end):
        return False
    *exact, last = zip(wanted, parts, strict=False)
    return all(_segment_matches(*pair) for pair in exact) and _segment_matches(*last, open_end=open_end)


def _segment_matches(wanted: str, part: str, *, open_end: bool = False) -> bool:
    return wanted in {"+", part} or (open_end and part.startswith(wanted))


def priority(pattern: str) -> tuple[int, bool, int, int, str]:
    """Greatest wins: later first wildcard, no `*` at the end, fewer `+`, longer, lexicographically larger."""
    path = pattern.removesuffix("*")
    first = path.index("+") if is_segmented(pattern) else len(path)
    return first, not pattern.endswith("*"), -path.split("/").count("+"), len(path), path


_REASONS = (
    "its first wildcard stands earlier",
    "it ends in *",
    "it has more +",
    "it is shorter",
    "it comes first in the alphabet",
)


def why_lost(loser: str, winner: str) -> str:
    """What decided between two rules of one path, the winner's being exact or the better pattern."""
    if not is_pattern(winner):
        return "it is a pattern, beside an exact path" if is_pattern(loser) else "it lacks the slash at the end"
    if priority(loser) > priority(winner):
        return "a list is looked up without its slash first"
    steps = zip(priority(loser), priority(winner), _REASONS, strict=True)
    return next(reason for ours, theirs, reason in steps if ours != theirs)


def may_reach(pattern: str, mount: str) -> bool:
    """Whether it is for something on or below `mount`."""
    if not is_segmented(pattern):
        return pattern.startswith(mount)
    segments, wanted = mount.removesuffix("/").split("/"), pattern.split("/")
    return len(wanted) >= len(segments) and all(w in {"+", s} for w, s in zip(wanted, segments, strict=False))
