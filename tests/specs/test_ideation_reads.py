"""Ideations: one, one with everything, many, their history and how search finds them."""

import pytest

from tests.boards.making import make_ideation, make_member, make_refinement, make_spec
from tests.conftest import run
from tests.specs.planning import make_done_ideation

CREATE, GET, CONTEXT, LIST, UPDATE = (
    f"okto_pulse_{name}"
    for name in ("create_ideation", "get_ideation", "get_ideation_context", "list_ideations", "update_ideation")
)


@pytest.fixture
def ideation(board):
    return make_ideation(board, description="d", problem_statement="p", labels=["a"])


def test_one_shows_what_came_of_it(board, alice):
    ideation = make_done_ideation(board)
    refinement, spec = make_refinement(ideation), make_spec(board, ideation=ideation)
    found = run(GET, alice, ideation_id=str(ideation.pk))
    assert ([row["id"] for row in found["refinements"]], [row["id"] for row in found["specs"]]) == (
        [str(refinement.pk)], [str(spec.pk)],
    )  # fmt: skip
    assert (found["qa_items"], found["omitted"]) == ([], [])


def test_the_published_keys_are_there(alice, ideation):
    published = {
        "id", "board_id", "title", "description", "problem_statement", "proposed_approach", "scope_assessment",
        "complexity", "status", "version", "assignee_id", "created_by", "created_at", "updated_at", "labels",
        "refinements", "specs", "qa_items", "screen_mockups", "architecture_designs", "knowledge_bases",
        "resolved_references",
    }  # fmt: skip
    assert published <= run(CONTEXT, alice, ideation_id=str(ideation.pk)).keys()


def test_a_reference_names_it_on_its_board(board, alice, ideation):
    assert run(GET, alice, board_id=str(board.pk), ideation_id="i-1")["id"] == str(ideation.pk)


def test_parts_that_may_not_be_read_are_empty_and_named(board, ideation):
    run(
        "okto_pulse_add_screen_mockup",
        make_member(board, "ann"),
        entity_id=str(ideation.pk),
        entity_type="ideation",
        title="S",
    )
    bob = make_member(board, "bob", overrides=["ideation.mockups.read", "spec.entity.read"])
    found = run(CONTEXT, bob, ideation_id=str(ideation.pk))
    assert (found["screen_mockups"], found["omitted"]) == ([], ["specs", "screen_mockups"])
    assert found["resolved_references"]["screen_mockups"] == []


def test_parts_that_are_not_wanted_are_empty(alice, ideation):
    at = {"ideation_id": str(ideation.pk)}
    run("okto_pulse_add_ideation_knowledge", alice, **at, title="K", content="k")
    assert len(run(CONTEXT, alice, **at)["knowledge_bases"]) == 1
    found = run(CONTEXT, alice, **at, include_knowledge="false")
    assert (found["knowledge_bases"], found["omitted"]) == ([], [])


def test_only_the_named_keys_are_answered(alice, ideation):
    found = run(CONTEXT, alice, ideation_id=str(ideation.pk), fields=["title"])
    assert found == {"id": str(ideation.pk), "title": "Ideation"}


def test_a_list_shows_the_last_changed_first_without_archived_ones(board, alice, ideation):
    from pulse_project.core import clock

    make_ideation(board, archived_at=clock.now())
    newer = make_ideation(board)
    answer = run(LIST, alice, board_id=str(board.pk))
    assert [row["id"] for row in answer["ideations"]] == [str(newer.pk), str(ideation.pk)]
    assert (answer["total"], answer["next_cursor"], "description" in answer["ideations"][0]) == (2, None, False)


def test_a_list_goes_on_where_its_page_ended(board, alice):
    made = [str(make_ideation(board).pk) for _ in range(3)]
    first = run(LIST, alice, board_id=str(board.pk), limit=2)
    second = run(LIST, alice, board_id=str(board.pk), limit=2, cursor=first["next_cursor"])
    assert [row["id"] for row in first["ideations"] + second["ideations"]] == made[::-1]


def test_a_list_of_one_status_can_show_archived_and_texts(board, alice, ideation):
    from pulse_project.core import clock

    archived = make_done_ideation(board, archived_at=clock.now(), description="x")
    answer = run(LIST, alice, board_id=str(board.pk), status="done", include_archived=True, detail="full")
    assert [(row["id"], row["description"]) for row in answer["ideations"]] == [(str(archived.pk), "x")]


def test_an_unknown_status_filter_is_refused(board, alice):
    assert run(LIST, alice, board_id=str(board.pk), status="refined")["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("count", [3, 30])
def test_a_list_takes_the_same_queries_for_any_number(board, alice, count, django_assert_max_num_queries):
    for _ in range(count):
        make_ideation(board)
    run(LIST, alice, board_id=str(board.pk))
    with django_assert_max_num_queries(3):
        assert run(LIST, alice, board_id=str(board.pk), detail="full")["total"] == count


@pytest.mark.parametrize("count", [3, 30])
def test_a_context_takes_the_same_queries_for_any_number(board, alice, count, django_assert_max_num_queries):
    ideation = make_done_ideation(board)
    for place in range(count):
        make_spec(board, ideation=ideation, refinement=make_refinement(ideation))
        run("okto_pulse_add_ideation_knowledge", alice, ideation_id=str(ideation.pk), title=f"{place}", content="k")
        run("okto_pulse_ask_ideation_question", alice, ideation_id=str(ideation.pk), question="?")
    with django_assert_max_num_queries(15):
        assert len(run(CONTEXT, alice, ideation_id=str(ideation.pk))["specs"]) == count


def test_a_history_shows_fields_and_moves_newest_first(alice, ideation):
    run(UPDATE, alice, ideation_id=str(ideation.pk), description="new")
    run("okto_pulse_move_ideation", alice, ideation_id=str(ideation.pk), status="review")
    answer = run("okto_pulse_get_ideation_history", alice, ideation_id=str(ideation.pk), limit="30")
    assert [entry["action"] for entry in answer["history"]] == ["ideation_moved", "ideation_updated"]
    assert answer["history"][1]["changes"] == [{"field": "description", "old": "d", "new": "new"}]


def test_search_finds_an_ideation_by_its_texts(board, alice):
    made = run(CREATE, alice, board_id=str(board.pk), title="Retry", problem_statement="exponential backoff")[
        "ideation"
    ]
    run(UPDATE, alice, ideation_id=made["id"], proposed_approach="jittered")
    found = run("okto_pulse_search", alice, board_id=str(board.pk), query="jittered exponential")
    assert made["id"] in str(found)
