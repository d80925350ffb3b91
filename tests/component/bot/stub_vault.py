"""A BotVault that answers what a test tells it to, and keeps what it was asked."""

from __future__ import annotations

from vault_binance.layout import Layout
from vault_binance.redacted import Redacted
from vault_binance.vault.port import Health, KvPath, Lease, Secret, SecretLease, TokenInfo, WrappingInfo

LAYOUT = Layout()
PATH = "binance/data/credentials/maker"
CREATION_PATH = "auth/binance-approle/role/bot-1/secret-id"
CANARY = "canary-7f3a91c2d4e5"
FIELDS = {"api_key": Redacted("k" * 64), "api_secret": Redacted("s" * 64)}

READY = {
    "log_in": Lease(Redacted("made-for-us"), "accessor-1", 900, renewable=True),
    "renew": Lease(Redacted("made-for-us"), "accessor-1", 900, renewable=True),
    "wrapping_info": WrappingInfo(CREATION_PATH, "2026-01-01T00:00:00Z", 600),
    "unwrap_secret_id": Redacted("opened"),
    "locate": KvPath("kv/data/team/maker"),
    "read": Secret(FIELDS, 7),
    "write": None,
    "renew_secret": SecretLease(Redacted("db/creds/maker/1"), 600, renewable=True),
    "revoke_secret": None,
    "revoke": None,
    "token_info": TokenInfo("accessor-1", 900, True, 0, ("binance-reader",), "entity-1", "service"),
    "entity_metadata": {"binance_credential": "maker"},
    "capabilities": ("deny",),
    "health": Health(True, False, False, "1.21.1"),
    "close": None,
}


class StubVault:
    """Each call takes the next of its answers, the last one again and again; an exception is raised."""

    def __init__(self, **answers):
        self.calls = []
        self._answers = {name: [answer] for name, answer in READY.items()}
        for name, answer in answers.items():
            self._answers[name] = list(answer) if isinstance(answer, list) else [answer]

    @property
    def names(self):
        return [name for name, _ in self.calls]

    def __getattr__(self, name):
        if name not in READY:
            raise AttributeError(name)

        def call(*arguments, **named):
            self.calls.append((name, (*arguments, *named.values())))
            answers = self._answers[name]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return call
