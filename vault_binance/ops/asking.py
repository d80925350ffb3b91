"""The questions of a verification, in their order, and those that follow a refusal.

Rules of the file
- The clock is measured first: with a wrong one every signed request is refused, and the key would be blamed.
- Two readings of the clock, and the quicker one counts: the first of a connection contains its set-up.
- What only adds to a verdict never prevents one: its failure is an answer not given.
- A limit or a ban ends the asking: each further request makes it longer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vault_binance.binance.port import Product
from vault_binance.credentials import Environment
from vault_binance.errors import BinanceUnavailable, KeyRejected, RateLimited, VaultBinanceError
from vault_binance.health.assess import clock_is_usable
from vault_binance.health.refusals import AMBIGUOUS, UNKNOWN, Evidence
from vault_binance.health.values import NOTHING_ASKED, Permission, Reply, Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from vault_binance.binance.port import Binance
    from vault_binance.credentials import Credentials
    from vault_binance.health.expectations import Expectations
    from vault_binance.health.values import Restrictions

    Elsewhere = Callable[[Environment], AbstractContextManager[Binance]]
    """The same pair at another environment of Binance's."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What Binance said; `refused` and `evidence` where it refuses the key itself."""

    skew_ms: int
    restrictions: Restrictions | None = None
    surroundings: Surroundings = NOTHING_ASKED
    futures: Reply = Reply.UNASKED
    refused: KeyRejected | None = None
    evidence: Evidence | None = None


def ask(
    binance: Binance,
    credentials: Credentials,
    expectations: Expectations,
    product: Product = Product.SPOT,
    elsewhere: Elsewhere | None = None,
) -> Answers:
    """Everything that a verdict needs; see `verify.verify` for what it weighs and raises."""
    try:
        return _asked(binance, credentials, expectations, product, elsewhere)
    except BinanceUnavailable as error:
        _look_for_maintenance(binance, error)
        raise


def _asked(
    binance: Binance,
    credentials: Credentials,
    expectations: Expectations,
    product: Product,
    elsewhere: Elsewhere | None,
) -> Answers:
    times = (binance.server_time(product), binance.server_time(product))
    skew_ms = min(times, key=lambda time: time.round_trip_ms).skew_ms
    if not clock_is_usable(skew_ms):
        return Answers(skew_ms)
    try:
        restrictions = _proven(binance, product)
    except KeyRejected as error:
        refused = _without_frames(error)
    else:
        return _around(Answers(skew_ms, restrictions), binance, expectations, product)
    evidence = Evidence(refused.code, credentials.environment, credentials.key_type, skew_ms, name=credentials.name)
    evidence = _told_apart(evidence, refused, binance, product, elsewhere)
    return Answers(skew_ms, refused=refused, evidence=evidence)


def _proven(binance: Binance, product: Product) -> Restrictions | None:
    """What the key may do; where nobody tells, at least that key and secret belong together."""
    restrictions = binance.restrictions()
    if restrictions is None:
        if product is Product.SPOT:
            binance.account()
        else:
            binance.futures_account()
    return restrictions


def _without_frames(error: KeyRejected) -> KeyRejected:
    """To be kept: its frames hold the credentials, and would live as long as it does."""
    return error.with_traceback(None)


def _around(answers: Answers, binance: Binance, expectations: Expectations, product: Product) -> Answers:
    restrictions = answers.restrictions
    if restrictions is None:
        return answers
    wanted = restrictions.enable_futures or product is not Product.SPOT
    if not wanted and restrictions.enable_futures is None:
        wanted = Permission.FUTURES in expectations.needed
    return replace(
        answers,
        surroundings=_surroundings(binance),
        futures=_futures(binance)[0] if wanted else Reply.UNASKED,
    )


def _surroundings(binance: Binance) -> Surroundings:
    found = Surroundings(asked=True)
    try:
        found = replace(found, status=binance.account_status())
        return replace(found, trading=binance.trading_status())
    except VaultBinanceError:
        return found


def _futures(binance: Binance) -> tuple[Reply, str]:
    """How the futures API takes the key, and the address from which it sees us, where it said so."""
    if not binance.reaches(Product.USDS_FUTURES):
        return Reply.WITHHELD, ""
    try:
        binance.futures_account()
    except KeyRejected as error:
        return Reply.REFUSED, error.seen_from
    except VaultBinanceError:
        return Reply.SILENT, ""
    return Reply.ACCEPTED, ""


def _told_apart(
    evidence: Evidence, refused: KeyRejected, binance: Binance, product: Product, elsewhere: Elsewhere | None
) -> Evidence:
    """Ask what tells causes apart. Raises RateLimited and BinanceUnavailable: then the key is not to blame."""
    if evidence.code == AMBIGUOUS:
        binance.server_time(product)
        evidence = replace(evidence, public_answers=True, seen_from=refused.seen_from)
    if evidence.code not in {AMBIGUOUS, UNKNOWN} or product is not Product.SPOT:
        return evidence
    if elsewhere is not None:
        evidence = _at_others(evidence, elsewhere)
    if evidence.code == AMBIGUOUS and evidence.environment is not Environment.TESTNET and not evidence.accepted_in:
        futures, seen_from = _futures(binance)
        evidence = replace(evidence, futures=futures, seen_from=seen_from)
    return evidence


def _at_others(evidence: Evidence, elsewhere: Elsewhere) -> Evidence:
    for environment in Environment:
        if environment is evidence.environment:
            continue
        try:
            with elsewhere(environment) as other:
                other.account()
        except KeyRejected:
            evidence = replace(evidence, refused_in=(*evidence.refused_in, environment))
        except VaultBinanceError:
            continue
        else:
            return replace(evidence, accepted_in=(environment,))
    return evidence


def _look_for_maintenance(binance: Binance, error: BinanceUnavailable) -> None:
    """Only where something answered: a line that is down is not asked again."""
    if isinstance(error, RateLimited) or not (error.status and error.transient):
        return
    try:
        error.maintenance = binance.is_in_maintenance() is True
    except VaultBinanceError:
        return
    if error.maintenance:
        error.message = f"Binance is under maintenance. {error.message}"
