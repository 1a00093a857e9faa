"""A server that is told to stop while it starts: gone at once, with a store that the next start takes."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.serve.conftest import Install

MOMENTS: dict[str, Callable[[Install], Path]] = {
    "lock": lambda place: place.home / "nexus.serve.lock",
    "store": lambda place: place.database,
    "marks": lambda place: place.home / "highwater",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_during_the_start_ends_it_cleanly(sqlite_install: Install, servers: Any, moment: str) -> None:
    server = servers(sqlite_install)
    sign = MOMENTS[moment](sqlite_install)
    while not sign.exists():
        assert server.process.poll() is None, server.log
        time.sleep(0.002)
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=10) in {0, -signal.SIGTERM}
    assert time.monotonic() - began < 5
    assert servers(sqlite_install).wait_until_ready().ask("/readyz")[0] == 200
