"""Boards: who makes, finds, changes, puts away and deletes them."""

import pytest

from boards.models import Board, BoardSlug, Entity
from pulse_project.core.models import DomainEvent
from tests.boards.making import (
    make_board,
    make_card,
    make_ideation,
    make_member,
    make_person,
    make_refinement,
    make_spec,
    make_sprint,
    share,
)
from tests.conftest import run


def test_an_operator_makes_a_board(db, operator):
    made = run("okto_pulse_create_board", operator, name=" Payments ")
    assert (made["slug"], made["owner_id"], made["settings"]["max_scenarios_per_card"]) == (
        "payments", "local-operator", 3,
    )  # fmt: skip


def test_an_agent_without_the_flag_makes_no_board(alice):
    refused = run("okto_pulse_create_board", alice, name="Payments")
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", "board.manage.create")


def test_a_board_of_blanks_is_refused(db, operator):
    assert run("okto_pulse_create_board", operator, name="  ")["code"] == "VALIDATION_ERROR"


def test_a_new_board_takes_no_address_that_another_had(db, operator):
    BoardSlug.objects.create(slug="payments", board=make_board("Old"))
    assert run("okto_pulse_create_board", operator, name="Payments")["slug"] == "payments-2"


def test_a_board_begins_with_the_switches_of_a_preset(db, operator):
    made = run("okto_pulse_create_board", operator, name="B", preset="strict", settings={"max_drift": 20})
    assert [made["settings"][name] for name in ("require_answers", "solo_review", "max_drift")] == [True, False, 20]


def test_a_board_belongs_to_the_person_who_makes_it(db):
    carol = make_person("carol", "operator")
    assert run("okto_pulse_create_board", carol, name="Hers")["owner_id"] == "human:carol"


def test_an_agent_lists_the_boards_it_is_granted(board, alice):
    make_board("Other")
    assert [row["id"] for row in run("okto_pulse_list_my_boards", alice)["boards"]] == [str(board.pk)]


def test_a_stranger_is_told_that_the_board_does_not_exist(board, mallory):
    answer = run("okto_pulse_get_board_summary", mallory, board_id=str(board.pk))
    absent = run("okto_pulse_get_board_summary", mallory, board_id="0" * 32)
    assert (answer["code"], answer) == ("NOT_FOUND", absent)


def test_an_override_takes_a_flag_away_on_its_board(board):
    bob = make_member(board, "bob", overrides=["board.read"])
    refused = run("okto_pulse_get_board_summary", bob, board_id=str(board.pk))
    assert refused["details"]["required_permission"] == "board.read"


@pytest.mark.parametrize(("view", "names"), [("my", ["Hers"]), ("shared", ["Theirs"]), ("all", ["Theirs", "Hers"])])
def test_a_person_lists_own_boards_shared_ones_or_both(db, view, names):
    make_board("Hers", owner_id=make_person("carol").user_pk)
    share(make_board("Theirs"), "carol", "viewer")
    make_board("Foreign")
    carol = make_person("carol")
    assert [row["name"] for row in run("okto_pulse_list_boards", carol, view=view)["boards"]] == names


def test_the_pages_of_a_list_of_boards_meet(db, operator):
    for number in range(5):
        make_board(f"B{number}")
    first = run("okto_pulse_list_boards", operator, limit=3)
    second = run("okto_pulse_list_boards", operator, limit=3, cursor=first["next_cursor"])
    assert [row["name"] for row in first["boards"] + second["boards"]] == ["B4", "B3", "B2", "B1", "B0"]
    assert (first["total"], second["next_cursor"]) == (5, None)


@pytest.mark.parametrize("count", [3, 30])
def test_a_list_of_boards_takes_the_same_queries_for_any_number(db, operator, django_assert_num_queries, count):
    for _ in range(count):
        make_board(owner_id=make_person("carol").user_pk)
    with django_assert_num_queries(2):
        run("okto_pulse_list_boards", operator, limit=100)


def test_a_page_of_boards_has_a_bound(db, operator):
    assert run("okto_pulse_list_boards", operator, limit=101)["code"] == "VALIDATION_ERROR"


def test_a_partial_change_of_settings_leaves_the_rest(board, operator):
    run("okto_pulse_update_board_settings", operator, board_id=board.slug, settings={"max_drift": 20})
    changed = run("okto_pulse_update_board", operator, board_id=board.slug, settings={"min_confidence": 60})
    assert (changed["settings"]["max_drift"], changed["settings"]["min_confidence"]) == (20, 60)


def test_null_gives_a_switch_its_default_back(board, operator):
    run("okto_pulse_update_board_settings", operator, board_id=board.slug, settings={"max_drift": 20})
    run("okto_pulse_update_board_settings", operator, board_id=board.slug, settings={"max_drift": None})
    board.refresh_from_db()
    assert board.settings == {}


@pytest.mark.parametrize("settings", [{"max_drift": 101}, {"no_such": True}, {"solo_review": "maybe"}])
def test_a_switch_takes_only_what_it_knows(board, operator, settings):
    refused = run("okto_pulse_update_board_settings", operator, board_id=board.slug, settings=settings)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", next(iter(settings)))


@pytest.mark.parametrize("settings", [{"reviewer_separation": "off"}, {"solo_review": False}])
def test_a_local_caller_without_key_does_not_change_who_judges(board, operator, settings):
    refused = run("okto_pulse_update_board_settings", operator, board_id=board.slug, settings=settings)
    assert refused["code"] == "AUTH_REQUIRED"
    assert run("okto_pulse_update_board", operator, board_id=board.slug, settings=settings)["code"] == "AUTH_REQUIRED"


def test_a_person_who_is_logged_in_changes_who_judges(board):
    carol = make_person("carol", "operator")
    changed = run("okto_pulse_update_board_settings", carol, board_id=board.slug, settings={"solo_review": False})
    assert changed["settings"]["solo_review"] is False


def test_a_preset_of_switches_keeps_limits_and_thresholds(board):
    carol = make_person("carol", "operator")
    run("okto_pulse_update_board_settings", carol, board_id=board.slug, settings={"max_drift": 20})
    run("okto_pulse_apply_board_preset", carol, board_id=board.slug, preset="light")
    changed = run("okto_pulse_apply_board_preset", carol, board_id=board.slug, preset="standard")["settings"]
    assert (changed["skip_test_coverage_global"], changed["require_spec_validation"]) == (False, True)
    assert (changed["reviewer_separation"], changed["max_drift"]) == ("enforce", 20)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("update_board", {"name": "Mine"}),
        ("update_board", {"settings": {"max_drift": 1}}),
        ("update_board_settings", {"settings": {}}),
        ("apply_board_preset", {"preset": "light"}),
        ("archive_board", {}),
        ("restore_board", {}),
        ("delete_board", {"confirm": "board-1"}),
    ],
)
def test_full_control_of_an_agent_governs_no_board(board, alice, operation, arguments):
    refused = run(f"okto_pulse_{operation}", alice, board_id=board.slug, **arguments)
    assert refused["code"] == "PERMISSION_DENIED"
    assert refused["details"]["required_permission"].startswith("board.manage.")


def test_a_change_of_a_board_is_one_event_with_what_changed(board, operator):
    run("okto_pulse_update_board", operator, board_id=board.slug, name="New", settings={"max_drift": 20})
    event = DomainEvent.objects.get(type="board.updated")
    assert event.payload["changes"] == [
        {"field": "name", "old": "Board", "new": "New"},
        {"field": "settings.max_drift", "old": 50, "new": 20},
    ]


def test_a_change_that_changes_nothing_tells_nothing(board, operator):
    answer = run("okto_pulse_update_board", operator, board_id=board.slug, name="Board")
    assert (answer["revision"], DomainEvent.objects.count()) == (1, 0)


def test_a_change_of_an_older_revision_is_refused(board, operator):
    refused = run("okto_pulse_update_board", operator, board_id=board.slug, name="New", expected_version=7)
    assert (refused["code"], refused["details"]["current_version"]) == ("VERSION_CONFLICT", 1)


def test_null_empties_the_description(operator, db):
    board = make_board(description="Old")
    assert run("okto_pulse_update_board", operator, board_id=board.slug, description=None)["description"] == ""


def test_an_old_address_leads_to_the_board(board, operator):
    run("okto_pulse_update_board", operator, board_id=board.slug, slug="pay")
    assert run("okto_pulse_get_board_summary", operator, board_id="board-1")["slug"] == "pay"


def test_a_board_may_go_back_to_its_old_address(board, operator):
    run("okto_pulse_update_board", operator, board_id="board-1", slug="pay")
    run("okto_pulse_update_board", operator, board_id="pay", slug="board-1")
    assert list(BoardSlug.objects.values_list("slug", flat=True)) == ["pay"]


def test_an_address_that_another_board_has_is_refused(board, operator):
    make_board(slug="pay")
    refused = run("okto_pulse_update_board", operator, board_id=board.slug, slug="pay")
    assert (refused["code"], Board.objects.get(pk=board.pk).slug) == ("DUPLICATE", "board-1")


@pytest.mark.parametrize("slug", ["Pay", "pay--me", "-pay", "a/b", "0" * 32])
def test_an_address_is_plain_and_no_id(board, operator, slug):
    assert run("okto_pulse_update_board", operator, board_id=board.slug, slug=slug)["code"] == "VALIDATION_ERROR"


def test_an_archived_board_is_left_out_of_lists_and_stays_readable(board, alice, operator):
    run("okto_pulse_archive_board", operator, board_id=board.slug)
    assert run("okto_pulse_list_my_boards", alice)["boards"] == []
    assert run("okto_pulse_list_boards", alice)["total"] == 0
    assert run("okto_pulse_get_board_summary", alice, board_id=board.slug)["archived"] is True


def test_archiving_twice_and_restoring_twice_is_told_once_each(board, operator):
    for operation in ("archive_board", "archive_board", "restore_board", "restore_board"):
        answer = run(f"okto_pulse_{operation}", operator, board_id=board.slug)
    assert answer["archived"] is False
    types = DomainEvent.objects.order_by("pk").values_list("type", flat=True)
    assert list(types) == ["board.archived", "board.restored"]


def test_a_board_is_deleted_with_everything_on_it(board, alice, operator):
    ideation = make_ideation(board)
    spec = make_spec(board, ideation=ideation, refinement=make_refinement(ideation))
    make_card(spec, sprint=make_sprint(spec))
    answer = run("okto_pulse_delete_board", operator, board_id=str(board.pk), confirm=board.slug)
    assert (answer["success"], Board.objects.count(), Entity.objects.count()) == (True, 0, 0)
    assert DomainEvent.objects.get(type="board.deleted").board_id == board.pk


def test_a_deletion_takes_the_address_of_the_board(board, operator):
    refused = run("okto_pulse_delete_board", operator, board_id=board.slug, confirm="other")
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "confirm")


def test_a_deletion_of_an_older_revision_is_refused(board, operator):
    refused = run("okto_pulse_delete_board", operator, board_id=board.slug, confirm=board.slug, expected_version=2)
    assert refused["code"] == "VERSION_CONFLICT"


def test_the_files_of_a_deleted_board_go_after_the_commit(board, operator, django_capture_on_commit_callbacks):
    from boards import attachment_files

    stored = attachment_files.write(board.pk, b"bytes")
    path = attachment_files.folder() / str(board.pk) / stored.name
    with django_capture_on_commit_callbacks() as callbacks:
        run("okto_pulse_delete_board", operator, board_id=board.slug, confirm=board.slug)
    assert path.exists()
    for callback in callbacks:
        callback()
    assert not path.exists()


def test_a_stranger_changes_no_board(board, mallory):
    for operation, arguments in (
        ("update_board", {"name": "X"}),
        ("update_board_settings", {"settings": {}}),
        ("delete_board", {"confirm": board.slug}),
    ):
        assert run(f"okto_pulse_{operation}", mallory, board_id=board.slug, **arguments)["code"] == "NOT_FOUND"


def test_an_archived_board_takes_no_changes_until_it_is_restored(board, alice, operator):
    run("okto_pulse_archive_board", operator, board_id=board.slug)
    refused = run("okto_pulse_create_ideation", alice, board_id=board.slug, title="Late")
    run("okto_pulse_restore_board", operator, board_id=board.slug)
    assert refused["details"]["unmet"][0]["fix"]["operation"] == "okto_pulse_restore_board"
    assert "ideation" in run("okto_pulse_create_ideation", alice, board_id=board.slug, title="In time")


def test_an_archived_board_is_still_read(board, alice, operator):
    run("okto_pulse_archive_board", operator, board_id=board.slug)
    assert run("okto_pulse_get_board_summary", alice, board_id=board.slug)["archived"] is True


def test_a_reference_without_a_board_is_told_what_is_missing(board, alice):
    refused = run("okto_pulse_get_task_context", alice, card_id="C-1")
    assert (refused["code"], refused["error"]) == ("NOT_FOUND", "A reference such as C-1 needs board_id beside it.")
