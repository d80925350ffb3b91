"""What --audit may say, and what is made of it: words for a policy and for a server's configuration."""

import pytest

from tests.rows import each_row
from vault_binance.errors import ConfigError
from vault_binance.layout import Layout
from vault_binance.ops.setup.audit_trail import AuditTrail, parse, policy, server_configuration
from vault_binance.policy.access import Access, Request
from vault_binance.policy.text import parse_policy

LAYOUT = Layout("desk")
FILE = AuditTrail("file", "/var/log/a.log")
DEVICES = ("file", "socket", "syslog", "external")
LACKING = "--audit={} is not followed by what it needs".format


@each_row(
    ("text", "options"),
    [
        ("file:/var/log/vault/audit.log", {"file_path": "/var/log/vault/audit.log"}),
        ("file:/dev/stdout", {"file_path": "/dev/stdout"}),
        ("file:/var/log/..a/.b", {"file_path": "/var/log/..a/.b"}),
        ("socket:audit.internal:9090", {"address": "audit.internal:9090"}),
        ("syslog", {}),
    ],
)
def test_a_device_has_the_options_that_vault_names(text, options):
    trail = parse(text)

    assert (trail.is_device, trail.options) == (True, options)


@each_row("reference", ["SEC-1234", "https://wiki/audit#vault", "a", "x" * 100])
def test_a_trail_elsewhere_is_a_reference(reference):
    assert parse(f"external:{reference}") == AuditTrail("external", reference)


@each_row(
    ("text", "told"),
    [
        ("", "no kind"),
        ("file", "absolute path"),
        ("file:", "absolute path"),
        ("file:audit.log", "absolute path"),
        ("file:./audit.log", "absolute path"),
        ("file:/", "absolute path"),
        ("file:/var/../etc/passwd", "absolute path"),
        ("file:/var/log/..", "absolute path"),
        ("file:/a\nb", "absolute path"),
        ("file:/a\n", "absolute path"),
        ('file:/a" }', "absolute path"),
        ("file:/${a}", "absolute path"),
        ("file:discard", "absolute path"),
        ("File:/a", "no kind"),
        ("socket", "host and port"),
        ("socket:host", "host and port"),
        ("syslog:x", "nothing after it"),
        ("external", "a reference"),
        ("external:", "a reference"),
        ("external:a b", "a reference"),
        ("external:-a", "a reference"),
        ("external:a,b", "a reference"),
        ("external:\u00e4", "a reference"),
        ("external:" + "x" * 101, "a reference"),
        ("none", "no kind"),
    ],
)
def test_anything_else_is_refused_and_not_repeated(text, told):
    with pytest.raises(ConfigError) as raised:
        parse(text)

    assert told in raised.value.message + raised.value.hint
    assert raised.value.message in {"--audit names no kind of audit trail", *map(LACKING, DEVICES)}


def test_the_configuration_is_a_stanza_for_the_server():
    assert server_configuration(FILE, LAYOUT) == (
        'audit "file" "desk" {\n  options {\n    file_path = "/var/log/a.log"\n  }\n}'
    )
    assert server_configuration(AuditTrail("syslog"), LAYOUT) == 'audit "syslog" "desk" {\n}'


def test_the_policy_allows_this_device_and_no_other():
    access = Access([parse_policy("audit", policy(FILE, LAYOUT))], None)

    def may(path, **body):
        return access.allows(Request(path, "update", body, 0))

    assert may("sys/audit/desk", type="file", options={"file_path": "/var/log/a.log"})
    assert not may("sys/audit/desk", type="file", options={"file_path": "/etc/passwd"})
    assert not may("sys/audit/desk", type="file", options={"file_path": "/var/log/a.log", "mode": "0777"})
    assert not may("sys/audit/desk", type="socket", options={"file_path": "/var/log/a.log"})
    assert not may("sys/audit/desk", type="file", options={"file_path": "/var/log/a.log"}, local=True)
    assert not may("sys/audit/file", type="file", options={"file_path": "/var/log/a.log"})
