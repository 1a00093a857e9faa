"""`/livez`, `/healthz`, `/readyz` and `/metrics` as raw ASGI: alive needs neither a thread nor the store."""

import shutil
import sqlite3

from django.db import DatabaseError, connection
from django.db.models import Count
from pydantic_core import to_json

from pulse_project.core import clock, conf, db, durability, hub, metrics, readiness, writability
from pulse_project.core.errors import Failure
from pulse_project.core.http_reply import Receive, Scope, Send, refuse, reply
from pulse_project.core.models import Delivery, DomainEvent, StoreMark
from pulse_project.core.principals import ANONYMOUS, Caller, Kind
from pulse_project.core.readiness import Finding, check

ALIVE = b'{"status":"alive"}'
LAG_LIMIT_SECONDS = 10.0
WAL_RESET_FIXED = (3, 51, 3)
NO_STORE = [(b"cache-control", b"no-store")]
PATHS = frozenset({"/livez", "/healthz", "/readyz", "/metrics"})


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one of `PATHS`. Readiness and metrics need a key, a session or loopback trust."""
    if scope["method"] not in {"GET", "HEAD"}:
        return await reply(send, 405, b'{"error":"method_not_allowed"}', headers=[(b"allow", b"GET, HEAD")])
    if scope["path"] in {"/livez", "/healthz"}:
        return await reply(send, 200, ALIVE, headers=NO_STORE)
    caller: Caller = scope.get("state", {}).get("caller") or ANONYMOUS
    try:
        caller.demand_identity()
        if scope["path"] == "/metrics":
            _demand_metrics(caller)
            return await _metrics(send)
    except Failure as failure:
        return await refuse(send, failure)
    found = await readiness.report()
    return await reply(send, 200 if found["status"] == "ready" else 503, to_json(found), headers=NO_STORE)


def _demand_metrics(caller: Caller) -> None:
    if caller.kind is not Kind.MONITOR:
        caller.demand("operator.metrics")


async def _metrics(send: Send) -> None:
    try:
        text = await db.in_slow(metrics.exposition)
    except Failure as failure:
        return await refuse(send, failure)
    content = text.encode()
    kind = metrics.CONTENT_TYPE.encode()
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(content)), *NO_STORE]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
    return None


@check("database")
def _database() -> Finding | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    failed = durability.failure()
    return Finding("error", f"Writes have stopped: {failed}.") if failed else None


@check("hub")
def _hub() -> Finding | None:
    found = hub.stats()
    if found is not None and found.lag_seconds > LAG_LIMIT_SECONDS:
        return Finding("error", f"The live feed is {found.lag_seconds:.0f} s behind the store.")
    return None


@check("disk")
def _disk() -> Finding | None:
    settings = conf.current()
    free = shutil.disk_usage(settings.home_path).free >> 20
    if free < settings.min_free_mib:
        return Finding("error", f"{free} MiB are free, writes need {settings.min_free_mib} MiB. Reading goes on.")
    return None


@check("writing")
def _writing() -> Finding | None:
    """After a write that failed for good, try one that is small: the disk may have been seen to."""
    if writability.problem() is None:
        return None
    try:
        with db.write_tx(maintenance=True):
            StoreMark.objects.update_or_create(name="written", defaults={"value": clock.now_us()})
    except DatabaseError as error:
        return Finding("error", db.failure_of(error).message)
    return None


@check("durability")
def _durability() -> Finding | None:
    if durability.is_relaxed():
        return Finding("info", "durability=relaxed: a power loss may cost the last second of acknowledged writes.")
    return None


@check("sqlite_version")
def _sqlite_version() -> Finding | None:
    if db.vendor() != "sqlite" or sqlite3.sqlite_version_info >= WAL_RESET_FIXED:
        return None
    return Finding(
        "info",
        f"SQLite {sqlite3.sqlite_version} has the WAL-reset fault; only the holder of the write lock checkpoints.",
    )


@check("dead_letters")
def _dead_letters() -> Finding | None:
    dead = Delivery.objects.filter(state=Delivery.State.DEAD).count()
    return Finding("warning", f"{dead} deliveries of domain events were given up.") if dead else None


def _hub_figures() -> list[tuple[dict[str, str], float]]:
    found = hub.stats()
    if found is None:
        return []
    figures = {"waiters": found.waiters, "streams": found.streams, "subscriptions": found.subscriptions}
    return [({"kind": kind}, number) for kind, number in figures.items()]


def _lag() -> float:
    found = hub.stats()
    return found.lag_seconds if found else 0.0


def _pool_figures() -> list[tuple[dict[str, str], float]]:
    pools = db.pools()
    return [({"pool": pool.name}, pool.waiting) for pool in (pools.read, pools.slow, pools.write)]


def _outbox_depth() -> list[tuple[dict[str, str], float]]:
    counts = dict(Delivery.objects.values_list("state").annotate(number=Count("pk")))
    return [({"state": state}, counts.get(state, 0)) for state in Delivery.State.values]


def _domain_head() -> float:
    return DomainEvent.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


metrics.gauge("pulse_hub_lag_seconds", "Age of the oldest committed row that the hub has not handed out.", _lag)
metrics.gauge("pulse_hub_subscribers", "Waits, streams and subscriptions on the hub.", _hub_figures)
metrics.gauge("pulse_pool_queue", "Calls that wait for a thread of a database pool.", _pool_figures)
metrics.gauge("pulse_outbox_deliveries", "Deliveries of domain events by state.", _outbox_depth)
metrics.gauge("pulse_domain_log_head", "Highest number of the domain log.", _domain_head)
