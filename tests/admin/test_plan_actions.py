"""What operators do with many plans at once: confirmed with numbers, done by operations, refused with every reason."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from boards.models import Card, CardDependency, Entity
from pulse_project.core.models import DomainEvent
from specs import locks
from specs.models import Spec, Sprint
from tests.admin.acting import act, ask, buttons, cells, text, told
from tests.boards.making import (
    make_board,
    make_card,
    make_ideation,
    make_spec,
    make_sprint,
)
from tests.markup import parse

CARDS = "/admin/boards/card/"
IDEATIONS, SPECS, SPRINTS = (f"/admin/specs/{name}/" for name in ("ideation", "spec", "sprint"))


@pytest.fixture
def board(db: None) -> Any:
    return make_board()


@pytest.fixture
def client(browser: Callable[..., Any]) -> Any:
    return browser("superuser")


@pytest.fixture
def tree(board: Any) -> dict[str, Any]:
    """An ideation, a spec, and a card in a sprint, by the addresses of their lists."""
    ideation = make_ideation(board)
    spec = make_spec(board, ideation=ideation, status="in_progress")
    sprint = make_sprint(spec, status="active")
    return {IDEATIONS: ideation, SPECS: spec, SPRINTS: sprint, CARDS: make_card(spec, sprint=sprint)}


@pytest.mark.parametrize(
    ("status", "way", "left"),
    [
        ("validated", "1 spec: validated → approved.", "approved"),
        ("in_progress", "1 spec: in progress → validated → approved.", "approved"),
        ("done", "1 spec: done → draft.", "draft"),
    ],
)
def test_unlocking_takes_the_way_that_the_lock_names(client: Any, board: Any, status: str, way: str, left: str) -> None:
    spec = make_spec(board, status=status, locked_at="2026-01-01T00:00:00Z", locked_by="bob")
    assert way in text(ask(client, SPECS, "unlock", spec))
    assert Spec.objects.get().status == status
    act(client, SPECS, "unlock", spec)
    spec = Spec.objects.get()
    assert (spec.status, spec.locked_at, spec.locked_by) == (left, None, "")


def test_an_open_spec_is_offered_no_unlocking(client: Any, board: Any) -> None:
    spec = make_spec(board, status="approved")
    assert "unlock" not in buttons(client, f"{SPECS}{spec.pk}/change/")
    assert told(act(client, SPECS, "unlock", spec)) == [
        "None of the selected records is in a state for “Unlock content”."
    ]


def test_an_archived_spec_stays_locked_and_says_why(client: Any, board: Any) -> None:
    spec = make_spec(board, status="validated", archived_at="2026-01-01T00:00:00Z")
    assert cells(act(client, SPECS, "unlock", spec)) == [
        "S-1 Spec",
        "1 unmet condition. (GATE_BLOCKED)",
        "S-1 is archived and takes no change. Restore it first.",
        "Restore S-1.",
    ]


def test_a_way_that_ends_half_done_says_so(client: Any, board: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "way_open", lambda spec: ["validated", "done"])
    spec = make_spec(board, status="in_progress", locked_at="2026-01-01T00:00:00Z")
    assert cells(act(client, SPECS, "unlock", spec))[1] == (
        "A spec in validated cannot go to done in one step. (INVALID_TRANSITION) 1 of 2 steps were taken."
    )
    assert Spec.objects.get().status == "validated"


def test_every_unmet_condition_of_a_card_is_named_with_its_fix(client: Any, board: Any) -> None:
    spec = make_spec(board)
    card, other = make_card(spec, title="Late"), make_card(spec, title="First")
    CardDependency.objects.create(card=card, depends_on=other)
    found = cells(act(client, CARDS, "move", card, status="started"))
    assert found == [
        "C-1 Late",
        "2 unmet conditions. (GATE_BLOCKED)",
        "S-1 is in draft; normal cards are worked on from in_progress on.",
        "Move S-1 to review.",
        "C-1 waits for C-2, which is in not_started.",
        "Move C-2 to in_progress, or let C-1 not wait for it (remove_card_dependency).",
    ]


def test_a_fix_says_what_it_asks_for(client: Any, board: Any) -> None:
    sprint = make_sprint(make_spec(board))
    found = cells(act(client, SPRINTS, "move", sprint, status="active"))
    assert found[-1] == "Put cards into SP-1. It asks for card ids."


def test_two_hundred_refusals_are_counted_and_cut(client: Any, board: Any) -> None:
    spec = make_spec(board)
    cards = [make_card(spec) for _ in range(200)]
    response = act(client, CARDS, "move", *cards, status="started")
    page = parse(response.content)
    assert "spec_state.too_early 200 cards" in page.text
    assert "150 more cards are counted above and not shown." in page.text
    assert len([row for row in page.all("th") if row.get("scope") == "rowgroup"]) == 50


def test_more_than_five_hundred_at_once_are_refused_whole(client: Any, board: Any) -> None:
    spec = make_spec(board)
    cards = [make_card(spec) for _ in range(501)]
    [message] = told(act(client, CARDS, "set_priority", *cards, priority="low"))
    assert message == "“Set priority” takes at most 500 records at once. Narrow the list with a filter."
    assert set(Card.objects.values_list("priority", flat=True)) == {"none"}


def test_the_close_check_says_what_is_missing_and_changes_nothing(client: Any, board: Any) -> None:
    spec = make_spec(board, status="in_progress")
    empty = make_sprint(spec, title="Empty")
    ready = make_sprint(spec, title="Ready", status="review")
    closed = make_sprint(spec, title="Closed", status="closed")
    make_card(spec, sprint=ready)
    events = DomainEvent.objects.count()
    response = ask(client, SPRINTS, "close_check", empty, ready, closed)
    assert response.context["report"].summary == "1 of 3 can be closed now. Nothing was changed."
    assert cells(response) == [
        "SP-3 Closed", "It is closed already.",
        "SP-2 Ready", "ready It can be closed now. Closing takes 1 open card out of it.",
        "SP-1 Empty", "It is in draft; active comes before closed.",
        "SP-1 holds no card that is neither cancelled nor archived.", "Put cards into SP-1. It asks for card ids.",
    ]  # fmt: skip
    assert DomainEvent.objects.count() == events


def test_all_cards_leave_a_sprint_but_archived_ones(client: Any, board: Any) -> None:
    spec = make_spec(board)
    sprint = make_sprint(spec)
    for archived_at in (None, None, "2026-01-01T00:00:00Z"):
        make_card(spec, sprint=sprint, archived_at=archived_at)
    page = text(ask(client, SPRINTS, "unassign_all", sprint))
    assert "2 cards will lie in no sprint." in page
    assert "1 archived card will stay: what is archived takes no change." in page
    assert told(act(client, SPRINTS, "unassign_all", sprint)) == ["Unassign all cards: done for 1 of 1."]
    assert Card.objects.filter(sprint=sprint).count() == 1


def test_an_empty_sprint_has_nothing_to_unassign(client: Any, board: Any) -> None:
    sprint = make_sprint(make_spec(board))
    assert told(act(client, SPRINTS, "unassign_all", sprint)) == [
        "None of the selected records is in a state for “Unassign all cards”."
    ]


def sprints_offered(response: Any) -> list[str]:
    page = parse(response.content)
    return [option.words for option in page.all("option") if option.get("value") and "SP-" in option.words]


def test_cards_are_put_into_a_sprint_of_their_spec(client: Any, board: Any) -> None:
    spec = make_spec(board)
    sprint = make_sprint(spec, title="Mine")
    make_sprint(spec, status="cancelled")
    make_sprint(make_spec(board), title="Foreign")
    cards = [make_card(spec) for _ in range(2)]
    assert sprints_offered(ask(client, CARDS, "assign_sprint", *cards)) == ["SP-1 Mine (draft, S-1)"]
    assert not Card.objects.filter(sprint=sprint).exists()
    assert told(act(client, CARDS, "assign_sprint", *cards, sprint=sprint.pk)) == ["Assign sprint: done for 2 of 2."]
    assert Card.objects.filter(sprint=sprint).count() == 2


def test_a_card_of_another_spec_is_refused_and_the_others_go(client: Any, board: Any) -> None:
    spec = make_spec(board)
    mine, foreign = make_card(spec, title="Mine"), make_card(make_spec(board), title="Foreign")
    sprint = make_sprint(spec)
    found = cells(act(client, CARDS, "assign_sprint", mine, foreign, sprint=sprint.pk))
    assert found == [
        "C-2 Foreign", "A sprint takes cards of its own spec only. Nothing was assigned. (VALIDATION_ERROR)"
    ]  # fmt: skip
    assert list(Card.objects.filter(sprint=sprint)) == [mine]


def test_a_sprint_that_was_not_offered_is_not_taken(client: Any, board: Any) -> None:
    card, sprint = make_card(make_spec(board)), make_sprint(make_spec(board))
    assert act(client, CARDS, "assign_sprint", card, sprint=sprint.pk).status_code == 400
    assert Sprint.objects.get().cards.count() == 0


WRITING = [(CARDS, "assign_sprint"), (SPECS, "unlock"), (SPRINTS, "unassign_all"), (IDEATIONS, "archive")]


@pytest.mark.parametrize(("address", "action"), WRITING)
def test_who_only_watches_and_posts_changes_nothing(
    browser: Callable[..., Any], tree: Any, address: str, action: str
) -> None:
    before = list(Entity.objects.order_by("pk").values_list("pk", "revision", "status"))
    act(browser("auditor"), address, action, tree[address], sprint=tree[SPRINTS].pk)
    assert list(Entity.objects.order_by("pk").values_list("pk", "revision", "status")) == before
    assert not LogEntry.objects.exists()


def test_what_is_done_names_who_did_it(client: Any, tree: Any) -> None:
    act(client, SPRINTS, "unassign_all", tree[SPRINTS])
    assert DomainEvent.objects.get(type="sprint_tasks.unassigned").payload["person"] == "human:superuser-person"


def test_the_pages_of_actions_hold_nothing_that_the_policy_forbids(client: Any, tree: Any) -> None:
    pages = [
        parse(ask(client, SPRINTS, "close_check", tree[SPRINTS]).content),
        parse(ask(client, CARDS, "assign_sprint", tree[CARDS]).content),
        parse(act(client, CARDS, "move", tree[CARDS], status="done").content),
    ]
    assert [page.offences() + page.nameless() for page in pages] == [[], [], []]
    assert [len(page.all("h1")) for page in pages] == [1, 1, 1]
