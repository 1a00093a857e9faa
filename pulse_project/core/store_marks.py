"""Marks by which a store that went back in time is found: its epoch inside, its highest numbers in a file outside."""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from pulse_project.core import clock, conf, db, outbox, rewinds
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import LogCounter, StoreMark
from pulse_project.core.principals import Caller, Kind
from pulse_project.core.sqlite.files import beside
from pulse_project.core.tail.entries import sources

logger = logging.getLogger("pulse.store")

FILE_NAME = "highwater"
JUMP = 1_000_000
SYSTEM = Caller(Kind.SYSTEM, "pulse", auth="system")
SAFE_COMMITS = frozenset({"on", "remote_write", "remote_apply"})
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class HighWater:
    """What was once known to be safe on the disk: epoch, head of every log, time of day in microseconds.

    `boot` names the run of the machine; `is_relaxed` and not `is_closed` there means that its end may have cost the
    last second of acknowledged writes.
    """

    epoch: int = 1
    heads: dict[str, int] = field(default_factory=dict)
    clock_us: int = 0
    boot: str = ""
    is_relaxed: bool = False
    is_closed: bool = True


@dataclass(frozen=True)
class Numbers:
    """A log that keeps its numbers itself: `head` is the highest it has given, `go_on_above` never gives up to one."""

    head: Callable[[], int]
    go_on_above: Callable[[int], None]


_numbers: dict[str, Numbers] = {}


def register_numbers(log_name: str, numbers: Numbers) -> None:
    """Make a log known whose head may not be in `core_logcounter`; called while apps load."""
    _numbers[log_name] = numbers


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
    found = heads()
    is_whole = epoch() >= mark.epoch and all(found.get(name, 0) >= head for name, head in mark.heads.items())
    if is_whole and not _may_have_lost_a_second(mark):
        return False
    _start_epoch(mark, found)
    return True


def _may_have_lost_a_second(mark: HighWater) -> bool:
    """The machine ended under a server that acknowledged before it synced: what is gone cannot be known."""
    return mark.is_relaxed and not mark.is_closed and mark.boot != _boot()


def _start_epoch(mark: HighWater, found: dict[str, int]) -> None:
    new_epoch = max(epoch(), mark.epoch) + 1
    with db.write_tx():
        StoreMark.objects.update_or_create(name="epoch", defaults={"value": new_epoch})
        for name in sorted(found.keys() | mark.heads.keys()):
            kept = found.get(name, 0)
            head = max(kept, mark.heads.get(name, 0)) + JUMP
            _go_on_above(name, head)
            rewinds.add(name, kept + 1, head - 1)
        outbox.emit("store.rewound", caller=SYSTEM, entity=("store", new_epoch), found=found, expected=mark.heads)
    logger.warning("the store went back in time (a restore or a power loss): epoch %d begins", new_epoch)
    record()


def _go_on_above(name: str, head: int) -> None:
    if name in _numbers:
        _numbers[name].go_on_above(head)
    else:
        LogCounter.objects.update_or_create(name=name, defaults={"head": head})


def record(*, is_closed: bool = False) -> None:
    """Write the marks as they are now: at start, every few seconds that wrote something, and at stop (`is_closed`)."""
    is_relaxed = connection.vendor == "sqlite" and conf.current().durability == "relaxed"
    mark = HighWater(epoch(), heads(), clock.now_us(), _boot(), is_relaxed, is_closed)
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
        kept = {str(name): int(head) for name, head in found["heads"].items()}
        end = (str(found.get("boot", "")), found.get("is_relaxed") is True, found.get("is_closed") is not False)
        return HighWater(int(found["epoch"]), kept, int(found["clock_us"]), *end)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return HighWater()


def _path() -> Path:
    if connection.vendor == "sqlite":
        return beside(str(connection.settings_dict["NAME"]), FILE_NAME)
    return conf.current().home_path / f"{FILE_NAME}-{connection.settings_dict['NAME']}"


def heads() -> dict[str, int]:
    """The head of every log that has one."""
    own = {name: head for name, numbers in _numbers.items() if (head := numbers.head())}
    return dict(LogCounter.objects.values_list("name", "head")) | own


def _raise_clock(mark: HighWater) -> None:
    """Time goes on where the mark or the newest row of a log stopped, whatever the wall clock says."""
    newest = [entry.row.created_us for log in sources() for entry in log.read_after(log.head() - 1, 1)]
    clock.raise_floor(max(mark.clock_us, *newest, 0))


def _boot() -> str:
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _demand_safe_commits() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        value = cursor.fetchone()[0]
    if value not in SAFE_COMMITS:
        raise Failure(
            Code.CONFIG_ERROR,
            f"PostgreSQL runs with synchronous_commit={value}, which loses acknowledged writes. Set it to on.",
        )
