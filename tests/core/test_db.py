"""Transactions and the pools."""

import asyncio
import contextlib
import threading

import pytest
from django.db import connection, transaction

from pulse_project.core import clock, db, durability, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import DomainEvent, LogCounter, StoreMark
from pulse_project.core.pools import QUEUE_BOUND
from pulse_project.core.principals import Caller

pytestmark = pytest.mark.django_db(transaction=True)


def put(name: str, value: int = 0) -> None:
    with db.write_tx():
        StoreMark.objects.create(name=name, value=value)


class Refused(Exception):
    """What a test raises inside a transaction."""


def emit_put_and_fail(caller: Caller, name: str) -> None:
    with db.write_tx() as tx:
        outbox.emit("thing.lost", caller=caller)
        put(name)
        tx.flush()
        raise Refused


def names() -> set[str]:
    return set(StoreMark.objects.values_list("name", flat=True))


def test_write_tx_numbers_events_without_gaps(operator):
    with db.write_tx():
        first = outbox.emit("thing.made", caller=operator, entity=("thing", 1))
        second = outbox.emit("thing.made", caller=operator, entity=("thing", 2))
    assert second.seq == first.seq + 1
    assert DomainEvent.objects.get(seq=second.seq).entity_id == "2"


def test_a_failed_transaction_leaves_no_number_behind(operator):
    with pytest.raises(Refused):
        emit_put_and_fail(operator, "lost")
    with db.write_tx():
        pending = outbox.emit("thing.made", caller=operator)
    assert (pending.seq, LogCounter.objects.get(name="domain").head) == (1, 1)


def test_a_failed_inner_transaction_takes_only_its_own_changes_and_events(operator):
    with db.write_tx():
        kept = outbox.emit("thing.kept", caller=operator)
        put("outer")
        with pytest.raises(Refused):
            emit_put_and_fail(operator, "inner")
    assert names() == {"outer"}
    assert list(DomainEvent.objects.values_list("seq", "type")) == [(kept.seq, "thing.kept")]


def test_a_number_is_not_known_before_the_flush(operator):
    with db.write_tx() as tx:
        pending = outbox.emit("thing.made", caller=operator)
        with pytest.raises(RuntimeError):
            _ = pending.seq
        tx.flush()
        assert pending.seq == 1


def test_events_are_refused_outside_a_transaction(operator):
    with pytest.raises(RuntimeError):
        outbox.emit("thing.made", caller=operator)


def test_an_operation_inside_a_foreign_atomic_block_and_another_writer_both_succeed():
    inside, finished = threading.Event(), threading.Event()

    def admin_like() -> None:
        with transaction.atomic():
            StoreMark.objects.create(name="admin", value=1)
            inside.set()
            put("operation")
        connection.close()
        finished.set()

    thread = threading.Thread(target=admin_like)
    thread.start()
    inside.wait(5)
    put("other")
    thread.join(5)
    assert finished.is_set()
    assert names() == {"admin", "operation", "other"}


def test_writes_outside_a_transaction_take_the_lock_and_return_their_keys():
    mark = StoreMark(name="alone", value=1)
    mark.save(force_insert=True)
    event = DomainEvent.objects.create(type="thing.made", created_us=clock.now_us())
    assert StoreMark.objects.filter(name="alone").update(value=2) == 1
    assert DomainEvent.objects.get(seq=event.seq).type == "thing.made"


def test_read_tx_sees_one_moment_and_holds_no_lock():
    put("before")
    with db.read_tx():
        seen = names()
        writer = threading.Thread(target=lambda: (put("meanwhile"), connection.close()))
        writer.start()
        writer.join(5)
        assert names() == seen == {"before"}
    assert names() == {"before", "meanwhile"}


async def test_pools_carry_results_errors_and_context():
    await db.in_write(put, "written")
    assert await db.in_read(names) == {"written"}
    with pytest.raises(Failure) as refused:
        await db.in_slow(_refuse)
    assert refused.value.code is Code.NOT_FOUND


def _refuse() -> None:
    raise Failure(Code.NOT_FOUND, "Nothing here.")


async def test_a_full_queue_answers_rate_limited():
    gate = threading.Event()
    calls = [asyncio.ensure_future(db.in_slow(gate.wait, 10)) for _ in range(QUEUE_BOUND + 2)]
    await asyncio.sleep(0.05)
    calls += [asyncio.ensure_future(db.in_slow(gate.wait, 10)) for _ in range(5)]
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [result for result in results if isinstance(result, Failure)]
    assert {failure.code for failure in refused} == {Code.RATE_LIMITED}
    assert refused[0].details["retry_after_seconds"] == 1


async def test_readers_do_not_wait_for_a_writer():
    gate = threading.Event()
    writing = asyncio.ensure_future(db.in_write(_hold, gate))
    assert await asyncio.wait_for(db.in_read(names), 2) == set()
    gate.set()
    await writing


def _hold(gate: threading.Event) -> None:
    with db.write_tx():
        StoreMark.objects.create(name="slow", value=0)
        gate.wait(5)


def test_write_here_returns_when_its_commit_is_durable():
    db.write_here(put, "here")
    assert durability.durable_commit() >= 0
    assert names() == {"here"}


async def _double(number: int) -> int:
    await db.in_write(put, "doubled")
    return 2 * number


def test_run_on_loop_runs_a_coroutine_for_a_synchronous_caller():
    assert db.run_on_loop(_double, 21) == 42
    assert names() == {"doubled"}


def test_after_commit_runs_once_and_only_after_a_commit():
    heard = []
    with db.write_tx():
        db.after_commit(lambda: heard.append(1))
        assert heard == []
    with contextlib.suppress(Refused), db.write_tx():
        db.after_commit(lambda: heard.append(2))
        raise Refused
    assert heard == [1]
