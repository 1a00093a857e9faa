"""Ideations and refinements in every state, for tests."""

from typing import Any

from specs.models import Ideation, Refinement
from tests.boards.making import make_ideation, make_refinement


def make_done_ideation(board: Any, **over: Any) -> Ideation:
    """An ideation that may be derived from."""
    return make_ideation(board, **{"status": "done", **over})


def make_done_refinement(board: Any, **over: Any) -> Refinement:
    """A refinement of a done ideation that may be derived from."""
    return make_refinement(make_done_ideation(board), **{"status": "done", **over})


def events_of(entity: Any) -> list[str]:
    """The types of the events about an object, oldest first."""
    from pulse_project.core.models import DomainEvent

    found = DomainEvent.objects.filter(entity_id=str(entity.pk)).order_by("seq")
    return list(found.values_list("type", flat=True))
