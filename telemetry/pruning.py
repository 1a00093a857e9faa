"""Retention as the server runs it by itself, and what the log says of every pass."""

from collections.abc import Mapping
from typing import Final

from pulse_project.core import auth, clock, db, outbox
from pulse_project.core.principals import Caller
from telemetry import labels, retention, sweeping
from telemetry.instants import HOUR_US
from telemetry.retention import Pass

EVERY_US: Final = HOUR_US
SLICE_SECONDS: Final = 5.0  # of one round of the housekeeping, which other jobs wait for
MOST_NAMED: Final = 20


class Hourly:
    """A pass an hour, in slices: what one leaves over, the next round goes on with."""

    def __init__(self) -> None:
        self._due_us = 0

    def work(self) -> None:
        """One slice, if it is time. Event: telemetry.pruned when something was deleted."""
        if clock.now_us() < self._due_us:
            return
        made = retention.run(dry_run=False, seconds=SLICE_SECONDS)
        others = sweeping.sweep()
        if made.is_complete:
            self._due_us = clock.now_us() + EVERY_US
        if made.deleted or others["outcomes"]:
            announce(auth.system_caller(), made, others)


def most_deleted(made: Pass, most: int) -> list[tuple[int, str, int]]:
    """Number, text and count of the types that lost most events, by text."""
    counts = dict(made.deleted.most_common(most))
    with db.read_tx():
        texts = labels.texts_of(list(counts))
        found = [(number, texts[number], count) for number, count in counts.items()]
    return sorted(found, key=lambda entry: entry[1])


def announce(caller: Caller, made: Pass, others: Mapping[str, int]) -> None:
    """Tell what a pass deleted, in a transaction of its own. Event: telemetry.pruned."""
    named = {text: count for _, text, count in most_deleted(made, MOST_NAMED)}
    total = made.deleted.total()
    with db.write_tx(maintenance=True):
        outbox.emit(
            "telemetry.pruned",
            caller=caller,
            entity=("store", "telemetry"),
            deleted=named,
            total=total,
            other_types=total - sum(named.values()),
            rows={name: count for name, count in others.items() if count},
        )
