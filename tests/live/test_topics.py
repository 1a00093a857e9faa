"""Topics by name, the `system` topic, cursors."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pulse_project.core import db, outbox, topics
from pulse_project.core.principals import Caller, Kind
from pulse_project.core.tail import cursors
from tests.live.clients import CALLER, handed_out

AGENT = Caller(Kind.AGENT, "alice", agent_pk=1)


def change_a_setting() -> int:
    with db.write_tx() as tx:
        changes = {"max_inline_bytes": {"from": 1, "to": 2}}
        pending = outbox.emit("settings.changed", caller=CALLER, entity=("settings", "x"), changes=changes)
        tx.flush()
        return pending.seq


@pytest.mark.parametrize("name", ["", "test:", "test", "system:", "unheard:of", "x" * 300])
def test_a_name_that_no_kind_knows_is_no_topic(name: str) -> None:
    assert topics.find_topic(name) is None


def test_the_argument_is_everything_behind_the_first_colon() -> None:
    found = topics.find_topic("test:a:b c")
    assert found is not None
    assert found.arg == "a:b c"


@pytest.mark.parametrize(
    ("caller", "allowed"),
    [
        (CALLER, True),
        (replace(CALLER, kind=Kind.USER), True),
        (replace(CALLER, kind=Kind.MONITOR), True),
        (AGENT, False),
        (replace(AGENT, flags=frozenset({"operator.read_all"})), True),
    ],
)
def test_only_watchers_follow_the_system(caller: Caller, allowed: bool) -> None:
    system = topics.find_topic("system")
    assert system is not None
    assert system.authorised(caller) is allowed


async def test_the_system_topic_names_a_change_without_its_values(connect: Callable[..., Any]) -> None:
    socket = await connect()
    await socket.follow("system")
    seq = await db.in_write(change_a_setting)
    (event,) = await socket.events(1)
    assert (event["seq"], event["type"], event["data"]) == (f"d{seq}", "settings.changed", {})
    assert "max_inline_bytes" not in str(event)


async def test_the_system_topic_resumes_from_the_log(connect: Callable[..., Any], emit: Callable[..., Any]) -> None:
    first = await db.in_write(change_a_setting)
    await emit(5)
    second = await db.in_write(change_a_setting)
    await handed_out(second)
    socket = await connect()
    await socket.follow("system", after=f"d{first}")
    (event,) = await socket.events(1)
    assert event["seq"] == f"d{second}"


def test_a_cursor_reads_back_as_written() -> None:
    assert cursors.parse("n12d7") == {"n": 12, "d": 7}
    assert cursors.text_of({"n": 12, "d": 7}) == "n12d7"


@pytest.mark.parametrize("text", ["", "12", "n", "n-1", "n01", "n1n2", "x1", "n1 ", "n" + "9" * 60])
def test_a_made_up_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        cursors.parse(text)
