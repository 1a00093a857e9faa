"""What tests of the bus share: clean caches, a project folder, agents, a stored workspace."""

from collections.abc import Callable
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
