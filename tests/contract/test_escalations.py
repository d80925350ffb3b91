"""Escalations, tried in earnest on a real Vault by everybody who holds a role, alone and with another.

Rules of the file
- What is tried is data: escalations.py has what is refused, reach.py what is granted and is known to be.
- A token comes from its own login: a bot's from AppRole, a person's from userpass, group and second factor.
- The search makes every call by which a role changes something (those of test_policy_reach.py, and more), and after
  each looks through everybody's eyes: whose policies have grown, who reads or signs what they did not?
- A refusal proves something only where the request is one: root is answered, or the attempt is named with the reason.
"""

from __future__ import annotations

import re
from secrets import token_hex

import pytest

from tests.contract import test_policy_reach as moves
from tests.contract.escalations import (
    ANSWERED,
    ANSWERED_TO,
    INPUT,
    NOWHERE,
    PART_OF_THE_ERRAND,
    Attempt,
    attempts,
    filled,
)
from tests.contract.holders import BOTS, LENT, OTHER, SIGNING_BOT, Holders, furnished
from tests.contract.plain_client import Asked
from tests.contract.policy_uses import KV, ROLES, TRANSIT
from tests.contract.reach import TOGETHER
from tests.contract.roles import BOT, CREDENTIAL, MARKED, OURS, Stage, staged
from vault_binance.layout import POLICIES
from vault_binance.ops import policy_texts

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


def test_what_is_printed_is_refused_everything_but_its_errand(vault_binary):
    with staged(vault_binary) as stage:
        house, granted = furnished(stage), {}
        words = house.names | house.own(stage.root("GET", f"identity/entity/id/{stage.entity}"))
        about = {"bot": BOT, "entity_id": house.words("reader")["own"], "given_role": "writer"}
        tried = attempts()
        for printed in PART_OF_THE_ERRAND:
            stage.hold(policy_texts.render(printed, OURS, method_id=words["method"], **about))
            answers = stage.client.each([filled(one.asked, words) for one in tried], stage.token)
            granted[printed] = {one.name for one, (status, _) in zip(tried, answers, strict=True) if status != 403}
            stage.root("POST", f"identity/group/name/{OURS.group('writer')}", {"member_entity_ids": []})

    assert granted == {printed: errand | set(ANSWERED) for printed, errand in PART_OF_THE_ERRAND.items()}


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
    assert nowhere <= set(NOWHERE)


# The search


def test_the_halves_of_a_login_that_each_role_can_see(holders):
    role_ids = {role: holders.known_role_ids(role) for role in POLICIES}

    assert role_ids == {
        "reader": {BOT},
        "signer": {SIGNING_BOT},
        "writer": set(),
        "issuer": set(),
        "provisioner": set(LENT),
        "auditor": set(LENT),
    }
    mints = {role for role in POLICIES if holders.ask(role, "POST", f"{ROLES}/{BOT}/secret-id", {}, wrap="5m")[0] < 300}
    assert mints == {"issuer"}
    another = {role for role, seen in role_ids.items() if seen - {BOTS.get(role)}}
    together = {tuple(sorted(row.who)) for row in TOGETHER if row.test != "issuer_and_a_bot"}
    assert {tuple(sorted(("issuer", role))) for role in another} == {pair for pair in together if "issuer" in pair}


def made_by(role: str, holders: Holders) -> list[Asked]:
    """Everything that the role may change; what changes a bot that is there comes on top."""
    stage = holders.stage
    calls = [Asked(*one) for one in getattr(moves, role)(stage)]
    if role == "provisioner":
        calls += [
            Asked("POST", "identity/entity-alias", holders.alias(BOT, holders.names[who]))
            for who in ("alice", "other-bot")
        ]
        calls += [Asked("POST", f"{ROLES}/{SIGNING_BOT}", {"token_policies": [OURS.policy("reader")]})]
        entity, metadata = f"identity/entity/name/{OURS.entity(SIGNING_BOT)}", MARKED | {"binance_credential": OTHER}
        calls += [Asked("POST", entity, {"metadata": metadata})]
    return calls


def eyes(holders: Holders) -> dict[str, set[str]]:
    """Who -> what it has: policies, values, another's signature. Bots are looked at after a new login too."""
    anew = {f"{role}, logged in anew": holders.logged_in(bot)["client_token"] for role, bot in BOTS.items()}
    return {who: seen(holders.stage, token) for who, token in (holders.tokens | anew).items()}


def seen(stage: Stage, token: str) -> set[str]:
    facts = stage.root("POST", "auth/token/lookup", {"token": token})
    policies = set(facts["policies"]) | set(facts.get("identity_policies") or ())
    signs = stage.client.ask("POST", f"{TRANSIT}/sign/{OTHER}", INPUT, token=token)[0] == 200
    return policies | stage.values_read(token) | ({"signs"} if signs else set())


def texts(holders: Holders) -> list[str]:
    """What the policies say; with the names above, all that a capability hangs on."""
    return [holders.root("GET", f"sys/policies/acl/{OURS.policy(role)}")["policy"] for role in POLICIES]


GAINS = {
    ("provisioner", "reader"),
    ("provisioner", "reader, logged in anew"),
    ("provisioner", "signer"),
    ("provisioner", "signer, logged in anew"),
}
"""After one call of the first, the second has more than before: what TOGETHER tells, and nothing else."""


@pytest.mark.parametrize("role", POLICIES)
def test_no_call_of_a_role_gives_anybody_more_than_is_known(holders: Holders, role: str):
    before, written = eyes(holders), texts(holders)
    gained = set()
    for method, path, body, wrap, _ in made_by(role, holders):
        status, answer = holders.ask(role, method, path.replace(moves.UNUSED, token_hex(4)), body, wrap=wrap)
        assert status != 403, (role, method, path, "is not granted: nothing was tried")
        assert all(holders.stage.values_read(token) == set() for token in moves.tokens_in(answer))
        gained |= {(role, who) for who, now in eyes(holders).items() if now - before[who]}
        if role == "provisioner":
            holders.as_it_was()

    assert gained == {pair for pair in GAINS if pair[0] == role}
    assert texts(holders) == written


@pytest.mark.parametrize("role", POLICIES)
def test_after_all_that_a_role_may_change_it_is_refused_what_it_was(holders: Holders, role: str):
    statuses = holders.stage.client.each
    words = holders.words(role)
    asked = [filled(one.asked, words) for one in attempts()]
    before = [status for status, _ in statuses(asked, holders.tokens[role])]
    for method, path, body, wrap, _ in made_by(role, holders):
        holders.ask(role, method, path.replace(moves.UNUSED, token_hex(4)), body, wrap=wrap)

    assert [status for status, _ in statuses(asked, holders.tokens[role])] == before
    holders.as_it_was()


def test_the_pairs_that_reach_more_are_the_known_ones():
    """By the two ways there are: a change that another's token follows, and two halves of a login."""
    changes = {tuple(sorted((who, other.partition(",")[0]))) for who, other in GAINS}
    halves = {("issuer", "provisioner"), ("auditor", "issuer"), ("issuer", "reader")}
    assert {tuple(sorted(row.who)) for row in TOGETHER} == changes | halves
