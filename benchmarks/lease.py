"""`scripts/bench lease`: what a lease costs Vault, how soon a change arrives; beside Vault Agent and consul-template.

Five parts, each a table or more: simulated hours, beside the peers, 200 bots, a soak, resident memory. Together they
take 35 minutes. `--quick` shortens each, to see that it runs; `--only PART` runs one; `--minutes` is the length of the
outage that the peers are put through. Ends with 1 where a bar was missed.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import lease_beside
import lease_crowd
import lease_hours
import lease_report
import lease_soak

if TYPE_CHECKING:
    from collections.abc import Callable

PEERS, CROWD = 20, 200


def main() -> None:
    options = arguments()
    for name, part in parts(quick=options.quick, minutes=options.minutes).items():
        if options.only in {"", name}:
            part()
    if missed := lease_report.missed():
        sys.exit("\n".join(["", "bars missed:", *(f"  {line}" for line in missed)]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench lease", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=list(parts(quick=True, minutes=0)), default="")
    parser.add_argument("--minutes", type=float, default=4.0)
    return parser.parse_args()


def parts(*, quick: bool, minutes: float) -> dict[str, Callable[[], None]]:
    if quick:
        beside = lease_beside.Timeline(calm=60, outage=30, after=45, suspended=35)
        return {
            "hours": lambda: lease_hours.run(20),
            "beside": lambda: lease_beside.run(3, beside),
            "crowd": lambda: lease_crowd.run(30, outage=20, window=60),
            "soak": lambda: lease_soak.run(1),
            "memory": lease_soak.resident,
        }
    return {
        "hours": lambda: lease_hours.run(CROWD),
        "beside": lambda: lease_beside.run(PEERS, lease_beside.Timeline(calm=300, outage=60 * minutes)),
        "crowd": lambda: lease_crowd.run(CROWD, outage=180),
        "soak": lambda: lease_soak.run(10),
        "memory": lease_soak.resident,
    }


if __name__ == "__main__":
    main()
