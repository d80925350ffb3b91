"""The pages about the kit: what they show is run, and what they list is what there is."""

from __future__ import annotations

import re
import shutil

from tests.docs.pages import texts
from tests.kit.conftest import STRANGERS
from tests.support import ROOT
from vault_binance.testing.pytest_plugin import OPTIONS

pytest_plugins = ["pytester"]

HOWTO, REFERENCE = ROOT / "docs" / "howto" / "test-a-bot.md", ROOT / "docs" / "reference" / "testing.md"


def blocks(page, language):
    return "\n\n".join(texts(page, language))


def test_every_test_on_the_pages_passes_as_it_stands_and_vault_is_back_after_every_outage(run, tmp_path):
    project = tmp_path / "shown"
    project.mkdir()
    (project / "pyproject.toml").write_text(blocks(HOWTO, "toml"))
    shutil.copy(STRANGERS / "outages.py", project / "test_outages.py")
    for page in (HOWTO, REFERENCE):
        (project / f"test_{page.stem.replace('-', '_')}.py").write_text(blocks(page, "python"))
    run("lowest", project, "--strict-markers", "-k", "not through_it").assert_outcomes(passed=13 + 1, deselected=3)


def test_every_option_that_is_shown_is_one():
    shown = set(re.findall(r"--vault[\w-]*", HOWTO.read_text()))
    assert shown <= OPTIONS.keys()
    assert {"--vault", "--vault-required"} <= shown
