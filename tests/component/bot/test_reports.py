"""A bot's report: check-and-set on what is there, once more where another start was quicker, and never an error."""

import pytest

from tests.component.bot.stub_vault import FIELDS, StubVault
from tests.rows import each_row
from vault_binance.bot.reports import last, leave
from vault_binance.errors import PermissionDenied, SecretNotFound, VaultBinanceError, VaultUnavailable
from vault_binance.redacted import Redacted
from vault_binance.vault.port import Secret

TOKEN = Redacted("token")
PATH = "binance/data/reports/mm-1"
REPORT = {"high": "1", "checked_at": "2026-11-26T10:00:00+00:00"}
LOST = VaultBinanceError("Vault answered 400")


def left(vault):
    warnings = []
    leave(vault, TOKEN, PATH, REPORT, warn=warnings.append)
    return [call[-1] for name, call in vault.calls if name == "write"], warnings


@pytest.mark.parametrize(
    ("found", "cas"),
    [
        (SecretNotFound("nothing"), 0),
        (SecretNotFound("deleted", state="deleted", version=4), 4),
        (Secret(FIELDS, 9), 9),
    ],
    ids=["first", "after a deletion", "after another"],
)
def test_it_follows_the_version_that_is_there(found, cas):
    assert left(StubVault(read=found)) == ([cas], [])


def test_another_start_that_was_quicker_is_overwritten_once():
    vault = StubVault(read=[Secret(FIELDS, 9), Secret(FIELDS, 10)], write=[LOST, None])
    assert left(vault) == ([9, 10], [])


@each_row(
    ("answers", "says"),
    [
        ({"write": LOST}, "Vault answered 400"),
        ({"read": [Secret(FIELDS, 9), Secret(FIELDS, 10)], "write": LOST}, "Vault answered 400"),
        ({"write": PermissionDenied("denied")}, f"no policy of this token grants {PATH}"),
        ({"read": PermissionDenied("denied")}, f"no policy of this token grants {PATH}"),
        ({"read": VaultUnavailable("away")}, "away"),
    ],
    ids=["refused", "lost twice", "denied", "unreadable", "away"],
)
def test_what_keeps_it_from_being_left_is_told_once_and_not_raised(answers, says):
    _, warnings = left(StubVault(**answers))
    assert len(warnings) == 1
    assert says in warnings[0]


def test_the_last_report_is_plain_text_and_empty_where_there_is_none_to_read():
    fields = {"high": Redacted("1"), "strange": 5}
    assert last(StubVault(read=Secret(fields, 1)), TOKEN, PATH) == {"high": "1"}
    for error in (SecretNotFound("nothing"), PermissionDenied("denied")):
        assert last(StubVault(read=error), TOKEN, PATH) == {}
    with pytest.raises(VaultUnavailable):
        last(StubVault(read=VaultUnavailable("away")), TOKEN, PATH)
