"""The log of the SQLite file: copied back by whoever holds the lock, emptied when nobody writes."""

import pytest
from django.db import connection

from pulse_project.core import db, upkeep
from pulse_project.core.models import StoreMark
from pulse_project.core.sqlite import checkpoint

pytestmark = pytest.mark.django_db(transaction=True)


def put(value: int) -> None:
    with db.write_tx():
        StoreMark.objects.update_or_create(name="mark", defaults={"value": "x" * 2000 + str(value)})


def log_bytes() -> int:
    return checkpoint.wal_bytes(connection.store.path)


def test_writers_copy_the_log_back_so_that_it_does_not_grow():
    for value in range(2 * checkpoint.EVERY_COMMITS):
        put(value)
    before = log_bytes()
    for value in range(4 * checkpoint.EVERY_COMMITS):
        put(value)
    assert log_bytes() <= before * 1.5


def test_an_idle_store_has_an_empty_log():
    put(1)
    keeper = upkeep.Upkeep(connection.store)
    keeper._seen_commit = connection.store.syncer.committed
    keeper._quiet_since -= upkeep.IDLE_SECONDS
    connection.close()
    keeper.start()
    try:
        keeper._due.set()
        for _ in range(100):
            if not log_bytes():
                break
            keeper._ended.wait(0.05)
        assert log_bytes() == 0
    finally:
        keeper.stop()


def test_sqlite_itself_never_checkpoints():
    assert connection.cursor().execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)


def test_a_commit_waits_for_one_sync_and_not_for_one_each():
    with connection.cursor() as cursor:
        settings = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert settings == {"journal_mode": "wal", "synchronous": 1}
