"""The watch over lock and store."""

import shutil

import pytest

from pulse_project.core.keeper import Keeper
from pulse_project.core.lock import ServeLock


@pytest.fixture
def lock(tmp_path):
    held = ServeLock(tmp_path)
    held.acquire(1)
    yield held
    held.release()


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "pulse.sqlite3"
    path.write_bytes(b"store")
    return path


def test_nothing_is_said_while_all_is_well(lock, database):
    assert Keeper(lock, database, print).problem() == ""


def test_a_replaced_database_ends_the_server(lock, database, tmp_path):
    keeper = Keeper(lock, database, print)
    shutil.copy(database, tmp_path / "copy")
    (tmp_path / "copy").replace(database)
    assert "replaced" in keeper.problem()


def test_a_removed_database_ends_the_server(lock, database):
    keeper = Keeper(lock, database, print)
    database.unlink()
    assert keeper.problem()


def test_a_lost_home_ends_the_server(lock, database):
    keeper = Keeper(lock, database, print)
    lock.path.write_text("{}")
    assert "Another server took this home" in keeper.problem()
