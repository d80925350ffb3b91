"""How long Hypothesis searches: briefly in the unit tier alone, longer in scripts/test, as HYPOTHESIS_PROFILE says."""

from __future__ import annotations

from hypothesis import settings

from tests.support import ENVIRONMENT

settings.register_profile("quick", max_examples=10, deadline=None)
settings.register_profile("full", max_examples=100, deadline=None)
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(ENVIRONMENT.get("HYPOTHESIS_PROFILE", "quick"))
