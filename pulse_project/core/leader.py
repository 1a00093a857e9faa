"""Which process does what only one may do: deliver events, run retention, keep marks."""

import threading
import time
from typing import Any

from django.db import DatabaseError, connections

ADVISORY_KEY = 0x70756C7365  # "pulse" in hexadecimal; advisory locks are per database
CHECK_SECONDS = 1.0


class _Leadership:
    """On SQLite the holder of the server lock says so; on PostgreSQL a session lock decides."""

    def __init__(self) -> None:
        self._leads = False
        self._session: Any = None
        self._checked = 0.0
        self._mutex = threading.Lock()

    def lead(self, on: bool) -> None:
        with self._mutex:
            self._leads = on
            self._checked = 0.0
            if not on:
                self._drop()

    def is_leader(self) -> bool:
        if not self._leads or connections["default"].vendor == "sqlite":
            return self._leads
        with self._mutex:
            if time.monotonic() - self._checked < CHECK_SECONDS:
                return self._session is not None
            self._checked = time.monotonic()
            return self._holds_session_lock()

    def _holds_session_lock(self) -> bool:
        """Keep the session alive, or try to become its holder; a lost session is a lost leadership."""
        try:
            if self._session is not None:
                with self._session.cursor() as cursor:
                    cursor.execute("SELECT 1")
                return True
            session = connections.create_connection("default")
            with session.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_KEY])
                if cursor.fetchone()[0]:
                    session.inc_thread_sharing()
                    self._session = session
                    return True
            session.close()
        except DatabaseError:
            self._drop()
        return False

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            try:
                with session.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_KEY])
            except DatabaseError:
                pass
            finally:
                session.close()


_leadership = _Leadership()


def lead(on: bool) -> None:
    """This process may lead (the server that holds the home, or any web process on PostgreSQL), or no longer."""
    _leadership.lead(on)


def is_leader() -> bool:
    """Whether this process is the one that delivers events and runs retention now."""
    return _leadership.is_leader()
