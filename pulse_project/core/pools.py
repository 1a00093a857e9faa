"""Worker threads that own database connections. Unlike the standard executors they are never joined at exit."""

import asyncio
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from typing import Any

from django.db import connections

from pulse_project.core import durability
from pulse_project.core.errors import Code, Failure

QUEUE_BOUND = 256
DEADLINE_SECONDS = 30.0
WATCH_SECONDS = 1.0
KEEP_SECONDS = 1.0  # a worker without work gives its connection back after that

Outcome = Callable[[Any, BaseException | None], None]


def progressed() -> None:
    """Called by a long job between its steps: its deadline starts anew. Outside a pool it does nothing."""
    worker = threading.current_thread()
    if isinstance(worker, Worker) and worker.busy_since is not None:
        worker.busy_since = time.monotonic()


@contextmanager
def unhurried() -> Iterator[None]:
    """One statement that may take as long as it needs, such as compacting the store: the deadline waits outside."""
    worker = threading.current_thread()
    if not isinstance(worker, Worker) or worker.busy_since is None:
        yield
        return
    worker.busy_since = math.inf
    try:
        yield
    finally:
        worker.busy_since = time.monotonic()


class Job:
    """One call on its way through a pool, and the future that a loop awaits."""

    __slots__ = ("arguments", "commits", "context", "error", "function", "future", "loop", "result")

    def __init__(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.function = function
        self.arguments = arguments
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.context: Context = copy_context()
        self.commits = durability.Commits()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """In a worker: act, and keep what came of it."""
        self.context.run(durability.collect_into, self.commits)
        try:
            self.result = self.context.run(self.function, *self.arguments)
        except BaseException as error:  # noqa: BLE001 - carried to the awaiting caller, who catches or not
            self.error = error
        self.commits.is_open = False

    def tell(self, *, alone: bool) -> None:
        """Answer once every commit that the job made is durable. `alone`: no other job waits for this worker."""
        durability.when_durable(
            self.commits.ticket, lambda failure: self._answer(self.result, failure or self.error), alone=alone
        )

    def _answer(self, result: Any, error: BaseException | None) -> None:
        if self.loop.is_closed():
            return
        try:
            self.loop.call_soon_threadsafe(self._resolve, result, error)
        except RuntimeError:  # the loop closed between the two lines: nobody waits any more
            return

    def _resolve(self, result: Any, error: BaseException | None) -> None:
        if self.future.done():
            return
        if error is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(error)


class Worker(threading.Thread):
    """One thread of a pool; `busy_since` is read by the deadline watch."""

    def __init__(self, pool: "Pool", number: int) -> None:
        super().__init__(name=f"pulse-{pool.name}-{number}", daemon=True)
        self.pool = pool
        self.busy_since: float | None = None
        self.connection: Any = None

    def run(self) -> None:
        self.connection = connections["default"]
        while True:
            job = self._next()
            if job is None:
                self.connection.close()
                return
            if job.future.cancelled():
                self.pool.finished()
                continue
            self.busy_since = time.monotonic()
            job.run()
            if self.connection.errors_occurred:
                self.connection.close()
            self.pool.finished()  # before the answer: who calls again at once meets this worker and not a new one
            job.tell(alone=not self.pool.waiting)
            self.busy_since = None
            del job

    def _next(self) -> Job | None:
        """The next job. While there are many, connection and plans are kept from one to the next."""
        if self.pool.returns_connections:
            try:
                return self.pool.take(KEEP_SECONDS)
            except queue.Empty:
                self.connection.close()
        return self.pool.take()

    def interrupt(self) -> None:
        """Abort the statement that is running; harmless when none is."""
        raw = self.connection.connection if self.connection is not None else None
        if raw is not None:
            (raw.interrupt if self.connection.vendor == "sqlite" else raw.cancel)()


class Pool:
    """A bounded queue and up to `size` threads, started when there are more jobs than threads."""

    def __init__(self, name: str, size: int, *, returns_connections: bool) -> None:
        self.name = name
        self.size = size
        self.returns_connections = returns_connections
        self.workers: list[Worker] = []
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._mutex = threading.Lock()
        self._unfinished = 0

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run `function` on a thread of this pool and wait for its result and its commits' durability."""
        if self._queue.qsize() >= QUEUE_BOUND:
            raise Failure(
                Code.RATE_LIMITED, "The server is at its limit. Repeat the call after a pause.", retry_after_seconds=1
            )
        job = Job(function, arguments, asyncio.get_running_loop())
        self._queue.put(job)
        with self._mutex:
            self._unfinished += 1
            if len(self.workers) < min(self._unfinished, self.size):
                worker = Worker(self, len(self.workers) + 1)
                self.workers.append(worker)
                worker.start()
        return await job.future

    def take(self, timeout: float | None = None) -> Job | None:
        """The next job, for a worker that has none; None = end. Errors: queue.Empty after `timeout` seconds."""
        return self._queue.get(timeout=timeout)

    def finished(self) -> None:
        with self._mutex:
            self._unfinished -= 1

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    @property
    def busy(self) -> int:
        return sum(worker.busy_since is not None for worker in self.workers)

    def interrupt_overdue(self, now: float) -> None:
        for worker in self.workers:
            if worker.busy_since is not None and now - worker.busy_since > DEADLINE_SECONDS:
                worker.interrupt()

    def close(self) -> None:
        """Let idle threads end and abort running statements; nothing is joined."""
        for _ in self.workers:
            self._queue.put(None)
        for worker in self.workers:
            if worker.busy_since is not None:
                worker.interrupt()


_watched: set[Pool] = set()
_watch_mutex = threading.Lock()


def watch_deadlines(*pools: Pool) -> None:
    """Interrupt every job of these pools that runs longer than `DEADLINE_SECONDS`."""
    with _watch_mutex:
        is_first = not _watched
        _watched.update(pools)
    if is_first:
        threading.Thread(target=_watch, name="pulse-deadlines", daemon=True).start()


def unwatch(*pools: Pool) -> None:
    with _watch_mutex:
        _watched.difference_update(pools)


def _watch() -> None:
    while True:
        time.sleep(WATCH_SECONDS)
        with _watch_mutex:
            if not _watched:
                return
            pools = tuple(_watched)
        for pool in pools:
            pool.interrupt_overdue(time.monotonic())
