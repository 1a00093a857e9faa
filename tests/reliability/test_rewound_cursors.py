"""Cursors of a history that the store lost: refused with the head from which to start again."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nexus.following import Following, follow, sentence
from nexus.models import Event
from pulse_project.core import db, flags, rewinds, store_marks
from pulse_project.core.errors import Failure
from pulse_project.core.models import LogCounter
from pulse_project.core.principals import Caller, Kind
from tests.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)

KEPT, LOST = 3, 8


@pytest.fixture(autouse=True)
def _no_mark_is_left_behind() -> Iterator[None]:
    yield
    store_marks._path().unlink(missing_ok=True)


@pytest.fixture
def place(tmp_path: Any) -> dict[str, Any]:
    return {"project_root": str(tmp_path), "agent_id": "alice", "stream": "workspace"}


@pytest.fixture
def rewound(make_agent: Callable[..., Any], place: dict[str, Any]) -> Any:
    """A reader of a store that has lost everything above number 3 and begun anew."""
    alice = make_agent("alice")
    for number in range(LOST):
        arguments = {"project_root": place["project_root"], "from_agent_id": "alice", "subject": f"s{number}"}
        assert run("message_create", alice, body="b", **arguments)["ok"]
    store_marks.record()
    with db.write_tx():
        Event.objects.filter(seq__gt=KEPT).delete()
        LogCounter.objects.filter(name="nexus").update(head=KEPT)
    assert store_marks.verify_store()
    return alice


def head() -> int:
    return LogCounter.objects.get(name="nexus").head


@pytest.mark.parametrize("operation", ["event_get", "event_wait"])
@pytest.mark.parametrize("cursor", [KEPT + 1, LOST, LOST + 1000])
def test_a_lost_cursor_is_refused_with_the_head(
    rewound: Any, place: dict[str, Any], operation: str, cursor: int
) -> None:
    refused = run(operation, rewound, cursor=cursor, **place)["error"]
    assert refused["code"] == "VALIDATION_ERROR"
    assert (refused["details"]["reason"], refused["details"]["head"]) == ("rewound", head())


def test_a_cursor_above_the_end_is_refused_with_the_head(rewound: Any, place: dict[str, Any]) -> None:
    refused = run("event_get", rewound, cursor=head() + 1, **place)["error"]
    assert (refused["code"], refused["details"]["head"]) == ("VALIDATION_ERROR", head())


def test_kept_cursors_the_head_and_the_end_of_the_stream_are_taken(rewound: Any, place: dict[str, Any]) -> None:
    end = run("event_cursor", rewound, **place)["data"]["cursor"]
    for cursor in (0, KEPT, end, head()):
        assert run("event_get", rewound, cursor=cursor, **place)["ok"]


def test_tail_says_where_to_start_again(rewound: Any, place: dict[str, Any], tmp_path: Any) -> None:
    kept = tmp_path / "cursor"
    kept.write_text(f"{LOST}\n")
    what = Following(
        **place, start="latest", cursor_file=kept, from_agent=None, exclude_agent=None, limit=10, timeout_seconds=0,
        once=True,
    )  # fmt: skip
    reader = Caller(Kind.AGENT, "alice", flags.bus_flags_of(flags.full_bus_permissions()), transport="tail")
    with pytest.raises(Failure) as refused:
        asyncio.run(follow(what, reader, print))
    assert f"--from {head()}" in sentence(refused.value)


def test_ranges_of_several_restores_stay_known_and_bounded(db: None) -> None:
    for number in range(rewinds.MAX_RANGES + 10):
        rewinds.add("nexus", number * 100 + 1, number * 100 + 50)
    assert len(rewinds._stored("nexus")) == rewinds.MAX_RANGES
    assert rewinds.end_of("nexus", 2) is not None
    assert rewinds.end_of("nexus", (rewinds.MAX_RANGES + 9) * 100 + 51) is None
