"""Marks by which a store that went back in time is found: its epoch inside, its highest numbers in a file outside."""

import json
import logging
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from pulse_project.core import clock, conf, db, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import DomainEvent, LogCounter, StoreMark
from pulse_project.core.principals import Caller, Kind
from pulse_project.core.sqlite.files import beside

logger = logging.getLogger("pulse.store")

FILE_NAME = "highwater"
JUMP = 1_000_000
SYSTEM = Caller(Kind.SYSTEM, "pulse", auth="system")
SAFE_COMMITS = frozenset({"on", "remote_write", "remote_apply"})


@dataclass(frozen=True)
class HighWater:
    """What was once known to be safe on the disk: epoch, head of every log, time of day in microseconds."""

    epoch: int = 1
    heads: dict[str, int] = field(default_factory=dict)
    clock_us: int = 0


def epoch() -> int:
    """The store's epoch: raised whenever it went back in time, so that old cursors are recognised."""
    value = StoreMark.objects.filter(name="epoch").values_list("value", flat=True).first()
    return int(value) if isinstance(value, int) else 1


def verify_store() -> bool:
    """At start, after migrations: is the store as new as it once was? Answers whether it went back and got a new epoch.

    Raises CONFIG_ERROR when PostgreSQL is set to acknowledge commits that a power loss would take back.
    """
    if connection.vendor == "postgresql":
        _demand_safe_commits()
    mark = _read()
    _raise_clock(mark)
    heads = _heads()
    if epoch() >= mark.epoch and all(heads.get(name, 0) >= head for name, head in mark.heads.items()):
        return False
    _start_epoch(mark, heads)
    return True


def _start_epoch(mark: HighWater, heads: dict[str, int]) -> None:
    new_epoch = max(epoch(), mark.epoch) + 1
    with db.write_tx():
        StoreMark.objects.update_or_create(name="epoch", defaults={"value": new_epoch})
        for name in heads.keys() | mark.heads.keys():
            head = max(heads.get(name, 0), mark.heads.get(name, 0)) + JUMP
            LogCounter.objects.update_or_create(name=name, defaults={"head": head})
        outbox.emit("store.rewound", caller=SYSTEM, entity=("store", new_epoch), found=heads, expected=mark.heads)
    logger.warning("the store went back in time (a restore or a power loss): epoch %d begins", new_epoch)
    record()


def record() -> None:
    """Write the marks as they are now: after a checkpoint, every minute and at stop."""
    mark = HighWater(epoch(), _heads(), clock.now_us())
    path = _path()
    draft = path.with_name(f"{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, json.dumps(asdict(mark)).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(draft, path)


def _read() -> HighWater:
    try:
        found: Any = json.loads(_path().read_text(encoding="utf-8"))
        heads = {str(name): int(head) for name, head in found["heads"].items()}
        return HighWater(int(found["epoch"]), heads, int(found["clock_us"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return HighWater()


def _path() -> Path:
    if connection.vendor == "sqlite":
        return beside(str(connection.settings_dict["NAME"]), FILE_NAME)
    return conf.current().home_path / f"{FILE_NAME}-{connection.settings_dict['NAME']}"


def _heads() -> dict[str, int]:
    return dict(LogCounter.objects.values_list("name", "head"))


def _raise_clock(mark: HighWater) -> None:
    newest = DomainEvent.objects.order_by("-seq").values_list("created_us", flat=True).first() or 0
    clock.raise_floor(max(mark.clock_us, newest))


def _demand_safe_commits() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        value = cursor.fetchone()[0]
    if value not in SAFE_COMMITS:
        raise Failure(
            Code.CONFIG_ERROR,
            f"PostgreSQL runs with synchronous_commit={value}, which loses acknowledged writes. Set it to on.",
        )
