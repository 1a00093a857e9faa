"""Fifty agents in five processes want the same handoff."""

from collections import Counter

import pytest

from nexus.models import Event, Handoff
from tests.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)
PROCESSES, THREADS, HANDOFFS = 5, 10, 6
ANYBODY = {"strategy": "broadcast"}


@pytest.fixture
def project(tmp_path):
    return str(tmp_path)


@pytest.fixture
def offered(make_agent, project):
    """Open handoffs that everybody may claim."""
    creator = make_agent("creator")
    arguments = {"project_root": project, "from_agent_id": "creator", "target": ANYBODY, "visibility": "public"}
    return [run("handoff_create", creator, **arguments)["data"]["handoff_id"] for _ in range(HANDOFFS)]


def tasks(project, handoffs, *, processes=PROCESSES, careful=True):
    agents = [[f"agent-{p}-{t}" for t in range(THREADS)] for p in range(processes)]
    return [{"project": project, "handoffs": handoffs, "agents": mine, "careful": careful} for mine in agents]


def test_exactly_one_of_fifty_claimers_wins_every_time(claimers, offered, project):
    wins = claimers(tasks(project, offered))
    assert Counter(handoff_id for handoff_id, _ in wins) == dict.fromkeys(offered, 1)
    assert dict(Handoff.objects.values_list("handoff_id", "claimed_by")) == dict(wins)
    assert Event.objects.filter(type="handoff.claimed").count() == HANDOFFS


def test_without_the_conditional_update_several_win(claimers, offered, project):
    wins = claimers(tasks(project, offered[:1], processes=2, careful=False))
    assert len(wins) > 1
