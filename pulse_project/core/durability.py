"""When a commit may be acknowledged: after the sync that covers it (full) or at once (relaxed, PostgreSQL)."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pulse_project.core import conf
from pulse_project.core.sqlite.syncer import FORCE, Syncer, SyncFailed


class Commits:
    """The newest commit that one piece of work has made; whoever opened it waits for its durability."""

    __slots__ = ("is_open", "ticket")

    def __init__(self) -> None:
        self.ticket = 0
        self.is_open = True  # a task that outlives its opener must wait for its commits itself


_collector: ContextVar[Commits | None] = ContextVar("pulse_commits", default=None)
_syncer: Syncer | None = None
_background_sync = False


def bind(syncer: Syncer) -> None:
    """Called by the SQLite backend: the store that this process writes."""
    global _syncer
    _syncer = syncer


def sync_in_background(on: bool) -> None:
    """Whether a thread of this process syncs every second, which `relaxed` needs; without it every commit is synced."""
    global _background_sync
    _background_sync = on


def is_relaxed() -> bool:
    return _background_sync and conf.current().durability == "relaxed"


@contextmanager
def collected() -> Iterator[Commits]:
    """Commits inside do not wait; the opener waits for the ticket before it acknowledges."""
    commits = Commits()
    token = _collector.set(commits)
    try:
        yield commits
    finally:
        commits.is_open = False
        _collector.reset(token)


def collect_into(commits: Commits) -> None:
    """The same for a context of its own, which nobody has to reset."""
    _collector.set(commits)


def settle(ticket: int) -> None:
    """After a commit: leave the ticket to whoever collects, else wait here."""
    commits = _collector.get()
    if commits is None or not commits.is_open:
        wait(ticket)
    else:
        commits.ticket = ticket


def wait(ticket: int) -> None:
    """Block this thread until the commit of `ticket` survives a power loss; raises SyncFailed."""
    if ticket and _syncer is not None and not is_relaxed():
        _syncer.sync(ticket)


def is_durable(ticket: int) -> bool:
    return not ticket or _syncer is None or 0 < ticket <= _syncer.synced or is_relaxed()


def when_durable(ticket: int, done: Callable[[SyncFailed | None], None], *, alone: bool = False) -> None:
    """Call `done` once `ticket` is durable: now, or from the sync thread.

    `alone`: this thread has nothing else to do, so it syncs itself unless others already wait for a sync.
    """
    if is_durable(ticket) or _syncer is None:
        done(None)
    elif alone and _syncer.is_idle:
        done(_failure_of_sync(_syncer, ticket))
    else:
        _syncer.request(ticket, done)


def _failure_of_sync(syncer: Syncer, ticket: int) -> SyncFailed | None:
    try:
        syncer.sync(ticket)
    except SyncFailed as failure:
        return failure
    return None


async def durable(ticket: int) -> None:
    """Wait on the event loop, holding neither a thread nor the lock; raises SyncFailed."""
    if is_durable(ticket) or _syncer is None:
        return
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def finish(failure: SyncFailed | None) -> None:
        if not future.done():
            if failure is None:
                future.set_result(None)
            else:
                future.set_exception(failure)

    _syncer.request(ticket, lambda failure: _hand_over(loop, finish, failure))
    await future


def _hand_over(
    loop: asyncio.AbstractEventLoop, finish: Callable[[SyncFailed | None], None], failure: SyncFailed | None
) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(finish, failure)


def durable_commit() -> int:
    """Ticket of the newest commit of this process that is durable."""
    return _syncer.synced if _syncer is not None else 0


def durable_head(log_name: str) -> int:
    """Highest `seq` of a log that this process knows to be durable."""
    return _syncer.durable_heads.get(log_name, 0) if _syncer is not None else 0


async def cover(log_name: str, seq: int) -> None:
    """Return when a log is durable up to `seq`, which the caller has read; other processes' rows included."""
    if _syncer is None or is_relaxed() or seq <= _syncer.durable_heads.get(log_name, 0):
        return
    if seq <= _syncer.committed_heads.get(log_name, 0):
        await durable(_syncer.committed)
        return
    await durable(FORCE)
    _syncer.durable_heads[log_name] = max(seq, _syncer.durable_heads.get(log_name, 0))


def announce(heads: dict[str, int]) -> None:
    """Inside a write transaction of SQLite: the log heads that it will commit."""
    if _syncer is not None:
        _syncer.announce(heads)


def failure() -> SyncFailed | None:
    """Why writes have stopped, if they have."""
    return _syncer.failure if _syncer is not None else None
