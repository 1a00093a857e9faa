"""One look at telemetry: the filters of a request, its caller, and what the operations answered so far."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pulse_project.core import db, executor
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import REGISTRY
from pulse_project.core.principals import Caller
from telemetry import attributes
from telemetry.pages.filters import Filters, parse

RECENT: Final = 20  # rows of the overview
SIZES: Final = (25, 50, 100)
OFFERED: Final = 100  # names to choose from


class Look:
    """What the panels of one request ask for; the same question is asked once."""

    def __init__(self, filters: Filters, caller: Caller, *, size: int = 50, cursor: str = "") -> None:
        self.filters = filters
        self.caller = caller
        self.size = size
        self.cursor = cursor
        self._answers: dict[tuple[str, str], executor.Outcome] = {}

    @property
    def query(self) -> str:
        """The query string of this view, without the place in a list."""
        size = "" if self.size == SIZES[1] else f"&size={self.size}"
        return self.filters.query + size

    def ask(self, operation: str, **arguments: Any) -> Any:
        """What the operation answers. Errors: those of the operation."""
        question = (operation, repr(sorted(arguments.items())))
        if question not in self._answers:
            self._answers[question] = executor.call_sync(REGISTRY[operation], arguments, self.caller)
        outcome = self._answers[question]
        if outcome.failure is not None:
            raise outcome.failure
        return outcome.result

    def counts(self, by: str, filters: Filters | None = None) -> Any:
        """Events by type or source that pass span, type and source."""
        chosen = filters or self.filters
        return self.ask("metrics_counts", by=by, **chosen.span(), **_given(type=chosen.type, source=chosen.source))

    def figures(self, operation: str, filters: Filters | None = None, **arguments: Any) -> Any:
        """What an operation that takes a span and a source answers."""
        chosen = filters or self.filters
        return self.ask(operation, **chosen.span(), **_given(source=chosen.source), **arguments)

    def events(self, limit: int, *, cursor: str | None = None) -> Any:
        """The newest events by receipt that pass everything; a target counts where it can be looked up."""
        chosen = self.filters
        payload = dict(chosen.payload)
        if chosen.target and self.knows_targets():
            payload["target"] = chosen.target
        given = _given(type=chosen.type, source=chosen.source, payload=payload)
        paging = {} if cursor is None else {"cursor": cursor}
        return self.ask("events_list", limit=limit, **chosen.span(), **given, **paging)

    def knows_targets(self) -> bool:
        """Whether events can be looked up by their target."""
        return "target" in filterable_keys()

    def is_store_empty(self) -> bool:
        """Whether there is no event at all, whatever the filters. Errors: those of the count."""
        return not self.counts("type")["total"] and not self.ask("metrics_counts", by="type")["total"]

    def known(self, by: str) -> list[str]:
        """Names to choose from: those of the span that pass the other filters; none when they cannot be told now."""
        others = replace(self.filters, type="") if by == "type" else replace(self.filters, source="")
        try:
            return [group["key"] for group in self.counts(by, others)["groups"][:OFFERED]]
        except Failure:
            return []


def look_of(query: Mapping[str, str], caller: Caller) -> Look:
    """The look that an address asks for. Errors: VALIDATION_ERROR."""
    size = query.get("size", "") or str(SIZES[1])
    if size not in map(str, SIZES):
        raise Failure(Code.VALIDATION_ERROR, "size takes 25, 50 or 100.", field="size")
    return Look(parse(query), caller, size=int(size), cursor=query.get("cursor", ""))


def filterable_keys() -> frozenset[str]:
    """The payload keys that events can be looked up by."""
    with db.read_tx():
        return frozenset(attributes.filterable())


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
