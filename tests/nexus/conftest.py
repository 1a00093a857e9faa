"""What tests of the bus share: clean caches, a project folder, agents, a stored workspace."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    """What a process remembers of the store goes with the store of the test before."""
    from nexus import directory, grace, workspaces
    from pulse_project.core import presence

    directory.forget()
    workspaces.forget()
    presence.forget()
    grace.watch.record(None)


@pytest.fixture
def project(tmp_path: Path) -> str:
    """The absolute path of an empty project folder."""
    root = tmp_path / "project"
    root.mkdir()
    return str(root)


@pytest.fixture
def alice(make_agent: Callable[..., Any]) -> Any:
    return make_agent("alice", role="builder", capabilities=["py", "ocr"])


@pytest.fixture
def bob(make_agent: Callable[..., Any]) -> Any:
    return make_agent("bob", role="reviewer", capabilities=["py"])


@pytest.fixture
def workspace(db: None, project: str, operator: Any) -> Any:
    """The stored workspace of `project`."""
    from nexus import workspaces
    from pulse_project.core import db as store

    with store.write_tx():
        return workspaces.ensure(project, operator)[0]


@pytest.fixture
def carol(make_agent: Callable[..., Any]) -> Any:
    return make_agent("carol", role="builder")


@pytest.fixture
def in_force() -> Iterator[Callable[..., None]]:
    """`in_force(trust_mode="strict")` changes stored settings for one test."""
    from pulse_project.core import conf

    yield lambda **values: conf.apply_stored(values) and None
    conf.apply_stored({})


@pytest.fixture
def hand() -> Iterator[Any]:
    """Time stands still; `hand.advance(seconds)` moves it."""
    from pulse_project.core import clock

    with clock.frozen_at(1_800_000_000_000_000) as hand:
        yield hand


@pytest.fixture
def send(project: str) -> Callable[..., Any]:
    """`send(caller, to="bob")` is a direct message, `send(caller)` a broadcast; answers the data."""
    from tests.nexus.calls import ok

    def sent(caller: Any, *, to: str | None = None, **over: Any) -> Any:
        target = {"strategy": "direct", "agent_id": to} if to else None
        arguments = {"project_root": project, "from_agent_id": caller.name, "subject": "subject", "body": "body"}
        return ok("message_create", caller, **{**arguments, "target": target, **over})

    return sent


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """trust_mode=strict for one test."""
    from dataclasses import replace

    from pulse_project.core import conf

    settings = replace(conf.current(), trust_mode="strict")
    monkeypatch.setattr(conf, "current", lambda: settings)
