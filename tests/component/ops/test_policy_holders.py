"""Whom a policy test is about, without a Vault: roles, files, bots, and what cannot be one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vault_binance.errors import ConfigError
from vault_binance.layout import POLICIES, Layout
from vault_binance.ops.policy_holders import Here, policy_file, read_text
from vault_binance.ops.policy_test import run_cases
from vault_binance.ops.policy_texts import folder
from vault_binance.policy.spec import parse_spec

if TYPE_CHECKING:
    from pathlib import Path

OWN = 'path "team/+" { capabilities = ["read"] }\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Instead of the one that no unit test may write to: these are about files."""
    return tmp_path


def run(base: Path, text: str, folder: Path | None = None, layout: Layout | None = None):
    return run_cases(parse_spec("s", text), Here(layout or Layout(), base, folder))


def test_our_own_promises_are_kept_and_every_rule_has_one():
    """Whoever adds a rule to a role says in policies/roles.test.toml what it promises."""
    text = (folder() / "roles.test.toml").read_text()
    done = run(folder(), text)
    assert [(one.case.place, one.capability) for one in done.failed] == []
    assert done.untouched == ()
    assert done.notes == ()
    assert {case.who for case in parse_spec("s", text)} >= {*POLICIES}


def test_a_role_a_file_and_a_policy_of_a_folder_are_found_by_their_names(home):
    (home / "own.hcl").write_text(OWN)
    (home / "more").mkdir()
    (home / "more" / "team.hcl").write_text(OWN.replace("read", "list"))
    text = '[[case]]\npolicies = ["team", "own.hcl", "binance-auditor"]\npath = "team/a"\nonly = ["read", "list"]'
    assert run(home, text, home / "more").failed == ()


def test_what_no_case_names_is_said(home):
    (home / "own.hcl").write_text(OWN)
    done = run(home, '[[case]]\nwho = "issuer"\npath = "team/a"\nonly = []', home)
    assert "no case names own" in done.notes
    assert len(done.untouched) == 1


def test_a_bot_is_as_bot_add_makes_it(home):
    case = '[[case]]\nbot = "mm-1"\nmetadata = { binance_credential = "a" }\n'
    text = f'{case}path = "binance/data/credentials/a"\nonly = ["read"]\n{case}path = "binance/data/reports/mm-1"\n'
    assert run(home, text + 'can = ["create"]').failed == ()


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("nobody", "is no role of ours"),
        ("other.hcl", "cannot read"),
        ("..", "is no role of ours"),
        ("bad.hcl", "policy bad.hcl, line 1: 'fly' is no capability"),
        ("latin.hcl", "no UTF-8"),
        ("large.hcl", "at most 1 MB"),
        ("folder.hcl", "cannot read"),
    ],
)
def test_who_is_not_known_is_an_error(home, who, said):
    (home / "bad.hcl").write_text(OWN.replace("read", "fly"))
    (home / "latin.hcl").write_bytes(b'path "m\xfcller" {}')
    (home / "large.hcl").write_bytes(b"#" * (1 << 20) + b"\n#")
    (home / "folder.hcl").mkdir()
    with pytest.raises(ConfigError, match=said):
        run(home, f'[[case]]\nwho = "{who}"\npath = "a"\nonly = []')


def test_a_file_may_not_be_called_as_a_role_is(home):
    (home / "binance-reader.hcl").write_text(OWN)
    with pytest.raises(ConfigError, match="a role of ours"):
        Here(Layout(), home, home)
    assert Here(Layout("other"), home, home).policy("binance-reader").rules[0].path == "team/+"


def test_a_folder_that_is_none_is_an_error(home):
    with pytest.raises(ConfigError, match="is no directory"):
        Here(Layout(), home, home / "nowhere")


def test_cases_about_tokens_are_left_out_and_alone_are_no_test(home):
    token = '[[case]]\nwho = "me"\npath = "a"\nonly = []\n'
    done = run(home, token + token.replace("me", "issuer"))
    assert done.notes[0].startswith("left out: 1 ")
    with pytest.raises(ConfigError, match="nothing was tested"):
        run(home, token)


def test_a_file_keeps_its_name_for_its_complaints(home):
    (home / "own.hcl").write_bytes(b"\xef\xbb\xbf" + OWN.encode())
    with pytest.raises(ConfigError, match=r"policy own\.hcl, line 1: .*byte order mark"):
        policy_file(home / "own.hcl")
    (home / "own.hcl").write_bytes(OWN.replace("\n", "\r\n").encode())
    assert policy_file(home / "own.hcl").rules


def test_a_link_to_what_has_no_end_is_no_policy(tmp_path: Path) -> None:
    """A spec of somebody else's names files beside it."""
    (tmp_path / "own.hcl").symlink_to("/dev/zero")
    with pytest.raises(ConfigError, match="at most 1 MB"):
        read_text(tmp_path / "own.hcl")
