"""Presence is kept in memory and written in one go."""

from typing import Any

import pytest

from tests.door.visits import scope_of, visit


@pytest.mark.django_db
def test_nothing_is_written_before_the_flush_and_everything_by_it(make_agent: Any, system: Any) -> None:
    from pulse_project.core import clock, presence
    from pulse_project.core.models import Agent

    make_agent("alice")
    with clock.frozen_at(1_700_000_000_000_000):
        presence.touch("alice")
        presence.touch("unregistered")
    assert Agent.objects.get().last_seen_at is None
    assert presence.flush() == 2
    assert Agent.objects.get().last_seen_at == clock.from_us(1_700_000_000_000_000)


@pytest.mark.django_db
def test_a_flush_never_moves_time_back(make_agent: Any) -> None:
    from pulse_project.core import clock, presence
    from pulse_project.core.models import Agent

    make_agent("alice", last_seen_at=clock.from_us(2_000_000_000_000_000))
    with clock.frozen_at(1_700_000_000_000_000):
        presence.touch("alice")
    presence.flush()
    assert Agent.objects.get().last_seen_at == clock.from_us(2_000_000_000_000_000)
    assert presence.last_seen_us("alice") == 1_700_000_000_000_000


@pytest.mark.django_db
def test_what_could_not_be_written_is_kept(make_agent: Any, monkeypatch: Any) -> None:
    from django.db import OperationalError

    from pulse_project.core import presence

    def broken(*_: Any) -> None:
        raise OperationalError("disk I/O error")

    presence.touch("alice")
    monkeypatch.setattr(presence, "_write", broken)
    with pytest.raises(OperationalError):
        presence.flush()
    assert presence.is_dirty()


async def test_using_a_key_is_being_seen(new_key: Any) -> None:
    from pulse_project.core import db, presence
    from pulse_project.core.models import ApiKey

    key = await new_key("alice")
    await visit(scope_of("/mcp", headers=[("x-api-key", key)]))
    assert presence.last_seen_us("alice") is not None
    await db.in_write(presence.flush)
    assert await db.in_read(lambda: ApiKey.objects.get().last_used_at) is not None
