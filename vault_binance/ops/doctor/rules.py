"""Everything that doctor can find, as a table: how bad it is, what it is called, and why it matters.

Rules of the file
- A code is for machines and stays; the texts are for people and may change. The page docs/reference/doctor.md is drawn
  from here.
- HIGH is: somebody can reach what they should not, what they did cannot be proven, or bots will stand still.
- A remedy is a command ready to paste, ours where there is one, else Vault's own; or the line of HCL to be added.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault_binance.health.values import Severity

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW


@dataclass(frozen=True, slots=True)
class Rule:
    severity: Severity
    says: str
    """For the page: when it is found."""
    reason: str
    """Why it matters, in a few words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference; `where` is a path as Vault's API names it, `remedy` what mends it."""

    severity: Severity
    code: str
    where: str
    fact: str
    reason: str
    remedy: str


def found(code: str, where: str, fact: str, remedy: str) -> Finding:
    rule = RULES[code]
    return Finding(rule.severity, code, where, fact, rule.reason, remedy)


SECTIONS = {
    "Mounts": {
        "not-set-up": Rule(HIGH, "no mount of the instance is there", "nothing can be stored or read"),
        "mount-missing": Rule(
            HIGH, "some of its mounts are, and this one is not", "an earlier set-up was not finished"
        ),
        "mount-of-another-kind": Rule(
            HIGH, "the mount is KV v1, or another engine", "it cannot do what is asked of it"
        ),
        "mount-not-ours": Rule(
            HIGH, "a mount of our name without our mark; it is not judged further", "somebody else keeps things there"
        ),
        "structure-older": Rule(MEDIUM, "the structure has an older number", "it lacks what was added since"),
        "structure-newer": Rule(
            HIGH,
            "it has a newer number; nothing of it is judged",
            "this program does not know what it should look like",
        ),
        "cas-not-required": Rule(
            MEDIUM, "the KV mount takes writes without check-and-set", "two people overwrite each other's keys unseen"
        ),
        "versions-not-kept": Rule(
            MEDIUM, "it keeps another number of versions", "too few of them, and going back becomes impossible"
        ),
        "versions-expire": Rule(
            HIGH, "it deletes versions after a time", "one day the key is gone and every bot stands"
        ),
        "logins-untuned": Rule(
            MEDIUM,
            "the TTLs of an auth mount differ: Terraform's provider is known to swallow that",
            "a role without limits of its own gives longer tokens",
        ),
        "mount-bares-log": Rule(
            HIGH,
            "a mount exempts fields from hashing in the audit log",
            "keys, SecretIDs and tokens stand there for whoever reads the log",
        ),
        "mount-makes-batch-tokens": Rule(
            HIGH, "the auth mount makes batch tokens", "they cannot be revoked and their holder leaves no accessor"
        ),
    },
    "Keys": {
        "transit-key-can-leave": Rule(
            HIGH,
            "a Transit key is exportable, or may be backed up in plain",
            "whoever may export it has the key for ever",
        ),
        "key-expires": Rule(
            HIGH, "a credential's metadata deletes its versions after a time", "its bots will stand still"
        ),
        "history-shortened": Rule(
            MEDIUM,
            "a credential's metadata keeps fewer versions than the mount",
            "writes push out what one goes back to",
        ),
    },
    "Policies": {
        "policy-missing": Rule(HIGH, "a role's policy is not there", "whoever has the role can do nothing"),
        "policy-differs": Rule(HIGH, "its text is not the one of this version", "the role may do more than was tested"),
        "policy-not-ours": Rule(
            HIGH, "a policy of its name without our mark; it is not judged further", "our roles would get its rights"
        ),
    },
    "Bots": {
        "role-of-no-bot": Rule(
            MEDIUM, "a login with a name that no bot can have", "it was not made by us, in a mount of ours"
        ),
        "role-grants-other": Rule(
            HIGH, "a bot's login gives other policies than reader and signer", "the bot may do what no bot should"
        ),
        "role-with-default-policy": Rule(
            MEDIUM, "a bot's login adds Vault's default policy", "the bot gets rights that others may extend"
        ),
        "role-without-secret": Rule(
            HIGH, "an AppRole role asks for no SecretID", "the RoleID, which is no secret, logs in"
        ),
        "secret-ids-never-end": Rule(HIGH, "its SecretIDs have no end", "one that was stolen logs in for ever"),
        "secret-ids-live-long": Rule(MEDIUM, "they live longer than 30 days", "one that was stolen logs in for long"),
        "tokens-never-end": Rule(HIGH, "a bot's login makes periodic tokens", "they are renewed for ever"),
        "tokens-live-long": Rule(
            MEDIUM, "its tokens live longer than 15 m, 24 h with renewals", "a change of the role arrives late"
        ),
        "role-makes-batch-tokens": Rule(HIGH, "it makes batch tokens", "they cannot be revoked"),
        "certificate-of-any-name": Rule(
            HIGH,
            "a pinned certificate's name is not the bot's alone",
            "another name's certificate could log in as the bot",
        ),
        "bot-incomplete": Rule(
            HIGH,
            "a login without its entity, or without the tie to it",
            "`bot add` was interrupted and the bot stands still; or its login was made somebody else's",
        ),
        "bot-without-login": Rule(
            LOW, "a bot's entity that nothing logs in as", "what is left of a bot, or half of one"
        ),
        "login-of-another": Rule(
            HIGH, "a bot's login is tied to another entity, or the entity to another login", "one bot acts as another"
        ),
        "entity-unmarked": Rule(
            HIGH,
            "an entity of our names has our metadata or a login at our mounts, and not our mark",
            "it was not made by us, and our policies read its metadata",
        ),
        "entity-with-policies": Rule(
            HIGH, "a bot's entity carries policies itself", "the bot may do what no bot should"
        ),
        "bot-in-another-group": Rule(
            MEDIUM, "a bot's entity is in a group that is not ours", "its policies come on top of the bot's own"
        ),
        "metadata-glob": Rule(
            HIGH, "an entity's metadata holds * or +", "our policies become a pattern: it reads every credential"
        ),
        "metadata-wrong": Rule(
            MEDIUM,
            "an entity's metadata names no bot or credential, or another bot",
            "it reads nothing, or reports as another",
        ),
        "credential-missing": Rule(MEDIUM, "a bot's credential does not exist", "the bot finds nothing"),
    },
    "People": {
        "group-missing": Rule(
            HIGH, "the group of an operators' role is not there", "people get the role in another way"
        ),
        "group-not-ours": Rule(HIGH, "a group of its name without our mark", "somebody else decides who is in it"),
        "group-policies": Rule(
            HIGH, "the group carries other policies than its one", "its people may do more than their role"
        ),
        "group-factor-unclear": Rule(
            MEDIUM, "the groups do not agree on who asks for the second factor", "a change of it was not finished"
        ),
        "group-of-groups": Rule(
            MEDIUM, "a group holds other groups, or is external", "who has the role is decided elsewhere"
        ),
        "bot-in-group": Rule(HIGH, "a bot is in an operators' group", "the bot may do what only people should"),
        "issuer-and-another": Rule(
            HIGH, "somebody is an issuer and has another role", "together they log in as any bot and read its key"
        ),
        "enforcement-missing": Rule(HIGH, "no login enforcement", "operators log in with a password alone"),
        "enforcement-misses-group": Rule(
            HIGH, "it leaves out a group of ours", "its people log in with a password alone"
        ),
        "enforcement-hits-others": Rule(
            HIGH,
            "it names accessors, kinds of mounts, entities or groups of others",
            "other teams cannot log in any more",
        ),
        "enforcement-of-another-method": Rule(
            HIGH, "it allows a method that is not ours", "whoever runs that method decides who is an operator"
        ),
        "method-weak": Rule(
            HIGH,
            "the method makes shorter keys than 20 bytes, or takes more than five tries, or a code for longer",
            "whoever has the password guesses the code",
        ),
        "enforcement-left": Rule(
            MEDIUM,
            "the identity provider asks for the second factor, and our enforcement is there all the same",
            "whoever is not enrolled cannot log in",
        ),
        "method-differs": Rule(
            LOW, "the method is not SHA1, six digits, 30 s", "many authenticator apps show codes that are refused"
        ),
        "second-factor-unproven": Rule(
            HIGH,
            "with the identity provider's second factor: the login role's bound claims do not ask for one (amr, acr)",
            "whoever has the password is an operator",
        ),
        "login-without-group": Rule(
            HIGH,
            "a login role or user carries an operators' policy itself",
            "a way to the role without the second factor",
        ),
    },
    "The audit trail": {
        "audit-missing": Rule(
            HIGH, "no audit device, and no trail elsewhere recorded", "nobody could prove who read a key"
        ),
    },
    "Tokens": {
        "token-is-root": Rule(HIGH, "it is a root token", "it may do everything, and no policy tells what it is for"),
        "token-never-ends": Rule(HIGH, "it has no end", "whoever finds it has it for ever"),
        "token-renewed-for-ever": Rule(
            HIGH, "it is periodic, without a limit", "whoever finds it keeps it alive for ever"
        ),
        "token-without-group": Rule(
            HIGH, "it has an operators' policy that came by no group", "no second factor was asked for it"
        ),
        "auditor-without-group": Rule(
            LOW, "so, and the auditor's alone, which changes nothing", "no second factor was asked for it"
        ),
        "token-issuer-and-another": Rule(
            HIGH, "it is an issuer's and has another role", "it can log in as any bot and read its key"
        ),
        "token-reads-values": Rule(HIGH, "it may read any credential", "no role needs that: keys are for bots"),
        "token-writes-entities": Rule(
            HIGH, "it may write identity entities outside our roles", "whoever writes them reads every credential"
        ),
        "token-writes-groups": Rule(
            HIGH, "it may write identity groups", "it can make anybody an operator, itself too"
        ),
        "token-mints-secret-ids": Rule(
            HIGH, "it may mint SecretIDs without being an issuer", "it can log in as any bot and read its key"
        ),
        "token-writes-policies": Rule(HIGH, "it may write any policy", "it can give itself everything"),
        "token-makes-tokens": Rule(
            HIGH,
            "it has sudo on auth/token/create, or may write token roles",
            "it can make tokens with any policy, and without end or a second factor as anybody",
        ),
        "token-ends-audit": Rule(HIGH, "it may change audit devices", "it can end the trail of what it does"),
        "token-sets-up": Rule(
            MEDIUM, "it may write our policies, as the one that setup prints", "an admin's token, meant for minutes"
        ),
    },
}
"""By subject, as docs/reference/doctor.md has them."""

RULES = {code: rule for rules in SECTIONS.values() for code, rule in rules.items()}
"""By code, in the order in which they are told within a severity."""
