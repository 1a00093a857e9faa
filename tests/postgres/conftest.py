"""Two servers on one PostgreSQL database, as two machines of a team would run them."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pulse_project.core.leader import ADVISORY_KEY
from tests.serve.conftest import Install, Server, named

URL = os.environ.get("DATABASE_URL", "")


class Team:
    """A database of its own and the servers on it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder, self.database_url = folder, database_url
        self.servers: list[Server] = []

    def begin(self, name: str) -> Server:
        """Start a server with a home of its own, whose connections carry `name`."""
        (self.folder / name).mkdir()
        place = Install(self.folder / name / "home", f"{self.database_url}&application_name={name}")
        self.servers.append(place.start(PULSE_SECRET_KEY="s" * 60))
        return self.servers[-1].wait_until_ready()

    def ask(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows that an onlooker finds in the database."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            answer = connection.execute(statement, parameters)
            return answer.fetchall() if answer.description else []

    def leader(self) -> str | None:
        """The name of the server whose connection holds the leader's lock."""
        found = self.ask(
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE datname = current_database()"
            " AND locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = %s",
            ADVISORY_KEY,
        )
        return found[0][0] if found else None


def within(seconds: float, is_so: Callable[[], object]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.01)
    return False


@contextmanager
def team_in(folder: Path) -> Iterator[Team]:
    name = f"team_{uuid.uuid4().hex}"
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    team = Team(folder, named(URL, name))
    try:
        yield team
    finally:
        for server in team.servers:
            server.close()
        with psycopg.connect(URL, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_in(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two servers for tests that leave both alive."""
    with team_in(tmp_path_factory.mktemp("team")) as team:
        yield [team.begin("first"), team.begin("second")]
