"""What a telemetry page looks at: a span of time and filters, all of them in the address.

Spans are rounded to whole hours, so that every figure comes from rollups and no event is read for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from telemetry.instants import DAY_US, HOUR_US

DAYS: Final = {"24h": 1, "7d": 7, "30d": 30, "90d": 90}
ALL, CUSTOM, DEFAULT = "all", "custom", "7d"
LABELS: Final = {
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    ALL: "All time",
}
NAMES: Final = ("type", "source", "target")
PAYLOAD: Final = "payload."
LONGEST: Final = 256  # characters of a value, as the operations accept them


@dataclass(frozen=True)
class Active:
    """A filter in force, and the query of the same page without it."""

    name: str
    value: str
    without: str

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


@dataclass(frozen=True)
class Filters:
    """A span (start <= t < end, None = open) and exact values, "" = any."""

    range: str = DEFAULT
    start_us: int | None = None
    end_us: int | None = None
    type: str = ""
    source: str = ""
    target: str = ""
    payload: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """The span in words."""
        if self.range != CUSTOM:
            return LABELS[self.range]
        start, end = _minute(self.start_us, " "), _minute(self.end_us, " ")
        if start and end:
            return f"{start} to {end} UTC"
        return f"Since {start} UTC" if start else f"Until {end} UTC" if end else LABELS[ALL]

    @property
    def since(self) -> str:
        """The start of a custom span as a form field spells it."""
        return _minute(self.start_us, "T") if self.range == CUSTOM else ""

    @property
    def until(self) -> str:
        """The end of a custom span as a form field spells it."""
        return _minute(self.end_us, "T") if self.range == CUSTOM else ""

    def span(self) -> dict[str, str]:
        """`from` and `to` as operations and the JSON API take them."""
        found = {"from": clock.iso(self.start_us), "to": clock.iso(self.end_us)}
        return {name: text for name, text in found.items() if text}

    def before(self) -> "Filters | None":
        """The span of the same length that ends where this one begins; None when this one is open."""
        if self.start_us is None or self.end_us is None:
            return None
        length = self.end_us - self.start_us
        if length > self.start_us:
            return None
        return replace(self, start_us=self.start_us - length, end_us=self.start_us)

    @property
    def query(self) -> str:
        """The query string of this view."""
        return _query(self._parameters())

    def active(self) -> list[Active]:
        """The filters in force; the span is none of them."""
        spans = {"range", "since", "until"}
        given = self._parameters()
        return [
            Active(name.removeprefix(PAYLOAD), value, _query({key: text for key, text in given.items() if key != name}))
            for name, value in given.items()
            if name not in spans
        ]

    @property
    def without(self) -> str:
        """The query of this span without any filter."""
        return replace(self, type="", source="", target="", payload=()).query

    def _parameters(self) -> dict[str, str]:
        found = {"range": self.range, "since": self.since, "until": self.until}
        found |= {"type": self.type, "source": self.source, "target": self.target}
        found |= {PAYLOAD + name: value for name, value in self.payload}
        return {name: value for name, value in found.items() if value}


def parse(given: Mapping[str, str]) -> Filters:
    """The filters of a query string. Errors: VALIDATION_ERROR with `field`."""
    values = {name: _value(name, given.get(name, "")) for name in (*NAMES, "range", "since", "until")}
    start_us, end_us = _moment(values, "since", up=False), _moment(values, "until", up=True)
    chosen = values["range"] or DEFAULT
    if start_us is not None or end_us is not None:
        chosen = CUSTOM
    if chosen not in {*LABELS, CUSTOM}:
        takes = ", ".join((*LABELS, CUSTOM))
        raise Failure(Code.VALIDATION_ERROR, f"range takes one of {takes}.", field="range")
    if chosen in DAYS:
        end_us = (clock.now_us() // HOUR_US + 1) * HOUR_US
        start_us = end_us - DAYS[chosen] * DAY_US
    if start_us is not None and end_us is not None and start_us >= end_us:
        raise Failure(Code.VALIDATION_ERROR, "until has to be later than since.", field="until")
    return Filters(
        range=chosen,
        start_us=start_us,
        end_us=end_us,
        **{name: values[name] for name in NAMES},
        payload=tuple(_payload(given)),
    )


def _payload(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in sorted(given):
        if name.startswith(PAYLOAD) and (value := _value(name, given[name])):
            yield _value(name, name).removeprefix(PAYLOAD), value


def _value(name: str, text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST or "\x00" in text:
        shown = name if len(name) <= LONGEST and name.isprintable() else "A filter"
        raise Failure(Code.VALIDATION_ERROR, f"{shown} takes at most {LONGEST} characters of text.", field=shown)
    return text


def _moment(values: Mapping[str, str], name: str, *, up: bool) -> int | None:
    text = values[name]
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        us = clock.to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise Failure(
            Code.VALIDATION_ERROR, f"{name} takes a time in UTC such as 2026-01-31T10:00.", field=name
        ) from error
    us = max(0, us)
    return _ceil(us) if up else us - us % HOUR_US


def _ceil(us: int) -> int:
    return -(-us // HOUR_US) * HOUR_US


def _minute(us: int | None, separator: str) -> str:
    return "" if us is None else (clock.iso(us) or "")[:16].replace("T", separator)


def _query(parameters: Mapping[str, str]) -> str:
    return urlencode(parameters)
