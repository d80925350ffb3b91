"""What these tests stand in is a unit test's; the few that write to their home directory ask for one of their own."""

from tests.unit.conftest import home

__all__ = ["home"]
