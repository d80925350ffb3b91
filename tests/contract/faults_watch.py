"""Who watches a bot: what was handed out, every ten milliseconds, and what was told of its lease.

Rules of the file
- A sample says only what any reader can see. Its age is that of the moment before: a read in between makes it younger.
- Times are those of the bot's own clock, which two processes of a host share.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from vault_binance.bot.errands import clock
from vault_binance.errors import VaultBinanceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from vault_binance.bot.fetcher import Snapshot
    from vault_binance.notices import Notice

EVERY = 0.01


@dataclass(frozen=True, slots=True)
class Sample:
    """`seen` is the version that was handed out, or the name of what was raised; then the rest is empty."""

    at: float
    seen: str
    asked_at: float = 0.0
    fingerprint: str = ""

    @property
    def good(self) -> bool:
        return bool(self.fingerprint)

    @property
    def age(self) -> float:
        return self.at - self.asked_at


@dataclass(frozen=True, slots=True)
class Told:
    """`text` is the kind of notice, with the one word that it may come with."""

    at: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """What was seen and told so far."""

    samples: list[Sample] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def since(self, moment: float) -> Record:
        samples = [sample for sample in self.samples if sample.at >= moment]
        return Record(samples, [told for told in self.told if told.at >= moment])

    @property
    def events(self) -> tuple[str, ...]:
        """Without what may come any number of times: renewals, and the repeated tries of a bot that is refused."""
        events: list[str] = []
        for told in self.told:
            refused = events[events.index("refused") :] if "refused" in events else []
            again = refused and "recovered" not in refused and told.text in refused
            if told.kind != "renewed" and not again:
                events.append(told.text)
        return tuple(events)

    @property
    def seen(self) -> tuple[str, ...]:
        """What was handed out or raised, one after the other, without repetitions."""
        return tuple(seen for seen, _ in groupby(sample.seen for sample in self.samples))

    @property
    def oldest(self) -> float:
        return max(sample.age for sample in self.samples if sample.good)

    def first_good(self, asked_after: float, version: str) -> Sample | None:
        """The first that was handed out from a read asked for at this time or later."""
        fresh = (s for s in self.samples if s.good and s.asked_at >= asked_after and s.seen == version)
        return next(fresh, None)


class Watch:
    """Watches for the length of a `with` block, which is to be inside the bots' own."""

    def __init__(self, fetcher: Snapshot) -> None:
        self.record = Record()
        self._fetcher = fetcher
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        fetcher.on_event(self._told)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def look(self) -> None:
        """One sample more; for whoever watches many by turns."""
        self.record.samples.append(sample(self._fetcher))

    def _run(self) -> None:
        while not self._ended.wait(EVERY):
            self.look()

    def _told(self, notice: Notice) -> None:
        text = f"{notice.kind} ({notice.detail})" if notice.detail else str(notice.kind)
        self.record.told.append(Told(clock(), str(notice.kind), text))


def sample(fetcher: Snapshot) -> Sample:
    at, held = clock(), fetcher.session.held
    try:
        credentials = fetcher.credentials
    except VaultBinanceError as error:
        return Sample(at, type(error).__name__)
    # Where there was nothing to hand out a moment ago, it has been asked for in this moment.
    return Sample(at, str(credentials.version), held.read_at if held else at, credentials.fingerprint)


def soon(condition: Callable[[], object], seconds: float = 20.0) -> bool:
    """Whether it came true in time; asked every 5 ms, and never later than it has to be for a machine under load."""
    end = threading.Event()
    for _ in range(int(seconds / 0.005)):
        if condition():
            return True
        end.wait(0.005)
    return bool(condition())
