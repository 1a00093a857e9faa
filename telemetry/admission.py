"""What a producer may do: its source label, when it is answered, and how many records a minute it may send."""

import time
from dataclasses import dataclass
from typing import Final

from pulse_project.core import auth, conf, db, presence, ratelimit
from pulse_project.core.errors import Code, Failure
from pulse_project.core.hub import on_entry
from pulse_project.core.peers import peer_at
from pulse_project.core.principals import Caller, Kind
from pulse_project.core.ratelimit import Buckets, limited
from pulse_project.core.tail.entries import Entry
from telemetry.canonical import Rejected
from telemetry.models import Durability, IngestGrant
from telemetry.record import checked_source

FLAG: Final = "telemetry.ingest"
KEEP_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an ingest token; without token everything is open."""

    source: str = ""
    is_relaxed: bool = False
    events_per_minute: int = 0


@dataclass(frozen=True, slots=True)
class Producer:
    """Who sends, and the label and answer that its records get. `source` is empty when the event's type decides."""

    caller: Caller
    source: str
    terms: Terms

    def is_relaxed(self, source: str) -> bool:
        """Whether a record of that source is acknowledged before the disk has it."""
        return self.terms.is_relaxed or source in relaxed_sources()


OPEN: Final = Terms()
_terms: dict[int, tuple[Terms, float]] = {}
_budget = Buckets()


def forget(_entry: Entry | None = None) -> None:
    """Read the terms of every token again."""
    _terms.clear()


on_entry("key.", forget)


def relaxed_sources() -> frozenset[str]:
    text = conf.current().telemetry_relaxed_sources
    return frozenset(name.strip() for name in text.split(",") if name.strip()) if text else frozenset()


async def producer_of(caller: Caller, *, query_source: str = "", header_source: str = "") -> Producer:
    """The producer behind a caller that may send. A token's own source wins over query, query over header.

    Errors: PERMISSION_DENIED, AUTH_REQUIRED, VALIDATION_ERROR (a source that is no label).
    """
    caller.demand(FLAG)
    if caller.read_only:
        raise Failure(Code.PERMISSION_DENIED, "This key or address only reads.", required_permission=FLAG)
    terms = OPEN
    if caller.kind is Kind.PRODUCER and caller.key_pk is not None:
        terms = await _terms_of(caller.key_pk)
    try:
        source = terms.source or checked_source(query_source) or checked_source(header_source)
    except Rejected as rejected:
        raise Failure(Code.VALIDATION_ERROR, f"{rejected.reason}.", field="source") from rejected
    return Producer(caller, source, terms)


async def caller_with_key(known: Caller, key: str, peer: str) -> Caller:
    """The caller of a request that carries its key in the body, to a route that the door leaves open.

    A key in a header was looked at by the door and counts. Else `key` is `PULSE_INGEST_TOKEN` or one of our keys. On
    trusted loopback without that token any other text will do, because these clients cannot send without a key; but
    what has the form of our keys has to be one. Errors: AUTH_FAILED, RATE_LIMITED after many wrong keys of one `peer`.
    """
    if known.key_pk is not None:
        return known
    found = auth.shared_producer(key.encode("utf-8", "surrogatepass"))
    if found is None and auth.is_well_formed(key):
        found = await auth.find(auth.digest(key))
        if found is not None and found.key_pk is not None:
            presence.used(found.key_pk, found.agent_id)
    elif found is None and known.kind is Kind.LOCAL and not known.read_only and not conf.current().ingest_token.strip():
        found = known
    if found is None:
        ratelimit.count_failure(peer_at(peer).bucket)
        raise Failure(Code.AUTH_FAILED, "invalid or missing ingest token")
    return found


def spend(producer: Producer, records: int) -> None:
    """Count records against the token's minute, all or none. Errors: RATE_LIMITED with `retry_after_seconds`."""
    per_minute = producer.terms.events_per_minute
    if not per_minute or not records:
        return
    wait = _budget.take(producer.caller.bucket, per_minute, amount=records)
    if wait:
        raise limited(wait, per_minute=per_minute)


async def _terms_of(key_pk: int) -> Terms:
    known = _terms.get(key_pk)
    if known is not None and known[1] > time.monotonic():
        return known[0]
    terms = await db.in_read(_load, key_pk)
    _terms[key_pk] = (terms, time.monotonic() + KEEP_SECONDS)
    return terms


def _load(key_pk: int) -> Terms:
    grant = IngestGrant.objects.filter(key_id=key_pk).first()
    if grant is None:
        return OPEN
    return Terms(grant.source, grant.durability == Durability.RELAXED, grant.events_per_minute)
