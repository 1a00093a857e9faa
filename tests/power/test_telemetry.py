"""Power loss under a server that takes in telemetry: no acknowledged event is lost; relaxed sources lose some."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.power.test_power_loss import power_library
from tests.serve.conftest import Install, Server
from tests.telemetry.fleet import Connection, Fleet, numbered

__all__ = ["power_library"]
RELAXED = "hasty"


class Machine:
    """A server whose files are copied at each sync; the copies are what a power loss leaves."""

    def __init__(self, folder: Path, library: Path) -> None:
        self.home, self.shadow = folder / "home", folder / "shadow"
        self.shadow.mkdir()
        self.library = library
        self.servers: list[Server] = []

    def start(self) -> Server:
        self.servers.append(
            Install(self.home).start(
                LD_PRELOAD=str(self.library),
                POWER_ROOT=str(self.home),
                POWER_SHADOW=str(self.shadow),
                PULSE_TELEMETRY_RELAXED_SOURCES=RELAXED,
            )
        )
        return self.servers[-1].wait_until_ready()

    def keep_disk_busy(self) -> None:
        """From here on no sync returns."""
        (self.shadow / "busy").touch()

    def events_after_power_loss(self) -> list[int]:
        """The numbers of the events that were synced, in order of receipt."""
        raw = sqlite3.connect(self.shadow / "pulse.sqlite3")
        try:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            counted = raw.execute("SELECT coalesce(sum(n), 0) FROM telemetry_count WHERE level = 13").fetchone()
            found = raw.execute("SELECT payload FROM telemetry_event ORDER BY id").fetchall()
        finally:
            raw.close()
        assert counted == (len(found),)
        return [json.loads(payload)["n"] for (payload,) in found]


@pytest.fixture
def machine(tmp_path: Path, power_library: Path) -> Iterator[Machine]:
    found = Machine(tmp_path, power_library)
    yield found
    for server in found.servers:
        server.close()


def test_no_acknowledged_event_is_lost(machine: Machine) -> None:
    known = Fleet(machine.start()).kill_server_after(600)
    found = machine.events_after_power_loss()
    assert known <= set(found)
    assert len(found) == len(set(found))


def test_a_relaxed_source_loses_events_so_this_test_can_find_losses(machine: Machine) -> None:
    fleet = Fleet(machine.start(), source=RELAXED)
    machine.keep_disk_busy()
    known = fleet.kill_server_after(1, batches=False)
    assert known
    assert not known & set(machine.events_after_power_loss())


def test_any_other_source_gets_no_answer_before_the_disk_has_its_event(machine: Machine) -> None:
    server = machine.start()
    machine.keep_disk_busy()
    with Connection(server, timeout_seconds=0.5) as connection, pytest.raises(TimeoutError):
        connection.ask("POST", "/v1/events", numbered(1))
    assert machine.events_after_power_loss() == []
