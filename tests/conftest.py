"""The ground of every test: an empty home, a database file per worker, callers and the call itself."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import pytest

_SHARED_MEMORY = Path("/dev/shm")
_HOME = Path(tempfile.mkdtemp(prefix="pulse-test-", dir=_SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None))

for _name in [name for name in os.environ if name.startswith(("PULSE_", "OKTO_NEXUS_"))]:
    del os.environ[_name]
(_HOME / "static").mkdir()
os.environ["PULSE_HOME"] = str(_HOME)
os.environ["PULSE_MIN_FREE_MIB"] = "0"
# each engine has tests of its own; the others run on both
collect_ignore = ["durability", "sqlite"] if os.environ.get("DATABASE_URL") else ["postgres"]
os.environ["DJANGO_SETTINGS_MODULE"] = "pulse_project.settings"
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of a shell's background job, which programs would inherit
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure() -> None:
    """Django starts here and not by an ini entry, which would read the settings before the environment above is set."""
    django.setup()


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A file for SQLite (a memory database cannot be shared by the pools); a database per worker for PostgreSQL."""
    from django.db import connections

    database = connections["default"].settings_dict
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if connections["default"].vendor == "sqlite":
        database["TEST"]["NAME"] = str(_HOME / "pulse-test.sqlite3")
    else:
        database["TEST"]["NAME"] = f"test_{database['NAME']}_{worker}"


@pytest.fixture
def operator() -> Any:
    """The local operator with every declared flag."""
    from pulse_project.core import flags
    from pulse_project.core.principals import Caller, Kind

    return Caller(Kind.LOCAL, "local-operator", flags=flags.declared(), auth="loopback")


@pytest.fixture
def make_agent(db: None) -> Callable[..., Any]:
    """`make_agent("alice", role="reviewer") -> Caller` with the agent's own flags."""
    from pulse_project.core import flags
    from pulse_project.core.models import Agent
    from pulse_project.core.principals import Caller, Kind

    def make(agent_id: str, **over: Any) -> Caller:
        agent = Agent.objects.create(agent_id=agent_id, **over)
        permissions = agent.bus_permissions
        granted = flags.bus_flags_of(permissions) | (flags.operator_flags() if agent.is_operator else frozenset())
        return Caller(Kind.AGENT, agent_id, flags=granted, agent_pk=agent.pk, limits=flags.limits_of(permissions))

    return make


@pytest.fixture(autouse=True)
def _pools_end_with_their_test() -> Iterator[None]:
    """A test that used the pools leaves no thread with a connection to the test database behind."""
    yield
    from pulse_project.core import db

    db.shutdown()


def run(name: str, caller: Any, /, **arguments: Any) -> dict[str, Any]:
    """Call an operation in this thread and answer the enveloped body that every transport sends."""
    from pulse_project.core import executor
    from pulse_project.core.operations import REGISTRY

    operation = REGISTRY[name]
    body: dict[str, Any] = executor.call_sync(operation, arguments, caller).body(operation.envelope)
    return body
