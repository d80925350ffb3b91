"""The tree of errors: what a caller may rely on when it catches one."""

from __future__ import annotations

import ast
import copy
import pickle
import traceback
from pathlib import Path

import pytest

from tests.rows import each_row
from vault_binance import errors
from vault_binance.errors import VaultBinanceError


def tree(cls=VaultBinanceError):
    return [cls, *(found for child in cls.__subclasses__() for found in tree(child))]


REQUIRED = {
    "CommandFailed": {"exit_code": 127},
    "RateLimited": {"retry_after": 2.0},
    "KeyRejected": {"code": -2015},
}
TREE = [cls for cls in tree() if cls.__module__ == errors.__name__]


def made(cls, message="what failed", **named):
    return cls(message, **REQUIRED.get(cls.__name__, {}), **named)


def test_the_tree_has_at_most_twenty_classes_and_they_all_live_in_one_file():
    assert len(TREE) <= 20
    assert tree() == TREE, "a class of the tree is defined outside errors.py"
    source = ast.parse(Path(errors.__file__).read_text())
    defined = {node.name for node in ast.walk(source) if isinstance(node, ast.ClassDef)}
    assert defined == {cls.__name__ for cls in TREE}


def test_each_exit_code_is_the_one_of_the_design():
    codes = {
        1: {"VaultBinanceError"},
        10: {"ConfigError", "MalformedCredentials"},
        12: {"UnsafeKey"},
        20: {"VaultUnavailable"},
        21: {"PermissionDenied"},
        22: {"WriteConflict", "NotOurs"},
        23: {"SecretNotFound"},
        24: {"LoginRefused", "WrappedTokenInvalid"},
        25: {"CredentialsStale", "LeaseEnded"},
        30: {"BinanceUnavailable", "RateLimited"},
        31: {"KeyRejected"},
        32: {"SigningError"},
        127: {"CommandFailed"},  # as made here; the instance says 126 or 127
    }
    for cls in TREE:
        assert cls.__name__ in codes[made(cls).exit_code]


def test_only_what_may_succeed_later_unchanged_is_transient():
    assert {cls.__name__ for cls in TREE if cls.transient} == {
        "VaultUnavailable",
        "CredentialsStale",
        "BinanceUnavailable",
        "RateLimited",
    }


def test_no_exit_code_collides_with_the_shells_and_clicks_own():
    for cls in TREE:
        code = made(cls).exit_code
        assert code == 1 or 10 <= code < 64 or code in {126, 127}
        assert code != 2, "2 is click's usage"
        assert (code == 12) is (cls is errors.UnsafeKey), "12 says that findings are HIGH"


@each_row("cls", TREE)
def test_an_error_shows_its_message_and_keeps_its_hint_apart(cls):
    error = made(cls, hint="try this")
    assert str(error) == error.message == "what failed"
    assert repr(error) == f"{cls.__name__}('what failed')"
    assert error.hint == "try this"
    assert made(cls).hint == ""


def test_a_traceback_shows_the_hint_that_an_error_has_in_the_end():
    error = made(VaultBinanceError, hint="try this")
    error.hint = f"{error.hint}, or that"
    assert "".join(traceback.format_exception(error)).splitlines()[-1] == "hint:  try this, or that"
    error.hint = ""
    assert "hint" not in "".join(traceback.format_exception(error))


@each_row("cls", TREE)
def test_a_class_says_in_its_docstring_when_it_is_raised(cls):
    assert cls.__doc__
    assert cls.__doc__ != Exception.__doc__


@each_row("cls", TREE)
def test_a_hint_is_never_taken_by_position(cls):
    """So that no message ends up as a hint, nor a secret as a second argument that repr shows."""
    with pytest.raises(TypeError):
        cls("what failed", "try this", **REQUIRED.get(cls.__name__, {}))


@each_row("cls", TREE)
@each_row("clone", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))], ids=["copy", "pickle"])  # noqa: S301
def test_an_error_comes_back_whole_from_another_process(cls, clone):
    """A worker of a process pool that fails so must not take the pool with it."""
    error = clone(made(cls, hint="try this"))
    assert (type(error), error.message, error.hint) == (cls, "what failed", "try this")
    assert error.exit_code == made(cls).exit_code
