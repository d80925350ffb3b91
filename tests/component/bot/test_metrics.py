"""A lease in numbers: what is counted, and that the text is OpenMetrics, read by a grammar of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import inf

import pytest

from tests.component.bot.lives import every_event
from tests.component.bot.world import BOT, LAYOUT, NAME, life, pair, started, until_waiting
from vault_binance.bot.fetcher import Snapshot
from vault_binance.bot.keeping import Keeper
from vault_binance.bot.lending import Request
from vault_binance.bot.logins import Logins
from vault_binance.bot.metrics import FAMILIES, PREFIX, Metrics, MetricsFile, measured, openmetrics, prometheus
from vault_binance.lease_values import CloseRequested, Phase
from vault_binance.notices import NoticeKind
from vault_binance.schedules import STANDARD
from vault_binance.vault.http import HttpVault

LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?\d+(?:\.\d+)?|[+-]Inf|NaN)")
HEAD = re.compile(r"# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)")


def parsed(text):
    """The samples of a text by name and labels; fails where it is no OpenMetrics 1.0 with gauges and counters."""
    assert text.endswith("\n# EOF\n")
    families, samples, current = {}, {}, None
    for line in text.removesuffix("# EOF\n").splitlines():
        if head := HEAD.fullmatch(line):
            word, name, value = head.groups()
            assert name == current or name not in families, f"{name} is not in one piece"
            current = name
            told = families.setdefault(name, {})
            assert word not in told
            told[word] = value
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        name, labels, value = match.groups()
        kind = families[current]["TYPE"]
        assert kind in {"gauge", "counter"}, "what both of Prometheus' formats know"
        assert name == current + ("_total" if kind == "counter" else ""), line
        pairs = tuple(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
        assert len(dict(pairs)) == len(pairs)
        assert (name, pairs) not in samples, line
        samples[name, pairs] = float(value)
    for name, told in families.items():
        assert not told.get("UNIT") or name.endswith(f"_{told['UNIT']}")
        assert not name.endswith("_total")
        assert not re.search(r'["\\]', told["HELP"])
    return samples


def values(metrics, name):
    """The samples of a family; by the label of its own, if it has one."""
    found = {}
    for sample in metrics.samples():
        if sample.name == PREFIX + name:
            own = [text for label, text in sample.labels.items() if label not in metrics.labels]
            found[tuple(own)] = sample.value
    return (
        found[()] if list(found) == [()] else {key[0] if len(key) == 1 else key: value for key, value in found.items()}
    )


# The numbers


def test_before_anything_has_happened_there_is_nothing_but_zeros(world):
    metrics = measured(world.keeper())
    assert (metrics.phase, metrics.credential_usable, metrics.failures) == (Phase.LOGGED_OUT, False, 0)
    assert values(metrics, "phase")["logged out"] == 1
    assert set(values(metrics, "events_total").values()) == {0}
    assert {name for name in FAMILIES if values(metrics, name)} == {"phase"}
    assert values(metrics, "credential_age_seconds") == {}


def test_in_calm(world):
    keeper = started(world)
    world.advance(12.5)
    metrics = measured(keeper)
    assert metrics.labels == {"credential": NAME, "vault_instance": "binance"}
    assert values(metrics, "credential_version") == 1
    assert values(metrics, "credential_usable") == 1
    assert values(metrics, "credential_age_seconds") == 12.5
    assert values(metrics, "credential_left_seconds") == 3587.5
    assert values(metrics, "lease_left_seconds") == 887.5
    assert values(metrics, "calls_total") == {("log_in", "ok"): 1, ("read", "ok"): 1}


def test_while_vault_is_away_and_after_a_refusal(world):
    keeper = started(world)
    world.fake.unreachable = True
    life(world, keeper, 300)
    metrics = measured(keeper)
    assert values(metrics, "phase") == {phase.value: phase is Phase.WAVERING for phase in Phase}
    assert values(metrics, "credential_usable") == 1
    assert values(metrics, "failures") == metrics.calls["read", "unreachable"] > 3
    world.fake.unreachable = False
    world.suspend()
    life(world, keeper, 300)
    metrics = measured(keeper)
    assert metrics.phase is Phase.REFUSED
    assert values(metrics, "credential_usable") == 0
    assert values(metrics, "credential_version") == 1, "which one it was"
    assert values(metrics, "calls_total")["log_in", "refused"] > 1


def test_each_event_is_counted(world):
    counted = values(measured(every_event(world)), "events_total")
    assert counted.keys() == {kind.value for kind in NoticeKind}
    assert counted["rotated"] == 2
    assert counted["ended"] == 1
    assert 0 not in counted.values()


def test_a_bot_that_tells_its_name_is_told_apart(world):
    vault = HttpVault(world.fake)
    logins = Logins(lambda: world.identity)
    keeper = Keeper(vault, logins, Request(LAYOUT, NAME), STANDARD, bot=BOT)
    assert measured(keeper).labels["bot"] == BOT


def test_a_fetcher_gives_them(world):
    keeper = started(world)
    metrics = Snapshot(keeper).metrics()
    assert isinstance(metrics, Metrics)
    assert metrics == measured(keeper)


def test_a_value_once_taken_does_not_change(world):
    keeper = started(world)
    metrics = measured(keeper)
    life(world, keeper, 100)
    assert metrics.calls == {("log_in", "ok"): 1, ("read", "ok"): 1}


# The text


def test_every_life_has_a_text_that_can_be_read(world):
    keeper = world.keeper()
    assert parsed(openmetrics(measured(keeper)))
    samples = parsed(openmetrics(measured(every_event(world))))
    own = (("credential", NAME), ("vault_instance", "binance"))
    assert samples["vault_binance_phase", (*own, ("phase", "ended"))] == 1
    assert samples["vault_binance_events_total", (*own, ("event", "rotated"))] == 2


def test_the_text_says_what_the_samples_say(world):
    metrics = measured(started(world))
    said = {(sample.name, tuple(sample.labels.items())): float(sample.value) for sample in metrics.samples()}
    assert parsed(openmetrics(metrics)) == said


def test_several_leases_of_one_process_have_one_text(world):
    first = measured(started(world))
    second = Metrics(**{name: getattr(first, name) for name in Metrics.__slots__} | {"labels": {"credential": "arb"}})
    samples = parsed(openmetrics(first, second))
    assert len(samples) == 2 * len(parsed(openmetrics(first)))


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\nb", "a\\nb", 'x"} 1\nforged 2', "ключ"])
def test_a_label_cannot_forge_a_sample(world, text):
    metrics = measured(started(world))
    strange = Metrics(**{name: getattr(metrics, name) for name in Metrics.__slots__} | {"labels": {"credential": text}})
    samples = parsed(openmetrics(strange))
    assert len(samples) == len(list(metrics.samples()))
    for _, labels in samples:
        plain = re.sub(r"\\(.)", lambda escaped: {"n": "\n"}.get(escaped[1], escaped[1]), dict(labels)["credential"])
        assert plain == text


def test_what_never_ends_is_infinite(world):
    metrics = measured(started(world))
    endless = Metrics(**{name: getattr(metrics, name) for name in Metrics.__slots__} | {"lease_left_seconds": inf})
    assert "vault_binance_lease_left_seconds{" in openmetrics(endless)
    assert [value for (name, _), value in parsed(openmetrics(endless)).items() if "lease_left" in name] == [inf]


def test_no_label_changes_with_each_login_and_none_is_prometheus_own(world):
    keeper = every_event(world)
    accessor = started(world).state.session.lease.accessor
    text = openmetrics(measured(keeper), measured(started(world)))
    assert accessor not in text
    for sample in measured(keeper).samples():
        assert not sample.labels.keys() & {"instance", "job", "accessor", "version"}


def test_no_key_secret_or_token_is_in_it(world):
    text = openmetrics(measured(every_event(world)))
    for number in (1, 2, 3):
        assert not [value for value in pair(number).values() if value[:14] in text]
    assert world.secret_id not in text


# The end: what the alarms of docs/reference/metrics.md are made of


def ended(keeper):
    keeper.wish(CloseRequested())
    until_waiting(keeper)
    return measured(keeper)


def test_an_end_is_there_once_it_has_come_and_says_why(world):
    keeper = started(world)
    assert values(measured(keeper), "ended") == {}
    assert values(ended(keeper), "ended") == {"closed": 1}
    keeper = started(world)
    keeper.fail(ValueError("unforeseen"))
    until_waiting(keeper)
    assert values(measured(keeper), "ended") == {"failed": 1}


def test_an_end_after_a_refusal_is_told_from_one_that_was_asked_for(world):
    keeper = started(world)
    world.suspend()
    life(world, keeper, 40)
    assert values(measured(keeper), "ended") == {}, "it goes on trying"
    metrics = ended(keeper)
    assert (values(metrics, "ended"), values(metrics, "credential_usable")) == ({"refused": 1}, 0)


@pytest.mark.parametrize(("change", "reason"), [("suspend", "refused"), ("go_away", "unreachable")])
def test_a_bot_that_never_came_up_has_ended_too(world, change, reason):
    world.suspend() if change == "suspend" else setattr(world.fake, "unreachable", True)
    assert values(measured(started(world)), "ended") == {reason: 1}


def test_after_an_end_there_is_no_age_that_an_alarm_would_go_on_about(world):
    names = {sample.name.removeprefix(PREFIX) for sample in ended(started(world)).samples()}
    assert not names & {"credential_age_seconds", "credential_left_seconds", "lease_left_seconds"}


# Prometheus' older format


def older(text):
    """Samples and the types of their names, as the textfile collector's parser sees them: by whole names."""
    types, samples = {}, {}
    for line in text.splitlines():
        if line.startswith("#"):
            word, name, value = re.fullmatch(r"# (HELP|TYPE) (\w+) (.*)", line).groups()
            assert (word, name) not in types
            types[word, name] = value
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        samples.setdefault(name, {})[labels] = float(value)
    return types, samples


def test_in_the_older_format_no_sample_is_untyped(world):
    metrics = measured(every_event(world))
    types, samples = older(prometheus(metrics))
    kinds = {name: kind for (word, name), kind in types.items() if word == "TYPE"}
    helps = {name for word, name in types if word == "HELP"}
    assert samples.keys() <= kinds.keys() == helps
    assert {name for name, kind in kinds.items() if kind == "counter"} == {
        f"{PREFIX}calls_total",
        f"{PREFIX}events_total",
    }


def test_both_formats_have_the_same_samples(world):
    leases = measured(every_event(world)), measured(started(world))
    first, second = ([line for line in text.splitlines() if line[0] != "#"] for text in written_twice(*leases))
    assert first == second


def written_twice(*leases):
    return openmetrics(*leases), prometheus(*leases)


def test_the_name_of_a_file_says_which_format_it_has(world, tmp_path):
    vault = Snapshot(started(world))
    for name, wanted in {"mm-1.prom": prometheus, "mm-1.txt": openmetrics, "prom": openmetrics}.items():
        text = MetricsFile(str(tmp_path / name), vault).text(vault)
        assert [line for line in text.splitlines() if line[0] == "#"] == [
            line for line in wanted(vault.metrics()).splitlines() if line[0] == "#"
        ]
        assert text.endswith("# EOF\n") is (wanted is openmetrics)


# For a registry of one's own


@dataclass
class Metric:
    """As prometheus_client.Metric: the part that a collector uses."""

    name: str
    documentation: str
    typ: str
    unit: str = ""
    samples: list = field(default_factory=list)

    def __post_init__(self):
        assert self.typ in {"gauge", "counter"}
        assert not self.unit or self.name.endswith(self.unit)

    def add_sample(self, name, labels, value):
        self.samples.append((name, dict(labels), value))


def test_a_collector_for_a_registry_is_five_lines(world):
    vault = Snapshot(started(world))

    class Lease:
        def collect(self):
            for family in vault.metrics().families():
                metric = Metric(family.name, family.help, family.kind, family.unit)
                for sample in family.samples:
                    metric.add_sample(sample.name, sample.labels, sample.value)
                yield metric

    collected = list(Lease().collect())
    assert [metric.name for metric in collected] == [PREFIX + name for name in FAMILIES]
    assert sum(len(metric.samples) for metric in collected) == len(list(vault.metrics().samples()))
    assert [metric.name for metric in collected if not metric.samples] == [f"{PREFIX}ended"]


def test_the_docstring_shows_the_same_five_lines():
    from vault_binance.bot import metrics

    source = re.sub(r"\s+", " ", metrics.__doc__)
    assert "for family in vault.metrics().families(): metric = Metric(family.name, family.help" in source
    assert "metric.add_sample(sample.name, sample.labels, sample.value) yield metric" in source


def test_closing_is_seen(world):
    keeper = started(world)
    keeper.wish(CloseRequested())
    until_waiting(keeper)
    metrics = measured(keeper)
    assert (metrics.phase, metrics.lease_left_seconds, metrics.credential_usable) == (Phase.ENDED, None, False)
