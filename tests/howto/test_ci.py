"""docs/howto/ci.md: what its jobs run, with the JWT that a platform would make for each, on a Vault that trusts it.

Not run are `uses:` and `pip install`, which need the world: what they would bring is there already. Where the page has
Vault ask a platform for its keys, it is given this test's.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.contract.platforms import Provider
from tests.howto.page import Block, Page
from tests.loopback import Loopback, answer
from vault_binance.errors import LoginRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.howto.scene import Scene

ISSUERS = {"github": "https://token.actions.githubusercontent.com", "gitlab": "https://gitlab.com"}
PRODUCTION, MAIN = (
    "repo:trading/rebalancer:environment:production",
    "project_path:trading/rebalancer:ref_type:branch:ref:main",
)
OUTCOME = "order accepted, free USDT:"


class Platform(Provider):
    """GitHub or GitLab, as far as Vault and a job see it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def jwt_of(self, subject: str) -> str:
        return self.jwt(subject, iss=ISSUERS[self.name])

    @contextmanager
    def job(self, subject: str) -> Iterator[dict[str, str]]:
        """What GitHub gives a job with `id-token: write`: where it may ask for a JWT, and with what."""
        made = self.jwt_of(subject)

        def token(asked: Any) -> bytes:
            known = asked.headers.get("authorization") == "Bearer of-this-job"
            return answer(200 if known and asked.target.endswith("&audience=vault.internal") else 403, {"value": made})

        with Loopback(token) as actions:
            yield {
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{actions.address}/token?api-version=2",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-this-job",
            }


class Place:
    """The page with its files, on a Vault whose admin has done what the page says."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.platforms = {name: Platform(name) for name in ISSUERS}
        self.left = ""
        """The environment of the last job, in which it started its last command."""
        own = dict(scene.own)
        for name, platform in self.platforms.items():
            (scene.place / f"{name}.pem").write_text(platform.public_pem)
            own[f"oidc_discovery_url={ISSUERS[name]}"] = f"jwt_validation_pubkeys=@{name}.pem"
        self.page = Page("ci", own)
        self.program, self.test, self.tests = self.page["Tests of a bot, without a secret"]
        for block in (self.program, self.test):
            block.save(scene.place)

    def admin(self) -> None:
        bot, github, gitlab, for_github, for_gitlab, trusted = self.page["What an admin sets up for a job that trades"]
        self.scene.vault.add_credential("market-maker")
        with self.scene.operator() as operator:
            for block in (bot, github, for_github, trusted, gitlab, for_gitlab, trusted):
                operator.type(block)
        for mount in ISSUERS:
            role = self.scene.server.must("GET", f"auth/{mount}/role/rebalancer")["data"]
            assert role["token_no_default_policy"] is True, "a bot's token has what reading takes, and no more"

    def run(self, job: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[str, int]:
        """What the last step says, with its exit code."""
        with self.scene.bot("python-binance", **job.get("env", {}), **job.get("variables", {}), **environ) as runner:
            for line in commands(job):
                runner.start(Block("sh", line))
                output, code = runner.finish()
            self.left = runner.type(Block("sh", "env"))
        return output, code


def commands(job: Mapping[str, Any]) -> list[str]:
    """All that a job runs of its own."""
    lines = job.get("script") or [step["run"] for step in job["steps"] if "run" in step]
    return [line for line in lines if not line.startswith("pip install")]


@pytest.fixture
def place(scene: Scene) -> Place:
    return Place(scene)


def test_the_tests_of_a_bot_run_in_a_job_without_a_secret(place: Place) -> None:
    output, code = place.run(yaml.safe_load(place.tests.text)["jobs"]["tests"], {})
    assert code == 0, output
    assert "2 passed" in output


def test_a_job_trades_with_the_jwt_of_its_platform_and_is_refused_once_its_bot_is_suspended(place: Place) -> None:
    place.admin()
    (github,) = place.page["The job in GitHub Actions"]
    (gitlab,) = place.page["The job in GitLab CI"]
    rebalance = yaml.safe_load(github.text)["jobs"]["rebalance"]
    actions, runner = place.platforms["github"], place.platforms["gitlab"]
    with actions.job(PRODUCTION) as environ:
        assert OUTCOME in place.run(rebalance, environ)[0]
        assert "VAULT_BINANCE_JWT=" in place.left
        assert not [name for name in environ if name in place.left], "the bot could ask for another JWT"
    with actions.job("repo:stranger/rebalancer:environment:production") as environ:
        assert place.run(rebalance, environ)[1] == LoginRefused.exit_code
    job = yaml.safe_load(gitlab.text)["rebalance"]
    (variable,) = job["id_tokens"]
    environ = {variable: runner.jwt_of(MAIN)}
    assert OUTCOME in place.run(job, environ)[0]
    with place.scene.operator() as operator:
        operator.type(Block("sh", "vault-binance bot suspend rebalancer"))
    assert place.run(job, environ)[1] == LoginRefused.exit_code


def test_a_job_of_the_operators_has_the_policy_of_a_role_and_asks_nobody_for_a_code(place: Place) -> None:
    place.admin()
    role, workflow = place.page["A pipeline of the operators"]
    with place.scene.operator() as operator:
        operator.type(role)
    with place.platforms["github"].job("repo:trading/vault:environment:audit") as environ:
        output, code = place.run(yaml.safe_load(workflow.text)["jobs"]["doctor"], environ)
    assert code == 0, output
    assert "rebalancer   active   market-maker" in output
