"""The wiring of a check where the value and the right address are: with the bot's identity, on the bot's host."""

from __future__ import annotations

from functools import partial

from vault_binance.connect import verified
from vault_binance.health.drift import Observation
from vault_binance.health.expectations import Expectations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_binance.binance.hosts import Product
    from vault_binance.bot.key_check import Verify
    from vault_binance.bot.lending import Loan
    from vault_binance.credentials import Credentials
    from vault_binance.ops.verify import Verification


def verified_loan(
    loan: Loan,
    environ: Mapping[str, str],
    warn: Callable[[str], None],
    *,
    add: Callable[[Expectations], Expectations] = lambda stored: stored,
    before: Observation | None = None,
    product: Product | None = None,
) -> Verification:
    """Ask Binance about what was lent, by what is stored of its expectations and what `add` makes of them, and leave
    the findings in Vault; `warn` is told why they could not be left.
    """
    expectations = add(Expectations.from_metadata(loan.about))
    checked = verified(loan.credentials, environ, expectations=expectations, before=before, product=product)
    loan.report(checked.to_fields(loan.bot), warn)
    return checked


def last_observation(loan: Loan) -> Observation | None:
    """What this bot found out before, else what `key put` did: of this key, where one of them speaks of it."""
    told = [found for fields in (loan.last_report(), loan.about) if (found := Observation.from_fields(fields))]
    here = Observation(loan.credentials.fingerprint, loan.credentials.version, checked_at="")
    return next((found for found in told if found.is_of(here)), told[0] if told else None)


def verify_by(environ: Mapping[str, str]) -> Verify:
    """For a lease that is kept: how its key is checked."""
    return partial(_verified, environ)


def _verified(environ: Mapping[str, str], credentials: Credentials, about: Mapping[str, str]) -> Verification:
    return verified(credentials, environ, expectations=Expectations.from_metadata(about))
