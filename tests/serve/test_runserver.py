"""The development server takes no exception from the rules of the door."""

import pytest


@pytest.mark.parametrize("address", ["0.0.0.0:8199", "192.0.2.1:8199", "[::]:8199"])
def test_debug_pages_are_refused_beyond_loopback(sqlite_install, address):
    refused = sqlite_install.run("runserver", "--noreload", address, PULSE_DEBUG="1")
    assert (refused.returncode, "CONFIG_ERROR" in refused.stderr) == (1, True)
    assert "beyond loopback" in refused.stderr


def test_a_server_without_the_guard_does_not_start(sqlite_install):
    refused = sqlite_install.run("runserver", "--noreload", "--noasgi", "8199")
    assert (refused.returncode, "CONFIG_ERROR" in refused.stderr) == (1, True)
    assert "--noasgi" in refused.stderr
