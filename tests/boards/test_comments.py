"""Comments and polls on cards."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards.models import Comment, CommentResponse, SearchDocument
from boards.queries import comments
from pulse_project.core import clock
from pulse_project.core.models import DomainEvent
from tests.boards.making import make_card, make_member, make_spec
from tests.conftest import run


@pytest.fixture
def card(board):
    return make_card(make_spec(board))


@pytest.fixture
def bob(board):
    return make_member(board, "bob")


def comment_on(caller, card, content="Looks fine."):
    return run("okto_pulse_add_comment", caller, card_id=str(card.pk), content=content)


def poll_on(caller, card, **over):
    given = {"question": "Which?", "options": "red|green|blue", **over}
    return run("okto_pulse_add_choice_comment", caller, card_id=str(card.pk), **given)


def vote(caller, poll, selected, **over):
    return run("okto_pulse_respond_to_choice", caller, comment_id=poll["id"], selected=selected, **over)


def test_a_comment_answers_with_its_published_keys(alice, card):
    comment = comment_on(alice, card)["comment"]
    assert (comment["content"], comment["author_id"], comment["comment_type"]) == ("Looks fine.", "alice", "text")
    assert {"id", "created_at", "updated_at", "revision"} <= comment.keys()
    assert "choices" not in comment


def test_comments_are_listed_oldest_first_with_the_votes_of_polls(alice, bob, card):
    comment_on(alice, card, "one")
    poll = poll_on(alice, card)["comment"]
    vote(bob, poll, "opt_1")
    rows = run("okto_pulse_list_comments", alice, card_id=str(card.pk))["result"]
    assert [row["content"] for row in rows] == ["one", "Which?"]
    assert rows[1]["responses"][0]["selected"] == ["opt_1"]


def test_options_are_numbered_and_hold_commas_in_a_list(alice, card):
    poll = poll_on(alice, card, options=["red, dark", "green"])["comment"]
    assert poll["choices"] == [{"id": "opt_0", "label": "red, dark"}, {"id": "opt_1", "label": "green"}]


@pytest.mark.parametrize("options", ["", [], "a,b", '["a", 1]'])
def test_a_poll_without_readable_options_is_refused(alice, card, options):
    assert poll_on(alice, card, options=options)["code"] == "VALIDATION_ERROR"


def test_an_unknown_type_of_poll_is_refused(alice, card):
    assert poll_on(alice, card, comment_type="ranking")["code"] == "VALIDATION_ERROR"


def test_a_second_vote_replaces_the_first(alice, bob, card):
    poll = poll_on(alice, card)["comment"]
    vote(bob, poll, "opt_0")
    responses = vote(bob, poll, "opt_2")["comment"]["responses"]
    assert responses == [{"responder_id": "bob", "responder_name": "Bob", "selected": ["opt_2"], "free_text": ""}]


def test_a_single_choice_keeps_the_first_id_and_several_keep_each_once(alice, card):
    one, many = poll_on(alice, card)["comment"], poll_on(alice, card, comment_type="multi_choice")["comment"]
    single = vote(alice, one, ["opt_1", "opt_0"])["comment"]["responses"][0]
    several = vote(alice, many, ["opt_1", "opt_0", "opt_1"])["comment"]["responses"][0]
    assert (single["selected"], several["selected"]) == (["opt_1"], ["opt_1", "opt_0"])


@pytest.mark.parametrize("selected", ["opt_9", ["opt_0", "nine"], "", []])
def test_a_vote_for_no_or_an_unknown_option_is_refused_whole(alice, card, selected):
    refused = vote(alice, poll_on(alice, card)["comment"], selected)
    assert (refused["code"], CommentResponse.objects.count()) == ("VALIDATION_ERROR", 0)


def test_a_text_alone_is_a_vote_where_the_poll_allows_it(alice, card):
    strict, free = poll_on(alice, card)["comment"], poll_on(alice, card, allow_free_text="true")["comment"]
    assert vote(alice, strict, [], free_text="other")["code"] == "VALIDATION_ERROR"
    assert vote(alice, free, [], free_text="other")["comment"]["responses"][0]["free_text"] == "other"


def test_the_responses_of_a_poll_are_counted(alice, bob, card):
    poll = poll_on(alice, card)["comment"]
    vote(alice, poll, "opt_0")
    vote(bob, poll, "opt_0")
    found = run("okto_pulse_get_choice_responses", alice, comment_id=poll["id"])
    assert (found["question"], found["response_count"], len(found["choices"])) == ("Which?", 2, 3)


def test_a_comment_in_words_has_no_responses(alice, card):
    comment = comment_on(alice, card)["comment"]
    found = run("okto_pulse_get_choice_responses", alice, comment_id=comment["id"])
    assert (found["code"], vote(alice, comment, "opt_0")["code"]) == ("NOT_FOUND", "NOT_FOUND")


def test_only_the_author_edits_and_deletes(alice, bob, card):
    comment_id = comment_on(alice, card)["comment"]["id"]
    edited = run("okto_pulse_update_comment", bob, comment_id=comment_id, content="x")
    deleted = run("okto_pulse_delete_comment", bob, comment_id=comment_id)
    assert (edited["code"], deleted["code"]) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    assert edited["details"]["reason"] == "not_author"


def test_an_edit_counts_a_revision_and_refuses_an_older_one(alice, card):
    comment_id = comment_on(alice, card)["comment"]["id"]
    edited = run("okto_pulse_update_comment", alice, comment_id=comment_id, content="New.", expected_version=1)
    late = run("okto_pulse_update_comment", alice, comment_id=comment_id, content="Late.", expected_version=1)
    assert (edited["comment"]["content"], edited["comment"]["revision"]) == ("New.", 2)
    assert late["code"] == "VERSION_CONFLICT"


def test_a_deleted_poll_takes_its_votes_along(alice, card):
    poll = poll_on(alice, card)["comment"]
    vote(alice, poll, "opt_0")
    assert run("okto_pulse_delete_comment", alice, comment_id=poll["id"]) == {"success": True}
    assert [Comment.objects.count(), CommentResponse.objects.count()] == [0, 0]


def test_comments_are_told_on_their_card(alice, card):
    comment_id = comment_on(alice, card)["comment"]["id"]
    run("okto_pulse_update_comment", alice, comment_id=comment_id, content="New.")
    run("okto_pulse_delete_comment", alice, comment_id=comment_id)
    vote(alice, poll_on(alice, card)["comment"], "opt_0")
    types = DomainEvent.objects.filter(entity_id=str(card.pk)).order_by("seq").values_list("type", flat=True)
    assert list(types) == [
        "comment.added", "comment.updated", "comment.deleted", "choice_comment.added", "choice_comment.answered",
    ]  # fmt: skip


@pytest.mark.parametrize("tool", ["add_comment", "add_choice_comment", "list_comments"])
def test_a_stranger_is_told_that_the_card_does_not_exist(alice, mallory, card, tool):
    given = {"add_comment": {"content": "x"}, "add_choice_comment": {"question": "x", "options": "a|b"}}
    named = run(f"okto_pulse_{tool}", mallory, card_id=str(card.pk), **given.get(tool, {}))
    absent = run(f"okto_pulse_{tool}", mallory, card_id="0" * 32, **given.get(tool, {}))
    assert (named["code"], named) == ("NOT_FOUND", absent)


@pytest.mark.parametrize(
    ("tool", "flag"),
    [
        ("respond_to_choice", "card.comments.respond_choice"),
        ("get_choice_responses", "card.comments.get_responses"),
        ("update_comment", "card.comments.edit"),
        ("delete_comment", "card.comments.delete"),
    ],
)
def test_each_operation_on_a_comment_asks_for_its_flag(board, alice, mallory, card, tool, flag):
    poll = poll_on(alice, card)["comment"]
    given = {"respond_to_choice": {"selected": "opt_0"}, "update_comment": {"content": "x"}}.get(tool, {})
    bob = make_member(board, "bob", overrides=[flag])
    refused = run(f"okto_pulse_{tool}", bob, comment_id=poll["id"], **given)
    hidden = run(f"okto_pulse_{tool}", mallory, comment_id=poll["id"], **given)
    assert refused["details"]["required_permission"] == flag
    assert hidden["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("tool", "flag"),
    [
        ("add_comment", "card.comments.create"),
        ("add_choice_comment", "card.comments.create_choice"),
        ("list_comments", "card.comments.read"),
    ],
)
def test_each_operation_on_a_card_asks_for_its_flag(board, card, tool, flag):
    given = {"add_comment": {"content": "x"}, "add_choice_comment": {"question": "x", "options": "a|b"}}
    bob = make_member(board, "bob", overrides=[flag])
    refused = run(f"okto_pulse_{tool}", bob, card_id=str(card.pk), **given.get(tool, {}))
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


def test_an_archived_card_takes_no_comment_vote_or_edit(alice, card):
    comment_id, poll = comment_on(alice, card)["comment"]["id"], poll_on(alice, card)["comment"]
    card.archived_at = clock.now()
    card.save(update_fields=["archived_at"])
    refused = [
        comment_on(alice, card),
        vote(alice, poll, "opt_0"),
        run("okto_pulse_update_comment", alice, comment_id=comment_id, content="x"),
        run("okto_pulse_delete_comment", alice, comment_id=comment_id),
    ]
    assert [one["code"] for one in refused] == ["GATE_BLOCKED"] * 4


def test_search_follows_the_text_of_a_comment(alice, card):
    comment_id = comment_on(alice, card, "marmalade")["comment"]["id"]
    run("okto_pulse_update_comment", alice, comment_id=comment_id, content="blancmange")
    document = SearchDocument.objects.get(kind="comment", object_id=comment_id)
    assert document.body == "blancmange"


def test_a_page_of_comments_leads_to_the_next(alice, card):
    for number in range(5):
        comment_on(alice, card, str(number))
    first = run("okto_pulse_list_comments", alice, card_id=str(card.pk), limit=3)
    rest = run("okto_pulse_list_comments", alice, card_id=str(card.pk), limit=3, cursor=first["next_cursor"])
    assert [row["content"] for row in (*first["result"], *rest["result"])] == ["0", "1", "2", "3", "4"]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("count", [3, 30])
def test_comments_of_any_number_of_cards_cost_two_queries(board, alice, count):
    spec = make_spec(board)
    cards = [make_card(spec) for _ in range(count)]
    for card in cards:
        vote(alice, poll_on(alice, card)["comment"], "opt_0")
    with CaptureQueriesContext(connection) as queries:
        found = comments.by_entity([card.pk for card in cards])
    assert (len(found), len(queries)) == (count, 2)
