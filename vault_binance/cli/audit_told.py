"""What `audit` says beside the events: what was read, what it could not tell, and what the findings mean.

Rules of the file
- Silence must mean something: whatever kept a line from being told is counted here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vault_binance.cli.output import note, plain, warning
from vault_binance.health.values import Severity
from vault_binance.ops.audit.findings import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from vault_binance.layout import Layout
    from vault_binance.ops.audit.files import Input
    from vault_binance.ops.audit.lines import Tally
    from vault_binance.ops.audit.story import Event


@dataclass
class Found:
    """How often each kind of finding was shown, with the times of the first and the last."""

    counts: dict[str, list[str | int]] = field(default_factory=dict)
    events: int = 0

    def add(self, event: Event, findings: Sequence[str]) -> None:
        self.events += 1
        for finding in findings:
            known = self.counts.setdefault(finding, [0, event.time, ""])
            known[0], known[2] = int(known[0]) + 1, event.time

    def rows(self) -> list[dict[str, object]]:
        return [
            {
                "code": finding,
                "severity": kind.severity.name,
                "what": kind.text,
                "why": kind.means,
                "count": self.counts[finding][0],
                "first": self.counts[finding][1],
                "last": self.counts[finding][2],
            }
            for finding, kind in KINDS.items()
            if finding in self.counts
        ]

    @property
    def is_grave(self) -> bool:
        return any(KINDS[finding].severity == Severity.HIGH for finding in self.counts)


MOST = 24
"""How many words of a log are kept, to say what it could have been asked for."""


@dataclass
class Asked:
    """A word that events were picked by: whether any event has it, and some of those that they have instead."""

    option: str
    word: str
    met: bool = False
    others: set[str] = field(default_factory=set)

    def look(self, has: Collection[str], example: str = "") -> None:
        self.met = self.met or self.word in has
        if example and len(self.others) < MOST:
            self.others.add(example)

    def told(self) -> str:
        seen = f"; there are: {', '.join(map(plain, sorted(self.others)))}" if self.others else ""
        return f"no event here has {self.option} {self.word!a}{seen}"


def tell_nothing(asked: Sequence[Asked]) -> None:
    """Where no event was shown: which word is to blame, since a slip in one looks like a clean log."""
    unmet = [one.told() for one in asked if not one.met]
    for text in unmet or ["no event fits all that was asked for"]:
        note(text)


def summary_of(layout: Layout, inputs: Sequence[Input], tally: Tally, found: Found) -> dict[str, object]:
    files = [{"name": one.name, "sha256": one.sha256, "bytes": one.bytes, "lines": one.lines} for one in inputs]
    return {
        "instance": layout.instance,
        "findings": found.rows(),
        "input": {
            "files": files,
            "lines": tally.lines,
            "ours": tally.ours,
            "not_understood": tally.not_understood,
            "cut": tally.cut,
            "too_long": tally.too_long,
            "damaged": [one.name for one in inputs if one.damaged],
            "repeated": tally.repeated,
            "salts_differ": tally.salts > 1,
            "stores_differ": tally.stores > 1,
            "unplaced": tally.unplaced,
            "other_namespaces": dict(tally.foreign),
        },
    }


def tell(layout: Layout, inputs: Sequence[Input], tally: Tally) -> None:
    for one in inputs:
        note(f"read {one.name}: {one.lines} lines, {one.bytes} bytes, sha256 {one.sha256}")
    for text in _doubts(layout, inputs, tally):
        warning(text)


def _lines(number: int) -> str:
    return "1 line is" if number == 1 else f"{number} lines are"


def _doubts(layout: Layout, inputs: Sequence[Input], tally: Tally) -> Iterator[str]:
    """What keeps this from being the whole story."""
    if not tally.ours:
        yield f"nothing here touches instance {layout.instance}: is it this Vault's log, and the instance's name right?"
    for namespace, count in tally.foreign.items():
        where = f"namespace {namespace}" if namespace else "the root namespace"
        yield f"{count} entries name {layout.instance} in {where}: another team's, or VAULT_NAMESPACE is to be set"
    counted: tuple[tuple[int, Callable[[int], str]], ...] = (
        (tally.not_understood, lambda n: f"{_lines(n)} no entry of an audit log: passed over"),
        (tally.cut, lambda n: f"{_lines(n)} cut off: the log was being written, or a part of it is missing"),
        (tally.too_long, lambda n: f"{_lines(n)} longer than 16 MiB: passed over"),
        (tally.repeated, lambda n: f"{n} entries are in the log twice and were told once: two devices, or a copy?"),
        (tally.unplaced, lambda n: f"{n} changes of identity name nobody that this log knows: others', or --resolve"),
    )  # fmt: skip
    yield from (text(number) for number, text in counted if number)
    if tally.stores > 1:
        yield f"{layout.kv_mount}/ is two mounts in this: logs of two Vaults, or it was made anew"
    if tally.salts > 1:
        yield "hashes change on the way: two devices, or one that was made anew; what ties by hash ends there"
    for one in inputs:
        if one.damaged:
            yield f"{one.name} is damaged or still being packed: what came before the damage was read"


def explain(found: Found) -> None:
    for row in found.rows():
        note(f"{row['severity']} {row['what']} ({row['count']}): {row['why']}")
