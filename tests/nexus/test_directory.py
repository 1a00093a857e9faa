"""What a process remembers of agents, and when it forgets."""

from collections.abc import Callable
from typing import Any

import pytest

from nexus import directory, sql, targets
from pulse_project.core import db, identity, outbox
from pulse_project.core.models import Agent
from tests.nexus.calls import ok

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """`reads()` answers how often agents were read from the store since the last call."""
    seen: list[str] = []
    plain = sql.rows

    def counted(statement: sql.Statement, *values: Any) -> Any:
        if "core_agent" in statement.sqlite:
            seen.append(statement.sqlite)
        return plain(statement, *values)

    monkeypatch.setattr(sql, "rows", counted)

    def count() -> int:
        number, seen[:] = len(seen), []
        return number

    return count


def test_a_known_agent_is_read_once(alice: Any, reads: Callable[[], int]) -> None:
    assert directory.is_registered("alice")
    assert directory.reader("alice").role == "builder"
    assert reads() == 1


def test_an_unknown_agent_is_asked_for_each_time(alice: Any, reads: Callable[[], int]) -> None:
    assert not directory.is_registered("nobody")
    Agent.objects.create(agent_id="nobody")
    assert directory.is_registered("nobody")
    assert reads() == 2


def test_a_change_of_an_agent_is_seen_by_the_next_look(alice: Any, bob: Any, reads: Callable[[], int]) -> None:
    assert directory.reader("alice").role == "builder"
    ok("agent_register", bob, agent_id="alice", role="tester")
    assert directory.reader("alice").role == "tester"


def test_a_deleted_agent_is_gone_at_once(alice: Any, bob: Any, operator: Any) -> None:
    assert directory.is_registered("alice")
    with db.write_tx():
        identity.delete_agent(operator, "alice")
    assert not directory.is_registered("alice")


def test_the_roll_is_read_once_until_an_agent_changes(alice: Any, bob: Any, reads: Callable[[], int]) -> None:
    role = targets.parse({"strategy": "role", "role": "reviewer"})
    assert directory.roll().matching(role) == {"bob"}
    assert directory.roll().matching(role) == {"bob"}
    assert reads() == 1


def test_the_roll_follows_new_agents(alice: Any, bob: Any) -> None:
    role = targets.parse({"strategy": "role", "role": "reviewer"})
    directory.roll()
    ok("agent_register", alice, agent_id="zoe", role="reviewer")
    assert directory.roll().matching(role) == {"bob", "zoe"}


def test_what_a_transaction_read_is_forgotten_when_it_fails(alice: Any) -> None:
    def fail() -> None:
        with db.write_tx():
            Agent.objects.create(agent_id="ghost")
            assert directory.is_registered("ghost")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert not directory.is_registered("ghost")


def test_an_event_about_all_agents_empties_the_cache(alice: Any, operator: Any) -> None:
    assert directory.is_registered("alice")
    with db.write_tx():
        Agent.objects.all().delete()
        outbox.emit("agent.deleted", caller=operator, entity=("agent", "*"))
    assert not directory.is_registered("alice")
