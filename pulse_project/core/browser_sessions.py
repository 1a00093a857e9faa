"""Browser sessions as callers: a Django user with a session, and what its groups allow."""

import hashlib
import time
from collections.abc import Callable, Collection
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import constant_time_compare

from pulse_project.core import db, flags
from pulse_project.core.principals import Caller, Kind

CONFIRMED = "pulse_confirmed_us"  # when this session last gave a password or a one-time link
OPERATORS = "operator"
AUDITORS = "auditor"
AUDITOR_FLAGS = frozenset({"operator.observe", "operator.read_all", "operator.metrics"})
KEEP_SECONDS = 1.0
MAX_ENTRIES = 1000

_entries: dict[str, tuple[Caller | None, float]] = {}
_granted_elsewhere: list[Callable[[Any], frozenset[str]]] = []


def cookie_of(header: bytes) -> str:
    """The session key in a Cookie header, empty when there is none."""
    name = settings.SESSION_COOKIE_NAME
    for part in header.decode("latin-1").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


async def find(session_key: str) -> Caller | None:
    """The user of a session, remembered for a second; None when nobody is logged in with it."""
    name = hashlib.sha256(session_key.encode("utf-8", "replace")).hexdigest()
    known = _entries.get(name)
    if known is not None and known[1] > time.monotonic():
        return known[0]
    caller = await db.in_read(load, session_key)
    if len(_entries) >= MAX_ENTRIES:
        _entries.clear()
    _entries[name] = (caller, time.monotonic() + KEEP_SECONDS)
    return caller


def forget() -> None:
    _entries.clear()


def register_rights(of_user: Callable[[Any], frozenset[str]]) -> None:
    """Add the flags that an app grants a person somewhere. Whoever holds one may write there."""
    _granted_elsewhere.append(of_user)


def load(session_key: str) -> Caller | None:
    """Read the session and its user, as Django's own middleware would, without writing anything."""
    session = SessionStore(session_key).load() if len(session_key) >= 8 else {}
    user_pk = session.get(SESSION_KEY)
    user = get_user_model()._default_manager.filter(pk=user_pk, is_active=True).first() if user_pk else None
    if user is None or not _is_same_password(user, session.get(HASH_SESSION_KEY)):
        return None
    return caller_of_user(user, confirmed_us=int(session.get(CONFIRMED, 0)))


def _is_same_password(user: Any, stored: str | None) -> bool:
    return bool(stored) and any(
        constant_time_compare(str(stored), known)
        for known in (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    )


def caller_of_user(user: Any, *, confirmed_us: int = 0) -> Caller:
    """A user as a caller: superusers hold every flag, operators the operator flags, auditors read."""
    groups = set() if user.is_superuser else set(user.groups.values_list("name", flat=True))
    elsewhere = frozenset[str]().union(*(of(user) for of in _granted_elsewhere))
    granted = flags.READ_BY_ALL | elsewhere
    if user.is_superuser:
        granted = flags.declared()
    elif OPERATORS in groups:
        granted |= flags.operator_flags() | {"telemetry.ingest"}
    elif AUDITORS in groups:
        granted |= AUDITOR_FLAGS
    return Caller(
        Kind.USER,
        user.get_username(),
        granted,
        user_pk=user.pk,
        read_only=not user.is_superuser and OPERATORS not in groups and (AUDITORS in groups or not elsewhere),
        auth="session",
        confirmed_us=confirmed_us,
    )


def callers_of_users(user_pks: Collection[int]) -> dict[int, Caller]:
    """The users among those who may still act, read anew."""
    if not user_pks:
        return {}
    users = get_user_model()._default_manager.filter(pk__in=list(user_pks), is_active=True)
    return {user.pk: caller_of_user(user) for user in users}
