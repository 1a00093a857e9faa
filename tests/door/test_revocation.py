"""A key that dies ends what it opened: cached callers, connections and waits, here and in other processes."""

import asyncio
from typing import Any

import pytest

from tests.door.visits import scope_of, visit


def bearer(key: str) -> dict[str, Any]:
    return scope_of("/mcp", headers=[("authorization", f"Bearer {key}")])


async def revoke_all(system: Any, agent_id: str = "alice") -> None:
    from pulse_project.core import db, identity
    from pulse_project.core.models import ApiKey

    def revoke() -> None:
        with db.write_tx():
            for key in ApiKey.objects.filter(agent__agent_id=agent_id, revoked_at__isnull=True):
                identity.revoke_key(system, key.pk)

    await db.in_write(revoke)


async def test_a_resolved_key_asks_the_store_no_more(new_key: Any, monkeypatch: Any) -> None:
    from pulse_project.core import auth

    key = await new_key()
    await visit(bearer(key))
    monkeypatch.setattr(auth, "_load", None)
    assert (await visit(bearer(key))).caller.agent_id == "alice"


async def test_a_revoked_key_is_refused_at_once(new_key: Any, system: Any) -> None:
    key = await new_key()
    before = await visit(bearer(key))
    await revoke_all(system)
    assert [before.status, (await visit(bearer(key))).status] == [200, 401]


async def test_an_inactive_and_a_deleted_agent_open_nothing(new_key: Any, system: Any) -> None:
    from pulse_project.core import db, identity

    keys = [await new_key("alice"), await new_key("bob")]
    assert [(await visit(bearer(key))).status for key in keys] == [200, 200]

    def end() -> None:
        with db.write_tx():
            identity.update_agent(system, "alice", is_active=False)
            identity.delete_agent(system, "bob")

    await db.in_write(end)
    assert [(await visit(bearer(key))).status for key in keys] == [401, 401]


async def test_a_remembered_key_still_expires(new_key: Any) -> None:
    from datetime import timedelta

    from pulse_project.core import clock

    with clock.frozen_at(clock.now_us()) as hand:
        key = await new_key(expires_at=clock.now() + timedelta(seconds=30))
        before = await visit(bearer(key))
        hand.advance(31)
        assert [before.status, (await visit(bearer(key))).status] == [200, 401]


async def test_a_change_during_the_look_up_is_not_remembered(new_key: Any, monkeypatch: Any) -> None:
    from pulse_project.core import auth

    key = await new_key()
    real = auth.caller_of_key

    def changed_meanwhile(row: Any) -> Any:
        caller = real(row)
        auth.forget()
        return caller

    monkeypatch.setattr(auth, "caller_of_key", changed_meanwhile)
    await visit(bearer(key))
    assert auth.remembered(auth.digest(key)) is None


async def test_an_event_of_another_process_empties_the_memory(new_key: Any) -> None:
    from pulse_project.core import auth, background, hub

    key = await new_key()
    await visit(bearer(key))
    background.on_identity(hub.Entry("d", 1, "key.revoked", frozenset(), None))
    assert auth.remembered(auth.digest(key)) is None


async def test_a_connection_is_closed_when_its_key_dies(new_key: Any, system: Any) -> None:
    from pulse_project.core import auth

    closed = {name: asyncio.Event() for name in ("alice", "bob")}
    for name, event in closed.items():
        caller = (await visit(bearer(await new_key(name)))).caller
        auth.sessions.attach(caller, event.set)
    await revoke_all(system, "alice")
    await asyncio.wait_for(closed["alice"].wait(), 1)
    assert not closed["bob"].is_set()
    assert auth.sessions.count() == 1


async def test_a_detached_connection_hears_nothing(new_key: Any, system: Any) -> None:
    from pulse_project.core import auth

    caller = (await visit(bearer(await new_key()))).caller
    first, second = asyncio.Event(), asyncio.Event()
    auth.sessions.attach(caller, first.set)()
    auth.sessions.attach(caller, second.set)
    await revoke_all(system)
    await asyncio.wait_for(second.wait(), 1)
    assert not first.is_set()


async def test_changed_rights_reach_an_open_connection(new_key: Any, system: Any) -> None:
    from pulse_project.core import auth, db, identity

    caller = (await visit(bearer(await new_key()))).caller
    told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    auth.sessions.attach(caller, told.cancel, told.set_result)

    def forbid() -> None:
        with db.write_tx():
            identity.set_permissions(system, "alice", {"events": {"read": False}})

    await db.in_write(forbid)
    assert caller.flags - (await asyncio.wait_for(told, 1)).flags == {"events.read"}


async def test_local_trust_switched_off_closes_local_connections(in_force: Any, transactional_db: None) -> None:
    from pulse_project.core import auth

    closed = asyncio.Event()
    caller = auth.local_operator()
    assert caller is not None
    auth.sessions.attach(caller, closed.set)
    in_force(loopback_trust="off")
    await asyncio.wait_for(closed.wait(), 1)
    assert auth.sessions.count() == 0


async def test_a_wait_ends_with_an_authentication_failure(new_key: Any, system: Any) -> None:
    from pulse_project.core import waits
    from pulse_project.core.errors import Failure

    caller = (await visit(bearer(await new_key()))).caller
    waiting = asyncio.ensure_future(waits.held(caller, asyncio.Event().wait))
    await asyncio.sleep(0)
    await revoke_all(system)
    with pytest.raises(Failure, match="AUTH_REQUIRED"):
        await asyncio.wait_for(waiting, 1)


async def test_a_cancelled_wait_stays_cancelled(new_key: Any) -> None:
    from pulse_project.core import auth, waits

    caller = (await visit(bearer(await new_key()))).caller
    waiting = asyncio.ensure_future(waits.held(caller, asyncio.Event().wait))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert auth.sessions.count() == 0


async def test_a_logout_elsewhere_closes_that_persons_connections() -> None:
    from types import SimpleNamespace

    from pulse_project.core import auth, background, hub
    from pulse_project.core.principals import Caller, Kind

    closed = {pk: asyncio.Event() for pk in (1, 2)}
    detach = [
        auth.sessions.attach(Caller(Kind.USER, "kim", user_pk=pk, auth="session"), closed[pk].set) for pk in closed
    ]
    row = SimpleNamespace(payload={"user_pk": 1})
    background.on_logout(hub.Entry("d", 1, "login.ended", frozenset(), row))
    await asyncio.wait_for(closed[1].wait(), 1)
    assert not closed[2].is_set()
    detach[1]()
