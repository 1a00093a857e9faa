"""Guidelines: catalogues, links and what holds on a board."""

import pytest

from boards.models import BoardGuideline, Guideline
from pulse_project.core.models import DomainEvent
from tests.boards.making import make_board, make_member, make_person
from tests.conftest import run


@pytest.fixture
def board(db):
    """A board of carol's."""
    return make_board("Hers", owner_id=make_person("carol").user_pk)


def write(caller, board, title="Names", **over):
    arguments = {"board_id": board.slug, "title": title, "content": "Short ones.", **over}
    return run("okto_pulse_create_guideline", caller, **arguments)


def link(caller, board, guideline_id, **over):
    return run("okto_pulse_link_guideline_to_board", caller, board_id=board.slug, guideline_id=guideline_id, **over)


def titles(caller, board):
    rows = run("okto_pulse_get_board_guidelines", caller, board_id=board.slug)["guidelines"]
    return [row["guideline"]["title"] for row in rows]


def test_a_global_guideline_goes_to_the_catalogue_of_the_owner(board, alice):
    made = write(alice, board, tags="style|naming")
    assert (made["scope"], made["board_id"], made["owner_id"]) == ("global", None, "human:carol")
    assert (made["tags"], made["created_by"], titles(alice, board)) == (["style", "naming"], "alice", [])


def test_an_inline_guideline_holds_on_its_board_at_once(board, alice):
    made = write(alice, board, scope="inline")
    assert (made["board_id"], titles(alice, board)) == (str(board.pk), ["Names"])


def test_what_holds_is_read_by_priority_and_then_by_title(board, alice):
    for title, priority in (("late", "5"), ("early", -1), ("b", 0)):
        link(alice, board, write(alice, board, title)["id"], priority=priority)
    write(alice, board, "a", scope="inline")
    assert titles(alice, board) == ["early", "a", "b", "late"]


def test_the_catalogue_is_shared_by_the_boards_of_one_owner(board, alice):
    second = make_board("Second", owner_id=board.owner_id)
    make_member(second, "alice")
    made = write(alice, board)
    assert link(alice, second, made["id"])["priority"] == 0


def test_boards_without_an_owner_share_no_catalogue(db):
    first, second = make_board("First"), make_board("Second")
    made = write(make_member(first, "anna"), first)
    refused = link(make_member(second, "bert"), second, made["id"])
    assert refused["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("tag", "found"), [("style", ["A", "B"]), ("naïve", ["B"]), ("sty", []), ("", ["A", "B", "C"])]
)
def test_a_catalogue_is_filtered_by_a_whole_tag(board, alice, tag, found):
    write(alice, board, "A", tags=["style"])
    write(alice, board, "B", tags=["naïve", "style"])
    write(alice, board, "C")
    answer = run("okto_pulse_list_guidelines", alice, board_id=board.slug, tag=tag)
    assert ([row["title"] for row in answer["guidelines"]], answer["count"]) == (found, len(found))


def test_a_catalogue_is_paged_by_numeric_text_as_published(board, alice):
    for title in "ABC":
        write(alice, board, title)
    first = run("okto_pulse_list_guidelines", alice, board_id=board.slug, offset="1", limit="1")
    second = run("okto_pulse_list_guidelines", alice, board_id=board.slug, limit=1, cursor=first["next_cursor"])
    assert [row["title"] for row in first["guidelines"] + second["guidelines"]] == ["B", "C"]
    assert (first["total"], second["next_cursor"]) == (3, None)


def test_a_page_that_is_no_number_is_refused(board, alice):
    refused = run("okto_pulse_list_guidelines", alice, board_id=board.slug, limit="many")
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "limit")


@pytest.mark.parametrize("over", [{"title": ""}, {"content": ""}, {"tags": "a,b"}, {"scope": "team"}])
def test_a_guideline_needs_title_content_and_clean_tags(board, alice, over):
    assert write(alice, board, **over)["code"] == "VALIDATION_ERROR"


def test_a_change_of_a_global_guideline_counts_its_version(board, alice):
    made = write(alice, board, tags="style")
    changed = run(
        "okto_pulse_update_guideline", alice, board_id=board.slug, guideline_id=made["id"], content="New.", tags=None
    )
    assert (changed["title"], changed["content"], changed["tags"], changed["version"]) == ("Names", "New.", [], 2)


def test_an_inline_guideline_keeps_its_version_and_counts_its_revision(board, alice):
    made = write(alice, board, scope="inline")
    changed = run("okto_pulse_update_guideline", alice, board_id=board.slug, guideline_id=made["id"], title="New")
    assert (changed["version"], changed["revision"]) == (1, 2)


def test_an_empty_text_changes_nothing(board, alice):
    made = write(alice, board)
    run("okto_pulse_update_guideline", alice, board_id=board.slug, guideline_id=made["id"], title="", content="")
    assert (Guideline.objects.get().revision, DomainEvent.objects.filter(type="guideline.updated").count()) == (1, 0)


def test_an_older_revision_of_a_guideline_is_not_changed(board, alice):
    made = write(alice, board)
    arguments = {"board_id": board.slug, "guideline_id": made["id"], "title": "New", "expected_version": 7}
    assert run("okto_pulse_update_guideline", alice, **arguments)["code"] == "VERSION_CONFLICT"


def test_linking_twice_is_a_duplicate(board, alice):
    made = write(alice, board)
    link(alice, board, made["id"])
    assert (link(alice, board, made["id"])["code"], BoardGuideline.objects.count()) == ("DUPLICATE", 1)


def test_an_inline_guideline_takes_no_link(board, alice):
    assert link(alice, board, write(alice, board, scope="inline")["id"])["code"] == "VALIDATION_ERROR"


def test_a_priority_is_a_number(board, alice):
    assert link(alice, board, write(alice, board)["id"], priority="high")["code"] == "VALIDATION_ERROR"


def test_a_guideline_is_unlinked_and_stays_in_the_catalogue(board, alice):
    made = write(alice, board)
    link(alice, board, made["id"])
    arguments = {"board_id": board.slug, "guideline_id": made["id"]}
    assert run("okto_pulse_unlink_guideline_from_board", alice, **arguments) == {"success": True}
    assert run("okto_pulse_unlink_guideline_from_board", alice, **arguments)["code"] == "NOT_FOUND"
    assert Guideline.objects.count() == 1


def test_the_priority_of_a_link_is_changed(board, alice):
    made = write(alice, board)
    link(alice, board, made["id"])
    arguments = {"board_id": board.slug, "guideline_id": made["id"], "priority": 9}
    assert run("okto_pulse_set_guideline_priority", alice, **arguments)["priority"] == 9
    assert BoardGuideline.objects.get().priority == 9


def test_a_deleted_guideline_holds_nowhere(board, alice):
    made = write(alice, board)
    link(alice, board, made["id"])
    run("okto_pulse_delete_guideline", alice, board_id=board.slug, guideline_id=made["id"])
    assert (titles(alice, board), Guideline.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("update_guideline", {"title": "X"}),
        ("delete_guideline", {}),
        ("link_guideline_to_board", {}),
        ("unlink_guideline_from_board", {}),
        ("set_guideline_priority", {"priority": 1}),
    ],
)
def test_a_guideline_of_another_owner_is_not_found(board, alice, operation, more):
    other = make_board("Elsewhere", owner_id=make_person("dave").user_pk)
    foreign = write(make_member(other, "bert"), other)["id"]
    for guideline_id in (foreign, "0" * 32, "x"):
        answer = run(f"okto_pulse_{operation}", alice, board_id=board.slug, guideline_id=guideline_id, **more)
        assert answer["code"] == "NOT_FOUND"


def test_an_inline_guideline_of_another_board_of_the_owner_is_not_found(board, alice):
    second = make_board("Second", owner_id=board.owner_id)
    made = write(make_member(second, "bert"), second, scope="inline")
    answer = run("okto_pulse_delete_guideline", alice, board_id=board.slug, guideline_id=made["id"])
    assert answer["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("operation", "flag", "more"),
    [
        ("get_board_guidelines", "read", {}),
        ("list_guidelines", "read", {}),
        ("create_guideline", "create", {"title": "t", "content": "c"}),
        ("update_guideline", "edit", {"guideline_id": "x"}),
        ("delete_guideline", "delete", {"guideline_id": "x"}),
        ("link_guideline_to_board", "link", {"guideline_id": "x"}),
        ("unlink_guideline_from_board", "unlink", {"guideline_id": "x"}),
        ("set_guideline_priority", "link", {"guideline_id": "x", "priority": 1}),
    ],
)
def test_every_guideline_operation_asks_its_flag_and_hides_the_board(board, mallory, operation, flag, more):
    bob = make_member(board, "bob", overrides=[f"guidelines.{flag}"])
    refused = run(f"okto_pulse_{operation}", bob, board_id=board.slug, **more)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", f"guidelines.{flag}")
    assert run(f"okto_pulse_{operation}", mallory, board_id=board.slug, **more)["code"] == "NOT_FOUND"


def test_people_keep_a_catalogue_of_their_own(board):
    carol = make_person("carol")
    made = run("okto_pulse_create_catalogue_guideline", carol, title="T", content="C")
    run("okto_pulse_update_catalogue_guideline", carol, guideline_id=made["id"], title="U")
    assert run("okto_pulse_get_guideline", carol, guideline_id=made["id"])["title"] == "U"
    assert run("okto_pulse_list_guideline_catalogue", carol)["total"] == 1


def test_nobody_reaches_into_the_catalogue_of_another(board):
    made = run("okto_pulse_create_catalogue_guideline", make_person("carol"), title="T", content="C")
    make_board("His", owner_id=make_person("dave").user_pk)
    dave = make_person("dave")
    assert run("okto_pulse_get_guideline", dave, guideline_id=made["id"])["code"] == "NOT_FOUND"
    assert run("okto_pulse_delete_catalogue_guideline", dave, guideline_id=made["id"])["code"] == "NOT_FOUND"
    assert run("okto_pulse_update_catalogue_guideline", dave, guideline_id=made["id"])["code"] == "NOT_FOUND"


def test_an_agent_writes_into_no_catalogue_but_in_the_name_of_a_board(board, alice):
    arguments = {"title": "T", "content": "C"}
    assert run("okto_pulse_create_catalogue_guideline", alice, **arguments)["code"] == "VALIDATION_ERROR"
    made = run("okto_pulse_create_catalogue_guideline", alice, board_id=board.slug, **arguments)
    assert made["owner_id"] == "human:carol"


def test_a_catalogue_of_a_board_asks_the_flag_on_the_board(board, mallory):
    bob = make_member(board, "bob", "Reporter")
    given = {"title": "T", "content": "C", "board_id": board.slug}
    assert run("okto_pulse_create_catalogue_guideline", bob, **given)["code"] == "PERMISSION_DENIED"
    assert run("okto_pulse_create_catalogue_guideline", mallory, **given)["code"] == "NOT_FOUND"


def test_an_inline_guideline_needs_a_board(board):
    refused = run("okto_pulse_create_catalogue_guideline", make_person("carol"), title="T", content="C", scope="inline")
    assert refused["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("count", [3, 30])
def test_guidelines_of_a_board_take_the_same_queries_for_any_number(board, alice, django_assert_num_queries, count):
    for number in range(count):
        item = Guideline.objects.create(title=f"g{number}", content="c", owner_id="human:carol")
        BoardGuideline.objects.create(board=board, guideline=item)
        Guideline.objects.create(title=f"i{number}", content="c", scope="inline", board=board, owner_id="human:carol")
    with django_assert_num_queries(4):
        assert run("okto_pulse_get_board_guidelines", alice, board_id=str(board.pk))["count"] == 2 * count


def test_each_change_is_one_event_of_the_board(board, alice):
    made = write(alice, board)
    arguments = {"board_id": board.slug, "guideline_id": made["id"]}
    link(alice, board, made["id"])
    run("okto_pulse_set_guideline_priority", alice, priority=3, **arguments)
    run("okto_pulse_unlink_guideline_from_board", alice, **arguments)
    run("okto_pulse_delete_guideline", alice, **arguments)
    events = DomainEvent.objects.filter(board_id=board.pk).order_by("pk").values_list("type", flat=True)
    assert list(events) == [f"guideline.{verb}" for verb in ("created", "linked", "reordered", "unlinked", "deleted")]
