"""The tables of inputs and outputs in the READMEs of terraform/, from the variables and outputs themselves.

python docs/draw/terraform.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import hcl2
from page import table

ROOT = Path(__file__).parents[2] / "terraform"
MARKS = "<!-- inputs and outputs, drawn by docs/draw/terraform.py -->", "<!-- until here -->"
BETWEEN = re.compile(re.escape(MARKS[0]) + "\n.*?" + re.escape(MARKS[1]), re.DOTALL)


def readmes() -> list[Path]:
    """Of every folder that is a module or an example."""
    return sorted(path.parent / "README.md" for path in ROOT.rglob("terraform.tf") if ".terraform" not in path.parts)


def blocks(file: Path, kind: str) -> dict[str, dict[str, Any]]:
    if not file.exists():
        return {}
    found = hcl2.loads(file.read_text(encoding="utf-8")).get(kind, [])
    return {json.loads(name): body for block in found for name, body in block.items() if name.startswith('"')}


def text(value: object) -> str:
    """HCL as it is written: an expression without the wrapping that the parser gives it."""
    if isinstance(value, str):
        return value.removeprefix("${").removesuffix("}") if value.startswith("${") else value
    return json.dumps(value)


def words(body: dict[str, Any]) -> str:
    return str(json.loads(body["description"])).replace("|", "\\|").replace("<", "&lt;")


def inputs(folder: Path) -> str:
    rows = [
        (
            f"`{name}`",
            f"`{text(body['type'])}`",
            f"`{text(body['default'])}`" if "default" in body else "-",
            words(body),
        )
        for name, body in blocks(folder / "variables.tf", "variable").items()
    ]
    return table(("input", "type", "default", "says"), *rows) if rows else "No inputs."


def outputs(folder: Path) -> str:
    rows = [(f"`{name}`", words(body)) for name, body in blocks(folder / "outputs.tf", "output").items()]
    return table(("output", "says"), *rows) if rows else "No outputs."


def drawn(readme: Path) -> str:
    """The README with its tables anew; raises ValueError for one without the marks."""
    page = readme.read_text(encoding="utf-8")
    if not BETWEEN.search(page):
        raise ValueError(f"{readme} has no place for its tables: {MARKS[0]}")
    tables = f"{MARKS[0]}\n{inputs(readme.parent)}\n\n{outputs(readme.parent)}\n{MARKS[1]}"
    return BETWEEN.sub(lambda _: tables, page)


if __name__ == "__main__":
    for readme in readmes():
        readme.write_text(drawn(readme), encoding="utf-8")
