"""What the kit promises in names: the public ones, the marker's terms, the image that is pinned."""

from __future__ import annotations

import json
import subprocess
import sys
from ast import literal_eval
from types import SimpleNamespace

import pytest

from vault_binance import KeyType, testing
from vault_binance.errors import ConfigError
from vault_binance.testing import go_build, pytest_plugin, server_image
from vault_binance.testing.emulator.state import PERMISSIONS, WORDS
from vault_binance.testing.marker_terms import SAYS, Terms, terms_of

LOADED = """
import json, sys
import pytest
before = set(sys.modules)
import vault_binance.testing.pytest_plugin
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def marked(*args, **kwargs):
    return SimpleNamespace(args=args, kwargs=kwargs)


def test_the_plugin_loads_nothing_but_itself_after_pytest():
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["vault_binance", "vault_binance.testing", "vault_binance.testing.pytest_plugin"]


def test_the_two_kinds_of_fault_say_whose_they_are():
    assert testing.BinanceFault.__module__ == "vault_binance.testing.emulator.faults"
    assert testing.VaultFault.__module__ == "vault_binance.testing.fault_proxy"


def test_the_image_is_the_version_that_is_tested_with():
    pinned = server_image.NAME.format(version=go_build.pinned_version())
    assert pytest_plugin.OPTIONS["--vault-image"]["default"] == pinned


def test_a_marker_has_the_terms_that_it_says_it_has():
    assert list(Terms.__slots__) == list(SAYS)
    (marker,) = [name for name in pytest_plugin.MARKERS if name.startswith("binance")]
    assert marker == f"binance({', '.join(f'{name}=' for name in SAYS)})"


def test_without_a_term_a_test_has_what_the_page_says():
    assert terms_of([marked(**{name: literal_eval(stated) for name, (stated, _) in SAYS.items()})]) == Terms()


def test_the_nearest_marker_wins_term_by_term():
    near, far = marked(bot="b", permissions={"futures": False}), marked(bot="a", credential="arb", key_type=KeyType.RSA)
    terms = terms_of([near, far])
    assert (terms.bot, terms.credential, terms.key_type) == ("b", "arb", KeyType.RSA)
    assert terms.permissions == {"enableFutures": False}
    assert terms_of([]) == Terms()


def test_a_permission_has_our_word_or_binances():
    assert terms_of([marked(permissions=list(WORDS))]) == terms_of([marked(permissions=PERMISSIONS)])


@pytest.mark.parametrize(
    ("marker", "message", "hint"),
    [
        (marked("arb"), "its terms have names", "as in @pytest.mark.binance"),
        (marked(permision=[]), r"binance\(permision=...\): there is no such thing", "did you mean permissions"),
        (marked(permissions="withdrawal"), "withdrawal.*no such thing", "did you mean withdrawals"),
        (marked(key_type="x"), "key_type='x'", "one of hmac, ed25519, rsa"),
    ],
)
def test_what_nobody_can_mean_is_refused(marker, message, hint):
    with pytest.raises(ConfigError, match=message) as raised:
        terms_of([marker])
    assert hint in raised.value.hint
