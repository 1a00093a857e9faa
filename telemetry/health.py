"""What monitoring sees of telemetry: the queue in front of the store, events by type and source, alerts that fire."""

import re
from collections import Counter
from typing import Final

from pulse_project.core import db, metrics
from pulse_project.core.readiness import Finding, check
from telemetry import collector, labels
from telemetry.models import AlertRule
from telemetry.rollups.reading import Reading
from telemetry.rollups.windows import Window

NAMED: Final = 20  # label values a metric; every further one is a time series that monitoring keeps for ever
OTHER: Final = "other"

# A label may be a name, but neither a path or address (no slash) nor an id (hexadecimal or decimal digits in a row).
_NAME = re.compile(r"[^\W\d][\w .:$+-]{0,99}\Z|\$[\w .:$+-]{1,99}\Z")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|(?=[a-f]*\d)[0-9a-f]{12}|\d{6}", re.IGNORECASE)


@check("telemetry_queue")
def _queue() -> Finding | None:
    waiting = collector.waiting()
    if waiting < collector.MOST_WAITING:
        return None
    return Finding("error", f"{waiting} events wait for the store; producers are asked to come back.")


def _events() -> float:
    return sum(_counted("type_id").values())


def _by_type() -> metrics.Samples:
    return _samples("type", _counted("type_id"))


def _by_source() -> metrics.Samples:
    return _samples("source", _counted("source_id"))


def _counted(column: str) -> dict[int, int]:
    """Events since the beginning by the number of a label: the sum of a row per year and combination of labels."""
    with db.read_tx():
        return {number: measures[0] for (number,), measures in Reading(Window()).counts([column]).items()}


def _samples(label: str, counts: dict[int, int]) -> metrics.Samples:
    most = sorted(counts, key=lambda number: (-counts[number], number))[:NAMED]
    texts = labels.texts_of(most)
    found: Counter[str] = Counter()
    for number, count in counts.items():
        text = texts[number] if number in most else OTHER
        found[text if is_name(text) else OTHER] += count
    return [({label: text}, count) for text, count in sorted(found.items())]


def is_name(text: str) -> bool:
    """Whether a type or source is fit to be a label value."""
    return text != labels.OTHER and bool(_NAME.match(text)) and not _ID.search(text)


def _firing() -> float:
    return AlertRule.objects.filter(is_enabled=True, is_firing=True).count()


metrics.gauge("pulse_telemetry_queue", "Events that wait for a transaction in this process.", collector.waiting)
metrics.gauge("pulse_telemetry_events", "Events stored since the beginning, kept or not.", _events)
metrics.gauge(
    "pulse_telemetry_events_by_type", "The same by type; rare types and what is no name are `other`.", _by_type
)
metrics.gauge("pulse_telemetry_events_by_source", "The same by source, likewise.", _by_source)
metrics.gauge("pulse_telemetry_alerts_firing", "Alert rules whose condition holds now.", _firing)
