"""Sprints in the admin."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from boards.admin.columns import EntityAdmin
from boards.admin.exports import EXPORT, named
from boards.models import Card
from pulse_project.core.admin import results
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.display import number_of
from pulse_project.core.admin.reading import ReadAction, ask
from specs import states
from specs.admin.archiving import ARCHIVING
from specs.admin.moving import moving
from specs.models import Sprint
from specs.sprint_cards import FINISHED

LOOK_AHEAD = "okto_pulse_get_allowed_transitions"
END = "closed"
CARDS_PER_CALL = 500


def _movable(sprint: Sprint) -> "QuerySet[Card]":
    return Card.objects.filter(sprint=sprint, archived_at=None).order_by("number")


def _out_of_sprint(record: Sprint, _answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every card but archived ones, which take no change."""
    ids = [str(pk) for pk in _movable(record).values_list("pk", flat=True)]
    names = {"board_id": str(record.board_id), "sprint_id": str(record.pk)}
    return [
        {**names, "card_ids": ids[start : start + CARDS_PER_CALL]} for start in range(0, len(ids), CARDS_PER_CALL)
    ]  # fmt: skip


def _leaving(records: Sequence[Any]) -> list[str]:
    leaving = sum(record.movable for record in records)
    staying = Card.objects.filter(sprint__in=records).exclude(archived_at=None).count()
    lines = [f"{number_of(leaving, 'card')} will lie in no sprint."]
    if staying:
        lines.append(f"{number_of(staying, 'archived card')} will stay: what is archived takes no change.")
    return lines


UNASSIGN = OperationAction(
    "unassign_all",
    "Unassign all cards",
    "okto_pulse_unassign_tasks_from_sprint",
    _out_of_sprint,
    foresees=_leaving,
    danger=True,
    applies=lambda record: record.movable > 0,
    consequence="Their cards stay on the board and in their spec.",
)


def _checked(model_admin: Any, request: HttpRequest, records: Sequence[Any]) -> HttpResponse:
    rows = [_look(request, record) for record in records]
    ready = sum(row.good for row in rows)
    summary = f"{ready} of {len(rows)} can be closed now. Nothing was changed."
    headings = ("What is missing", "What helps")
    report = results.Report("Close check", summary, rows, good=ready == len(rows), headings=headings)
    return results.page(model_admin, request, report)


def _look(request: HttpRequest, sprint: Any) -> results.Row:
    outcome = ask(request, LOOK_AHEAD, named(sprint))
    if outcome.failure is not None:
        return results.refused(sprint, outcome.failure)
    hop = states.next_hop("sprint", sprint.status, END)
    if hop is None:
        return results.Row(sprint, "It is closed already.", code="closed already")
    ahead = next(row for row in outcome.result["transitions"] if row["to"] == hop)
    conditions = results.unmet_conditions(ahead["unmet"])
    if ahead["flag_missing"]:
        conditions.append(results.Condition(f"Missing right: {ahead['flag_missing']}", code="missing right"))
    if hop != END:
        sentence = f"It is in {sprint.status}; {hop} comes before {END}."
        return results.Row(sprint, sentence, conditions, code=f"in {sprint.status}")
    return results.Row(sprint, _verdict(sprint, ready=ahead["allowed"]), conditions, good=ahead["allowed"])


def _verdict(sprint: Any, *, ready: bool) -> str:
    carried = sprint.unfinished
    leaving = f" Closing takes {number_of(carried, 'open card')} out of it." if carried else ""
    return f"It can be closed now.{leaving}" if ready else f"It cannot be closed yet.{leaving}"


CLOSE_CHECK = ReadAction("close_check", "Close check", LOOK_AHEAD, _checked)


@admin.register(Sprint)
class SprintAdmin(EntityAdmin):
    """Sprints of every board."""

    list_display = ("reference", "named", "spec", "status_badge", "progress", "dates", "changed")
    list_select_related = ("board", "spec")
    operation_actions = (moving("sprint"), CLOSE_CHECK, UNASSIGN, *ARCHIVING, EXPORT)

    def get_queryset(self, request: HttpRequest) -> Any:
        within = Q(cards__archived_at=None)
        live = within & ~Q(cards__status="cancelled")
        return (
            super()
            .get_queryset(request)
            .annotate(
                movable=Count("cards", filter=within),
                unfinished=Count("cards", filter=~Q(cards__status__in=FINISHED)),
                live_count=Count("cards", filter=live),
                done_count=Count("cards", filter=live & Q(cards__status="done")),
            )
        )

    @admin.display(description="Progress", ordering="done_count")
    def progress(self, record: Any) -> str:
        return f"{record.done_count} of {record.live_count} done" if record.live_count else "no cards"

    @admin.display(description="Dates", ordering="end_date")
    def dates(self, record: Sprint) -> str:
        days = [moment.strftime("%Y-%m-%d") if moment else "?" for moment in (record.start_date, record.end_date)]
        return " to ".join(days) if record.start_date or record.end_date else ""
