"""Binance's word on the key of a lease: at the start, and after each rotation, from the address that counts.

Rules of the file
- At the start a key that Binance refuses, or that has a finding at HIGH, is raised: the bot is not to begin with it.
- After a rotation it is told and not raised: the bot runs, and what it has done with the key before is done.
- The findings are left in Vault with the bot's own token, and a rotation that nobody could check is no failure.
- It takes seconds and asks Binance: never in the thread that keeps the lease.
"""

from __future__ import annotations

from vault_binance.bot import journal
from vault_binance.errors import UnsafeKey, VaultBinanceError
from vault_binance.health.values import Severity, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_binance.bot.keeping import Keeper
    from vault_binance.credentials import Credentials
    from vault_binance.ops.verify import Verification

    Verify = Callable[[Credentials, Mapping[str, str]], Verification]
    """Asks Binance about a key; the mapping is its custom metadata, where the team says what it wants of it."""


class KeyCheck:
    """The checks of one lease; `wake` is told that there is a report to be left."""

    def __init__(self, keeper: Keeper, verify: Verify, wake: Callable[[], object]) -> None:
        self._keeper, self._verify, self._wake = keeper, verify, wake

    def first(self) -> None:
        """Raise KeyRejected or UnsafeKey for a key that is not to be used, and what kept Binance from being asked.

        Asking takes seconds: a key that came meanwhile is asked about too, for the bot would begin with that one.
        """
        checked: Credentials | None = None
        while (newest := self._keeper.credentials()) != checked:
            require_sound(self._checked(newest))
            checked = newest

    def again(self, _: Credentials | None, new: Credentials) -> None:
        """For a rotation: what is found is told."""
        try:
            self._checked(new)
        except VaultBinanceError as error:
            journal.key_unchecked(self._keeper.name, error)

    def _checked(self, credentials: Credentials) -> Verification:
        checked = self._verify(credentials, self._keeper.about)
        self._keeper.report(checked.to_fields(self._keeper.bot))
        self._wake()
        journal.key_checked(
            self._keeper.name,
            checked.version,
            high=checked.count(Severity.HIGH),
            medium=checked.count(Severity.MEDIUM),
            worst=checked.findings[0].fact if checked.findings else "",
        )
        return checked


def require_sound(checked: Verification) -> None:
    """Raise KeyRejected for a key that Binance refuses, and UnsafeKey for one with findings at HIGH, which it lists."""
    checked.require_accepted()
    if high := at(Severity.HIGH, checked.findings):
        facts = "; ".join(finding.fact for finding in high)
        hint = "\n".join(dict.fromkeys(finding.remedy for finding in high))
        raise UnsafeKey(f"the key of {checked.credential} is not to be used: {facts}", hint=hint)
