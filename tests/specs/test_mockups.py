"""Mockups of specs, ideations, refinements and cards."""

import re

import pytest

from specs.models import Mockup
from tests.boards.making import make_board, make_card, make_ideation, make_member, make_refinement, make_spec
from tests.conftest import run
from tests.specs.planning import events_of, make_done_ideation

MAKERS = {
    "spec": make_spec,
    "ideation": make_ideation,
    "refinement": lambda board: make_refinement(make_done_ideation(board)),
    "card": lambda board: make_card(make_spec(board)),
}
ADD, UPDATE, ANNOTATE, LIST, DELETE = (
    f"okto_pulse_{name}"
    for name in (
        "add_screen_mockup", "update_screen_mockup", "annotate_mockup", "list_screen_mockups", "delete_screen_mockup",
    )
)  # fmt: skip
WRITING = {ADD: {"title": "S"}, UPDATE: {"title": "x"}, ANNOTATE: {"text": "x"}, DELETE: {}}
VERBS = {ADD: "create", UPDATE: "edit", ANNOTATE: "annotate", DELETE: "delete", LIST: "read"}
HOSTILE = '<div onclick="x()" style="background:url(//evil)"><script>x()</script><iframe src="//evil"></iframe>ok</div>'


@pytest.fixture(params=MAKERS)
def kind(request):
    return request.param


@pytest.fixture
def entity(board, kind):
    return MAKERS[kind](board)


@pytest.fixture
def spec(board):
    return make_spec(board)


def act(name, caller, entity, **given):
    return run(name, caller, **{"entity_id": str(entity.pk), "entity_type": entity.kind, **given})


def add(caller, entity, title="S", **given):
    return act(ADD, caller, entity, title=title, **given)["screen"]


def write(name, caller, entity, screen):
    """One of the writing operations, on that mockup where it takes one."""
    given = WRITING[name] if name == ADD else {**WRITING[name], "screen_id": screen["id"]}
    return act(name, caller, entity, **given)


def test_a_new_mockup_has_the_published_form(alice, entity):
    answer = act(ADD, alice, entity, title="S", html_content="<p>hi</p>")
    screen = answer["screen"]
    assert re.fullmatch("sm_[0-9a-f]{8}", screen["id"])
    assert (answer["entity_type"], screen["screen_type"], screen["html_content"]) == (entity.kind, "page", "<p>hi</p>")
    assert (screen["annotations"], screen["order"], screen["origin_id"]) == ([], 0, None)


@pytest.mark.parametrize("name", [ADD, UPDATE])
def test_what_acts_or_loads_never_reaches_the_store(alice, entity, name):
    screen = add(alice, entity, html_content=HOSTILE if name == ADD else "")
    if name == UPDATE:
        screen = act(UPDATE, alice, entity, screen_id=screen["id"], html_content=HOSTILE)["screen"]
    assert screen["html_content"] == "<div>ok</div>"
    assert Mockup.objects.get().html_content == "<div>ok</div>"


def test_mockups_stay_in_the_order_of_making(alice, entity):
    made = [add(alice, entity, title=f"{place}")["id"] for place in range(3)]
    act(DELETE, alice, entity, screen_id=made[1])
    made.append(add(alice, entity)["id"])
    screens = act(LIST, alice, entity)["screens"]
    assert [screen["id"] for screen in screens] == [made[0], made[2], made[3]]
    assert [screen["order"] for screen in screens] == [0, 2, 3]


def test_a_list_shows_one_type_in_pages(alice, spec):
    made = [add(alice, spec, screen_type="modal")["id"] for _ in range(3)]
    add(alice, spec)
    first = act(LIST, alice, spec, screen_type="modal", limit=2)
    second = act(LIST, alice, spec, screen_type="modal", limit=2, cursor=first["next_cursor"])
    assert [screen["id"] for screen in first["screens"] + second["screens"]] == made
    assert (first["total"], first["entity_id"]) == (3, str(spec.pk))


def test_what_is_not_given_stays_and_null_empties(alice, entity):
    screen = add(alice, entity, description="d", html_content="<p>x</p>")
    answer = act(UPDATE, alice, entity, screen_id=screen["id"], title="new", description=None, html_content="")[
        "screen"
    ]
    assert (answer["title"], answer["description"], answer["html_content"]) == ("new", "", "<p>x</p>")
    assert answer["revision"] == 2


def test_the_same_values_change_nothing(alice, spec):
    screen = add(alice, spec, html_content="<p>x</p>")
    answer = act(UPDATE, alice, spec, screen_id=screen["id"], html_content="<p>x</p>")["screen"]
    assert (answer["revision"], events_of(spec)) == (1, ["mockup.added"])


def test_a_note_has_an_id_and_an_author(alice, entity):
    screen = add(alice, entity)
    note = act(ANNOTATE, alice, entity, screen_id=screen["id"], text="bigger")["annotation"]
    assert re.fullmatch("an_[0-9a-f]{8}", note["id"])
    assert (note["text"], note["author_id"]) == ("bigger", "alice")
    assert act(LIST, alice, entity)["screens"][0]["annotations"] == [note]


def test_each_change_is_one_event_on_the_object(alice, entity):
    screen = add(alice, entity)
    for name in (UPDATE, ANNOTATE, DELETE):
        write(name, alice, entity, screen)
    entity.refresh_from_db()
    assert events_of(entity) == ["mockup.added", "mockup.updated", "mockup.annotated", "mockup.deleted"]
    assert entity.revision == 1


@pytest.mark.parametrize("wrong", [
    {"title": ""}, {"screen_type": "window"}, {"entity_type": "sprint"}, {"html_content": "x" * 100_001},
])  # fmt: skip
def test_what_does_not_fit_is_refused(alice, spec, wrong):
    refused = act(ADD, alice, spec, **{"title": "S", **wrong})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", next(iter(wrong)))


def test_an_update_names_something(alice, spec):
    assert act(UPDATE, alice, spec, screen_id=add(alice, spec)["id"])["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("name", [UPDATE, ANNOTATE, DELETE])
def test_a_stale_reader_changes_nothing(alice, spec, name):
    at = {"screen_id": add(alice, spec)["id"], "expected_version": 9}
    assert act(name, alice, spec, **WRITING[name], **at)["code"] == "VERSION_CONFLICT"


def test_an_object_holds_a_hundred(alice, spec):
    Mockup.objects.bulk_create(Mockup(entity=spec.entity, public_id=f"sm_{place}", title="S") for place in range(100))
    refused = act(ADD, alice, spec, title="S")
    assert (refused["code"], refused["details"]["limit"]) == ("LIMIT_EXCEEDED", 100)


def test_a_mockup_takes_two_hundred_notes(alice, spec):
    screen = add(alice, spec)
    notes = [{"id": f"an_{place}", "text": "x", "author_id": "ann"} for place in range(200)]
    Mockup.objects.update(annotations=notes)
    assert write(ANNOTATE, alice, spec, screen)["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize("name", WRITING)
def test_a_locked_spec_keeps_its_mockups(alice, spec, name):
    screen = add(alice, spec)
    spec.status = "validated"
    spec.save()
    refused = write(name, alice, spec, screen)
    assert (refused["code"], refused["details"]["unmet"][0]["code"]) == ("GATE_BLOCKED", "content_lock.locked")


@pytest.mark.parametrize("kind", ["ideation", "refinement"])
@pytest.mark.parametrize("name", WRITING)
def test_a_plan_outside_draft_keeps_its_mockups(alice, entity, name):
    screen = add(alice, entity)
    entity.status = "approved"
    entity.save()
    assert write(name, alice, entity, screen)["details"]["unmet"][0]["code"] == "editable.not_draft"


@pytest.mark.parametrize("name", WRITING)
def test_what_is_archived_keeps_its_mockups(alice, entity, name):
    from pulse_project.core import clock

    screen = add(alice, entity)
    entity.archived_at = clock.now()
    entity.save()
    assert write(name, alice, entity, screen)["details"]["unmet"][0]["gate"] == "archived"


@pytest.mark.parametrize("name", VERBS)
def test_each_kind_and_act_has_its_flag(board, alice, entity, name):
    screen = add(alice, entity)
    flag = f"{entity.kind}.mockups.{VERBS[name]}"
    bob = make_member(board, "bob", overrides=[flag])
    refused = act(LIST, bob, entity) if name == LIST else write(name, bob, entity, screen)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


@pytest.mark.parametrize("name", VERBS)
def test_a_stranger_finds_nothing(alice, mallory, entity, name):
    screen = add(alice, entity)
    refused = act(LIST, mallory, entity) if name == LIST else write(name, mallory, entity, screen)
    assert refused["code"] == "NOT_FOUND"


def test_an_object_of_another_kind_or_board_is_unknown(board, alice, spec):
    assert act(ADD, alice, spec, entity_type="card", title="S")["details"]["field"] == "entity_id"
    foreign = make_spec(make_board())
    assert act(ADD, alice, foreign, board_id=str(board.pk), title="S")["code"] == "NOT_FOUND"


def test_a_mockup_of_another_object_is_unknown(board, alice, spec):
    screen = add(alice, make_spec(board))
    refused = act(UPDATE, alice, spec, screen_id=screen["id"], title="x")
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "screen_id")


def test_search_finds_it_by_what_it_shows(board, alice, spec):
    add(alice, spec, html_content="<h1>Invoices</h1>")
    assert str(spec.pk) in str(run("okto_pulse_search", alice, board_id=str(board.pk), query="invoices"))


@pytest.mark.parametrize("count", [3, 30])
def test_a_list_takes_the_same_queries_for_any_number(alice, spec, count, django_assert_max_num_queries):
    for _ in range(count):
        add(alice, spec)
    with django_assert_max_num_queries(6):
        assert act(LIST, alice, spec)["total"] == count
