"""The threads that deliver events to subscribers in the process that leads."""

import logging
import threading
import time

from django.db import DatabaseError, connection

from pulse_project.core import deliveries, housekeeping, leader, store_marks, wake
from pulse_project.core.domain_log import SUBSCRIBERS

logger = logging.getLogger("pulse.outbox")

COURIERS = 2
MARK_SECONDS = 60.0
LOOK_SECONDS = 1.0  # other processes' events and postponed deliveries are found at the latest after this


class Couriers:
    """Two threads, so that one slow subscriber does not hold up the others."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._work = threading.Semaphore(0)
        self._recovered = False
        self._next_mark = time.monotonic() + MARK_SECONDS
        self._rounds = housekeeping.Rounds()
        self._mutex = threading.Lock()
        self._sweeping = threading.Lock()  # of its own: deliveries do not wait for housekeeping
        self._threads = [
            threading.Thread(target=self._run, name=f"pulse-courier-{number}", daemon=True)
            for number in range(1, COURIERS + 1)
        ]

    def start(self) -> None:
        wake.delivery_listeners.add(self._work.release)
        for thread in self._threads:
            thread.start()

    def stop(self, wait_seconds: float = 0.0) -> None:
        wake.delivery_listeners.discard(self._work.release)
        self._ended.set()
        for _ in self._threads:
            self._work.release()
        for thread in self._threads:
            thread.join(wait_seconds)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._work_off()
            except DatabaseError as error:
                logger.warning("events wait for delivery: %s", error)
            if connection.vendor == "postgresql" or self._ended.is_set():
                connection.close()
            self._work.acquire(timeout=LOOK_SECONDS)

    def _work_off(self) -> None:
        if not leader.is_leader():
            self._recovered = False
            return
        self._recover()
        self._mark()
        self._sweep()
        while SUBSCRIBERS and not self._ended.is_set() and leader.is_leader():
            claim = deliveries.claim_next()
            if claim is None:
                return
            deliveries.deliver(claim)

    def _recover(self) -> None:
        with self._mutex:
            if not self._recovered:
                closed = deliveries.recover()
                self._recovered = True
                if closed:
                    logger.info("closed %d deliveries of subscribers that no longer exist", closed)

    def _sweep(self) -> None:
        if self._sweeping.acquire(blocking=False):
            try:
                self._rounds.run_due()
            finally:
                self._sweeping.release()

    def _mark(self) -> None:
        """On PostgreSQL the leader keeps the marks, and finds a failover that went back in time while it runs."""
        if connection.vendor != "postgresql":
            return
        with self._mutex:
            if time.monotonic() < self._next_mark:
                return
            self._next_mark = time.monotonic() + MARK_SECONDS
            if not store_marks.verify_store():
                store_marks.record()


_couriers: Couriers | None = None


def start() -> None:
    """Begin to deliver in this process whenever it leads; a second call does nothing."""
    global _couriers
    if _couriers is None:
        _couriers = Couriers()
        _couriers.start()


def stop(wait_seconds: float = 0.0) -> None:
    global _couriers
    couriers, _couriers = _couriers, None
    if couriers is not None:
        couriers.stop(wait_seconds)
