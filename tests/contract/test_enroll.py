"""A bot's login by certificate, on a real Vault with TLS: who is let in, who is refused, and who may decide it.

Rules of the file
- The certificate is pinned with exactly what `bot enroll --output-policy` prints, everything else with its own role.
- A login is the bots' own door, with the key and the certificate as files.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtensionOID, NameOID

from tests.contract.roles import stanzas, without
from tests.door import operator_door
from tests.support import QUICK
from vault_binance.config import Address, Config
from vault_binance.errors import LeaseEnded, LoginRefused, PermissionDenied, VaultUnavailable
from vault_binance.layout import Layout
from vault_binance.ops import bots, enroll, kill_switch, policy_texts
from vault_binance.redacted import Redacted
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.provisioned import set_up
from vault_binance.testing.server_call import call
from vault_binance.vault.certificates import new_certificate, read_certificate
from vault_binance.vault.http import HttpVault
from vault_binance.vault.port import KvPath, Lease
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from vault_binance.testing.server_binary import Binary
    from vault_binance.vault.admin import HvacVault
    from vault_binance.vault.operator_port import Certificate

LAYOUT = Layout("desk")
NOW = datetime.now(UTC)
VALUES = {"mm": "value-of-mm", "hedger": "value-of-hedger"}
BASIC, AUTHORITY = ExtensionOID.BASIC_CONSTRAINTS, "an-authority"

NOTHING: tuple[object, ...] = ("", [], None, [""], ",", " ", [None], {})
"""Ways to write nothing. The first two pass every list of allowed values in Vault (measured on 1.21.1)."""


@dataclass
class Key:
    """What lies on a bot's host."""

    pem: Redacted
    certificate: Certificate

    def in_the_name_of(self, name: str) -> Key:
        """Another certificate for the same key, with the same serial number: what its owner can make of it."""
        old = x509.load_pem_x509_certificate(self.certificate.pem.encode())
        return Key(self.pem, read_certificate(self._signed(name, name, old, old.extensions)))

    def as_authority(self) -> str:
        """A certificate for it that vouches for others, in PEM: our own reading of certificates refuses it."""
        old = x509.load_pem_x509_certificate(self.certificate.pem.encode())
        vouching = x509.Extension(BASIC, True, x509.BasicConstraints(ca=True, path_length=None))
        rest = [one for one in old.extensions if one.oid not in {BASIC, ExtensionOID.EXTENDED_KEY_USAGE}]
        return self._signed(AUTHORITY, AUTHORITY, old, [vouching, *rest])

    def signs(self, other: Key, name: str) -> Key:
        """A certificate for the other's key, by this one as the authority."""
        old = x509.load_pem_x509_certificate(other.certificate.pem.encode())
        mine = x509.load_pem_x509_certificate(self.certificate.pem.encode()).public_key()
        issuer: Any = x509.AuthorityKeyIdentifier.from_issuer_public_key(mine)  # type: ignore[arg-type]
        rest = [one for one in old.extensions if one.oid != issuer.oid]
        named = [*rest, x509.Extension(issuer.oid, False, issuer)]
        return Key(other.pem, read_certificate(self._signed(name, AUTHORITY, old, named)))

    def _signed(self, name: str, issuer: str, old: x509.Certificate, extensions: Iterable[Any]) -> str:
        begins, ends = old.not_valid_before_utc, old.not_valid_after_utc
        made = x509.CertificateBuilder(_named(issuer), _named(name), old.public_key(), old.serial_number, begins, ends)
        for extension in extensions:
            made = made.add_extension(extension.value, extension.critical)
        private: Any = load_pem_private_key(self.pem.reveal().encode(), None)
        return made.sign(private, SHA256()).public_bytes(Encoding.PEM).decode()


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def key(bot: str, *, days: int = 30, now: datetime = NOW) -> Key:
    return Key(*new_certificate(bot, days=days, now=now))


@dataclass
class Place:
    server: DevVault
    folder: Path

    @contextmanager
    def door(self, presented: Key | None = None) -> Iterator[HttpVault]:
        files = {}
        if presented:
            parts = {"client_key": presented.pem.reveal(), "client_cert": presented.certificate.pem}
            for name, text in parts.items():
                files[name] = self.folder / f"{name}-{token_hex(4)}"
                files[name].write_text(text)
        wire = self._wire(**{name: str(path) for name, path in files.items()})
        try:
            yield HttpVault(wire)
        finally:
            wire.close()

    def _wire(self, **settings: str) -> Wire:
        return Wire(Config(Address.parse(self.server.address), cacert=str(self.server.cacert), **settings))  # type: ignore[arg-type]

    def operator(self, token: Redacted | None = None) -> AbstractContextManager[HvacVault]:
        return operator_door(self.server, token)

    def token(self, *policies: str) -> Redacted:
        body = {"policies": policies, "no_default_policy": True}
        return Redacted(self.server.call("POST", "auth/token/create", body)[1]["auth"]["client_token"])

    def role(self, role: str) -> Redacted:
        return self.token(LAYOUT.policy(role))

    def holding(self, *texts: str) -> Redacted:
        """A token with these policies and nothing else."""
        names = [f"held-{token_hex(4)}" for _ in texts]
        with self.operator() as vault:
            for name, text in zip(names, texts, strict=True):
                vault.write_policy(name, text)
        return self.token(*names)

    def needed(self, bot: str) -> str:
        with self.operator(self.role("provisioner")) as vault:
            return enroll.needed(vault, LAYOUT, bot)

    def pin(self, bot: str, shown: Key, token: Redacted | None = None) -> enroll.Enrolment:
        with self.operator(token or self.holding(self.needed(bot))) as vault:
            return enroll.enroll(vault, LAYOUT, bot, shown.certificate, read=read_certificate, now=datetime.now(UTC))

    def enrolled(self, bot: str) -> Key:
        made = key(bot)
        self.pin(bot, made)
        return made

    def asks(self, token: Redacted, path: str, body: Mapping[str, object]) -> int:
        """The status, with everything sent as it is here."""
        return call(self.server.address, "POST", path, body, token=token, cacert=self.server.cacert)[0]

    def writes(self, token: Redacted, bot: str, body: Mapping[str, object]) -> bool:
        """Whether the bot's certificate role is written; what is not done is refused, and for no other reason."""
        status = self.asks(token, f"auth/{LAYOUT.cert_mount}/certs/{bot}", body)
        assert status in {204, 403}, body
        return status == 204

    def log_in(self, bot: str, presented: Key | None) -> Lease:
        with self.door(presented) as vault:
            return vault.log_in(LAYOUT.cert_mount, {"name": bot})

    def refuses(self, bot: str, presented: Key | None) -> bool:
        try:
            self.log_in(bot, presented)
        except LoginRefused:
            return True
        return False

    def reads(self, token: Redacted) -> set[str]:
        """The credentials whose value comes."""
        found = set()
        with self.door() as vault:
            for name, value in VALUES.items():
                try:
                    secret = vault.read(token, KvPath(LAYOUT.credential_path(name)))
                except PermissionDenied:
                    continue
                assert secret.fields["api_secret"] == Redacted(value)
                found.add(name)
        return found


@pytest.fixture(scope="module")
def server(vault_binary: Binary) -> Iterator[DevVault]:
    with DevVault(vault_binary, tls=True, hooks=QUICK) as made:
        yield made


@pytest.fixture(scope="module")
def place(server: DevVault, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Set up with what `setup` needs and no more."""
    made = Place(server, tmp_path_factory.mktemp("hosts"))
    with made.operator(made.holding(policy_texts.render(policy_texts.SETUP, LAYOUT))) as vault:
        set_up(vault, LAYOUT)
    with made.operator(made.role("writer")) as vault:
        for name, value in VALUES.items():
            vault.write_secret(LAYOUT.kv_mount, LAYOUT.credential(name), {"api_secret": value}, cas=0)
    return made


@pytest.fixture
def bot(place: Place) -> str:
    """A fresh one, which reads `mm`."""
    return added(place, "mm")


@pytest.fixture
def other(place: Place) -> str:
    """Somebody else's, which reads `hedger` and is enrolled."""
    name = added(place, "hedger")
    place.enrolled(name)
    return name


def added(place: Place, credential: str, *, cidrs: Sequence[str] = ()) -> str:
    name = f"bot-{token_hex(4)}"
    with place.operator(place.role("provisioner")) as vault:
        bots.add(vault, LAYOUT, name, credential, cidrs=cidrs)
    return name


class TestLoggingIn:
    def test_an_enrolled_bot_reads_its_one_credential(self, place, bot):
        lease = place.log_in(bot, place.enrolled(bot))

        assert (lease.policies, lease.ttl, lease.renewable) == (("desk-reader",), 900, True)
        assert place.reads(lease.token) == {"mm"}
        with place.operator() as vault:
            entity = vault.entity(LAYOUT.entity(bot))
        with place.door() as door:
            assert door.token_info(lease.token).entity_id == entity.id

    def test_again_and_again(self, place, bot):
        """What a wrapped SecretID cannot: a restart with nobody there."""
        made = place.enrolled(bot)

        assert len({place.log_in(bot, made).accessor for _ in range(3)}) == 3

    def test_its_lease_is_renewed_with_the_certificate_and_not_without(self, place, bot):
        made = place.enrolled(bot)
        lease = place.log_in(bot, made)

        with place.door(made) as vault:
            assert vault.renew(lease.token).ttl == 900
        for other in (None, key(bot), place.enrolled(added(place, "mm"))):
            with place.door(other) as vault, pytest.raises(LeaseEnded):
                vault.renew(lease.token)

    def test_the_addresses_of_the_bot_bind_this_login_too(self, place):
        bound = added(place, "mm", cidrs=["10.0.4.7/32"])
        made = place.enrolled(bound)

        assert place.refuses(bound, made)
        with place.operator() as vault:
            assert vault.certificate_role(LAYOUT.cert_mount, bound)["token_bound_cidrs"] == ["10.0.4.7"]


class TestRefused:
    def test_without_a_certificate_or_with_another_of_the_same_name(self, place, bot):
        place.enrolled(bot)

        assert place.refuses(bot, None)
        assert place.refuses(bot, key(bot))

    def test_before_it_is_enrolled(self, place, bot):
        assert place.refuses(bot, key(bot))

    def test_an_expired_one(self, place, bot):
        """Pinned by hand, since we would not: Vault answers 500, not 400."""
        old = key(bot, days=1, now=NOW - timedelta(days=2))
        with place.operator() as vault:
            vault.write_certificate_role(LAYOUT.cert_mount, bot, enroll.role_settings(LAYOUT, old.certificate, ()))

        with pytest.raises((LoginRefused, VaultUnavailable)):
            place.log_in(bot, old)

    def test_the_old_key_once_another_is_pinned(self, place, bot):
        first = place.enrolled(bot)
        lease = place.log_in(bot, first)

        second = key(bot)
        done = place.pin(bot, second)

        assert done.replaced == first.certificate
        assert place.refuses(bot, first)
        assert place.reads(place.log_in(bot, second).token) == {"mm"}
        for presented in (first, second):
            with place.door(presented) as vault, pytest.raises(LeaseEnded):
                vault.renew(lease.token)
        assert place.reads(lease.token) == {"mm"}, "until its time is up, at most 15 minutes"

    @pytest.mark.parametrize("command", ["revoke", "remove"])
    def test_a_bot_that_was_revoked_or_removed(self, place, bot, command):
        made = place.enrolled(bot)
        lease = place.log_in(bot, made)
        more = {"now": NOW.isoformat()} if command == "remove" else {}

        with place.operator(place.role("provisioner")) as vault:
            assert getattr(kill_switch, command)(vault, LAYOUT, bot, **more).unpinned
            assert vault.certificate_role(LAYOUT.cert_mount, bot) is None

        assert place.refuses(bot, made)
        assert place.reads(lease.token) == set()

    def test_a_revoked_one_that_is_allowed_again_until_it_is_enrolled_again(self, place, bot):
        made = place.enrolled(bot)
        with place.operator(place.role("provisioner")) as vault:
            kill_switch.revoke(vault, LAYOUT, bot)
            kill_switch.allow(vault, LAYOUT, bot)
        assert place.refuses(bot, made)

        place.pin(bot, made)

        assert place.reads(place.log_in(bot, made).token) == {"mm"}

    def test_a_suspended_one_until_it_is_allowed(self, place, bot):
        made = place.enrolled(bot)
        lease = place.log_in(bot, made)
        with place.operator(place.role("provisioner")) as vault:
            kill_switch.suspend(vault, LAYOUT, bot)

            assert place.refuses(bot, made)
            assert place.reads(lease.token) == set()
            kill_switch.allow(vault, LAYOUT, bot)

        assert place.reads(place.log_in(bot, made).token) == {"mm"}

    def test_a_suspended_one_that_is_enrolled_meanwhile(self, place, bot):
        with place.operator(place.role("provisioner")) as vault:
            kill_switch.suspend(vault, LAYOUT, bot)
        made = key(bot)

        assert place.pin(bot, made).suspended
        assert place.refuses(bot, made)

    def test_the_name_of_another_bot_in_a_certificate_for_a_pinned_key(self, place, bot):
        """What CVE-2025-6037 allowed where no common name is demanded."""
        other = added(place, "hedger")
        place.enrolled(other)
        forged = place.enrolled(bot).in_the_name_of(other)

        assert place.refuses(bot, forged)
        assert place.refuses(other, forged)


class TestWhoMay:
    def test_the_policy_is_exactly_what_is_needed(self, place):
        """Each capability is taken out in turn, for a fresh bot: then it is refused, and with the rest it is done."""
        number = sum(map(len, stanzas(place.needed(added(place, "mm"))).values()))
        assert number == 6
        for left_out in range(number):
            made = added(place, "mm")
            presented = key(made)
            text = place.needed(made)
            path, capability = [(path, one) for path, granted in stanzas(text).items() for one in sorted(granted)][
                left_out
            ]
            with pytest.raises(PermissionDenied):
                place.pin(made, presented, place.holding(without(text, path, capability)))
            assert place.refuses(made, presented), (path, capability)

            place.pin(made, presented, place.holding(text))

    @pytest.mark.parametrize("roles", [("provisioner",), ("issuer",), ("provisioner", "issuer"), ("writer", "auditor")])
    def test_no_role_of_ours(self, place, bot, roles):
        token = place.token(*(LAYOUT.policy(role) for role in roles))
        made = key(bot)

        with pytest.raises(PermissionDenied):
            place.pin(bot, made, token)
        assert place.refuses(bot, made)
        with place.operator(token) as vault, pytest.raises(PermissionDenied):
            vault.write_certificate_role(LAYOUT.cert_mount, bot, enroll.role_settings(LAYOUT, made.certificate, ()))

    def test_after_a_revocation_it_is_to_be_printed_anew(self, place, bot):
        token = place.holding(place.needed(bot))
        with place.operator(place.role("provisioner")) as vault:
            kill_switch.revoke(vault, LAYOUT, bot)

        with pytest.raises(PermissionDenied):
            place.pin(bot, key(bot), token)
        place.pin(bot, key(bot), place.holding(place.needed(bot)))

    def test_who_holds_it_has_this_bots_credential(self, place, bot):
        mine = key(bot)
        place.pin(bot, mine, place.holding(place.needed(bot)))

        assert place.reads(place.log_in(bot, mine).token) == {"mm"}

    def test_and_no_others_by_a_certificate_in_their_name(self, place, bot, other):
        """Each body is wrong in one thing only: without that it is done, and is no way to the other either."""
        mine, token = key(bot), place.holding(place.needed(bot))
        forged = mine.in_the_name_of(other)
        right = enroll.role_settings(LAYOUT, forged.certificate, ()) | {
            "display_name": bot,
            "allowed_common_names": [bot],
        }
        unnamed = {name: value for name, value in right.items() if name != "allowed_common_names"}
        names = ([other], other, [bot, other], f"{bot},{other}", [other, bot], ["*"], "*", f"{bot}*", [bot, ""])

        assert place.writes(token, bot, right)
        assert place.refuses(bot, forged)
        assert place.refuses(other, forged)
        hostile = [unnamed, *(right | {"allowed_common_names": each} for each in (*names, *NOTHING))]
        assert [body for body in hostile if place.writes(token, bot, body)] == []
        assert not place.writes(token, other, right | {"display_name": other, "allowed_common_names": [other]})

    def test_and_no_others_by_an_authority_of_their_own(self, place, bot, other):
        """Whoever it vouches for by this bot's name is this bot; by another name nobody."""
        authority, token = key(AUTHORITY), place.holding(place.needed(bot))
        right = enroll.role_settings(LAYOUT, key(bot).certificate, ()) | {"certificate": authority.as_authority()}

        place.pin(bot, key(bot), token)
        assert place.writes(token, bot, right)
        assert place.reads(place.log_in(bot, authority.signs(key(bot), bot)).token) == {"mm"}
        for name in (bot, other):
            assert place.refuses(name, authority.signs(key(bot), other))
        hostile = [right | {"allowed_common_names": each} for each in (*NOTHING, [other], [bot, other], "*")]
        assert [body for body in hostile if place.writes(token, bot, body)] == []

    def test_and_no_login_of_another_kind(self, place, bot):
        token = place.holding(place.needed(bot))
        right = enroll.role_settings(LAYOUT, key(bot).certificate, ())
        hostile = (
            *({"token_policies": each} for each in (["root"], "root", ["desk-reader", "root"], *NOTHING)),
            *({"token_no_default_policy": each} for each in (False, "false", 0, *NOTHING)),
            *({"token_type": each} for each in ("batch", "default", *NOTHING)),
            *({"display_name": each} for each in ("another", *NOTHING)),
            {"allowed_names": ["x"]},
        )

        assert place.writes(token, bot, right)
        assert [change for change in hostile if place.writes(token, bot, right | change)] == []

    def test_and_no_alias_of_another_entity_or_mount(self, place, bot, other):
        token = place.holding(place.needed(bot))
        place.pin(bot, key(bot), token)
        with place.operator() as root:
            mine, alice = root.entity(LAYOUT.entity(bot)), root.write_entity("alice", metadata={})
            right = {
                "name": bot,
                "canonical_id": mine.id,
                "mount_accessor": root.auth_mount(LAYOUT.cert_mount).accessor,
            }
            approle = root.auth_mount(LAYOUT.approle_mount).accessor
        hostile = (
            *(right | {"name": each} for each in (other, *NOTHING)),
            *(right | {"canonical_id": each} for each in (alice.id, f"{mine.id},{alice.id}", *NOTHING)),
            *(right | {"mount_accessor": each} for each in (approle, *NOTHING)),
            {name: value for name, value in right.items() if name != "canonical_id"},
        )

        assert [body for body in hostile if place.asks(token, "identity/entity-alias", body) != 403] == []
        assert place.asks(token, "identity/entity-alias", right) != 403

    def test_a_login_that_got_an_entity_of_its_own_is_taken_back(self, place, bot):
        """Pinned by hand, without the alias: Vault makes an entity at the first login, and it reads nothing."""
        made = key(bot)
        with place.operator() as vault:
            vault.write_certificate_role(LAYOUT.cert_mount, bot, enroll.role_settings(LAYOUT, made.certificate, ()))
        assert place.reads(place.log_in(bot, made).token) == set()

        place.pin(bot, made)

        assert place.reads(place.log_in(bot, made).token) == {"mm"}
