"""docs/reference/faults.md: every fault, made on a real Vault, and what was measured."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.contract.faults_house import House
from tests.contract.faults_table import page, rows


def main() -> None:
    logging.disable()
    with House() as house, TemporaryDirectory() as folder:
        binary = house.server.binary
        product = {"vault": "Vault", "openbao": "OpenBao"}[binary.product]
        sys.stdout.write(page([*rows(house, Path(folder))], f"{product} {binary.version}"))


if __name__ == "__main__":
    main()
