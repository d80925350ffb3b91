"""What is found in a .env file, and what is said of one that cannot be used."""

import pytest

from tests.rows import each_row
from vault_binance.credentials import Environment, KeyType
from vault_binance.errors import ConfigError, MalformedCredentials
from vault_binance.ops.env_file import FAMILIES, find, parse, read

KEY = "CanaryKey" + "k" * 55
SECRET = "CanarySecret" + "s" * 52
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n"
PAIR = f"BINANCE_API_KEY={KEY}\nBINANCE_API_SECRET={SECRET}\n"


def found(text, **options):
    return find(parse(text), "mm", **options)


def refused(text, **options):
    with pytest.raises(MalformedCredentials) as caught:
        found(text, **options)
    assert "Canary" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.__context__ is None
    return caught.value


@each_row(
    ("line", "value"),
    [
        pytest.param("X=abc", "abc", id="plain"),
        pytest.param("X = abc  ", "abc", id="blanks"),
        pytest.param("export X=abc", "abc", id="export"),
        pytest.param("  export\tX=abc", "abc", id="indented export"),
        pytest.param("X='a b # c'", "a b # c", id="single quotes"),
        pytest.param('X="a b # c"', "a b # c", id="double quotes"),
        pytest.param(r"X='a\nb'", r"a\nb", id="single quotes escape nothing"),
        pytest.param(r'X="a\nb\"c\\d\qe"', 'a\nb"c\\d\\qe', id="double quotes escape"),
        pytest.param("X='a\nb'", "a\nb", id="single quotes over lines"),
        pytest.param('X="a\nb"', "a\nb", id="double quotes over lines"),
        pytest.param("X=abc # why", "abc", id="comment"),
        pytest.param("X='abc' # why", "abc", id="comment after a quote"),
        pytest.param("X=a#b", "a#b", id="no comment without a blank"),
        pytest.param("X=", "", id="empty"),
        pytest.param("X= # nothing yet", "", id="empty with a comment"),
        pytest.param("X=''", "", id="empty in quotes"),
        pytest.param("X=a=b==", "a=b==", id="equals signs"),
        pytest.param("X=$(cat key)", "$(cat key)", id="nothing is expanded"),
        pytest.param("\ufeffX=abc", "abc", id="byte order mark"),
    ],
)
@each_row("end", ["", "\n", "\r\n"])
def test_a_line_is_read_as_its_readers_read_it(line, value, end):
    (assignment,) = parse(line + end)
    assert (assignment.name, assignment.value.reveal(), assignment.line) == ("X", value, 1)


def test_blank_lines_and_comments_are_passed_over():
    text = "# my bot\n\n   \n  # more\nA=1\n\nB='x\ny'\n# end\nC=3"
    assert [(each.name, each.line) for each in parse(text)] == [("A", 5), ("B", 7), ("C", 10)]


@each_row(
    ("text", "says"),
    [
        (f"A=1\n{SECRET}\n", "line 2 of the file is not of the form NAME=VALUE"),
        (f"A=1\nB='{SECRET}\n", "line 2 of the file opens a quote that is never closed"),
        (f'B="{SECRET}\n', "line 1 of the file opens a quote"),
        (f"\nB='{SECRET}'x\n", "line 2 of the file has text after its closing quote"),
        (f"BINANCE_PRIVATE_KEY={PEM}", "line 2 of the file is not of the form"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(text, says):
    assert says in str(refused(text))


@each_row("family", FAMILIES, ids=lambda family: family.key)
def test_every_known_pair_is_found(family):
    for secret in family.secrets:
        pair = found(f"OTHER=1\n{family.key}={KEY}\n{secret}='{SECRET}'\n")
        assert (pair.api_key.reveal(), pair.secret.reveal()) == (KEY, SECRET)
        assert pair.environment is (family.environment or Environment.LIVE)
        assert (pair.name, pair.key_type, pair.version) == ("mm", KeyType.HMAC, 0)


def test_names_count_without_regard_to_case():
    assert found(PAIR.lower().replace(KEY.lower(), KEY).replace(SECRET.lower(), SECRET)).api_key.reveal() == KEY


def test_the_last_of_two_values_wins():
    assert found("BINANCE_API_KEY=old\n" + PAIR).api_key.reveal() == KEY


def test_the_environment_may_be_said_where_names_do_not():
    assert found(PAIR, environment=Environment.DEMO).environment is Environment.DEMO


def test_the_environment_chooses_among_pairs():
    both = PAIR + f"BINANCE_TESTNET_API_KEY={KEY}\nBINANCE_TESTNET_API_SECRET={SECRET}\n"
    assert found(both, environment=Environment.LIVE).environment is Environment.LIVE
    error = refused(both)
    assert "BINANCE_API_KEY, BINANCE_TESTNET_API_KEY" in str(error)
    assert "--environment" in error.hint


def test_a_testnet_pair_is_not_taken_for_a_live_one():
    testnet = f"BINANCE_TESTNET_API_KEY={KEY}\nBINANCE_TESTNET_API_SECRET={SECRET}\n"
    assert "no whole Binance pair" in str(refused(testnet, environment=Environment.LIVE))


@pytest.mark.parametrize(
    "text",
    [
        f"BINANCE_API_KEY={KEY}\nDATABASE_URL=x\n",
        f"BINANCE_API_KEY={KEY}\nBINANCE_API_SECRET=\n",
        f"BINANCE_API_KEY={KEY}\nAPI_SECRET={SECRET}\n",
    ],
)
def test_half_a_pair_is_refused_with_the_names_found(text):
    error = refused(text)
    assert "BINANCE_API_KEY" in str(error)
    assert "DATABASE_URL" not in str(error)


def test_a_file_without_a_pair_says_what_was_looked_for():
    error = refused("PORT=1\n")
    assert "none that looks like one" in str(error)
    assert "FREQTRADE__EXCHANGE__KEY with FREQTRADE__EXCHANGE__SECRET" in error.hint


def test_the_futures_testnet_is_not_our_testnet():
    text = f"BINANCE_FUTURES_TESTNET_API_KEY={KEY}\nBINANCE_FUTURES_TESTNET_API_SECRET={SECRET}\n"
    assert "BINANCE_FUTURES_TESTNET_API_KEY" in str(refused(text))


@pytest.mark.parametrize(("exchange", "taken"), [("binance", True), ("Binance", True), ("kraken", False)])
def test_freqtrade_may_speak_of_another_exchange(exchange, taken):
    text = (
        f"FREQTRADE__EXCHANGE__NAME={exchange}\nFREQTRADE__EXCHANGE__KEY={KEY}\nFREQTRADE__EXCHANGE__SECRET={SECRET}\n"
    )
    if taken:
        assert found(text).api_key.reveal() == KEY
    else:
        assert "no whole Binance pair" in str(refused(text))


def test_two_secrets_for_one_key_are_refused():
    error = refused(PAIR + f"BINANCE_SECRET_KEY={SECRET}x\n")
    assert "BINANCE_API_SECRET and BINANCE_SECRET_KEY" in str(error)


def test_a_private_key_needs_its_type_said():
    text = f"BINANCE_API_KEY={KEY}\nBINANCE_API_SECRET='{PEM}'\n"
    assert "--type" in refused(text).hint
    assert "is a private key" in str(refused(text, key_type=KeyType.HMAC))
    pair = found(text, key_type=KeyType.ED25519)
    assert (pair.secret.reveal(), pair.key_type) == (PEM, KeyType.ED25519)


def test_an_api_secret_is_no_private_key():
    assert "is no private key" in str(refused(PAIR, key_type=KeyType.RSA))


def test_a_value_that_binance_could_not_have_issued_is_refused_by_its_variable():
    assert "BINANCE_API_SECRET has 63 characters" in str(refused(PAIR.replace(SECRET, SECRET[:-1])))
    assert found(PAIR.replace(SECRET, SECRET[:-1]), any_length=True)


def test_a_file_is_read_without_its_byte_order_mark(tmp_path):
    path = tmp_path / ".env"
    path.write_bytes(b"\xef\xbb\xbfX=1\r\n")
    assert read(path) == "X=1\r\n"


def test_a_file_that_is_not_there_is_a_wrong_setting(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        read(tmp_path / "none")


def test_a_file_that_is_no_text_is_refused_without_being_shown(tmp_path):
    path = tmp_path / ".env"
    path.write_bytes(b"BINANCE_API_SECRET=Canary\xff")
    with pytest.raises(ConfigError, match="not UTF-8") as caught:
        read(path)
    assert caught.value.__context__ is None


def test_a_line_is_counted_in_a_file_of_many_and_without_counting_all_before_it_each_time():
    with pytest.raises(MalformedCredentials, match="line 100002 of the file"):
        parse("\ufeffA=1\n" + 'B="1\n"\n' * 50_000 + "no assignment\n")
