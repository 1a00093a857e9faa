"""Decisions that replace others: the older one is superseded while a newer one that names it stands."""

from collections.abc import Iterable, Iterator

from boards.call import BoardCall
from pulse_project.core.errors import Code, Failure
from specs.families import items as family
from specs.models import Decision
from specs.queries.content import SpecContent


def demand_no_circle(content: SpecContent, newer: Decision, older: Decision) -> None:
    """VALIDATION_ERROR when a decision would supersede itself, directly or through others."""
    if any(step.pk == newer.pk for step in _line(content, older)):
        raise Failure(
            Code.VALIDATION_ERROR,
            f"{older.ref} supersedes {newer.ref} or is the same decision. A decision supersedes earlier ones only.",
            field="supersedes_decision_id",
        )


def _line(content: SpecContent, decision: Decision) -> Iterator[Decision]:
    """A decision and all that it supersedes, newest first."""
    by_pk = {item.pk: item for item in content.decisions}
    step: Decision | None = decision
    while step is not None:
        yield step
        step = by_pk.get(step.supersedes_id) if step.supersedes_id else None


def settle(call: BoardCall, content: SpecContent, olders: Iterable[int | None]) -> None:
    """Supersede these decisions or let them stand again, as those that name them say. Each change is told."""
    for pk in dict.fromkeys(olders):
        older = next((item for item in content.decisions if item.pk == pk), None)
        if older is None:
            continue
        newer = [item for item in content.decisions if item.supersedes_id == older.pk and item.status != "revoked"]
        if newer and older.status == "active":
            _turn(call, content, older, "superseded", "superseded", by=[item.ref for item in newer])
        elif not newer and older.status == "superseded":
            _turn(call, content, older, "active", "reinstated", by=[])


def _turn(call: BoardCall, content: SpecContent, older: Decision, status: str, event: str, by: list[str]) -> None:
    old, older.status = older.status, status
    family.save(older, "status")
    changes = [{"field": "status", "old": old, "new": status}]
    family.tell(call, content, event, older, changes=changes, by=by)
