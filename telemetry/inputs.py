"""What telemetry's reads accept: the published loose filters, and the newer spans of time."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from telemetry import canonical
from telemetry.rollups.windows import Window


def _storable(text: str) -> str:
    """A text that an event can hold: PostgreSQL does not even look for another. Rejected is a ValueError."""
    canonical.check_characters(text)
    if "\x00" in text:
        raise ValueError("it holds the NUL character")
    return text


def _text(value: Any) -> Any:
    """Filters were always text: numbers and truth values become it, blanks are no filter."""
    if value is None:
        return None
    if isinstance(value, bool | int | float):
        value = str(value)
    return (value.strip() or None) if isinstance(value, str) else value


Storable = Annotated[str, AfterValidator(_storable)]
Filter = Annotated[Annotated[Storable, Field(max_length=256)] | None, BeforeValidator(_text)]


class Loose(BaseModel):
    """Arguments of a telemetry read: coerced as published, unknown ones refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_nothing(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else given


class Span(Loose):
    """Which time a read looks at: `since` compares stamps as text, `from` and `to` are instants; one way at a time."""

    since: Filter = Field(
        None, description="Stamps from this text on, compared as text and inclusive: 2026-01, 2026-01-31T10:00."
    )
    from_: Filter = Field(None, alias="from", description="Instants from this one on, ISO 8601; without zone UTC.")
    to: Filter = Field(None, description="Instants before this one, ISO 8601.")

    def window(self) -> Window:
        """The window of the arguments. Errors: VALIDATION_ERROR."""
        start_us, end_us = instant(self.from_, "from"), instant(self.to, "to")
        if self.since is not None and (start_us is not None or end_us is not None):
            raise Failure(Code.VALIDATION_ERROR, "Give since, or from and to, not both.", field="since")
        return Window(since=self.since, start_us=start_us, end_us=end_us)


def instant(text: str | None, name: str) -> int | None:
    """Microseconds since 1970 of an argument; a blank is an unencoded plus sign. Errors: VALIDATION_ERROR."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return clock.to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise Failure(
            Code.VALIDATION_ERROR, f"{name} takes an ISO 8601 time such as 2026-01-31T10:00:00Z.", field=name
        ) from error
