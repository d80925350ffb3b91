"""kubernetes.md without a cluster: its pod as a container with the same user, mounts and environment, and a real Vault.

The tokens are put together and signed as a cluster does it (tests/contract/platforms.py); the kubelet, which renews
their file, is this test. The container has this checkout behind the entry point of docker.md, whose image is built by
its own test. What the pod's YAML says is read, and what is not understood here fails.
"""

from __future__ import annotations

import os
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.contract.platforms import Provider
from tests.howto.bots_image import BOT, entry_point
from tests.howto.containers import docker, gone_afterwards, python_image
from tests.howto.page import Page
from tests.support import ROOT, need_docker, unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.howto.premises import Premises


SUBJECT = "system:serviceaccount:trading:mm-1"
API_SERVER = "https://kubernetes.default.svc.cluster.local"


@pytest.fixture(scope="module")
def page(at: Premises) -> Page:
    return Page("kubernetes", at.own)


@pytest.fixture(scope="module")
def cluster(at: Premises, page: Page, tmp_path_factory: pytest.TempPathFactory) -> Provider:
    """Whose tokens the Vault trusts, as the page sets it up."""
    desk, signer = tmp_path_factory.mktemp("desk"), Provider("RS256")
    (desk / "sa.pub").write_text(signer.public_pem)
    mount, bot = page["In Vault"]
    with at.operators(desk) as shell:
        shell.type(mount)
        shell.type(bot)
    return signer


@pytest.fixture(scope="module")
def objects(page: Page) -> dict[str, Any]:
    (block,) = page["In the cluster"]
    return {one["kind"]: one for one in yaml.safe_load_all(block.text)}


def login(at: Premises, jwt: str) -> int:
    return at.server.call("POST", "auth/cluster/login", {"role": "mm-1", "jwt": jwt})[0]


def test_the_login_is_this_service_accounts_and_this_audiences_alone(at: Premises, cluster: Provider) -> None:
    assert login(at, cluster.jwt(SUBJECT)) == 200
    assert at.server.must("GET", "auth/cluster/role/mm-1")["data"]["token_no_default_policy"] is True
    assert login(at, cluster.jwt("system:serviceaccount:trading:other")) == 400
    assert login(at, cluster.jwt("system:serviceaccount:elsewhere:mm-1")) == 400
    assert login(at, cluster.jwt(SUBJECT, aud=API_SERVER)) == 400, "the token that pods get by themselves"
    assert login(at, Provider("RS256").jwt(SUBJECT)) == 400, "another cluster's"


def test_there_is_no_secret_object_and_no_token_for_the_api_server(objects: Mapping[str, Any]) -> None:
    assert set(objects) == {"ServiceAccount", "Deployment"}
    deployment, account = objects["Deployment"], objects["ServiceAccount"]
    pod = deployment["spec"]["template"]["spec"]
    assert SUBJECT.split(":")[2:] == [account["metadata"]["namespace"], pod["serviceAccountName"]]
    assert deployment["metadata"]["namespace"] == account["metadata"]["namespace"]
    assert pod["serviceAccountName"] == account["metadata"]["name"]
    assert (pod["automountServiceAccountToken"], account["automountServiceAccountToken"]) == (False, False)
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert (deployment["spec"]["replicas"], deployment["spec"]["strategy"]) == (1, {"type": "Recreate"})


@dataclass
class Node:
    """The kubelet's part: the projected volume, and the container's command line."""

    folder: Path
    pod: dict[str, Any]
    cluster: Provider
    at: Premises

    def project(self, *, ends_in: float = 600) -> None:
        """Write the volume as it stands in the pod: the token anew, the CA."""
        (volume,) = [one["projected"] for one in self.pod["volumes"] if one["name"] == "vault"]
        owner = self.pod["securityContext"]["fsGroup"]
        token, ca = (next(iter(source.values())) for source in volume["sources"])
        texts = {token["path"]: self.cluster.jwt(SUBJECT, aud=token["audience"], ends_in=ends_in, iat=1)}
        texts |= {item["path"]: self.at.cacert.read_text() for item in ca["items"]}
        for name, text in texts.items():
            path = self.folder / name
            path.write_text(text)
            os.chown(path, 0, owner)
            path.chmod(volume["defaultMode"])

    def options(self) -> list[str]:
        """The pod's one container in the words of `docker run`."""
        pod = deepcopy(self.pod)
        (container,) = pod["containers"]
        assert set(container) == {"name", "image", "env", "securityContext", "resources", "volumeMounts"}
        user, own = pod["securityContext"], container["securityContext"]
        assert user.pop("runAsNonRoot") is True
        assert user.pop("seccompProfile") == {"type": "RuntimeDefault"}, "which is the engine's own default"
        words = [f"--user={user.pop('runAsUser')}:{user.pop('runAsGroup')}", f"--group-add={user.pop('fsGroup')}"]
        assert own.pop("allowPrivilegeEscalation") is False
        assert own.pop("readOnlyRootFilesystem") is True
        words += ["--security-opt=no-new-privileges", "--read-only"]
        words += [f"--cap-drop={name}" for name in own.pop("capabilities")["drop"]]
        assert (user, own) == ({}, {})
        words += [f"--memory={limit[:-1].lower()}" for limit in container["resources"]["limits"].values()]
        words += [f"--env={one['name']}={one['value']}" for one in container["env"]]
        for mount in container["volumeMounts"]:
            if mount["name"] == "tmp":
                words.append(f"--tmpfs={mount['mountPath']}")
            else:
                words.append(f"--volume={self.folder}:{mount['mountPath']}:{'ro' if mount['readOnly'] else 'rw'}")
        return words


def test_a_pod_trades_with_its_service_account_and_logs_in_with_the_token_of_the_day(
    at: Premises, cluster: Provider, objects: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    need_docker()
    if os.geteuid():
        unavailable("only root may give a file to the container's user")
    volume = tmp_path_factory.mktemp("volume")
    volume.chmod(0o755)
    node = Node(volume, objects["Deployment"]["spec"]["template"]["spec"], cluster, at)
    node.project()
    here = ["--network=host", "--env=VAULT_BINANCE_SCHEDULE=swift"]
    here += [f"--volume={ROOT}:/src:ro", "--env=PYTHONPATH=/src"]
    program, *words = entry_point()
    assert program == "vault-binance"
    command = [python_image(), "python3", "-m", "vault_binance", *words, "python3", "-c", BOT]
    with gone_afterwards() as bot:
        docker("run", "--detach", f"--name={bot.name}", *here, *node.options(), *command)
        bot.until(f"trading with {at.key}")
        assert at.secret not in docker("inspect", bot.name)

        node.project()
        at.credential.rotate()
        at.server.must("POST", "sys/leases/revoke-force/auth/cluster/login", {})
        bot.until(f"trading with {at.key}")
        at.suspend()
        assert docker("wait", bot.name) == "25"
        at.allow()
        node.project(ends_in=-3600)
        docker("start", bot.name)
        assert docker("wait", bot.name) == "24", "a token that has ended"
        node.project()
        docker("start", bot.name)
        bot.until(f"trading with {at.key}", times=2)
