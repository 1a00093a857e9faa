"""What the leading process does from time to time: core rows that end by age, and the jobs that apps declare."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError, models
from django.utils.module_loading import import_string

from pulse_project.core import clock, db
from pulse_project.core.errors import Failure
from pulse_project.core.idempotency import KEEP_US
from pulse_project.core.models import Delivery, IdempotencyRecord
from pulse_project.core.steps import in_steps

logger = logging.getLogger("pulse.housekeeping")

EVERY_SECONDS = 3600.0
DEAD_LETTER_DAYS = 30


def sweep() -> None:
    """Delete what has ended. Every batch commits by itself, so that writers pass between two."""
    for ended in (_old_answers, _old_dead_letters):
        in_steps(partial(_delete, ended()))
    with db.write_tx(maintenance=True):
        import_string(f"{settings.SESSION_ENGINE}.SessionStore").clear_expired()


def _old_answers() -> models.QuerySet[Any]:
    return IdempotencyRecord.objects.filter(created_us__lt=clock.now_us() - KEEP_US)


def _old_dead_letters() -> models.QuerySet[Any]:
    cutoff = clock.to_us(clock.now() - timedelta(days=DEAD_LETTER_DAYS))
    return Delivery.objects.filter(state=Delivery.State.DEAD, due_us__lt=cutoff)


def _delete(ended: models.QuerySet[Any], limit: int) -> int:
    keys = list(ended.values_list("pk", flat=True)[:limit])
    ended.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)


Job = Callable[[], None]
_jobs: dict[str, tuple[Job, float]] = {}


def every(seconds: float) -> Callable[[Job], Job]:
    """Have the leading process run the decorated function that often; one job at a time.

    What the job meets of database errors is logged and tried again at the next round.
    """

    def declare(job: Job) -> Job:
        _jobs[f"{job.__module__}.{job.__qualname__}"] = (job, seconds)
        return job

    return declare


every(EVERY_SECONDS)(sweep)


class Rounds:
    """Says which job is due; the first round of each is at once."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}

    def run_due(self) -> None:
        for name, (job, seconds) in tuple(_jobs.items()):
            if time.monotonic() >= self._next.get(name, 0.0):
                self._next[name] = time.monotonic() + seconds
                try:
                    job()
                except (DatabaseError, Failure, OSError) as error:
                    logger.warning("housekeeping %s waits: %s", name, error)
