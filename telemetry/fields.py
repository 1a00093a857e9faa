"""What operators' operations accept and answer: names that events can have, numbers of rows, moments."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from pulse_project.core import clock
from telemetry import canonical
from telemetry.record import MAX_NAME_BYTES

MOST_LISTED: Final = 1000

RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
Version = Annotated[
    int | None, Field(description="Refuse with VERSION_CONFLICT unless this is still the version of the row.")
]


def _label(text: str) -> str:
    """A text that an event can carry as its type or source. Rejected is a ValueError, which pydantic reports."""
    canonical.check_characters(text)
    if "\x00" in text:
        raise ValueError("it holds the NUL character")
    if len(text.encode()) > MAX_NAME_BYTES:
        raise ValueError(f"it is longer than {MAX_NAME_BYTES} bytes")
    return text.strip()


def _named(text: str) -> str:
    if not text.strip():
        raise ValueError("it must not be blank")
    return _label(text)


def _instant(given: Any) -> Any:
    """ISO text as a moment, without zone in UTC; anything else is left to the type's own check."""
    if not isinstance(given, str):
        return given
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise ValueError("the time must be ISO 8601, such as 2026-01-31T12:00:00Z") from None
    if not 1970 <= found.year < 9999:
        raise ValueError("the time lies outside of 1970..9998")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


Label = Annotated[str, AfterValidator(_label)]  # "" = any
EventType = Annotated[str, AfterValidator(_named)]
Moment = Annotated[datetime, BeforeValidator(_instant)]


def iso(moment: datetime | None) -> str | None:
    """A moment as every answer spells it."""
    return None if moment is None else clock.iso(clock.to_us(moment))
