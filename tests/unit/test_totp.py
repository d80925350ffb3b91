"""One-time passwords: the vectors of the RFCs, and what is no address of an authenticator's."""

from __future__ import annotations

import traceback
from base64 import b32encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.errors import ConfigError
from vault_binance.redacted import Redacted
from vault_binance.totp import Authenticator, code

SEED = b"12345678901234567890"
SEEDS = {"SHA1": SEED, "SHA256": (SEED * 2)[:32], "SHA512": (SEED * 4)[:64]}

RFC_4226 = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")
"""RFC 4226, appendix D: the codes of the counters 0 to 9."""

RFC_6238 = {
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1111111111: ("14050471", "67062674", "99943326"),
    1234567890: ("89005924", "91819424", "93441116"),
    2000000000: ("69279037", "90698825", "38618901"),
    20000000000: ("65353130", "77737706", "47863826"),
}
"""RFC 6238, appendix B: at a time, by SHA1, SHA256 and SHA512."""


def address(**changed: str) -> Redacted:
    asked = {"algorithm": "SHA1", "digits": "6", "issuer": "i", "period": "30", "secret": b32encode(SEED).decode()}
    return Redacted("otpauth://totp/i:e?" + "&".join(f"{name}={text}" for name, text in (asked | changed).items()))


@each_row("counter", range(10))
def test_a_code_is_that_of_rfc_4226(counter: int) -> None:
    assert code(SEED, counter) == RFC_4226[counter]


@each_row("now", RFC_6238)
@each_row("algorithm", SEEDS)
def test_a_code_is_that_of_rfc_6238(now: int, algorithm: str) -> None:
    secret = b32encode(SEEDS[algorithm]).decode().rstrip("=")
    app = Authenticator.from_address(address(algorithm=algorithm, digits="8", secret=secret))
    assert app.code(now) == RFC_6238[now][[*SEEDS].index(algorithm)]


@given(issuer=st.text(), account=st.text())
def test_an_address_under_other_names_is_of_the_same_app(issuer: str, account: str) -> None:
    app = Authenticator(Redacted(b32encode(SEED).decode()), "SHA512", 8, 60)
    assert Authenticator.from_address(app.address(issuer, account)) == app


@given(now=st.integers(60, 2**40), shift=st.integers(-5, 5))
def test_a_code_is_taken_for_a_period_on_either_side(now: int, shift: int) -> None:
    app = Authenticator.from_address(address())
    then = (now // 30 + shift) * 30
    assert app.accepts(app.code(max(then, 0)), now) or abs(shift) > 1


def test_blanks_in_a_code_do_not_matter_and_all_else_does() -> None:
    app = Authenticator.from_address(address())
    assert app.accepts(" 755 224\n", 0)
    for typed in ("", "755225", "75522", "7552240", "٧٥٥٢٢٤", "x"):
        assert not app.accepts(typed, 0)


@each_row(
    "changed",
    [{"algorithm": "MD5"}, {"digits": "x"}, {"period": "0"}, {"secret": "CanaryNot!Base32"}, {"secret": ""}],
    ids=str,
)
def test_another_address_is_refused_and_not_shown(changed: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as refused:
        Authenticator.from_address(address(**changed))
    told = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
    shown = "".join(repr(frame.locals) for frame in told.stack if "/vault_binance/" in frame.filename)
    assert "Canary" not in f"{shown} {refused.value} {refused.value.__context__}"


@each_row("text", ["", "https://totp/i:e?secret=AAAA", "otpauth://hotp/i:e?secret=AAAA", "otpauth://["])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        Authenticator.from_address(Redacted(text))
