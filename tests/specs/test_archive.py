"""Archiving trees and bringing them back."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards.models import Card, Entity
from pulse_project.core.models import DomainEvent
from specs.models import Spec
from tests.boards.making import (
    make_board,
    make_card,
    make_ideation,
    make_member,
    make_refinement,
    make_spec,
    make_sprint,
)
from tests.conftest import run

ARCHIVE, RESTORE = "okto_pulse_archive_tree", "okto_pulse_restore_tree"
NONE = {"ideations": 0, "refinements": 0, "specs": 0, "sprints": 0, "cards": 0}


@pytest.fixture
def tree(board: Any) -> dict[str, Any]:
    """An ideation with a refinement, a spec of each, a sprint, cards, and a bug that was linked to another spec."""
    ideation = make_ideation(board, status="done")
    refinement = make_refinement(ideation, status="done")
    direct = make_spec(board, ideation=ideation, status="approved")
    refined = make_spec(board, ideation=ideation, refinement=refinement, status="in_progress")
    sprint = make_sprint(refined, status="active")
    card = make_card(refined, sprint=sprint, status="started")
    other = make_card(direct)
    elsewhere = make_spec(board)
    bug = make_card(elsewhere, card_type="bug", severity="minor", origin_task=card)
    untouched = make_card(elsewhere)
    return {"ideation": ideation, "refinement": refinement, "spec": refined, "sprint": sprint, "card": card, "bug": bug,
            "direct": direct, "other": other, "untouched": untouched, "elsewhere": elsewhere}  # fmt: skip


def _archived() -> set[str]:
    return {str(pk) for pk in Entity.objects.exclude(archived_at=None).values_list("pk", flat=True)}


def _act(name: str, caller: Any, kind: str, root: Any) -> dict[str, Any]:
    return run(name, caller, entity_type=kind, entity_id=str(root.pk))


@pytest.mark.parametrize(
    ("root", "inside", "counts"),
    [
        ("ideation", "ideation refinement spec direct sprint card other bug", (1, 1, 2, 1, 3)),
        ("refinement", "refinement spec sprint card bug", (0, 1, 1, 1, 2)),
        ("spec", "spec sprint card bug", (0, 0, 1, 1, 2)),
        ("sprint", "sprint card bug", (0, 0, 0, 1, 2)),
        ("card", "card bug", (0, 0, 0, 0, 2)),
    ],
)
def test_a_tree_is_archived_whole_and_comes_back_whole(alice, tree, root, inside, counts):
    expected = dict(zip(NONE, counts, strict=True))
    archived = _act(ARCHIVE, alice, root, tree[root])
    assert (archived["archived_count"], _archived()) == (expected, {str(tree[name].pk) for name in inside.split()})
    restored = _act(RESTORE, alice, root, tree[root])
    assert (restored["restored_count"], _archived()) == (expected, set())


def test_restoring_gives_back_every_status(alice, tree):
    before = dict(Entity.objects.values_list("pk", "status"))
    _act(ARCHIVE, alice, "ideation", tree["ideation"])
    _act(RESTORE, alice, "ideation", tree["ideation"])
    assert dict(Entity.objects.values_list("pk", "status")) == before
    assert not Entity.objects.exclude(pre_archive_status="").exists()


def test_a_second_time_changes_and_tells_nothing(alice, tree):
    _act(ARCHIVE, alice, "spec", tree["spec"])
    again = _act(ARCHIVE, alice, "spec", tree["spec"])
    assert (again["success"], again["archived_count"]) == (True, NONE)
    assert DomainEvent.objects.filter(type="tree.archived").count() == 1


def test_restoring_what_is_live_counts_nothing(alice, tree):
    assert _act(RESTORE, alice, "ideation", tree["ideation"])["restored_count"] == NONE


def test_what_was_archived_before_is_counted_once_and_comes_back_with_the_tree(alice, tree):
    _act(ARCHIVE, alice, "card", tree["card"])
    counted = _act(ARCHIVE, alice, "spec", tree["spec"])["archived_count"]
    restored = _act(RESTORE, alice, "spec", tree["spec"])["restored_count"]
    assert (counted["cards"], restored["cards"]) == (0, 2)


def test_one_event_on_the_root_names_everything(alice, tree):
    _act(ARCHIVE, alice, "spec", tree["spec"])
    event = DomainEvent.objects.get()
    assert (event.type, event.entity_kind, event.entity_id) == ("tree.archived", "spec", str(tree["spec"].pk))
    assert event.payload["counts"] == {**NONE, "specs": 1, "sprints": 1, "cards": 2}
    assert set(event.payload["ids"]["cards"]) == {str(tree["card"].pk), str(tree["bug"].pk)}


def test_every_changed_object_has_a_new_revision(alice, tree):
    _act(ARCHIVE, alice, "spec", tree["spec"])
    assert set(Entity.objects.exclude(archived_at=None).values_list("revision", flat=True)) == {2}
    assert Entity.objects.get(pk=tree["untouched"].pk).revision == 1


def test_a_validated_spec_that_loses_a_card_is_approved_again(alice, board):
    spec = make_spec(board, status="validated")
    card = make_card(spec)
    _act(ARCHIVE, alice, "card", card)
    assert Spec.objects.get(pk=spec.pk).status == "approved"
    assert DomainEvent.objects.get(type="spec.moved").payload["reason"] == "card_withdrawn"


def test_a_cancelled_card_counted_for_nothing(alice, board):
    spec = make_spec(board, status="validated")
    _act(ARCHIVE, alice, "card", make_card(spec, status="cancelled"))
    assert Spec.objects.get(pk=spec.pk).status == "validated"


def test_a_validated_spec_that_is_archived_itself_keeps_its_status(alice, board):
    spec = make_spec(board, status="validated")
    make_card(spec)
    _act(ARCHIVE, alice, "spec", spec)
    _act(RESTORE, alice, "spec", spec)
    assert Spec.objects.get(pk=spec.pk).status == "validated"


def test_a_bug_of_an_archived_card_is_withdrawn_from_its_own_spec(alice, tree):
    Spec.objects.filter(pk=tree["elsewhere"].pk).update(status="validated")
    _act(ARCHIVE, alice, "card", tree["card"])
    assert Spec.objects.get(pk=tree["elsewhere"].pk).status == "approved"


@pytest.mark.parametrize("kind", ["ideation", "refinement", "spec", "sprint"])
@pytest.mark.parametrize(("name", "verb"), [(ARCHIVE, "archive"), (RESTORE, "restore")])
def test_each_kind_asks_for_its_flag(board, tree, kind, name, verb):
    bob = make_member(board, "bob", overrides=[f"{kind}.entity.{verb}"])
    refused = _act(name, bob, kind, tree[kind])
    assert (refused["code"], refused["details"]["required_permission"]) == (
        "PERMISSION_DENIED", f"{kind}.entity.{verb}",
    )  # fmt: skip


def test_a_card_is_archived_by_who_deletes_cards_or_archives_specs(board, tree):
    by_delete = make_member(board, "bob", overrides=["spec.entity.archive"])
    by_spec = make_member(board, "carol", overrides=["card.entity.delete"])
    neither = make_member(board, "dave", overrides=["card.entity.delete", "spec.entity.archive"])
    assert _act(ARCHIVE, neither, "card", tree["card"])["code"] == "PERMISSION_DENIED"
    assert _act(ARCHIVE, by_delete, "card", tree["card"])["success"]
    assert _act(ARCHIVE, by_spec, "card", tree["other"])["success"]


@pytest.mark.parametrize("name", [ARCHIVE, RESTORE])
def test_an_unknown_kind_is_refused(alice, tree, name):
    assert _act(name, alice, "board", tree["spec"])["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("name", [ARCHIVE, RESTORE])
def test_an_object_of_another_kind_is_not_found(alice, tree, name):
    refused = _act(name, alice, "spec", tree["card"])
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "entity_id")


@pytest.mark.parametrize("name", [ARCHIVE, RESTORE])
def test_a_stranger_and_another_board_find_nothing(alice, mallory, tree, name):
    elsewhere = make_spec(make_board("Other"))
    given = {"board_id": str(tree["spec"].board_id), "entity_type": "spec", "entity_id": str(elsewhere.pk)}
    assert _act(name, mallory, "spec", tree["spec"])["code"] == "NOT_FOUND"
    assert run(name, alice, **given)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("name", [ARCHIVE, RESTORE])
def test_large_trees_take_as_many_statements_as_small_ones(alice, board, name):
    counts = []
    for size in (3, 30):
        ideation = make_ideation(board)
        for _ in range(size):
            make_card(make_spec(board, ideation=ideation))
        if name == RESTORE:
            _act(ARCHIVE, alice, "ideation", ideation)
        run("okto_pulse_get_board_summary", alice, board_id=str(board.pk))  # remembers the rights
        with CaptureQueriesContext(connection) as seen:
            _act(name, alice, "ideation", ideation)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 25
    assert Card.objects.filter(archived_at=None).count() == (0 if name == ARCHIVE else 33)
