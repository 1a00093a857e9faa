"""Changing the fields of a card, each with the right that it needs."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from boards.call import BoardCall, Need, any_of, check_revision
from boards.inputs import changes_of
from boards.instants import iso
from boards.location import not_found
from boards.models import BugRegressionTest, Card
from pulse_project.core.errors import Code, Failure
from specs import locks
from specs.cards import scenarios
from specs.cards.inputs import CardChange
from specs.models import Spec
from specs.queries.cards import regression_tests_of, scenario_ids_of
from specs.sprint_cards import find

UPDATE_CARD = "okto_pulse_update_card"
TEXTS = ("title", "description", "details", "priority", "due_date")
BUG_TEXTS = ("severity", "expected_behavior", "observed_behavior", "steps_to_reproduce", "action_plan")
COLUMNS = (*TEXTS, *BUG_TEXTS, "assignee_id", "labels")
SCENARIOS, TESTS = scenarios.FIELD, "linked_test_task_ids"
FIELDS = (*COLUMNS, SCENARIOS, TESTS)
LINK_TESTS = any_of("card.entity.link_tests", "card.tests.link")
NEEDS: Mapping[str, Need] = {
    **dict.fromkeys(TEXTS, "card.entity.edit_fields"),
    **dict.fromkeys(BUG_TEXTS, "card.entity.edit_bug_fields"),
    "assignee_id": "card.entity.assign",
    "labels": "card.entity.label",
    SCENARIOS: any_of("card.link_to.scenario", "card.tests.link"),
    TESTS: LINK_TESTS,
}
EMPTY: Mapping[str, Any] = {"labels": [], "due_date": None, "priority": Card.Priority.NONE}
NEVER_EMPTY_OF_A_BUG = ("severity", "expected_behavior", "observed_behavior")

Change = dict[str, Any]


def update_card(call: BoardCall, data: CardChange) -> Card:
    """Change what the call gives; null empties a field. Answers the card.

    Errors: NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT, VALIDATION_ERROR.
    """
    card = call.entity(Card, data.card_id, "card_id", lock=True)
    wanted = changes_of(data, FIELDS)
    call.demand_in(card, *dict.fromkeys(NEEDS[name] for name in wanted or TEXTS))
    locks.demand_live(call, card, UPDATE_CARD)
    check_revision(data.expected_version, card.revision, "card")
    changes = _set_columns(card, wanted)
    if SCENARIOS in wanted:
        changes += _set_scenarios(call, card, wanted[SCENARIOS] or [])
    if TESTS in wanted:
        changes += _set_tests(call, card, wanted[TESTS] or [])
    if changes:
        call.save(card, *[change["field"] for change in changes if change["field"] in COLUMNS])
        call.tell("card.updated", card, changes=changes, spec_id=str(card.spec_id) if card.spec_id else None)
    return card


def _set_columns(card: Card, wanted: Mapping[str, Any]) -> list[Change]:
    changes = []
    for name in COLUMNS:
        if name not in wanted:
            continue
        new = EMPTY.get(name, "") if wanted[name] is None else wanted[name]
        if card.card_type == Card.Type.BUG and name in NEVER_EMPTY_OF_A_BUG and not str(new).strip():
            raise Failure(Code.VALIDATION_ERROR, f"A bug keeps its {name}.", field=name)
        old = getattr(card, name)
        if new != old:
            setattr(card, name, new)
            changes.append({"field": name, "old": _wire(old), "new": _wire(new)})
    return changes


def _wire(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


def _set_scenarios(call: BoardCall, card: Card, names: list[str]) -> list[Change]:
    spec = Spec.objects.select_for_update().filter(pk=card.spec_id).first() if card.spec_id else None
    tested = scenarios.scenarios_of(spec, names)
    scenarios.demand_some(card.card_type, tested)
    scenarios.demand_few(call, UPDATE_CARD, card, tested)
    if spec is not None:
        scenarios.demand_kept(call, UPDATE_CARD, card, spec, tested)
    return _difference(
        SCENARIOS,
        lambda: scenario_ids_of([card]).get(card.pk, []),
        lambda: scenarios.link(call, card, tested),
    )


def _set_tests(call: BoardCall, card: Card, names: list[str]) -> list[Change]:
    if card.card_type != Card.Type.BUG:
        raise Failure(Code.VALIDATION_ERROR, "Only a bug has regression tests.", field=TESTS)
    found = find(call, names, lock=False)
    if any(name not in found for name in names):
        raise not_found("test card", TESTS)
    tests = {found[name].pk: found[name] for name in names}
    demand_another(card, list(tests.values()), TESTS)

    def link() -> None:
        present = BugRegressionTest.objects.filter(bug=card)
        present.exclude(test_card__in=tests).delete()
        kept = set(present.values_list("test_card_id", flat=True))
        BugRegressionTest.objects.bulk_create(
            BugRegressionTest(bug=card, test_card_id=pk) for pk in tests if pk not in kept
        )

    return _difference(TESTS, lambda: regression_tests_of([card.pk]).get(card.pk, []), link)


def demand_another(bug: Card, tests: list[Card], field: str) -> None:
    """Errors: VALIDATION_ERROR for a bug that shall test itself."""
    if any(test.pk == bug.pk for test in tests):
        raise Failure(Code.VALIDATION_ERROR, "A bug is not its own regression test.", field=field)


def _difference(name: str, read: Callable[[], list[str]], write: Callable[[], None]) -> list[Change]:
    """Write rows that hang on a card; answers the change as names, if there was one."""
    old = read()
    write()
    new = read()
    return [] if sorted(old) == sorted(new) else [{"field": name, "old": old, "new": new}]
