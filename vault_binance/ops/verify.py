"""The verdict on a key: what Binance answered from here, judged.

Rules of the file
- A refusal of the key is a verdict too, and kept as a value: whoever must not go on without the key raises it.
- Asking is `asking.ask`, judging is `health`: here they meet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from vault_binance.binance.port import Product
from vault_binance.errors import FOUND
from vault_binance.health.assess import assess, clock_findings, worst_first
from vault_binance.health.drift import Observation, drift
from vault_binance.health.refusals import diagnose
from vault_binance.health.report import Report
from vault_binance.health.values import Severity, at
from vault_binance.ops.asking import ask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_binance.binance.port import Binance
    from vault_binance.credentials import Credentials
    from vault_binance.errors import KeyRejected
    from vault_binance.health.expectations import Expectations
    from vault_binance.health.values import Finding, Restrictions
    from vault_binance.ops.asking import Answers, Elsewhere


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found out about one version of one key, at one moment and from this address."""

    findings: tuple[Finding, ...]
    skew_ms: int
    """Positive when our clock is ahead of Binance's."""
    restrictions: Restrictions | None
    """None where permissions could not be asked for; a finding says why."""
    version: int
    fingerprint: str
    checked_at_ms: int
    credential: str = ""
    refused: KeyRejected | None = None
    """Binance's refusal of the key, for whoever cannot go on without it."""

    def count(self, severity: Severity) -> int:
        return len(at(severity, self.findings))

    @property
    def tally(self) -> str:
        """What the severity that counts comes to, in words."""
        high = self.count(Severity.HIGH)
        return f"{high} finding{'' if high == 1 else 's'} at HIGH"

    @property
    def is_sound(self) -> bool:
        """No finding at HIGH: exit code 0 and not 12."""
        return self.count(Severity.HIGH) == 0

    @property
    def exit_code(self) -> int:
        """31 for a refused key, 12 with a finding at HIGH, else 0 (design, section 8)."""
        return self.refused.exit_code if self.refused else 0 if self.is_sound else FOUND

    @property
    def verdict(self) -> str:
        """In one line, and promising no more than was asked."""
        if self.refused:
            return f"Binance refuses this key (code {self.refused.code})"
        if not self.is_sound:
            return self.tally
        if self.restrictions is None:
            return "nothing at HIGH; what the key may do was not checked"
        return "safe as far as Binance says"

    def require_accepted(self) -> None:
        """Raise KeyRejected if Binance refuses the key."""
        if self.refused:
            raise self.refused

    @property
    def observation(self) -> Observation:
        """What `--since-last` will compare with."""
        told = self.restrictions
        return Observation(
            fingerprint=self.fingerprint,
            version=self.version,
            checked_at=datetime.fromtimestamp(self.checked_at_ms / 1000, UTC).isoformat(timespec="seconds"),
            permissions=None if told is None else frozenset(told.granted),
            ip_restricted=None if told is None else told.ip_restrict,
        )

    def to_fields(self, bot: str = "") -> dict[str, str]:
        """Flat text, for `reports/<bot>`; `health.report.Report.from_fields` reads it."""
        refused = self.refused.code if self.refused else 0
        return Report(bot, self.credential, self.observation, self.skew_ms, self.findings, refused).to_fields()


def verify(
    binance: Binance,
    credentials: Credentials,
    expectations: Expectations,
    clock: Callable[[], int],
    *,
    product: Product = Product.SPOT,
    before: Observation | None = None,
    elsewhere: Elsewhere | None = None,
) -> Verification:
    """Judge the key of `credentials`, which `binance` was made for; `clock` is milliseconds since 1970.

    With `product` the key is proven there as well, and on the testnet there alone. `before` adds what has changed.
    `elsewhere` opens the other environments, for a key that is refused here; None where it is to be shown to no other.

    Weight, by address: 5 for a live key (time twice, apiRestrictions, account/status, apiTradingStatus), 22 where there
    is no /sapi (time twice, account); of the futures' own limit 5, where the key may trade them. After a refusal up to
    1 more, 5 of futures, and 20 at each other environment.

    Raises BinanceUnavailable and RateLimited where there is no verdict: they say nothing of the key.
    """
    answers = ask(binance, credentials, expectations, product, elsewhere)
    now_ms = clock()
    bare = Verification(
        findings=_findings(answers, credentials, expectations, now_ms),
        skew_ms=answers.skew_ms,
        restrictions=answers.restrictions,
        version=credentials.version,
        fingerprint=credentials.fingerprint,
        checked_at_ms=now_ms,
        credential=credentials.name,
        refused=answers.refused,
    )
    if before is None:
        return bare
    return replace(bare, findings=worst_first([*bare.findings, *drift(before, bare.observation)]))


def _findings(
    answers: Answers, credentials: Credentials, expectations: Expectations, now_ms: int
) -> tuple[Finding, ...]:
    if answers.evidence is not None:
        return worst_first([*diagnose(answers.evidence), *clock_findings(answers.skew_ms)])
    return assess(
        answers.restrictions,
        answers.skew_ms,
        credentials.key_type,
        credentials.environment,
        expectations,
        now_ms=now_ms,
        name=credentials.name,
        surroundings=answers.surroundings,
        futures=answers.futures,
    )
