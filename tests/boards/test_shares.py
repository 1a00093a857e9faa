"""With whom a board is shared, and what each level allows."""

import pytest

from boards.flags import ON_BOARDS, PUBLISHED
from boards.models import BoardShare
from pulse_project.core.models import DomainEvent
from tests.boards.making import make_board, make_person, share
from tests.conftest import run


@pytest.fixture
def owned(db):
    """A board of carol's."""
    return make_board(owner_id=make_person("carol").user_pk)


@pytest.fixture
def carol(owned):
    return make_person("carol")


def flags_of(person, board):
    document = run("okto_pulse_get_my_permissions", person, board_id=board.slug)["flags"]
    pending, found = [("", document)], set()
    while pending:
        prefix, node = pending.pop()
        for name, value in node.items():
            path = f"{prefix}.{name}" if prefix else name
            if isinstance(value, dict):
                pending.append((path, value))
            elif value:
                found.add(path)
    return found


def test_an_owner_shares_a_board_by_user_name(owned, carol):
    make_person("dave")
    made = run("okto_pulse_share_board", carol, board_id=owned.slug, user_id="dave", permission="editor")
    assert (made["user_id"], made["permission"], made["shared_by"]) == ("human:dave", "editor", "human:carol")


def test_a_share_is_for_viewing_unless_it_says_more(owned, carol):
    make_person("dave")
    assert run("okto_pulse_share_board", carol, board_id=owned.slug, user_id="human:dave")["permission"] == "viewer"


@pytest.mark.parametrize("user_id", ["nobody", "human:nobody"])
def test_an_unknown_person_is_not_found(owned, carol, user_id):
    refused = run("okto_pulse_share_board", carol, board_id=owned.slug, user_id=user_id)
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "user_id")
    assert "Make the login in the admin first" in refused["error"]


def test_nobody_shares_with_itself_or_the_owner(owned, carol):
    dave = share(owned, "dave", "admin")
    assert run("okto_pulse_share_board", carol, board_id=owned.slug, user_id="carol")["code"] == "VALIDATION_ERROR"
    assert run("okto_pulse_share_board", dave, board_id=owned.slug, user_id="carol")["code"] == "VALIDATION_ERROR"


def test_a_second_share_is_a_duplicate(owned, carol):
    share(owned, "dave", "viewer")
    assert run("okto_pulse_share_board", carol, board_id=owned.slug, user_id="dave")["code"] == "DUPLICATE"


def test_a_level_is_one_of_three(owned, carol):
    make_person("dave")
    refused = run("okto_pulse_share_board", carol, board_id=owned.slug, user_id="dave", permission="owner")
    assert refused["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("level", ["viewer", "editor"])
def test_only_owner_and_admins_decide_about_shares(owned, level):
    dave = share(owned, "dave", level)
    make_person("erin")
    refused = run("okto_pulse_share_board", dave, board_id=owned.slug, user_id="erin")
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", "board.manage.share")


def test_an_admin_changes_and_ends_shares_of_others(owned):
    dave = share(owned, "dave", "admin")
    share(owned, "erin", "viewer")
    erins = str(BoardShare.objects.get(user__username="erin").pk)
    arguments = {"board_id": owned.slug, "share_id": erins}
    assert run("okto_pulse_update_board_share", dave, permission="editor", **arguments)["revision"] == 2
    assert run("okto_pulse_end_board_share", dave, **arguments) == {"success": True}


def test_nobody_but_an_operator_changes_the_own_share(owned):
    dave = share(owned, "dave", "admin")
    arguments = {"board_id": owned.slug, "share_id": str(BoardShare.objects.get().pk), "permission": "editor"}
    assert run("okto_pulse_update_board_share", dave, **arguments)["code"] == "PERMISSION_DENIED"
    assert "error" not in run("okto_pulse_update_board_share", make_person("dave", "operator"), **arguments)


def test_whoever_a_board_is_shared_with_may_leave(owned):
    dave = share(owned, "dave", "viewer")
    answer = run("okto_pulse_end_board_share", dave, board_id=owned.slug, share_id=str(BoardShare.objects.get().pk))
    assert (answer["success"], BoardShare.objects.count()) == (True, 0)


def test_a_viewer_ends_no_share_of_another(owned):
    dave = share(owned, "dave", "viewer")
    share(owned, "erin", "viewer")
    erins = str(BoardShare.objects.get(user__username="erin").pk)
    assert run("okto_pulse_end_board_share", dave, board_id=owned.slug, share_id=erins)["code"] == "PERMISSION_DENIED"


@pytest.mark.parametrize("operation", ["update_board_share", "end_board_share"])
@pytest.mark.parametrize("share_id", ["0", "9" * 20, "x"])
def test_an_unknown_share_is_not_found(owned, carol, operation, share_id):
    more = {"permission": "editor"} if operation.startswith("update") else {}
    refused = run(f"okto_pulse_{operation}", carol, board_id=owned.slug, share_id=share_id, **more)
    assert refused["code"] == "NOT_FOUND"


def test_a_share_of_another_board_is_not_found(owned, carol):
    share(make_board(), "dave", "viewer")
    elsewhere = str(BoardShare.objects.get().pk)
    assert run("okto_pulse_end_board_share", carol, board_id=owned.slug, share_id=elsewhere)["code"] == "NOT_FOUND"


def test_an_older_revision_of_a_share_is_not_changed(owned, carol):
    share(owned, "dave", "viewer")
    arguments = {"share_id": str(BoardShare.objects.get().pk), "permission": "editor", "expected_version": 4}
    assert run("okto_pulse_update_board_share", carol, board_id=owned.slug, **arguments)["code"] == "VERSION_CONFLICT"


@pytest.mark.parametrize("operation", ["list_board_shares", "share_board", "update_board_share", "end_board_share"])
def test_a_stranger_is_told_of_no_board(owned, operation):
    given = {
        "list_board_shares": {},
        "share_board": {"user_id": "mallory"},
        "update_board_share": {"share_id": "1", "permission": "admin"},
        "end_board_share": {"share_id": "1"},
    }[operation]
    make_board("Hers", owner_id=make_person("mallory").user_pk)
    refused = run(f"okto_pulse_{operation}", make_person("mallory"), board_id=owned.slug, **given)
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "board_id")


def test_the_owner_and_an_admin_hold_everything_on_the_board(owned, carol):
    assert flags_of(carol, owned) == ON_BOARDS
    assert flags_of(share(owned, "dave", "admin"), owned) == ON_BOARDS


def test_an_editor_works_and_deletes_and_governs_nothing(owned):
    flags = flags_of(share(owned, "dave", "editor"), owned)
    assert {"spec.entity.create", "card.validation.submit", "guidelines.link"} <= flags <= set(PUBLISHED)
    assert not [flag for flag in flags if flag.endswith(".delete") or flag.startswith("kg.admin.")]
    assert not flags & {"guidelines.create", "guidelines.edit"}


def test_a_viewer_reads_asks_and_comments(owned):
    flags = flags_of(share(owned, "dave", "viewer"), owned)
    assert {"board.read", "spec.qa.ask", "card.comments.create", "card.comments.respond_choice"} <= flags
    assert not [flag for flag in flags if flag.endswith((".edit_fields", ".answer", ".submit")) or ".move." in flag]


def test_an_auditor_reads_every_board_and_writes_nothing(owned):
    eve = make_person("eve", "auditor")
    assert run("okto_pulse_get_board_summary", eve, board_id=owned.slug)["id"] == str(owned.pk)
    assert run("okto_pulse_list_board_shares", eve, board_id=owned.slug)["shares"] == []
    refused = run("okto_pulse_create_guideline", eve, board_id=owned.slug, title="t", content="c")
    assert (refused["code"], refused["details"]["readonly"]) == ("PERMISSION_DENIED", True)


def test_an_operator_holds_everything_on_every_board(owned):
    assert flags_of(make_person("olga", "operator"), owned) == ON_BOARDS


def test_a_local_caller_without_key_judges_nothing(owned, operator):
    missing = ON_BOARDS - flags_of(operator, owned)
    assert missing == {
        "governance.waive", "governance.override_review", "spec.validation.submit", "spec.evaluations.submit",
        "card.validation.submit", "sprint.evaluations.submit",
    }  # fmt: skip


def test_each_change_of_a_share_is_one_event_of_the_board(owned, carol):
    make_person("dave")
    made = run("okto_pulse_share_board", carol, board_id=owned.slug, user_id="dave")
    arguments = {"board_id": owned.slug, "share_id": made["id"]}
    run("okto_pulse_update_board_share", carol, permission="editor", **arguments)
    run("okto_pulse_end_board_share", carol, **arguments)
    events = DomainEvent.objects.filter(board_id=owned.pk).order_by("pk").values_list("type", flat=True)
    assert list(events) == ["share.created", "share.updated", "share.deleted"]


@pytest.mark.django_db(transaction=True)
def test_an_ended_share_closes_the_board_at_once(owned, carol):
    dave = share(owned, "dave", "viewer")
    assert "error" not in run("okto_pulse_get_board_summary", dave, board_id=owned.slug)
    run("okto_pulse_end_board_share", carol, board_id=owned.slug, share_id=str(BoardShare.objects.get().pk))
    assert run("okto_pulse_get_board_summary", dave, board_id=owned.slug)["code"] == "NOT_FOUND"
