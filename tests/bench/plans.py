"""Fill a store with boards: one that is measured (300 cards, 50 specs of 40 requirements), the others of 300 cards.

PULSE_HOME=… python -m tests.bench.plans BOARDS
"""

import os
import sys
import uuid
from collections.abc import Iterable
from typing import Any

CARDS, SPECS, REQUIREMENTS = 300, 50, 40
PLAIN_SPECS = 3
STATUSES = ("not_started", "started", "in_progress", "validation", "on_hold", "done")


def main(boards: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "pulse_project.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction

    from pulse_project.core.models import Agent

    call_command("migrate", verbosity=0)
    agent = Agent.objects.get_or_create(agent_id="planner")[0]
    with transaction.atomic():
        _board("measured", SPECS, agent, with_items=True)
    for first in range(1, boards, 50):
        with transaction.atomic():
            for number in range(first, min(first + 50, boards)):
                _board(f"plain-{number}", PLAIN_SPECS, agent, with_items=False)


def _board(slug: str, specs: int, agent: Any, *, with_items: bool) -> None:
    from boards.models import Board, BoardGrant, Comment, Question, RefCounter
    from boards.models.entity import LETTERS

    board = Board.objects.create(slug=slug, name=slug)
    RefCounter.objects.bulk_create(RefCounter(board=board, kind=kind, last=1000) for kind in LETTERS)
    BoardGrant.objects.create(board=board, agent=agent)
    spec_ids = _entities(board, "spec", specs, ["in_progress"])
    _insert("specs_spec", spec_ids, description="What is built.", context="Why.", last_numbers="{}",
            **dict.fromkeys(SKIPS, False), locked_by="")  # fmt: skip
    card_ids = _entities(board, "card", CARDS, STATUSES)
    owners = [spec_ids[place % len(spec_ids)] for place in range(CARDS)]
    ranks = [place * 65536 for place in range(CARDS)]
    _insert("boards_card", card_ids, each={"spec_id": owners, "rank": ranks}, **CARD)
    _documents(board, card_ids)
    if not with_items:
        return
    for pk in card_ids:
        Comment.objects.create(entity_id=pk, content="A comment.", author_id="planner")
        Question.objects.create(entity_id=pk, question="A question?", asked_by="planner")
    for spec_id, card_id in zip(spec_ids, card_ids, strict=False):
        _items(spec_id, card_id)


SKIPS = (
    "skip_test_coverage", "skip_rules_coverage", "skip_trs_coverage", "skip_decisions_coverage",
    "skip_contract_coverage", "skip_qualitative_validation",
)  # fmt: skip
CARD = {
    "description": "Do it.", "details": "", "priority": "medium", "card_type": "normal", "severity": "",
    "expected_behavior": "", "observed_behavior": "", "steps_to_reproduce": "", "action_plan": "",
}  # fmt: skip


def _entities(board: Any, kind: str, count: int, statuses: Iterable[str]) -> list[uuid.UUID]:
    from boards.models import Entity

    names = list(statuses)
    made = Entity.objects.bulk_create(
        Entity(
            board=board, kind=kind, number=n + 1, title=f"{kind} {n} about payments", status=names[n % len(names)]
        )
        for n in range(count)
    )  # fmt: skip
    return [entity.pk for entity in made]


def _insert(table: str, pks: list[uuid.UUID], *, each: dict[str, list[Any]] | None = None, **same: Any) -> None:
    """Rows of a child table: what Django's bulk_create does not do for inherited models."""
    from django.db import connection

    columns = ["entity_id", *(each or {}), *same]
    rows = [
        [_stored(pk), *(_stored(values[place]) for values in (each or {}).values()), *same.values()]
        for place, pk in enumerate(pks)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})",  # noqa: S608 - constants
            rows,
        )


def _stored(value: Any) -> Any:
    from django.db import connection

    return value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value


def _documents(board: Any, card_ids: list[uuid.UUID]) -> None:
    from boards.indexing import board_word
    from boards.models import SearchDocument

    SearchDocument.objects.bulk_create(
        SearchDocument(
            board=board, entity_id=pk, kind="card", title=f"card about payments {place}", body="Do it well.",
            scope=f"{board_word(board.pk)} kcard",
        )
        for place, pk in enumerate(card_ids)
    )  # fmt: skip


def _items(spec_id: uuid.UUID, card_id: uuid.UUID) -> None:
    from specs.models import ItemLink, ItemTask, Requirement, Rule, Scenario

    kinds = ("functional_requirement", "acceptance_criterion", "technical_requirement")
    made: dict[str, list[Any]] = {kind: [] for kind in kinds}
    for place in range(REQUIREMENTS):
        kind, number = kinds[place % 3], place // 3 + 1
        made[kind].append(
            Requirement.objects.create(
                spec_id=spec_id,
                kind=kind,
                public_id=f"x{place:08x}",
                number=number,
                position=number,
                text=f"It {place}.",
            )
        )
    for number in range(1, 11):
        common = {"spec_id": spec_id, "number": number, "position": number}
        rule = Rule.objects.create(
            **common, kind="rule", public_id=f"br_{number:08x}", title="R", rule="r", when="w", then="t"
        )
        scenario = Scenario.objects.create(
            **common, kind="scenario", public_id=f"ts_{number:08x}", title="S", given="g", when="w", then="t"
        )
        ItemLink.objects.create(source=rule, target=made[kinds[0]][number])
        ItemLink.objects.create(source=scenario, target=made[kinds[1]][number])
        ItemTask.objects.create(item=rule, card_id=card_id)


if __name__ == "__main__":
    main(int(sys.argv[1]))
