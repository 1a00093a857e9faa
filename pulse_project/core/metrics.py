"""Numbers for Prometheus: counters and histograms written by the program, gauges read at the moment of the scrape.

Labels are names from closed lists (operations, outcomes), never ids or paths.
"""

import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

Labels = Mapping[str, str]
Samples = Iterable[tuple[Labels, float]]

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NO_LABELS: Labels = {}


@dataclass(eq=False)
class Counter:
    """A number that only grows, one per combination of label values."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    _values: dict[tuple[str, ...], float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *values: str, amount: float = 1) -> None:
        with self._lock:
            self._values[values] = self._values.get(values, 0) + amount

    def lines(self) -> Iterable[str]:
        yield from _head(self.name, self.help, "counter")
        with self._lock:
            values = sorted(self._values.items())
        for key, value in values:
            yield _line(self.name, dict(zip(self.labels, key, strict=True)), value)


@dataclass(eq=False)
class Histogram:
    """How observations in seconds spread over `LATENCY_BUCKETS`, one per combination of label values."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    _cells: dict[tuple[str, ...], list[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def observe(self, *values: str, seconds: float) -> None:
        with self._lock:
            cells = self._cells.get(values)
            if cells is None:
                cells = self._cells[values] = [0.0] * (len(LATENCY_BUCKETS) + 2)
            cells[bisect_left(LATENCY_BUCKETS, seconds)] += 1
            cells[-1] += seconds

    def lines(self) -> Iterable[str]:
        yield from _head(self.name, self.help, "histogram")
        with self._lock:
            copies = sorted((key, list(cells)) for key, cells in self._cells.items())
        for key, cells in copies:
            labels = dict(zip(self.labels, key, strict=True))
            count = 0.0
            for bound, cell in zip((*LATENCY_BUCKETS, "+Inf"), cells[:-1], strict=True):
                count += cell
                yield _line(f"{self.name}_bucket", {**labels, "le": str(bound)}, count)
            yield _line(f"{self.name}_sum", labels, cells[-1])
            yield _line(f"{self.name}_count", labels, count)


@dataclass(eq=False)
class Gauge:
    """A value that is read when somebody asks; `read` answers one sample per combination of labels."""

    name: str
    help: str
    read: Callable[[], Samples]

    def lines(self) -> Iterable[str]:
        yield from _head(self.name, self.help, "gauge")
        for labels, value in self.read():
            yield _line(self.name, labels, value)


_instruments: dict[str, Counter | Histogram | Gauge] = {}


def counter(name: str, help: str, *labels: str) -> Counter:
    """Declare a counter; a second declaration of the same name answers the first."""
    found = _instruments.setdefault(name, Counter(name, help, labels))
    assert isinstance(found, Counter)  # noqa: S101 - one name has one kind
    return found


def histogram(name: str, help: str, *labels: str) -> Histogram:
    found = _instruments.setdefault(name, Histogram(name, help, labels))
    assert isinstance(found, Histogram)  # noqa: S101 - one name has one kind
    return found


def gauge(name: str, help: str, read: Callable[[], Samples | float]) -> None:
    """Declare a gauge; `read` runs in a reader thread at every scrape and answers a number or labelled samples."""

    def samples() -> Samples:
        value = read()
        return [(NO_LABELS, value)] if isinstance(value, int | float) else value

    _instruments[name] = Gauge(name, help, samples)


def exposition() -> str:
    """Everything declared, in Prometheus' text format."""
    ordered = sorted(_instruments.values(), key=lambda instrument: instrument.name)
    return "\n".join(line for instrument in ordered for line in instrument.lines()) + "\n"


def _head(name: str, text: str, kind: str) -> Iterable[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def _line(name: str, labels: Labels, value: float) -> str:
    number = str(int(value)) if float(value).is_integer() else repr(float(value))
    inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{inner}}} {number}" if inner else f"{name} {number}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


_calls = counter("pulse_calls_total", "Calls of operations by outcome.", "operation", "outcome")
_latency = histogram("pulse_call_seconds", "Duration of calls in seconds.", "operation")


def observe_call(operation: str, outcome: str, seconds: float) -> None:
    """Count one call. `operation` is a declared name, `outcome` is `ok` or an error code."""
    _calls.add(operation, outcome)
    _latency.observe(operation, seconds=seconds)
