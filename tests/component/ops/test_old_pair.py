"""Pairs in files of old, taken out again: two values go, and every other character stays."""

from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.ops.env_file import pair, parse
from vault_binance.ops.old_pair import Cut, without
from vault_binance.redacted import Redacted

KEY, SECRET = "k" * 64, "s" * 64
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n"


def removed(text):
    return without(text, pair(parse(text)).cuts)


@each_row(
    ("before", "after"),
    [
        (f"BINANCE_API_KEY={KEY}\nBINANCE_API_SECRET={SECRET}\n", ""),
        (f"A=1\nBINANCE_API_KEY={KEY}\n\n# b\nBINANCE_API_SECRET={SECRET}\nC=2", "A=1\n\n# b\nC=2"),
        (f"A=1\r\nexport BINANCE_API_KEY='{KEY}' # mine\r\nBINANCE_API_SECRET={SECRET}\r\nC=2\r\n", "A=1\r\nC=2\r\n"),
        (f"\ufeffBINANCE_API_KEY={KEY}\nB=1\nBINANCE_API_SECRET={SECRET}", "\ufeffB=1\n"),
        (f'BINANCE_API_KEY={KEY}\nBINANCE_API_SECRET="{PEM}"\nB=1\n', "B=1\n"),
        (f"BINANCE_API_KEY={KEY}\r\nBINANCE_API_SECRET='{PEM}'\r\nB='\r\n'\r\n".replace("\n", "\n"), "B='\r\n'\r\n"),
        (f"BINANCE_API_KEY=\nBINANCE_API_KEY={KEY}\nBINANCE_API_SECRET={SECRET}\n", "BINANCE_API_KEY=\n"),
        (f"API_KEY={KEY}\n  API_SECRET = {SECRET}  \nAPI_KEY_2=x\n", "API_KEY_2=x\n"),
    ],
    ids=range(8),
)
def test_the_assignments_go_and_nothing_else(before, after):
    assert removed(before) == after


def test_the_same_value_twice_goes_twice():
    assert removed(f"API_KEY={KEY}\nA=1\nAPI_KEY='{KEY}'\nAPI_SECRET={SECRET}\n") == "A=1\n"


def test_another_value_beside_it_is_told():
    """Taken out alone, the last one would leave the older one to count."""
    found = pair(parse(f"API_KEY=older\nAPI_KEY={KEY}\nAPI_SECRET={SECRET}\n"))
    assert found.doubled == "API_KEY"
    assert not pair(parse(f"API_KEY={KEY}\nAPI_SECRET={SECRET}\n")).doubled


def test_line_ends_in_a_value_are_those_of_a_pem():
    (assignment,) = parse("A='x\r\ny'\r\n")
    assert assignment.value.reveal() == "x\ny"


def test_the_fingerprint_is_that_of_the_credential():
    found = pair(parse(f"API_KEY={KEY}\nAPI_SECRET={SECRET}\n"))
    credentials = Credentials("mm", Redacted(KEY), Redacted(SECRET), KeyType.HMAC, Environment.DEMO)
    assert found.fingerprint == credentials.fingerprint


def test_cuts_may_come_in_any_order():
    assert without("0123456789", [Cut(7, 9), Cut(1, 3, "ab")]) == "0ab34569"


lines = st.lists(
    st.sampled_from(
        ["", "# comment", "A=1", "export B='x # y'", 'C="two\nlines"', "D= # later", "  E = 'é' # why", "F='\n'"]
    ),
    max_size=6,
)
ends = st.sampled_from(["\n", "\r\n"])


@given(lines, lines, lines, ends, st.booleans(), st.sampled_from(["{}", "'{}'", '"{}"', "{}  # mine"]))
def test_whatever_stands_around_a_pair_stays(before, between, after, end, last, dress):
    def written(*parts):
        text = end.join(line.replace("\n", end) for part in parts for line in part)
        return text + end if last and any(parts) else text

    key, secret = f"API_KEY={dress.format(KEY)}", f"API_SECRET={dress.format(SECRET)}"
    text = written(before, [key], between, [secret], after)
    kept = written(before, between, after)
    if not (last or after):  # the end of the line before it stays
        kept += end if before or between else ""
    assert removed(text) == kept
