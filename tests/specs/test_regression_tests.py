"""The test cards of a bug, one at a time."""

import pytest

from pulse_project.core import clock
from tests.boards.making import make_card, make_member
from tests.specs.card_making import caller_on, events, open_spec, unmet

NAMES = ["link_regression_test", "unlink_regression_test"]


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def bug(board):
    return make_card(open_spec(board), card_type="bug", severity="major")


@pytest.fixture
def test_card(bug):
    return make_card(bug.spec, card_type="test")


def test_a_bug_is_linked_with_a_test_once(act, bug, test_card):
    for _ in range(2):
        answer = act("link_regression_test", card_id=str(bug.pk), test_task_id=str(test_card.pk))
    assert (answer["success"], answer["bug_card_id"], answer["test_task_id"]) == (True, str(bug.pk), str(test_card.pk))
    [event] = events(bug)
    assert event.payload["changes"] == [{"field": "linked_test_task_ids", "old": [], "new": [str(test_card.pk)]}]


def test_a_link_ends(act, bug, test_card):
    act("link_regression_test", card_id=str(bug.pk), test_task_id=str(test_card.pk))
    ended = [act("unlink_regression_test", card_id=str(bug.pk), test_task_id=str(test_card.pk)) for _ in range(2)]
    assert [answer["success"] for answer in ended] == [True, False]
    assert act("get_card", card_id=str(bug.pk))["linked_test_task_ids"] == []


@pytest.mark.parametrize("name", NAMES)
def test_only_a_bug_has_tests_and_never_itself(act, bug, test_card, name):
    refused = act(name, card_id=str(test_card.pk), test_task_id=str(bug.pk))
    itself = act(name, card_id=str(bug.pk), test_task_id=str(bug.pk))
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "card_id")
    assert (itself["code"], itself["details"]["field"]) == ("VALIDATION_ERROR", "test_task_id")


@pytest.mark.parametrize("name", NAMES)
def test_an_archived_bug_is_not_changed(act, bug, test_card, name):
    type(bug).objects.filter(pk=bug.pk).update(archived_at=clock.now())
    assert unmet(act(name, card_id=str(bug.pk), test_task_id=str(test_card.pk))) == ["archived.archived"]


@pytest.mark.parametrize("name", NAMES)
def test_linking_tests_needs_one_of_two_rights(board, bug, test_card, name):
    flags = ["card.entity.link_tests", "card.tests.link"]
    nobody = caller_on(board, make_member(board, "nobody", overrides=flags))
    tester = caller_on(board, make_member(board, "tester", overrides=flags[:1]))
    arguments = {"card_id": str(bug.pk), "test_task_id": str(test_card.pk)}
    assert nobody(name, **arguments)["details"]["required_permission"] == flags[0]
    assert "error" not in tester(name, **arguments)


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_changes_nothing(board, bug, test_card, mallory, name):
    refused = caller_on(board, mallory)(name, card_id=str(bug.pk), test_task_id=str(test_card.pk))
    assert refused["code"] == "NOT_FOUND"
