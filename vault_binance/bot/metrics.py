"""A lease in numbers, for monitoring: a value taken at one moment, its samples, and their text in two formats.

    class Lease:                                             # for a registry of your own, as prometheus_client has it
        def collect(self):
            for family in vault.metrics().families():
                metric = Metric(family.name, family.help, family.kind, family.unit)
                for sample in family.samples:
                    metric.add_sample(sample.name, sample.labels, sample.value)
                yield metric

Rules of the file
- Gauges and counters alone: Prometheus' older format has them too. That is the one that the node exporter's textfile
  collector reads; it gives up a whole file for one type that it does not know.
- Labels say which credential of which bot, and never an accessor: each login would be a new series. `instance` is a
  label that Prometheus sets itself; ours is `vault_instance`.
- What is not known has no sample; what never ends is +Inf. Events are there from the beginning, with 0. An end has no
  sample before it has come, so that an alarm can say `unless` it has.
- The whole list is docs/reference/metrics.md, which is drawn from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from vault_binance.bot.written import Written
from vault_binance.lease_values import Phase
from vault_binance.notices import NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vault_binance.bot.keeping import Keeper
    from vault_binance.bot.snapshot import Snapshot

PREFIX = "vault_binance_"

FAMILIES = {
    "phase": ("gauge", "", "1 for the phase that the lease is in, 0 for the others"),
    "credential_usable": ("gauge", "", "1 while the credential may be handed out, else 0"),
    "credential_version": ("gauge", "", "The version that was read last; 0 where its engine has none"),
    "credential_age_seconds": ("gauge", "seconds", "Since Vault was last asked for it and answered"),
    "credential_left_seconds": ("gauge", "seconds", "Until it is too old to be handed out, if Vault said nothing more"),
    "lease_left_seconds": ("gauge", "seconds", "Until the lease in use ends, if nothing renewed it"),
    "failures": ("gauge", "", "Failures in a row; 0 after an answered read"),
    "ended": ("gauge", "", "1 once the lease has ended, with why: closed is an end that was asked for"),
    "calls": ("counter", "", "What was asked of Vault, by action and by what came of it"),
    "events": ("counter", "", "Events of the lease, by kind: those that are rotated are the rotations"),
}
"""Type, unit and meaning of each; each is a field of Metrics too."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`name` as it stands in the text: with its prefix, and `_total` where it counts."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """`kind` is gauge or counter; `name` has its unit at the end, and no `_total`."""

    name: str
    kind: str
    unit: str
    help: str
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Metrics:
    """One lease at one moment, see FAMILIES; None is what is not known, or does not apply now."""

    labels: Mapping[str, str]
    phase: Phase
    credential_usable: bool
    credential_version: int | None
    credential_age_seconds: float | None
    credential_left_seconds: float | None
    lease_left_seconds: float | None
    failures: int
    ended: str | None
    calls: Mapping[tuple[str, str], int]
    events: Mapping[NoticeKind, int]

    def families(self) -> Iterator[Family]:
        """What a registry collects."""
        for name, (kind, unit, meaning) in FAMILIES.items():
            full, values = PREFIX + name, self._values(name)
            samples = tuple(Sample(full + _suffix(kind), {**self.labels, **labels}, value) for labels, value in values)
            yield Family(full, kind, unit, meaning, samples)

    def samples(self) -> Iterator[Sample]:
        """Everything in one row, for whoever needs no types."""
        for family in self.families():
            yield from family.samples

    def _values(self, name: str) -> list[tuple[dict[str, str], float]]:
        match name:
            case "phase":
                return [({"phase": phase.value}, phase is self.phase) for phase in Phase]
            case "ended":
                return [] if self.ended is None else [({"reason": self.ended}, 1)]
            case "calls":
                return [({"action": a, "outcome": o}, count) for (a, o), count in sorted(self.calls.items())]
            case "events":
                return [({"event": kind.value}, self.events.get(kind, 0)) for kind in NoticeKind]
        value = getattr(self, name)
        return [] if value is None else [({}, value)]


def measured(keeper: Keeper) -> Metrics:
    """As of now; may be called from any thread."""
    session, left = keeper.state.session, keeper.until()
    return Metrics(
        labels_of(keeper),
        session.phase,
        bool(left),
        session.version,
        keeper.age(),
        left,
        keeper.left(),
        session.failures,
        session.reason if session.phase is Phase.ENDED else None,
        {(_snake(action), outcome): count for (action, outcome), count in dict(keeper.calls).items()},
        dict(keeper.told),
    )


def labels_of(keeper: Keeper) -> dict[str, str]:
    """Which lease it is; without the bot's name where it has not told one."""
    labels = {"credential": keeper.name, "vault_instance": keeper.instance, "bot": keeper.bot}
    return {name: text for name, text in labels.items() if text}


def _snake(action: str) -> str:
    """The name of an action's class as metrics write names: log_in."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in action).lstrip("_")


# The text


def openmetrics(*leases: Metrics) -> str:
    """The text of OpenMetrics 1.0; several leases of one process have one end."""
    return _text(leases, _head) + "# EOF\n"


def prometheus(*leases: Metrics) -> str:
    """The same in Prometheus' older format, 0.0.4, where a counter's type stands at its samples' name."""
    return _text(leases, _older_head)


def _text(leases: tuple[Metrics, ...], head: Callable[[Family], list[str]]) -> str:
    lines = list[str]()
    for families in zip(*(metrics.families() for metrics in leases), strict=True):
        lines += head(families[0])
        lines += [_line(sample) for family in families for sample in family.samples]
    return "".join(f"{line}\n" for line in lines)


def _head(family: Family) -> list[str]:
    unit = [f"# UNIT {family.name} {family.unit}"] if family.unit else []
    return [f"# TYPE {family.name} {family.kind}", *unit, f"# HELP {family.name} {family.help}"]


def _older_head(family: Family) -> list[str]:
    name = family.name + _suffix(family.kind)
    return [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]


def _suffix(kind: str) -> str:
    return "_total" if kind == "counter" else ""


def _line(sample: Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(text)}"' for name, text in sample.labels.items())
    return f"{sample.name}{{{labels}}} {_number(sample.value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return "+Inf" if value == inf else str(int(value)) if value == int(value) else f"{value:.3f}"


class MetricsFile(Written):
    """The text as a file: in the older format where its name ends in .prom, as the textfile collector wants it."""

    def text(self, fetcher: Snapshot) -> str:
        return (prometheus if self.path.endswith(".prom") else openmetrics)(fetcher.metrics())
