"""The processes of the durability tests, here with files that a lost power supply takes back."""

from tests.durability.conftest import home, prepared_home, start

__all__ = ["home", "prepared_home", "start"]
