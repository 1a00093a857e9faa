"""On PostgreSQL one process leads, by a session lock."""

import pytest
from django.db import connections

from pulse_project.core.leader import _Leadership

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def candidates():
    made = [_Leadership(), _Leadership()]
    yield made
    for candidate in made:
        candidate.lead(False)


def test_one_of_two_candidates_leads_and_the_other_follows_when_it_leaves(candidates):
    first, second = candidates
    first.lead(True)
    second.lead(True)
    assert (first.is_leader(), second.is_leader()) == (True, False)
    first.lead(False)
    second._checked = 0.0
    assert second.is_leader()


def test_a_lost_session_is_a_lost_leadership_until_it_is_won_again(candidates):
    first, _ = candidates
    first.lead(True)
    assert first.is_leader()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    first._checked = 0.0
    assert not first.is_leader()
    first._checked = 0.0
    assert first.is_leader()


def test_who_left_and_wants_to_lead_again_is_asked_at_once(candidates):
    first, _ = candidates
    for _ in range(2):
        first.lead(True)
        assert first.is_leader()
        first.lead(False)
        assert not first.is_leader()
