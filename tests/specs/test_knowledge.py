"""Knowledge of ideations, refinements, specs and cards."""

import re
from uuid import UUID

import pytest

from specs.models import Knowledge
from tests.boards.making import make_board, make_card, make_member, make_refinement, make_spec
from tests.conftest import run
from tests.specs.planning import events_of, make_done_ideation

MAKERS = {
    "ideation": make_done_ideation,
    "refinement": lambda board: make_refinement(make_done_ideation(board)),
    "spec": lambda board: make_spec(board, status="validated"),
    "card": lambda board: make_card(make_spec(board)),
}
ADDING = {
    "ideation": "ideation.entity.edit_fields", "refinement": "refinement.knowledge.create",
    "spec": "spec.knowledge.create", "card": "card.entity.edit_fields",
}  # fmt: skip
READING = {
    "ideation": "ideation.entity.read", "refinement": "refinement.knowledge.read", "spec": "spec.knowledge.read",
    "card": "card.entity.read",
}  # fmt: skip
DELETING = {**ADDING, "refinement": "refinement.knowledge.delete", "spec": "spec.knowledge.delete"}
PLANS = ("ideation", "refinement", "spec")


@pytest.fixture(params=MAKERS)
def kind(request):
    return request.param


@pytest.fixture
def entity(board, kind):
    return MAKERS[kind](board)


def act(verb, caller, entity, **given):
    return run(f"okto_pulse_{verb}_{entity.kind}_knowledge", caller, **{f"{entity.kind}_id": str(entity.pk)}, **given)


def add(caller, entity, title="Runbook", content="# Runbook", **given):
    return act("add", caller, entity, title=title, content=content, **given)


def rows_of(entity, answer):
    return answer["knowledge" if entity.kind == "card" else "knowledge_bases"]


def test_what_is_added_is_found_with_its_content(alice, entity):
    added = add(alice, entity, content="a\\nb", description="d", mime_type="text/plain")["knowledge"]
    found = act("get", alice, entity, knowledge_id=added["id"])
    item = found["knowledge"] if entity.kind == "card" else found
    assert item.items() >= added.items()
    assert (item["content"], item["mime_type"], item["created_by"]) == ("a\\nb", "text/plain", "alice")


def test_ids_have_the_published_form(alice, entity):
    found = add(alice, entity)["knowledge"]["id"]
    assert re.fullmatch("kb_[0-9a-f]{10}", found) if entity.kind == "card" else str(UUID(found)) == found


def test_a_list_is_in_the_order_of_making(alice, entity):
    for title in ("one", "two"):
        add(alice, entity, title=title)
    answer = act("list", alice, entity)
    assert [row["title"] for row in rows_of(entity, answer)] == ["one", "two"]
    assert (answer["count"], answer[f"{entity.kind}_id"]) == (2, str(entity.pk))


def test_only_the_list_of_a_card_holds_contents(alice, entity):
    add(alice, entity)
    (row,) = rows_of(entity, act("list", alice, entity))
    assert ("content" in row) == (entity.kind == "card")


def test_what_is_deleted_is_gone(alice, entity):
    item = add(alice, entity)["knowledge"]["id"]
    assert act("delete", alice, entity, knowledge_id=item)["success"]
    assert act("get", alice, entity, knowledge_id=item)["code"] == "NOT_FOUND"


def test_deleting_from_a_card_tells_what_is_left(alice, board):
    card = MAKERS["card"](board)
    item = add(alice, card)["knowledge"]["id"]
    add(alice, card)
    assert act("delete", alice, card, knowledge_id=item) == {"success": True, "deleted": item, "remaining": 1}


def test_each_change_is_one_event_on_the_object(alice, entity):
    item = add(alice, entity)["knowledge"]["id"]
    act("delete", alice, entity, knowledge_id=item)
    entity.refresh_from_db()
    assert (events_of(entity), entity.revision) == (["knowledge.added", "knowledge.deleted"], 1)


@pytest.mark.parametrize("kind", PLANS)
@pytest.mark.parametrize("source", ["file_path", "file_url"])
def test_the_server_reads_no_files_and_no_addresses(alice, entity, source):
    refused = act("add", alice, entity, title="K", **{source: "/etc/hosts"})
    assert (refused["code"], refused["details"]["field"]) == ("SOURCE_NOT_ALLOWED", source)


@pytest.mark.parametrize("wrong", [
    {"content": ""}, {"content": " "}, {"title": ""}, {"title": "x" * 501}, {"content": "x" * 100_001},
    {"mime_type": "text\r\nx"},
])  # fmt: skip
def test_what_does_not_fit_is_refused(alice, entity, wrong):
    refused = add(alice, entity, **wrong)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", next(iter(wrong)))


def test_an_object_holds_two_hundred(alice, entity):
    Knowledge.objects.bulk_create(
        Knowledge(entity_id=entity.pk, public_id=f"k{place}", title="k", content="k", author_id="ann")
        for place in range(200)
    )
    refused = add(alice, entity)
    assert (refused["code"], refused["details"]["limit"]) == ("LIMIT_EXCEEDED", 200)


@pytest.mark.parametrize("verb", ["add", "delete"])
def test_what_is_archived_takes_no_change(alice, entity, verb):
    from pulse_project.core import clock

    item = add(alice, entity)["knowledge"]["id"]
    entity.archived_at = clock.now()
    entity.save()
    refused = add(alice, entity) if verb == "add" else act("delete", alice, entity, knowledge_id=item)
    assert (refused["code"], refused["details"]["unmet"][0]["gate"]) == ("GATE_BLOCKED", "archived")


def test_reading_needs_its_flag(board, entity):
    bob = make_member(board, "bob", overrides=[READING[entity.kind]])
    assert act("list", bob, entity)["details"]["required_permission"] == READING[entity.kind]


def test_adding_needs_its_flag(board, entity):
    bob = make_member(board, "bob", overrides=[ADDING[entity.kind]])
    assert add(bob, entity)["details"]["required_permission"] == ADDING[entity.kind]


def test_deleting_needs_its_flag(board, alice, entity):
    item = add(alice, entity)["knowledge"]["id"]
    bob = make_member(board, "bob", overrides=[DELETING[entity.kind]])
    refused = act("delete", bob, entity, knowledge_id=item)
    assert refused["details"]["required_permission"] == DELETING[entity.kind]


def test_working_in_the_status_needs_its_flag(board, entity):
    flag = f"{entity.kind}.interact_in.{entity.status}"
    refused = add(make_member(board, "bob", overrides=[flag]), entity)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


@pytest.mark.parametrize("verb", ["list", "get", "add", "delete"])
def test_a_stranger_finds_nothing(mallory, entity, verb):
    given = {"list": {}, "add": {"title": "K", "content": "k"}}.get(verb, {"knowledge_id": "x"})
    assert act(verb, mallory, entity, **given)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("verb", ["get", "delete"])
def test_an_item_of_another_object_is_unknown(board, alice, entity, kind, verb):
    item = add(alice, MAKERS[kind](board))["knowledge"]["id"]
    refused = act(verb, alice, entity, knowledge_id=item)
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "knowledge_id")


def test_an_object_of_another_board_is_unknown(board, alice, kind):
    foreign = MAKERS[kind](make_board())
    assert add(alice, foreign, board_id=str(board.pk))["code"] == "NOT_FOUND"


def test_search_finds_it_by_its_content(board, alice, entity):
    add(alice, entity, content="exponential backoff")
    assert str(entity.pk) in str(run("okto_pulse_search", alice, board_id=str(board.pk), query="backoff"))


@pytest.fixture
def card(board):
    return MAKERS["card"](board)


@pytest.fixture
def item(alice, card):
    return add(alice, card, description="d", source="wiki")["knowledge"]


def test_knowledge_of_a_card_is_rewritten(alice, card, item):
    answer = act("update", alice, card, knowledge_id=item["id"], content="new", title="")["knowledge"]
    assert (answer["content"], answer["title"], answer["source"]) == ("new", "Runbook", "wiki")
    assert (answer["revision"], events_of(card)) == (2, ["knowledge.added", "knowledge.updated"])


def test_null_empties_the_description(alice, card, item):
    assert act("update", alice, card, knowledge_id=item["id"], description=None)["knowledge"]["description"] == ""


def test_the_same_text_changes_nothing(alice, card, item):
    answer = act("update", alice, card, knowledge_id=item["id"], content="# Runbook")
    assert (answer["knowledge"]["revision"], events_of(card)) == (1, ["knowledge.added"])


@pytest.mark.parametrize(("given", "code"), [
    ({}, "VALIDATION_ERROR"), ({"content": None}, "VALIDATION_ERROR"), ({"mime_type": "x"}, "VALIDATION_ERROR"),
    ({"title": "x", "expected_version": 9}, "VERSION_CONFLICT"), ({"title": "x", "knowledge_id": "kb_0"}, "NOT_FOUND"),
])  # fmt: skip
def test_a_rewrite_that_does_not_fit_is_refused(alice, card, item, given, code):
    assert act("update", alice, card, **{"knowledge_id": item["id"], **given})["code"] == code


def test_what_is_archived_is_not_rewritten(alice, card, item):
    from pulse_project.core import clock

    card.archived_at = clock.now()
    card.save()
    assert act("update", alice, card, knowledge_id=item["id"], title="x")["code"] == "GATE_BLOCKED"


@pytest.mark.parametrize("count", [3, 30])
def test_a_list_takes_the_same_queries_for_any_number(alice, entity, count, django_assert_max_num_queries):
    for place in range(count):
        add(alice, entity, title=f"{place}")
    with django_assert_max_num_queries(6):
        assert act("list", alice, entity)["count"] == count
