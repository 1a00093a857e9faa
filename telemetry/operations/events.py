"""Reading events back: newest first by receipt, or one by its id."""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

from pydantic import BeforeValidator, Field

from pulse_project.core import db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from pulse_project.core.principals import Caller
from telemetry import event_reads
from telemetry.catalog import DETAIL, catalog
from telemetry.event_reads import EventItem, Wanted
from telemetry.inputs import Filter, Loose, Span, Storable
from telemetry.operations.query import known_only

DEFAULT_LIMIT, MOST = 50, 1000
PAYLOAD = "payload."


def _limit(value: Any) -> Any:
    """As published: what is no number is the default, and numbers are brought into range."""
    try:
        return min(MOST, max(1, int(value)))
    except (TypeError, ValueError, OverflowError):
        return DEFAULT_LIMIT


class EventsInput(Span):
    type: Filter = Field(None, description="Exactly this event_type.")
    source: Filter = Field(None, description="Exactly this source.")
    limit: Annotated[int, BeforeValidator(_limit)] = Field(DEFAULT_LIMIT, description="1 to 1000 events.")
    cursor: Annotated[str, Field(max_length=20)] | None = Field(
        None, description='Pages: "" for the first, then `next_cursor` of the page before.'
    )
    payload: dict[str, Storable] | None = Field(
        None, max_length=5, description="Exact values of declared payload keys; `payload.<key>=<value>` in a query."
    )


class EventsPage(TypedDict):
    """`next_cursor` is there when `cursor` was given and more events follow."""

    events: list[EventItem]
    count: int
    next_cursor: NotRequired[str]


class EventInput(Loose):
    event_id: str = Field(max_length=200, description="The 64 hexadecimal digits of the content hash.")


def _coerce(given: dict[str, Any]) -> dict[str, Any]:
    """The query as published: a limit that is no number from 1 on is refused in FastAPI's words."""
    kept = known_only(EventsInput, prefixes=(PAYLOAD,))(given)
    if "limit" in kept:
        _check_limit(kept["limit"])
    payload = {name.removeprefix(PAYLOAD): kept.pop(name) for name in list(kept) if name.startswith(PAYLOAD)}
    return {**kept, "payload": payload} if payload else kept


def _check_limit(value: Any) -> None:
    if isinstance(value, int) and value >= 1:
        return
    problem: Mapping[str, Any]
    if isinstance(value, int):
        problem = {"type": "greater_than_equal", "msg": "Input should be greater than or equal to 1", "ctx": {"ge": 1}}
    else:
        problem = {
            "type": "int_parsing",
            "msg": "Input should be a valid integer, unable to parse string as an integer",
        }
    item = {**problem, "loc": ["query", "limit"], "input": str(value)[:80]}
    raise Failure(Code.VALIDATION_ERROR, "limit takes a whole number from 1 on.", field="limit", detail=[item])


@catalog.operation(
    needs="telemetry.read",
    rest=Route("GET events", envelope=DETAIL, coerce=_coerce),
    untrusted=("events[].event_type", "events[].source", "events[].timestamp", "events[].payload"),
)
def events_list(caller: Caller, data: EventsInput) -> EventsPage:
    """Events in the order of receipt, newest first. Filters are exact and combine.

    Errors: VALIDATION_ERROR.
    """
    wanted = Wanted(
        window=data.window(),
        type=data.type,
        source=data.source,
        payload=tuple(sorted((data.payload or {}).items())),
        before=_cursor(data.cursor),
    )
    with db.read_tx():
        page = event_reads.page(wanted, data.limit)
    answer = EventsPage(events=page.events, count=len(page.events))
    if data.cursor is not None and page.next_before is not None:
        answer["next_cursor"] = str(page.next_before)
    return answer


def _cursor(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Failure(Code.VALIDATION_ERROR, "cursor takes the next_cursor of an earlier page.", field="cursor")
    return int(text)


@catalog.operation(
    needs="telemetry.read",
    rest=Route("GET events/<str:event_id>", envelope=DETAIL),
    untrusted=("event_type", "source", "timestamp", "payload"),
)
def events_show(caller: Caller, data: EventInput) -> EventItem:
    """One event by its id.

    Errors: NOT_FOUND.
    """
    with db.read_tx():
        found = event_reads.show(data.event_id)
    if found is None:
        raise Failure(Code.NOT_FOUND, f"event not found: {_shown(data.event_id)}")
    return found


def _shown(event_id: str) -> str:
    return "".join(character for character in event_id[:80] if character.isprintable())
