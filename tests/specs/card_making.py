"""Scenarios, reports, specs in work, and short calls on a board, for tests of cards."""

from collections.abc import Callable
from typing import Any

from boards.models import Card
from pulse_project.core.models import DomainEvent
from specs.models import CardReport, ItemTask, Scenario, Spec, SpecItem
from tests.boards.making import make_spec
from tests.conftest import run

REPORT = {
    "conclusion": "Built and tried.",
    "completeness": 90,
    "completeness_justification": "One corner is open.",
    "drift": 10,
    "drift_justification": "One more field than planned.",
}


def open_spec(board: Any, **over: Any) -> Spec:
    """A spec whose cards are worked on."""
    return make_spec(board, **{"status": "in_progress", **over})


def make_scenario(spec: Spec, **over: Any) -> Scenario:
    number = SpecItem.objects.filter(spec=spec, kind="scenario").count() + 1
    fields = {"title": f"Scenario {number}", "given": "g", "when": "w", "then": "t", **over}
    return Scenario.objects.create(
        spec=spec, kind="scenario", public_id=f"ts_{number:08x}", number=number, position=number, **fields
    )


def link(item: SpecItem, card: Card) -> None:
    ItemTask.objects.create(item=item, card=card)


def report_on(card: Card, **over: Any) -> CardReport:
    fields = {
        "text": "Done.",
        "completeness": 100,
        "completeness_justification": "All.",
        "drift": 0,
        "drift_justification": "None.",
        "source": "move_to_validation",
        "author_id": "maker",
        **over,
    }
    return CardReport.objects.create(card=card, **fields)


def caller_on(board: Any, caller: Any) -> Callable[..., dict[str, Any]]:
    """`act("move_card", card_id=..., status=...)` on the board."""

    def act(name: str, **arguments: Any) -> dict[str, Any]:
        return run(f"okto_pulse_{name}", caller, board_id=str(board.pk), **arguments)

    return act


def unmet(answer: dict[str, Any]) -> list[str]:
    """The codes of a refusal's conditions."""
    assert answer["code"] == "GATE_BLOCKED", answer
    return [condition["code"] for condition in answer["details"]["unmet"]]


def events(card: Any, type_: str = "") -> list[DomainEvent]:
    """The events of an object, oldest first."""
    rows = DomainEvent.objects.filter(entity_id=str(card.pk)).order_by("seq")
    return list(rows.filter(type=type_) if type_ else rows)
