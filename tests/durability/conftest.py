"""Stores on a real disk and processes that die."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("child.py")

Start = Callable[..., "subprocess.Popen[str]"]


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULSE_", "DATABASE_URL"))}
    return {**kept, "PULSE_HOME": str(home), "PULSE_MIN_FREE_MIB": "0", "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "tests.durability.child_settings", **more}  # fmt: skip


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("prepared")
    subprocess.run([sys.executable, CHILD, "prepare"], env=environment(home), check=True)
    raw = sqlite3.connect(home / "pulse.sqlite3")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return home


@pytest.fixture
def home(prepared_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared_home, tmp_path / "home"))


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """`start("write", "4", "0", NAME=value) -> Popen`; whatever still runs is killed at the end."""
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **env: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, CHILD, *arguments], env=environment(home, **env), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def acknowledged(process: "subprocess.Popen[str]", count: int = 0) -> list[int]:
    """Numbers that the process acknowledged until it was killed after `count` of them; 0 = until it ends."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(count)]
    if count:
        process.kill()
    lines += process.stdout.readlines()  # communicate() would pass over what readline() has buffered
    process.wait()
    return [int(line) for line in lines if line.endswith("\n")]


def stored(path: Path) -> list[int]:
    """Numbers in the store, after its integrity is checked."""
    raw = sqlite3.connect(path)
    try:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row[0] for row in raw.execute("SELECT seq FROM core_domainevent ORDER BY seq")]
    finally:
        raw.close()
