"""The program: `vault-binance` and `python -m vault_binance`."""

from __future__ import annotations

import sys


def main() -> None:
    try:
        from vault_binance.cli.start import plain_form, run_plain

        code = run_plain(*plain) if (plain := plain_form(sys.argv[1:])) else _run(sys.argv[1:])
    except KeyboardInterrupt:  # so early or so late that nobody else can take it
        code = 130
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    from vault_binance.cli.main import run

    return run(arguments)


if __name__ == "__main__":
    main()
