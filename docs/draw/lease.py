"""pictures/lease.svg: the phases of a lease and what leads from one to the next, found by asking the machine itself."""

from __future__ import annotations

import sys
from math import inf

from vault_binance.lease import advance, plan
from vault_binance.lease_steps import STEPS
from vault_binance.lease_values import (
    Check,
    CloseRequested,
    Confirmed,
    Elapsed,
    Event,
    Fetched,
    Granted,
    LogIn,
    Missing,
    NotRenewable,
    Phase,
    Read,
    RefreshRequested,
    Refused,
    Renew,
    Renewed,
    Replaced,
    Revoke,
    Revoked,
    Session,
    Unreachable,
    Wait,
)
from vault_binance.schedules import STANDARD

# What the machine does

Table = dict[tuple[str, Phase], set[Phase]]
STARTS = (Session(give_up_at=inf), Session())
"""With all the patience there is, and with none."""
TOKENS = (Granted(900, renewable=True), Granted(900, renewable=True, ours=False))
SECRETS = (Fetched(1), Fetched(1, ttl=600, renewable=True))
STATES = (Missing("absent"), Missing("deleted"))
WISHES = (RefreshRequested(), CloseRequested(), Replaced())


def answers(action: object) -> tuple[Event, ...]:
    """Whatever may become of an action."""
    match action:
        case LogIn():
            return (*TOKENS, Unreachable(action), Refused(action))
        case Read():
            return (*SECRETS, *STATES, Unreachable(action), Refused(action))
        case Check():
            return (Confirmed(), Unreachable(action), Refused(action))
        case Renew():
            renewed = Renewed(action.term, action.term.ttl, renewable=True)
            return (renewed, NotRenewable(action.term), Unreachable(action), Refused(action))
        case Revoke():
            return (Revoked(action.term), Revoked(action.term, done=False))
    return ()


def kind_of(session: Session, now: float) -> tuple[object, ...]:
    """Sessions that differ in their numbers and times alone are one."""
    leases = [
        term and (term.ours, term.renewable, term.proven, term.doubted) for term in (session.lease, session.secret)
    ]
    rest = (session.held is None, bool(session.spent), session.give_up_at, type(plan(session, now)))
    return (session.phase, *leases, *rest)


def explored() -> Table:
    """Every event that can happen in every kind of session that can be reached, and the phases after it."""
    table: Table = {}
    seen: set[tuple[object, ...]] = set()
    ahead = [(start, 0.0) for start in STARTS]
    while ahead:
        before, now = ahead.pop()
        session = step(table, before, Elapsed(), now)
        if kind_of(session, now) not in seen:
            seen.add(kind_of(session, now))
            ahead += [(after, now) for after in followed(table, session, now)]
            ahead += [(session, later) for later in moments(session, now)]
    return table


def moments(session: Session, now: float) -> tuple[float, ...]:
    """When the next thing is due, when leases end, and when a credential is too old."""
    action = plan(session, now)
    return (now + (action.seconds if isinstance(action, Wait) else 0.0), now + 450.0, now + 2 * STANDARD.max_stale)


def followed(table: Table, session: Session, now: float) -> list[Session]:
    """The sessions one event further; a wish to end may be heard while a call is made, before its answer."""
    possible = answers(plan(session, now))
    closed = step(table, session, CloseRequested(), now)
    return [
        *(step(table, session, event, now) for event in (*WISHES, *possible)),
        *(step(table, closed, event, now) for event in possible),
    ]


def step(table: Table, session: Session, event: Event, now: float) -> Session:
    after = advance(session, event, now, STANDARD, 0.0)
    table.setdefault((type(event).__name__, session.phase), set()).add(after.phase)
    return after


# The picture

WIDTH, BOX_WIDTH, BOX_HEIGHT, TABLE, ROW = 920, 232, 56, 436, 20
FRAME = (306, 20, 600, 238)
PLACES = {
    Phase.LOGGED_OUT: (20, 50),
    Phase.HOLDING: (322, 50),
    Phase.WAVERING: (658, 50),
    Phase.REFUSED: (490, 180),
    Phase.CLOSING: (490, 330),
    Phase.ENDED: (20, 330),
}
SAYS = {
    Phase.LOGGED_OUT: "no credential yet",
    Phase.HOLDING: "the credential is handed out",
    Phase.WAVERING: "Vault is away; handed out until too old",
    Phase.REFUSED: "nothing is handed out; rare logins",
    Phase.CLOSING: "leases of ours are given back",
    Phase.ENDED: "with a reason",
}
ARROWS = {
    (Phase.LOGGED_OUT, Phase.HOLDING): ("M 252 78 L 322 78", 284, 70, "middle"),
    (Phase.LOGGED_OUT, Phase.CLOSING): ("M 170 106 L 170 294 L 540 294 L 540 330", 178, 226, "start"),
    (Phase.HOLDING, Phase.WAVERING): ("M 554 62 L 658 62", 606, 54, "middle"),
    (Phase.WAVERING, Phase.HOLDING): ("M 658 94 L 554 94", 606, 110, "middle"),
    (Phase.HOLDING, Phase.REFUSED): ("M 400 106 L 400 208 L 490 208", 408, 200, "start"),
    (Phase.REFUSED, Phase.HOLDING): ("M 514 180 L 514 160 L 460 160 L 460 106", 466, 150, "start"),
    (Phase.WAVERING, Phase.REFUSED): ("M 812 106 L 812 208 L 722 208", 804, 200, "end"),
    (Phase.CLOSING, Phase.ENDED): ("M 490 344 L 252 344", 371, 322, "middle"),
    (Phase.ENDED, Phase.CLOSING): ("M 252 372 L 490 372", 371, 388, "middle"),
}
"""Each way from one phase to another: its path, and where its label begins, stands or ends."""
LIVING = (Phase.HOLDING, Phase.WAVERING, Phase.REFUSED)
TO_CLOSING = ("M 606 258 L 606 330", 614, 280, "start")
"""From the frame around them."""
ORDER = [event.__name__ for event in STEPS]


def ways(table: Table) -> dict[tuple[Phase, Phase], list[str]]:
    """The events on each way; a session that closes with nothing to give back has ended, which is not drawn twice."""
    found: dict[tuple[Phase, Phase], list[str]] = {}
    for (event, before), phases in sorted(table.items(), key=lambda entry: ORDER.index(entry[0][0])):
        at_once = {Phase.ENDED} if Phase.CLOSING in phases - {before} else set()
        for after in phases - at_once - {before}:
            found.setdefault((before, after), []).append(event)
    return found


def drawn(table: Table) -> str:
    found = ways(table)
    ends = {tuple(found.pop((phase, Phase.CLOSING))) for phase in LIVING}
    if found.keys() != ARROWS.keys() or len(ends) > 1:
        sys.exit(f"the picture has other arrows than the machine: {found.keys() ^ ARROWS.keys()} {ends}")
    left, top, width, height = FRAME
    parts = [f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="8" class="frame"/>']
    parts += [arrow(*ARROWS[way], events) for way, events in found.items()]
    parts += [arrow(*TO_CLOSING, list(ends.pop()))]
    parts += [box(phase) for phase in Phase]
    return "\n".join(parts)


def arrow(path: str, x: float, y: float, anchor: str, events: list[str]) -> str:
    lines = [
        f'<text x="{x}" y="{y + 14 * number}" text-anchor="{anchor}" class="event">{event}</text>'
        for number, event in enumerate(events)
    ]
    return "\n".join([f'<path d="{path}"/>', *lines])


def box(phase: Phase) -> str:
    x, y = PLACES[phase]
    return "\n".join(
        [
            f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>',
            f'<text x="{x + 12}" y="{y + 23}" class="name">{phase}</text>',
            f'<text x="{x + 12}" y="{y + 42}" class="says">{SAYS[phase]}</text>',
        ]
    )


def listed(table: Table) -> str:
    """The whole table: an event a row, a phase a column."""
    rows = [["", *Phase], *([event, *(phases_after(table, event, phase) for phase in Phase)] for event in ORDER)]
    return "\n".join(
        cell(text, row, column) for row, texts in enumerate(rows) for column, text in enumerate(texts) if text
    )


def cell(text: str, row: int, column: int) -> str:
    look = "head" if not row else "cell" if column else "event"
    return f'<text x="{26 + 130 * column if column else 20}" y="{TABLE + ROW * row}" class="{look}">{text}</text>'


def phases_after(table: Table, event: str, phase: Phase) -> str:
    phases = sorted(table.get((event, phase), set()), key=[phase, *Phase].index)
    return ", ".join("stays" if one is phase else one for one in phases) or "\N{EN DASH}"


def page(body: str, height: float) -> str:
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif">
<style>
rect {{ fill: #f6f8fa; stroke: #8c959f }}
.frame {{ fill: none; stroke-dasharray: 5 4 }}
path {{ fill: none; stroke: #59636e; stroke-width: 1.5; marker-end: url(#head) }}
.name, .head {{ font-weight: bold; font-size: 15px; fill: #1f2328 }}
.head {{ font-size: 12px }}
.says {{ font-size: 11px; fill: #59636e }}
.event {{ font-family: monospace; font-size: 12px; fill: #0550ae; paint-order: stroke; stroke: white; stroke-width: 4 }}
.cell {{ font-size: 11px; fill: #1f2328 }}
</style>
<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">
<path d="M 0 0 L 10 5 L 0 10 z" style="fill: #59636e; stroke: none; marker-end: none"/></marker></defs>
<rect width="{WIDTH}" height="{height:.0f}" style="fill: white; stroke: none"/>
{body}
</svg>
"""


def picture() -> str:
    table = explored()
    return page(f"{drawn(table)}\n{listed(table)}", TABLE + ROW * (len(ORDER) + 1))


if __name__ == "__main__":
    sys.stdout.write(picture())
