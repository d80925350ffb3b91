"""The story that scripts/terraform-apply tells: each example applied to a fresh Vault, used, looked at and compared.

Rules of the file
- Everything is done by the real programs: Terraform, the command line as a process of its own, a Vault server.
- A statement is said when it has held; the first that does not ends the story with what was there instead.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.contract.instance_snapshot import differences, snapshot
from tests.contract.terraform_ci import STATES, Ci
from tests.contract.terraform_runs import NotAsExpected, Workshop
from tests.contract.terraform_stage import LAYOUT, stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.contract.terraform_runs import Configuration
    from tests.contract.terraform_stage import Stage
    from tests.terraform_mirror import Mirror
    from vault_binance.testing.server_binary import Binary

HERE = "127.0.0.1/32"
"""Where the bots of this story work: the production example binds each to its network."""

BOTS = {"arb-1": {"credential": "arbitrage"}, "mm-1": {"credential": "market-maker"}}


@dataclass
class Story:
    """One run of the script. `say` is told each statement that has held; `mirror` None is the registry itself."""

    binary: Binary | None
    mirror: Mirror | None
    directory: Path
    say: Callable[[str], None]

    def tell(self) -> None:
        self.modules()
        self.minimal()
        self.production()

    def modules(self) -> None:
        """Every configuration is valid by the provider's schema, and the tests of those that have some pass."""
        workshop = self._workshop("modules")
        for place in workshop.roots():
            one = workshop.root(place)
            one.validate()
            if one.has_tests and not (passed := one.tests()):
                raise NotAsExpected(f"{place}: its tests did not run")
            self.say(f"{place} is valid" + (f", {passed} tests pass" if one.has_tests else ""))

    def minimal(self) -> None:
        """One state, applied by an admin."""
        workshop = self._workshop("minimal")
        with stage(self.binary, workshop.directory / "work") as there:
            root = there.server.root_token.reveal()
            example = workshop.root("examples/minimal", VAULT_ADDR=there.server.address, VAULT_TOKEN=root)
            self._apply(example)
            self._compare(there, {"mm-1": BOTS["mm-1"]})
            self._use(there, [example.outputs()["environment"]], workshop, [example])

    def production(self) -> None:
        """Two states, each applied by its own CI, and no root token."""
        workshop = self._workshop("production")
        with stage(self.binary, workshop.directory / "work") as there:
            ci = Ci(there.client)
            ci.trust()
            examples = production(workshop, ci, there.server.address)
            there.canaries += [example.environ["TERRAFORM_VAULT_AUTH_JWT"] for example in examples]
            for example in examples:
                self._apply(example)
            self._compare(there, BOTS, "--bind-cidr", HERE, but=[f"policy {ci.role(state)}" for state in STATES])
            self._use(there, list(examples[-1].outputs()["environments"].values()), workshop, examples)

    def _apply(self, example: Configuration) -> None:
        name = example.place.relative_to(example.workshop.directory / "terraform")
        example.init()
        example.apply()
        self.say(f"{name} is applied to a fresh Vault")
        if changed := example.changes():
            raise NotAsExpected(f"a second plan would change:\n{changed}")
        self.say("a second plan changes nothing")

    def _use(
        self,
        there: Stage,
        environments: list[Mapping[str, str]],
        workshop: Workshop,
        examples: list[Configuration],
    ) -> None:
        for environment in environments:
            there.put_key(environment["VAULT_BINANCE_CREDENTIAL"])
            there.run_bot(environment)
            self.say(f"bot {environment['VAULT_BINANCE_BOT']}, made by Terraform, got its key for one run")
        self._doctor(there)
        for example in examples:
            if changed := example.changes():
                raise NotAsExpected(f"after its use the example would change:\n{changed}")
        self.say("after its use a plan changes nothing either")
        _refuse_to_destroy(examples[0])
        self.say("terraform destroy is refused")
        there.search(workshop)
        self.say("no key, SecretID, JWT or token stands in state, plan, output or audit log")

    def _doctor(self, there: Stage) -> None:
        found = there.cli("doctor", "--format", "json", token=there.person("auditor"))
        if json.loads(found.out):
            raise NotAsExpected(f"doctor finds something:\n{found.told}")
        self.say("doctor finds nothing, and saw everything")

    def _compare(
        self, there: Stage, bots: Mapping[str, Mapping[str, str]], *options: str, but: list[str] | None = None
    ) -> None:
        """The same by `setup` and `bot add`, in another Vault."""
        found = {what: said for what, said in snapshot(there.client, LAYOUT).items() if what not in (but or ())}
        with stage(self.binary, there.folder / "setup") as other:
            other.set_up()
            provisioner = ""
            for bot, settings in bots.items():
                other.put_key(settings["credential"])
                provisioner = provisioner or other.role("provisioner")
                other.cli("bot", "add", bot, "--credential", settings["credential"], *options, token=provisioner)
            expected = snapshot(other.client, LAYOUT)
        if unlike := differences(expected, found, ("setup says", "Terraform says")):
            raise NotAsExpected("setup and Terraform do not leave the same:\n" + "\n".join(unlike))
        self.say("vault-binance setup and bot add leave the same Vault")

    def _workshop(self, name: str) -> Workshop:
        directory = self.directory / name
        directory.mkdir()
        return Workshop(directory, self.mirror)


def production(workshop: Workshop, ci: Ci, address: str) -> list[Configuration]:
    """Both states, in the order in which they are applied, each with its own JWT."""
    bots = {name: {**settings, "bound_cidrs": [HERE]} for name, settings in BOTS.items()}
    # Read after bots.auto.tfvars, and so in its place: files win over the environment.
    place = workshop.directory / "terraform/examples/production/bots/of-this-run.auto.tfvars.json"
    place.write_text(json.dumps({"bots": bots}))
    return [
        workshop.root(
            f"examples/production/{state}",
            VAULT_ADDR=address,
            TERRAFORM_VAULT_AUTH_JWT=ci.jwt(state),
            VAULT_TOKEN_NAME="commit-1a2b3c",
            TF_VAR_ci_mount=ci.mount,
            TF_VAR_instance=ci.instance,
        )
        for state in STATES
    ]


def _refuse_to_destroy(example: Configuration) -> None:
    ran = example.run("destroy", "-auto-approve", "-input=false", expected=1)
    if "prevent_destroy" not in ran.told:
        raise NotAsExpected(f"destroy was refused for another reason:\n{ran.told}")
