"""The only way to the store: transactions, the pools that run blocking work, what a database error means."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, transaction

from pulse_project.core import durability, writability
from pulse_project.core.db_failures import CommitUnknown, failure_of, is_undone, lost_in_commit, renew_connections
from pulse_project.core.pools import Pool, unwatch, watch_deadlines
from pulse_project.core.sqlite.files import Store
from pulse_project.core.statements import connection_here
from pulse_project.core.transactions import Transaction, current_or_none, set_current

__all__ = [
    "CommitUnknown",
    "after_commit",
    "failure_of",
    "in_read",
    "in_slow",
    "in_write",
    "pools",
    "read_here",
    "read_tx",
    "run_on_loop",
    "shutdown",
    "vendor",
    "write_here",
    "write_tx",
]

T = TypeVar("T")
READERS, SLOW_READERS, POSTGRES_WRITERS = 8, 2, 8


def vendor() -> str:
    """`sqlite` or `postgresql`."""
    return str(connection_here().vendor)


class write_tx:
    """A write transaction with an outbox: events get their numbers just before COMMIT.

    Inside another `write_tx` it joins that one: its changes and events vanish together when the block fails, and become
    durable with the outer commit. Inside a foreign `atomic()` (admin, tests) it is a savepoint of it.
    """

    __slots__ = ("_atomic", "_mark", "_outer", "_tx", "_uses_reserve")

    def __init__(self, *, maintenance: bool = False) -> None:
        """`maintenance`: may use the last free disk space; only for what frees some."""
        self._uses_reserve = maintenance

    def __enter__(self) -> Transaction:
        outer = self._outer = current_or_none()
        if outer is None and not self._uses_reserve:
            _demand_room()
        self._atomic = transaction.atomic()
        try:
            self._atomic.__enter__()
        except DatabaseError as failed:
            writability.failed(failed)
            raise
        if outer is None:
            self._tx = Transaction()
            set_current(self._tx)
        else:
            self._tx = outer
            self._mark = outer.mark()
        return self._tx

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._outer is None:
            self._leave_outermost(kind, error, trace)
            return
        if kind is not None:
            self._tx.rewind(self._mark)
        self._atomic.__exit__(kind, error, trace)

    def _leave_outermost(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        set_current(None)
        if kind is not None:
            writability.failed(error)
            self._atomic.__exit__(kind, error, trace)
            return
        try:
            self._tx.flush()
        except BaseException as failed:
            writability.failed(failed)
            self._atomic.__exit__(type(failed), failed, failed.__traceback__)
            raise
        self._commit()

    def _commit(self) -> None:
        try:
            with lost_in_commit():
                self._atomic.__exit__(None, None, None)
        except BaseException as failed:
            writability.failed(failed)
            raise
        if writability.problem() is not None:
            writability.succeeded()


def _demand_room() -> None:
    store: Store | None = getattr(connection_here(), "store", None)
    if store is not None:
        store.room.demand()


@contextmanager
def read_tx() -> Iterator[None]:
    """A snapshot for several reads; takes no lock. Inside a transaction it reads what that one sees."""
    if connection.in_atomic_block:
        yield
        return
    wrapper = connection_here()
    if wrapper.vendor == "sqlite":
        wrapper.begins_deferred = True
        try:
            with transaction.atomic():
                wrapper.begins_deferred = False
                yield
        finally:
            wrapper.begins_deferred = False
        return
    with transaction.atomic():
        with wrapper.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def after_commit(function: Callable[[], Any]) -> None:
    """Call `function` once the open transaction is committed: it wakes someone, never writes; its errors are logged."""
    transaction.on_commit(function, robust=True)


class _Pools:
    """The pools of this process, made at the first call, when the engine is known."""

    def __init__(self) -> None:
        pooled = vendor() == "postgresql"
        self.read = Pool("read", READERS, returns_connections=pooled)
        self.slow = Pool("slow", SLOW_READERS, returns_connections=pooled)
        self.write = Pool("write", POSTGRES_WRITERS if pooled else 1, returns_connections=pooled)
        watch_deadlines(self.read, self.slow, self.write)

    def close(self) -> None:
        unwatch(self.read, self.slow, self.write)
        for pool in (self.read, self.slow, self.write):
            pool.close()


_pools: _Pools | None = None


def pools() -> _Pools:
    global _pools
    if _pools is None:
        _pools = _Pools()
    return _pools


async def in_read(function: Callable[..., T], *arguments: Any) -> T:
    """Run blocking reads on the reader pool."""
    result: T = await pools().read.call(_once_more, function, *arguments)
    return result


async def in_slow(function: Callable[..., T], *arguments: Any) -> T:
    """Run heavy reads on a small pool of their own, so that they never take all readers."""
    result: T = await pools().slow.call(_once_more, function, *arguments)
    return result


async def in_write(function: Callable[..., T], *arguments: Any) -> T:
    """Run a write on the writer thread (SQLite) or pool; returns when its commits are durable."""
    result: T = await pools().write.call(_once_more, function, *arguments)
    return result


def _once_more(function: Callable[..., T], *arguments: Any) -> T:
    """Repeat a call once that lost a deadlock, a race for the same row, or its connection before COMMIT.

    Nothing of it is in the store then.
    """
    try:
        return function(*arguments)
    except (OperationalError, IntegrityError) as error:
        if connection.in_atomic_block or not is_undone(error):
            raise
        renew_connections()
    except InterfaceError:
        if connection.in_atomic_block:
            raise
        renew_connections()
    return function(*arguments)


def write_here(function: Callable[..., T], *arguments: Any) -> T:
    """Run a write in this thread and on its connection; returns when its commits are durable."""
    with durability.collected() as commits:
        result = _once_more(function, *arguments)
    if commits.ticket:
        durability.settle(commits.ticket)
    return result


def read_here(function: Callable[..., T], *arguments: Any) -> T:
    """Run a read in this thread and on its connection; what it commits is durable when it returns."""
    return write_here(function, *arguments)


def run_on_loop(function: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
    """Run a coroutine for a synchronous caller: on the loop that called this thread, else on a loop of its own."""
    result: T = async_to_sync(function)(*arguments)
    return result


def shutdown() -> None:
    """Abort running statements and let idle pool threads end; busy ones are not joined."""
    global _pools
    if _pools is not None:
        _pools.close()
        _pools = None
