"""Core rows that end by age: kept answers, dead letters, expired logins. The leading process sweeps them every hour."""

import time
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from pulse_project.core import clock, db
from pulse_project.core.idempotency import KEEP_US
from pulse_project.core.models import Delivery, IdempotencyRecord
from pulse_project.core.steps import in_steps

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


class Rounds:
    """Says when the next sweep is due; the first one is at once."""

    def __init__(self) -> None:
        self._next = 0.0

    def sweep_if_due(self) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_SECONDS
            sweep()
