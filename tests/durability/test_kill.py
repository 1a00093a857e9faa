"""kill -9 at any time: every acknowledged write is there, nothing is half done, numbers have no gap."""

import pytest

from tests.durability.conftest import acknowledged, stored


def test_every_acknowledged_write_survives_kill_under_load(start, home):
    known = acknowledged(start("write", "4", "0"), count=300)
    found = stored(home / "pulse.sqlite3")
    assert set(known) <= set(found)
    assert found == list(range(1, len(found) + 1))


def test_survivors_write_on_when_one_process_is_killed(start, home):
    killed, survivor = start("write", "2", "0"), start("write", "2", "60")
    known = acknowledged(killed, count=40) + acknowledged(survivor)
    found = stored(home / "pulse.sqlite3")
    assert survivor.returncode == 0
    assert set(known) <= set(found)
    assert found == list(range(1, len(found) + 1))


@pytest.mark.parametrize(("phase", "rows"), [("begin", 3), ("work", 3), ("commit", 3), ("sync", 4)])
def test_a_write_that_dies_half_way_is_there_whole_or_not_at_all(start, home, phase, rows):
    process = start("die_at", phase)
    assert acknowledged(process) == [1, 2, 3]
    assert stored(home / "pulse.sqlite3") == list(range(1, rows + 1))
    assert start("write", "1", "1").stdout.readline() == f"{rows + 1}\n"


@pytest.mark.parametrize(
    ("where", "first_run"), [("before", ""), ("inside", "begin 1\n"), ("after", "begin 1\nend 1\n")]
)
def test_a_subscriber_runs_at_least_once_whenever_its_process_dies(start, where, first_run):
    assert start("deliver", where).communicate()[0] == first_run
    assert start("deliver", "no").communicate()[0] == "begin 1\nend 1\n"
    assert start("deliver", "no").communicate()[0] == ""
