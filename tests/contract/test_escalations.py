"""Escalations, tried in earnest on a real Vault by everybody who holds a role, alone and with another.

Rules of the file
- What is tried is data: escalations.py has what is refused, reach.py what is granted and is known to be.
- A token comes from its own login: a bot's from AppRole, a person's from userpass, group and second factor.
- A refusal proves something only where the request is one: root is answered, or the attempt is named with the reason.
"""

from __future__ import annotations

import re

import pytest

from tests.contract.escalations import ANSWERED, ANSWERED_TO, NOWHERE, Attempt, attempts, filled
from tests.contract.holders import Holders, furnished
from tests.contract.policy_uses import KV
from tests.contract.roles import CREDENTIAL, staged
from vault_binance.layout import POLICIES

OWN = {"reader": {f"{KV}/{CREDENTIAL}"}}
"""What a role reads by right."""


@pytest.fixture(scope="module")
def holders(vault_binary):
    with staged(vault_binary) as stage:
        yield furnished(stage)


def statuses(holders: Holders, role: str) -> list[tuple[Attempt, int]]:
    words, tried = holders.words(role), attempts()
    answers = holders.stage.client.each([filled(one.asked, words) for one in tried], holders.tokens[role])
    return [(one, status) for one, (status, _) in zip(tried, answers, strict=True)]


@pytest.mark.parametrize("role", POLICIES)
def test_every_attempt_is_refused(holders: Holders, role: str):
    answered = [(one.name, status) for one, status in statuses(holders, role) if status != 403]
    known = [(name, status) for name, (status, _) in ANSWERED.items()]
    known += [(name, status) for (who, name), (status, _) in ANSWERED_TO.items() if who == role]

    assert sorted(answered) == sorted(known)
    assert holders.stage.values_read(holders.tokens[role]) == OWN.get(role, set())


LAST = re.compile("DELETE|POST sys/remount|PUT sys/seal|POST sys/quotas|POST sys/auth/token/tune|POST identity/entity/")
"""What leaves too little of the stage for the others to be tried on."""


def test_what_is_refused_is_a_request(vault_binary):
    """Root is answered: with success, or with 400 and 500 where the body is a stand-in for a real one."""
    with staged(vault_binary) as stage:
        house = furnished(stage)
        words = house.words("auditor")
        nowhere = set()
        for one in sorted(attempts(), key=lambda one: bool(LAST.match(one.name))):
            method, path, body, wrap, headers = filled(one.asked, words)
            status, _ = stage.client.ask(method, path, body, wrap=wrap, headers=headers)
            if status in {404, 405, 429}:
                nowhere.add(one.name)
    assert nowhere == set(NOWHERE)
