"""The scenarios that a card tests."""

from collections.abc import Sequence

from boards import board_settings
from boards.call import BoardCall
from boards.models import Card, Entity
from pulse_project.core.errors import Code, Failure
from specs import gates, locks
from specs.gates.content import ScenarioLoad
from specs.models import ItemTask, Scenario, Spec

FIELD = "test_scenario_ids"


def scenarios_of(spec: Spec | None, names: Sequence[str]) -> list[Scenario]:
    """The scenarios of the spec with these ids or references (`TS-2`), each once. Errors: NOT_FOUND naming others."""
    known: dict[str, Scenario] = {}
    if spec is not None and names:
        for scenario in Scenario.objects.filter(spec=spec):
            known[scenario.public_id] = known[scenario.ref] = scenario
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Failure(Code.NOT_FOUND, "The card's spec has no such scenario.", field=FIELD, unknown=unknown[:10])
    return list({known[name].pk: known[name] for name in names}.values())


def demand_some(card_type: str, scenarios: Sequence[Scenario]) -> None:
    """Errors: VALIDATION_ERROR for a test card that tests nothing."""
    if card_type == Card.Type.TEST and not scenarios:
        raise Failure(Code.VALIDATION_ERROR, "A test card names the scenarios that it tests.", field=FIELD)


def demand_kept(call: BoardCall, operation: str, card: Card, spec: Spec, scenarios: Sequence[Scenario]) -> None:
    """Scenarios of a locked spec keep the cards that test them; more may come. `spec` is locked by the caller.

    Errors: GATE_BLOCKED (content_lock).
    """
    kept = [scenario.pk for scenario in scenarios]
    if ItemTask.objects.filter(card=card, item__spec=spec, item__kind="scenario").exclude(item__in=kept).exists():
        locks.demand_unlocked(call, spec, operation)


def link(call: BoardCall, card: Card, scenarios: Sequence[Scenario]) -> None:
    """Let a card test exactly these scenarios."""
    wanted = {scenario.pk for scenario in scenarios}
    present = ItemTask.objects.filter(card=card, item__kind="scenario")
    present.exclude(item__in=wanted).delete()
    kept = set(present.values_list("item_id", flat=True))
    ItemTask.objects.bulk_create(ItemTask(item_id=pk, card=card) for pk in wanted - kept)


def demand_few(call: BoardCall, operation: str, subject: Entity, scenarios: Sequence[Scenario]) -> None:
    """`subject`: the card, or the spec of one that shall be made.

    Errors: GATE_BLOCKED for more scenarios than the board lets one card test.
    """
    limit = board_settings.of(call.board).max_scenarios_per_card
    gates.demand(call, operation, ["scenario_cap"], ScenarioLoad(gates.subject_of(subject), len(scenarios), limit))
