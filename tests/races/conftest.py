"""Programs of this repository on the test's own database."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(transactional_db: None) -> dict[str, str]:
    """Variables with which another process opens this test's database."""
    from django.db import connections

    database = connections["default"].settings_dict
    found = {**os.environ, "PYTHONPATH": str(ROOT)}
    if connections["default"].vendor == "sqlite":
        return {**found, "PULSE_DB_PATH": str(database["NAME"])}
    user, password = quote(str(database["USER"])), quote(str(database["PASSWORD"]))
    place = urlencode({"host": database["HOST"]}) if database["HOST"] else ""
    port = f":{database['PORT']}" if database["PORT"] else ""
    return {**found, "DATABASE_URL": f"postgresql://{user}:{password}@{port}/{database['NAME']}?{place}"}


@pytest.fixture
def racers(environment: dict[str, str]) -> Iterator[Callable[[str, list[dict[str, Any]]], list[Any]]]:
    """`racers(module, [task, ...])` runs one process per task, all at once, and answers what each of them found."""
    started: list[subprocess.Popen[str]] = []

    def run(module: str, tasks: list[dict[str, Any]]) -> list[Any]:
        for _ in tasks:
            started.append(subprocess.Popen(
                [sys.executable, "-m", module], cwd=ROOT, env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            ))  # fmt: skip
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process, task in zip(started, tasks, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
        return [json.loads(process.communicate(timeout=60)[0]) for process in started]

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def claimers(racers: Callable[..., list[Any]]) -> Callable[[list[dict[str, Any]]], list[tuple[str, str]]]:
    """`claimers([task, ...])` runs one process per task, all at once, and answers every win."""
    return lambda tasks: [(win[0], win[1]) for wins in racers("tests.races.claimer", tasks) for win in wins]
