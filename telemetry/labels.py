"""Numbers of names: every process remembers the names it has met, the store knows all of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from pulse_project.core import clock, db
from pulse_project.core.statements import execute, execute_many
from pulse_project.core.transactions import current_or_none
from telemetry import event_rows
from telemetry.instants import DAY_US
from telemetry.record import MAX_NAME_BYTES

OTHER: Final = "__other__"
MOST_A_DAY: Final = 10_000
MOST_REMEMBERED: Final = 200_000
MOST_TOGETHER: Final = 500  # names of one look-up

_INSERT = (
    "INSERT INTO telemetry_label (text, is_counted, created_day) VALUES (%s, %s, %s) ON CONFLICT (text) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A label's number, and the number under which rollups count it: its own, or that of `__other__`."""

    id: int
    counted_id: int


_by_text: dict[str, Named] = {}
_by_id: dict[int, str] = {}
_lock = Lock()


def forget() -> None:
    """Drop what this process remembers: the store was replaced, or a test ends."""
    with _lock:
        _by_text.clear()
        _by_id.clear()


def fitting(text: str) -> str:
    """The text as a label: itself, or `__other__` when it is longer than a label may be."""
    return text if len(text) * 4 <= MAX_NAME_BYTES or len(text.encode()) <= MAX_NAME_BYTES else OTHER


def known(text: str) -> Named | None:
    """The label if this process or the store has it. Any transaction or none."""
    found = _by_text.get(text)
    if found is not None:
        return found
    rows = execute("SELECT id, is_counted FROM telemetry_label WHERE text = %s", (text,)).fetchall()
    if not rows:
        return None
    label = _named(rows[0][0], bool(rows[0][1]))
    if current_or_none() is None:  # else it may be a name that this very transaction takes back
        _remember({text: label})
    return label


def numbered(texts: Collection[str]) -> Mapping[str, Named]:
    """The label of every text, made on demand in the open write transaction and remembered once it is committed."""
    found = {text: label for text in texts if (label := _by_text.get(text)) is not None}
    missing = sorted(set(texts) - found.keys())
    if missing:
        fresh = _of_store(missing)
        found |= fresh
        db.after_commit(lambda: _remember(fresh))
    return found


def texts_of(numbers: Collection[int]) -> Mapping[int, str]:
    """The text of every number."""
    missing = [number for number in set(numbers) if number not in _by_id]
    if not missing:
        return _by_id
    found: dict[int, str] = {}
    for start in range(0, len(missing), MOST_TOGETHER):
        some = missing[start : start + MOST_TOGETHER]
        marks = ", ".join(["%s"] * len(some))
        found.update(execute(f"SELECT id, text FROM telemetry_label WHERE id IN ({marks})", some).fetchall())  # noqa: S608
    with _lock:
        if len(_by_id) > MOST_REMEMBERED:
            _by_id.clear()
        _by_id.update(found)
    return {number: _by_id[number] if number in _by_id else found.get(number, "") for number in numbers}


def _remember(fresh: Mapping[str, Named]) -> None:
    with _lock:
        if len(_by_text) > MOST_REMEMBERED:
            _by_text.clear()
        _by_text.update(fresh)


def _of_store(texts: Sequence[str]) -> dict[str, Named]:
    """The label of every text, made where there is none."""
    rows = _stored(texts)
    absent = [text for text in texts if text not in rows]
    if absent:
        _make(absent)
        rows |= _stored(absent)
    return {text: _named(*row) for text, row in rows.items()}


def _stored(texts: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Number and whether it is counted, of each text that the store has."""
    found: dict[str, tuple[int, bool]] = {}
    for start in range(0, len(texts), MOST_TOGETHER):
        some = texts[start : start + MOST_TOGETHER]
        marks = ", ".join(["%s"] * len(some))
        rows = execute(f"SELECT text, id, is_counted FROM telemetry_label WHERE text IN ({marks})", some).fetchall()  # noqa: S608
        found.update((text, (number, bool(is_counted))) for text, number, is_counted in rows)
    return found


def _make(texts: Sequence[str]) -> None:
    event_rows.keep_writers_out()  # else makers of labels and of events could wait for each other
    day = clock.now_us() // DAY_US
    (today,) = execute("SELECT count(*) FROM telemetry_label WHERE created_day = %s", (day,)).fetchone()
    counted = [place < MOST_A_DAY or text == OTHER for place, text in enumerate(texts, today)]
    execute_many(_INSERT, [(text, is_counted, day) for text, is_counted in zip(texts, counted, strict=True)])


def _named(number: int, is_counted: bool) -> Named:
    if is_counted:
        return Named(number, number)
    other = _by_text.get(OTHER) or _of_store([OTHER])[OTHER]
    return Named(number, other.id)
