"""The program: `vault-binance` and `python -m vault_binance`."""

from __future__ import annotations

import sys


def main() -> None:
    from vault_binance.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
