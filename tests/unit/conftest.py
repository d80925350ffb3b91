"""How long Hypothesis searches: briefly on every run, deeply where HYPOTHESIS_PROFILE=deep asks for it, as CI does."""

from __future__ import annotations

from hypothesis import settings

from tests.support import ENVIRONMENT

settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(ENVIRONMENT.get("HYPOTHESIS_PROFILE", "quick"))
