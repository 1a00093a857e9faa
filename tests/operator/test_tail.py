"""Following the event log as NDJSON."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from nexus.following import Following, follow
from pulse_project.core import flags
from pulse_project.core.conf import ConfigError
from pulse_project.core.errors import Code, Failure
from pulse_project.core.executor import Outcome
from pulse_project.core.principals import Caller, Kind
from tests.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)
READER = Caller(
    Kind.AGENT, "watcher", flags.bus_flags_of(flags.full_bus_permissions()), transport="tail", read_only=True
)


@pytest.fixture
def root(tmp_path: Path) -> str:
    return str(tmp_path)


@pytest.fixture
def say(operator: Any, root: str) -> Any:
    """`say("alice", "text")` broadcasts a message and answers its event id."""

    def send(author: str, text: str) -> int:
        body = run("message_create", operator, project_root=root, from_agent_id=author, subject=text, body=text)
        return int(body["data"]["event_id"])

    return send


def lines(root: str, **over: Any) -> list[dict[str, Any]]:
    """What one window of the follower writes."""
    written: list[str] = []
    fields: dict[str, Any] = {
        "project_root": root,
        "agent_id": "watcher",
        "stream": "workspace",
        "start": "0",
        "cursor_file": None,
        "from_agent": None,
        "exclude_agent": None,
        "limit": 100,
        "timeout_seconds": 0,
        "once": True,
    }
    asyncio.run(follow(Following(**(fields | over)), READER, written.append))
    return [json.loads(line) for line in written]


def test_every_event_is_one_line(root: str, say: Any) -> None:
    numbers = [say("alice", "one"), say("bob", "two")]
    assert [line["event_id"] for line in lines(root)] == numbers


def test_latest_starts_after_what_is_there(root: str, say: Any) -> None:
    say("alice", "one")
    assert lines(root, start="latest") == []


def test_a_number_starts_behind_that_event(root: str, say: Any) -> None:
    first, second = say("alice", "one"), say("alice", "two")
    assert [line["event_id"] for line in lines(root, start=str(first))] == [second]


def test_an_author_can_be_chosen(root: str, say: Any) -> None:
    say("alice", "one"), say("bob", "two")
    assert [line["actor_agent_id"] for line in lines(root, from_agent="bob")] == ["bob"]


def test_an_author_can_be_left_out(root: str, say: Any) -> None:
    say("alice", "one"), say("bob", "two")
    assert [line["actor_agent_id"] for line in lines(root, exclude_agent="bob")] == ["alice"]


def test_small_windows_show_everything_once(root: str, say: Any) -> None:
    numbers = [say("alice", str(n)) for n in range(5)]
    assert [line["event_id"] for line in lines(root, limit=2)] == numbers


def test_the_cursor_file_resumes_where_it_stopped(root: str, say: Any, tmp_path: Path) -> None:
    kept = tmp_path / "cursor"
    say("alice", "one")
    lines(root, cursor_file=kept)
    second = say("alice", "two")
    assert [line["event_id"] for line in lines(root, cursor_file=kept)] == [second]


@pytest.mark.parametrize("start", ["soon", "-1", "1.5"])
def test_a_start_that_makes_no_sense_is_refused(root: str, say: Any, start: str) -> None:
    say("alice", "one")
    with pytest.raises(ConfigError):
        lines(root, start=start)


def test_a_spoilt_cursor_file_is_refused(root: str, say: Any, tmp_path: Path) -> None:
    kept = tmp_path / "cursor"
    kept.write_text("twelve", encoding="ascii")
    with pytest.raises(ConfigError):
        lines(root, cursor_file=kept)


def test_a_busy_store_is_asked_again(root: str, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    number, real, asked = say("alice", "one"), __import__("pulse_project.core.executor", fromlist=["call"]).call, []

    async def busy_once(operation: Any, raw: Any, caller: Any) -> Outcome:
        asked.append(operation.name)
        if len(asked) == 1:
            return Outcome(failure=Failure(Code.DB_ERROR, "busy", retryable=True))
        return await real(operation, raw, caller)

    monkeypatch.setattr("nexus.following.executor.call", busy_once)
    assert [line["event_id"] for line in lines(root)] == [number]


def test_a_refusal_ends_it(root: str) -> None:
    with pytest.raises(Failure) as refused:
        lines(root, stream="task")
    assert refused.value.code is Code.INVALID_STREAM


def test_a_watcher_is_not_marked_as_seen(root: str, say: Any, make_agent: Any) -> None:
    from pulse_project.core import presence

    make_agent("watcher")
    presence.forget()
    say("alice", "one")
    lines(root)
    assert presence.last_seen_us("watcher") is None
