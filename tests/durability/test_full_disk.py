"""A full or read-only disk: a clear refusal, nothing changed, reading goes on."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def test_a_full_disk_refuses_writes_and_recovers_without_restart(start):
    words, errors = start("fill").communicate(timeout=60)
    assert words == "storage_full False True True\n", errors


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user may look into, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_read_only_store_refuses_writes_and_answers_reads(start, home, open_folder):
    reader = sqlite3.connect(home / "pulse.sqlite3")  # as under a running server, the log is there
    assert reader.execute("SELECT count(*) FROM core_domainevent").fetchone() == (0,)
    assert start("write", "1", "2").wait(60) == 0
    readable = Path(shutil.copytree(home, open_folder / "home"))
    reader.close()
    for path in [readable, *readable.iterdir()]:
        path.chmod(0o555)
    words, errors = start("read_only", PULSE_HOME=str(readable)).communicate(timeout=60)
    assert words == "read_only False 2\n", errors
