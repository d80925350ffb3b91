"""The demo holds, on a terminal, in a pipe and for a machine; and it says so when a step does not hold."""

import json

import pytest

from vault_binance.cli.main import run
from vault_binance.testing import demo_bots
from vault_binance.testing.demo_story import Ran, Step, Story, _facts
from vault_binance.testing.server_binary import VARIABLE


@pytest.fixture(autouse=True)
def found_already(vault_binary, monkeypatch):
    """The home directory is empty in a test: without this the demo would build a server anew."""
    monkeypatch.setenv(VARIABLE, str(vault_binary.path))


class Told:
    """A story that was run once and is told as often as it is asked for."""

    steps_done: tuple[Step, ...] = ()

    def __enter__(self):
        if not self.steps_done:
            with Story() as story:
                Told.steps_done = tuple(story.steps())
        return self

    def __exit__(self, *_):
        pass

    def steps(self):
        return iter(self.steps_done)


@pytest.fixture
def once(monkeypatch):
    monkeypatch.setattr("vault_binance.testing.demo_story.Story", Told)


def test_every_step_of_the_demo_holds_and_each_says_what_it_proves(once, capfd):
    assert run(["demo", "--format", "json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["holds"]
    assert [step["title"] for step in told["steps"]][:2] == ["a key in a .env file", "a Vault, set up; the key goes in"]
    assert len(told["steps"]) == 7
    assert all(step["proves"] and step["commands"] for step in told["steps"])


def test_for_a_person_the_demo_is_plain_in_a_pipe(once, capfd):
    assert run(["demo"]) == 0
    out, err = capfd.readouterr()
    assert "all 7 steps hold" in out
    assert "\x1b[" not in out
    assert err == ""


def test_a_step_that_does_not_hold_fails_the_demo(capfd, monkeypatch):
    """The bot's client library is missing: the step that needs it says so, and the exit code is 1."""
    monkeypatch.setattr("vault_binance.testing.demo_story.BOTS", "no_such_module")
    assert run(["demo"]) == 1
    out = capfd.readouterr().out
    assert "DOES NOT HOLD" in out
    assert "NO   Binance accepted the signed request" in out
    assert "2 of 7 steps do not hold: 4. the bot trades; 6. the kill switch" in out


def test_without_its_client_library_the_demo_does_not_begin(capfd, monkeypatch):
    monkeypatch.setattr("vault_binance.cli.demo.find_spec", lambda name: None)
    assert run(["demo"]) == 10
    out, err = capfd.readouterr()
    assert out == ""
    assert "pip install 'vault-binance[demo]'" in err


@pytest.mark.parametrize(
    ("commands", "checks", "holds"),
    [
        ((), (), True),
        ((Ran("x", 0, 0, "", ""),), (("it is so", True),), True),
        ((Ran("x", 1, 0, "", ""),), (), False),
        ((Ran("x", 0, 21, "", ""),), (), False),
        ((), (("it is so", False),), False),
    ],
)
def test_a_step_holds_if_every_exit_code_and_every_check_does(commands, checks, holds):
    assert Step("title", "proof", commands, checks, 0.1).holds is holds


@pytest.mark.parametrize(("text", "facts"), [("", {}), ("noise\n", {}), ('{"a": 1}\n{"b": 2}\nnoise', {"b": 2})])
def test_the_last_json_line_of_a_bot_is_what_it_says(text, facts):
    assert _facts(text) == facts


def test_without_its_client_library_the_trading_bot_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "binance_sdk_spot.spot", None)
    assert demo_bots.trade() == 3
    assert "pip install" in capsys.readouterr().err
