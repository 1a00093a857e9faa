"""How long a silent session counts as active, present and alive: one predicate for lists and broadcasts."""

from enum import StrEnum

from nexus import grace
from pulse_project.core import clock, conf

SECOND_US = 1_000_000


class Derived(StrEnum):
    """What a session's status reads as; only `active` and `closed` are stored."""

    ACTIVE = "active"
    STALE = "stale"
    CLOSED = "closed"


class Presence(StrEnum):
    """How near an agent or session is, for people: derived from its last heartbeat."""

    PRESENT = "present"
    STALE = "stale"
    OFFLINE = "offline"


def _silent_since(ttl_seconds: int, now_us: int | None) -> int:
    now = clock.now_us() if now_us is None else now_us
    return grace.cutoff_us(now, ttl_seconds) - ttl_seconds * SECOND_US


def present_since_us(now_us: int | None = None) -> int:
    """A stored-active session is present, thus hears broadcasts, iff `last_heartbeat_us >= present_since_us()`."""
    return _silent_since(conf.current().presence_ttl_seconds, now_us)


def stale_before_us(now_us: int | None = None) -> int:
    """A stored-active session reads `stale` iff `last_heartbeat_us < stale_before_us()`."""
    return _silent_since(conf.current().session_stale_ttl_seconds, now_us)


def reap_before_us(now_us: int | None = None) -> int:
    """A stored-active session is closed at the next access iff `last_heartbeat_us < reap_before_us()`."""
    return _silent_since(conf.current().session_reap_seconds, now_us)


def derived_status(stored: str, last_heartbeat_us: int, now_us: int | None = None) -> Derived:
    """`closed` as stored; else `active`, or `stale` once the heartbeat is older than the stale window."""
    if stored == Derived.CLOSED:
        return Derived.CLOSED
    return Derived.STALE if last_heartbeat_us < stale_before_us(now_us) else Derived.ACTIVE


def presence_of(last_seen_us: int | None, now_us: int | None = None) -> Presence:
    """`present` within the stale window, `stale` within the presence window, else `offline`."""
    if last_seen_us is None or last_seen_us < present_since_us(now_us):
        return Presence.OFFLINE
    return Presence.STALE if last_seen_us < stale_before_us(now_us) else Presence.PRESENT
