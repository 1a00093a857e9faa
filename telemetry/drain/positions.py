"""How far each file is drained. It moves in the transaction that stores the lines, so that neither can be without."""

import hashlib
import os
from dataclasses import dataclass
from typing import Final

from pulse_project.core import clock, db
from pulse_project.core.statements import connection_here, execute
from telemetry.drain.files import Source
from telemetry.models import DrainPosition

FINGERPRINT_BYTES: Final = 4096
MOST_PATH: Final = 1024

_ADVANCE = (
    'UPDATE telemetry_drainposition SET "offset" = %s, line = %s, events = %s, path = %s, head_hash = %s,'
    ' updated_at = %s WHERE id = %s AND "offset" = %s AND line = %s'
)


class Moved(Exception):
    """Another drain of the same file was faster: what this one wanted to store is stored."""


class Gone(Exception):
    """Another drain has removed the file after it had stored all of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Everything before `offset` is done; it lies in or behind line `line`, and held `events` events."""

    id: int
    offset: int
    line: int
    events: int


def place_of(source: Source) -> Place:
    """Where to go on: the remembered place of this very file, else its beginning. Errors: Gone."""
    found = _remembered(source)
    if found is None:
        with db.write_tx():
            found = _remembered(source, for_update=True) or _begun(source)
    return Place(found.pk, found.offset, found.line, found.events)


def advance(place: Place, source: Source, *, to: Place) -> None:
    """Move the place inside the open write transaction. Errors: Moved."""
    now = connection_here().ops.adapt_datetimefield_value(clock.now())
    done = (to.offset, to.line, to.events, source.path[-MOST_PATH:], _fingerprint(source, to.offset), now)
    moved = execute(_ADVANCE, (*done, place.id, place.offset, place.line)).rowcount
    if not moved:
        raise Moved


def forget(place: Place) -> None:
    """The file is gone."""
    with db.write_tx():
        DrainPosition.objects.filter(pk=place.id).delete()


def _remembered(source: Source, *, for_update: bool = False) -> DrainPosition | None:
    """The row of the file, unless another file lies in its place by now: shorter, or with other bytes."""
    rows = DrainPosition.objects.select_for_update() if for_update else DrainPosition.objects
    found = rows.filter(device=source.identity.device, inode=source.identity.inode).first()
    if found is None or found.offset > source.size or found.head_hash != _fingerprint(source, found.offset):
        return None
    return found


def _begun(source: Source) -> DrainPosition:
    if source.is_gone:
        raise Gone
    found, _ = DrainPosition.objects.update_or_create(
        device=source.identity.device,
        inode=source.identity.inode,
        defaults={
            "offset": 0,
            "line": 0,
            "events": 0,
            "path": source.path[-MOST_PATH:],
            "head_hash": _fingerprint(source, 0),
            "updated_at": clock.now(),
        },
    )
    return found


def _fingerprint(source: Source, offset: int) -> str:
    """SHA-256 of the first and of the last bytes before `offset`."""
    if not offset:
        return ""
    size = min(offset, FINGERPRINT_BYTES)
    read = hashlib.sha256(os.pread(source.descriptor, size, 0))
    read.update(os.pread(source.descriptor, size, offset - size))
    return read.hexdigest()
