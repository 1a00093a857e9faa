"""Callers with every right, a store with one agent, and a project folder for the calls that are built from schemas."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


def forget() -> None:
    """What a process remembers of the store goes with the store."""
    from nexus import directory, grace, workspaces
    from pulse_project.core import auth, presence

    for cache in (directory, workspaces, presence, auth):
        cache.forget()
    grace.watch.record(None)


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def project(tmp_path: Path) -> str:
    root = tmp_path / "project"
    root.mkdir()
    return str(root)


@pytest.fixture
def fresh_store(transactional_db: None, make_agent: Callable[..., Any]) -> Callable[[], Any]:
    """`fresh_store()` empties the store; the answer is the caller of a key of its one agent `root`, with every flag."""
    from dataclasses import replace

    from django.core.management import call_command

    from pulse_project.core import flags

    def make() -> Any:
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
        forget()
        return replace(make_agent("root", is_operator=True), flags=flags.declared(), key_pk=1)

    return make
