"""The report of the work on a card: given with the move to validation or done, never changed afterwards."""

from typing import Any, TypedDict

from django.db.models import QuerySet

from boards.call import BoardCall
from boards.instants import iso
from boards.models import Card
from pulse_project.core import clock
from specs.cards.inputs import CardMove
from specs.gates.facts import REPORT_PARTS
from specs.models import CardReport

EXCERPT = 280
SOURCES = {"validation": CardReport.Source.MOVE_TO_VALIDATION, "done": CardReport.Source.MOVE_TO_DONE}


class Conclusion(TypedDict):
    """One report. `source` is move_to_validation, move_to_done or task_validation."""

    text: str
    author_id: str
    created_at: str | None
    completeness: int
    completeness_justification: str
    drift: int
    drift_justification: str
    source: str
    validation_id: str | None


def given_in(data: CardMove) -> dict[str, Any]:
    """The parts of a report that a call gives; blank texts are none."""
    values = {part: getattr(data, part) for part in REPORT_PARTS}
    return {part: value for part, value in values.items() if value is not None and str(value).strip()}


def keep(call: BoardCall, card: Card, to: str, given: dict[str, Any]) -> CardReport:
    """Store a complete report."""
    return CardReport.objects.create(
        card=card,
        text=given["conclusion"],
        source=SOURCES[to],
        author_id=call.person,
        created_at=clock.now(),
        **{part: given[part] for part in REPORT_PARTS if part != "conclusion"},
    )


def told(report: CardReport) -> dict[str, Any]:
    """What the event of a move says of its report."""
    return {
        "id": report.pk,
        "excerpt": report.text[:EXCERPT],
        "completeness": report.completeness,
        "drift": report.drift,
        "source": report.source,
    }


def standing(card: Card) -> "QuerySet[CardReport]":
    """The reports of a card that were not withdrawn."""
    return CardReport.objects.filter(card=card, withdrawn_at=None)


def conclusion(report: CardReport) -> Conclusion:
    return {
        "text": report.text,
        "author_id": report.author_id,
        "created_at": iso(report.created_at),
        "completeness": report.completeness,
        "completeness_justification": report.completeness_justification,
        "drift": report.drift,
        "drift_justification": report.drift_justification,
        "source": report.source,
        "validation_id": report.validation_id or None,
    }
