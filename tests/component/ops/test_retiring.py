"""When a pair may go from the file it came from, and what is told of what stays."""

import pytest

from tests.rows import each_row
from vault_binance.binance.new_keys import new_private_key, public_key
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import ConfigError, PermissionDenied
from vault_binance.layout import Layout
from vault_binance.ops import env_file, keys, pending, retiring
from vault_binance.ops.keys import Key
from vault_binance.redacted import Redacted
from vault_binance.testing.fake_vault import FakeVault
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.operator_port import VersionInfo

LAYOUT = Layout("desk")
KEY, SECRET = "CanaryKey" + "k" * 55, "CanarySecret" + "s" * 52
TEXT = f"API_KEY={KEY}\nAPI_SECRET={SECRET}\n"


def pair(text=TEXT):
    return env_file.pair(env_file.parse(text))


def put(vault, api_key=KEY):
    credentials = Credentials("mm", Redacted(api_key), Redacted(SECRET), KeyType.HMAC, Environment.LIVE)
    keys.put(vault, LAYOUT, credentials, {}, based_on=keys.current_version(vault, LAYOUT, "mm"))
    return found(vault)


def found(vault):
    return keys.found(vault, LAYOUT, "mm")


def report(vault, bot, **fields):
    said = {
        "bot": bot,
        "credential": "mm",
        "version": "1",
        "fingerprint": pair().fingerprint,
        "checked_at": "2026-11-26T09:00:00+00:00",
    }
    vault.write_secret("desk", f"reports/{bot}", {**said, **fields}, cas=0)


def refused(key, of=TEXT):
    with pytest.raises(ConfigError) as caught:
        retiring.check_held(key, pair(of))
    assert "Canary" not in f"{caught.value} {caught.value.hint}"
    return str(caught.value)


def test_a_pair_that_vault_holds_may_go(vault):
    retiring.check_held(put(vault), pair())
    retiring.check_removable(pair())


def test_one_that_vault_does_not_hold_may_not(vault):
    put(vault)
    assert "is not that of mm, version 2" in refused(put(vault, "n" * 64))


def test_one_whose_version_is_out_of_use_may_not(vault):
    put(vault)
    keys.delete(vault, LAYOUT, "mm", [])
    assert "is deleted" in refused(found(vault))
    keys.destroy(vault, LAYOUT, "mm", [])
    assert "is destroyed" in refused(found(vault))


def test_one_that_nobody_described_may_not(vault):
    put(vault)
    vault.write_secret("desk", "credentials/mm", {"api_key": KEY}, cas=1)
    assert "does not speak of version 2" in refused(found(vault))


def described(**told):
    return Key("mm", 2, (VersionInfo(2, "2026-11-26T09:00:00Z"),), told)


PUBLIC, OTHER = (public_key(new_private_key(KeyType.ED25519))[0] for _ in range(2))


@each_row(
    ("told", "public"),
    [
        ({"key_type": "HMAC"}, ""),
        ({"key_type": "ED25519", **pending.public_half(PUBLIC, 2)}, PUBLIC),
        ({"key_type": "ED25519", **pending.public_half(OTHER, 1)}, PUBLIC),
        ({"key_type": "ED25519"}, PUBLIC),
        ({}, PUBLIC),
        ({}, ""),
    ],
)
def test_a_secret_that_may_be_vaults_may_go(told, public):
    retiring.check_same_secret(described(**told), public)


@pytest.mark.parametrize(
    ("told", "public"),
    [
        ({"key_type": "HMAC"}, PUBLIC),
        ({"key_type": "ED25519"}, ""),
        ({"key_type": "ED25519", **pending.public_half(OTHER, 2)}, PUBLIC),
    ],
)
def test_a_secret_that_vault_does_not_hold_may_not(told, public):
    """The API key is the same; the file may be the last place that has the secret which goes with it."""
    with pytest.raises(ConfigError, match="is not that of mm, version 2: nothing was taken out"):
        retiring.check_same_secret(described(**told), public)


def test_one_of_several_values_may_not():
    with pytest.raises(ConfigError, match="API_KEY stands in the file several times"):
        retiring.check_removable(pair("API_KEY=older\n" + TEXT))


def test_a_bots_report_of_this_version_is_proof(vault):
    key = put(vault)
    assert retiring.bots_that_ran(vault, LAYOUT, key) == []
    report(vault, "a")
    report(vault, "b", version="0")
    report(vault, "c", credential="other")
    report(vault, "d", fingerprint="1" * 64)
    report(vault, "f", refused="-2015")
    report(vault, "g", skew_ms="-5001")
    report(vault, "h", skew_ms="1000")
    report(vault, "e")
    vault.delete_versions("desk", "reports/e", [1])
    assert retiring.bots_that_ran(vault, LAYOUT, key) == ["a"]


def test_who_may_not_read_reports_is_told(vault):
    key = put(vault)
    fake = FakeVault()
    nobody = HvacVault(fake, Redacted("nobody"))
    with pytest.raises(PermissionDenied):
        retiring.bots_that_ran(nobody, LAYOUT, key)


@pytest.mark.parametrize(
    ("left", "lines"),
    [("A=1\n", []), (f"A=1\n# API_SECRET={SECRET}\nB={SECRET}\n", [2, 3]), (f"A={SECRET[:-1]}\n", [])],
    ids=["nothing", "a comment and a variable", "a part"],
)
def test_what_is_left_is_named_by_its_line(left, lines):
    assert retiring.lines_left(left, pair()) == lines


def test_a_private_key_is_known_again_with_escaped_line_ends():
    pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n"
    with_pem = pair(f"API_KEY={KEY}\nAPI_SECRET='{pem}'\n")
    assert retiring.lines_left("# a\n# " + pem.replace("\n", "\\n") + "\n", with_pem) == [2]
    assert retiring.lines_left("-----BEGIN PRIVATE KEY-----\n", with_pem) == []


def test_a_work_tree_and_copies_are_seen(tmp_path):
    real = tmp_path / "desk" / "bots" / ".env"
    real.parent.mkdir(parents=True)
    assert retiring.copies_beside(real) == []
    assert retiring.work_tree(real) != tmp_path / "desk"
    (tmp_path / "desk" / ".git").write_text("gitdir: elsewhere\n")
    (real.parent / ".env~").touch()
    assert retiring.work_tree(real) == tmp_path / "desk"
    assert retiring.copies_beside(real) == [".env~"]
