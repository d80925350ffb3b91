"""A lease whose key is checked at Binance: before the start returns and after each rotation; both fetchers alike."""

from __future__ import annotations

import logging

import pytest

from tests.component.bot.test_fetchers import InThreads, both
from tests.component.bot.world import BOT, World, pair
from vault_binance.bot.aio import AsyncFetcher
from vault_binance.bot.fetcher import Fetcher
from vault_binance.bot.key_check import KeyCheck
from vault_binance.credentials import Credentials
from vault_binance.errors import BinanceUnavailable, KeyRejected, LeaseEnded, UnsafeKey
from vault_binance.health.values import Finding, Severity
from vault_binance.ops.verify import Verification
from vault_binance.redacted import Redacted

REPORT = f"binance/data/reports/{BOT}"
FINDINGS = {
    severity: Finding(severity, "a-code", f"a fact at {severity.name}", "a reason", "a remedy") for severity in Severity
}


class Binance:
    """Answers with what a test says next: a severity, None for nothing found, or an error."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, credentials, about):
        self.asked.append((credentials.version, dict(about)))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception) and not isinstance(answer, KeyRejected):
            raise answer
        refused = answer if isinstance(answer, KeyRejected) else None
        findings = (FINDINGS[answer],) if answer in FINDINGS else ()
        return Verification(findings, 0, None, credentials.version, "f" * 64, 1_700_000_000_000, "maker", refused)


@pytest.fixture
def world():
    made = World()
    made.operator.merge_custom_metadata("binance", "credentials/maker", {"allow": "futures"})
    return made


@pytest.fixture(params=["sync", "async"])
def fetcher(request, world):
    def made(binance):
        keeper = world.keeper()
        keeper.bot = BOT
        if request.param == "async":
            return AsyncFetcher(keeper, verify=binance)
        wrapped = InThreads(keeper)
        wrapped.plain = Fetcher(keeper, verify=binance)
        return wrapped

    return made


def report(world):
    """The number of reports left, and how many findings at HIGH the last of them has."""
    secret = world.operator.read_secret("binance", f"reports/{BOT}")
    return secret.version, secret.fields["high"].reveal()


@both
async def test_the_start_waits_for_the_verdict_by_what_the_team_asks_for_and_leaves_a_report(fetcher, world, caplog):
    caplog.set_level(logging.INFO, "vault_binance.lease")
    vault = fetcher(binance := Binance(Severity.LOW))
    await vault.start()
    try:
        assert binance.asked == [(1, {"allow": "futures"})]
        assert vault.credentials.api_key.reveal() == pair(1)["api_key"]
    finally:
        await vault.aclose()
    assert report(world) == (1, "0")
    (line,) = [text for text in caplog.messages if "key_checked" in text]
    assert line == 'lease.key_checked credential=maker version=1 high=0 medium=0 worst="a fact at LOW"'


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Severity.HIGH, UnsafeKey),
        (KeyRejected("no", code=-2015), KeyRejected),
        (BinanceUnavailable("away"), BinanceUnavailable),
    ],
    ids=["unsafe", "refused", "not asked"],
)
@both
async def test_a_bot_does_not_begin_with_a_key_that_is_not_to_be_used(fetcher, world, answer, error):
    vault = fetcher(Binance(answer))
    with pytest.raises(error) as caught:
        await vault.start()
    with pytest.raises(LeaseEnded):
        vault.credentials  # noqa: B018
    assert world.tokens == 0
    if error is UnsafeKey:
        assert (caught.value.message, caught.value.hint) == (
            "the key of maker is not to be used: a fact at HIGH",
            "a remedy",
        )
        assert report(world) == (1, "1")


@pytest.mark.parametrize("second", [None, Severity.HIGH], ids=["sound", "unsafe"])
def test_a_key_that_came_while_binance_was_asked_is_asked_about_too(second):
    """The bot begins with that one, and not with the one that was judged."""

    class Rotated:
        name, bot, about = "maker", BOT, {}
        versions = iter([1, 2, 2])

        def credentials(self):
            number = next(self.versions)
            return Credentials.from_fields("maker", {n: Redacted(v) for n, v in pair(number).items()}, version=number)

        def report(self, fields):
            pass

    check = KeyCheck(Rotated(), binance := Binance(None, second), lambda: None)
    if second is None:
        check.first()
    else:
        with pytest.raises(UnsafeKey):
            check.first()
    assert [version for version, _ in binance.asked] == [1, 2]


@both
async def test_after_a_rotation_a_verdict_is_told_and_the_bot_goes_on(fetcher, world, caplog):
    vault = fetcher(binance := Binance(None, Severity.HIGH, BinanceUnavailable("away", hint="later"), Severity.MEDIUM))
    await vault.start()
    for version in (2, 3, 4):
        world.put(version)
        world.advance(2)
        assert (await vault.refresh()).version == version
    await vault.aclose()  # waits for the callbacks
    assert [version for version, _ in binance.asked] == [1, 2, 3, 4]
    told = [(record.levelname, record.event) for record in caplog.records if "key" in record.event]
    assert told == [
        ("ERROR", "lease.key_checked"),
        ("WARNING", "lease.key_unchecked"),
        ("WARNING", "lease.key_checked"),
    ]


@both
async def test_a_report_that_cannot_be_left_is_told_and_stops_nothing(fetcher, world, caplog):
    text = world.operator.policy("binance-reader")
    world.operator.write_policy("binance-reader", text.replace("data/reports", "data/elsewhere"))
    vault = fetcher(Binance(None))
    await vault.start()
    await vault.aclose()
    (line,) = [text for text in caplog.messages if "report" in text]
    assert line == f'lease.report_failed reason="the report could not be left: no policy of this token grants {REPORT}"'


@both
async def test_a_token_that_is_no_bots_leaves_no_report(fetcher, world):
    vault = fetcher(Binance(None))
    keeper = getattr(vault, "plain", vault)._keeper
    keeper.bot = ""
    await vault.start()
    await vault.aclose()
    assert world.operator.list_secrets("binance", "reports") in ((), [])
