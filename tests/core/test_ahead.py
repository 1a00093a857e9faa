"""Looking at folders and files before a transaction begins."""

from typing import Any

import pytest
from django.db import connection

from pulse_project.core import ahead
from pulse_project.core.errors import Code, Failure
from tests.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


def refuse() -> None:
    raise Failure(Code.NOT_FOUND, "gone")


def test_a_refusal_is_met_where_the_finding_is_asked_for() -> None:
    finding = ahead.look(refuse)
    with pytest.raises(Failure, match="gone"):
        finding.get()


def test_a_finding_is_known_inside_its_block_only() -> None:
    with ahead.known(ahead.look(str, 7)):
        assert ahead.value() == "7"
    assert ahead.found() is None


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("workspace_resolve", {}),
        ("channel_create", {"name": "plans"}),
        ("message_create", {"from_agent_id": "alice", "subject": "s", "body": "b"}),
        ("handoff_create", {"from_agent_id": "alice", "target": {"strategy": "broadcast"}, "visibility": "public"}),
        ("artifact_put", {"artifact_type": "file", "path": "notes.md"}),
    ],
)
def test_no_write_looks_at_the_disk_while_it_holds_the_lock(
    operator: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, name: str, arguments: dict[str, Any]
) -> None:
    import os

    (tmp_path / "notes.md").write_text("# Notes", encoding="utf-8")
    held: list[bool] = []
    real = os.path.realpath

    def watched(path: Any, **options: Any) -> Any:
        held.append(connection.in_atomic_block)
        return real(path, **options)

    monkeypatch.setattr(os.path, "realpath", watched)
    assert run(name, operator, project_root=str(tmp_path), **arguments)["ok"]
    assert held
    assert not any(held)
