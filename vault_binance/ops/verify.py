"""Ask Binance about a key while its value is in memory, and judge the answers.

Rules of the file
- The clock is measured first: with a wrong one every signed request is refused, and the key would be blamed.
- Two readings of the clock, and the quicker one counts: the first of a connection contains its set-up.
- A refusal of the key is raised, not found: there is nothing to judge then.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault_binance.health import Expectations, Severity, assess, clock_is_usable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_binance.binance.port import Binance
    from vault_binance.credentials import Credentials
    from vault_binance.health import Finding, Restrictions


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

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def is_sound(self) -> bool:
        """No finding at HIGH: exit code 0 and not 12."""
        return self.count(Severity.HIGH) == 0


def verify(
    binance: Binance,
    credentials: Credentials,
    expectations: Expectations,
    clock: Callable[[], int],
) -> Verification:
    """Judge the key of `credentials`, which `binance` was made for; `clock` is milliseconds since 1970.

    Raises KeyRejected if Binance refuses the key, BinanceUnavailable and RateLimited as they come.
    """
    skew_ms = min(binance.server_time(), binance.server_time(), key=lambda time: time.round_trip_ms).skew_ms
    restrictions = _ask(binance) if clock_is_usable(skew_ms) else None
    now_ms = clock()
    findings = assess(
        restrictions,
        skew_ms,
        credentials.key_type,
        credentials.environment,
        expectations,
        now_ms=now_ms,
        name=credentials.name,
    )
    return Verification(findings, skew_ms, restrictions, credentials.version, credentials.fingerprint, now_ms)


def _ask(binance: Binance) -> Restrictions | None:
    restrictions = binance.restrictions()
    if restrictions is None:
        binance.account()  # proves at least that the key and its secret belong together
    return restrictions
