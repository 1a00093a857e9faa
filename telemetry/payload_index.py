"""Declaring payload keys for filtering: new events are indexed as they are stored, earlier ones by the leader.

A process learns of a key up to `attributes.KEEP_SECONDS` later; what it stores until then counts as earlier.
"""

import json
from functools import partial
from typing import Any, Final

from django.db import IntegrityError, transaction

from pulse_project.core import clock, db, names, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller
from pulse_project.core.statements import execute
from pulse_project.core.steps import in_steps, one_step
from telemetry import attributes
from telemetry.models import Attribute, Event, PayloadKey

MOST_KEYS: Final = 20
MOST_NAME: Final = 100
SLICE_ROWS: Final = 20_000  # of one round: about a second
SETTLE_US: Final = 3_000_000  # after which every process knows a key

_NEXT = "SELECT id, payload FROM telemetry_event WHERE id > %s AND id <= %s ORDER BY id LIMIT %s"


def declare(caller: Caller, name: str) -> PayloadKey:
    """Declare a key, inside a write transaction. Event: payload_key.declared. Errors: VALIDATION_ERROR, CONFLICT."""
    names.checked(name, "name", limit=MOST_NAME)
    if PayloadKey.objects.count() >= MOST_KEYS:
        raise Failure(Code.CONFLICT, f"There are {MOST_KEYS} keys already. Delete one first.", most=MOST_KEYS)
    try:
        with transaction.atomic():
            key = PayloadKey.objects.create(name=name)
    except IntegrityError as error:
        raise Failure(Code.CONFLICT, "That key is declared already.", field="name") from error
    _announce("payload_key.declared", caller, key)
    return key


def delete(caller: Caller, key_id: int) -> None:
    """Delete a key and its index in transactions of its own. Event: payload_key.deleted. Errors: NOT_FOUND."""
    one_step(partial(_reopen, key_id))
    in_steps(partial(_delete_index, key_id))
    with db.write_tx(maintenance=True):
        key = PayloadKey.objects.select_for_update().filter(pk=key_id).first()
        if key is None:
            raise Failure(Code.NOT_FOUND, "No such key.", key_id=key_id)
        _announce("payload_key.deleted", caller, key)
        Attribute.objects.filter(key_id=key_id).delete()
        key.delete()


def _reopen(key_id: int) -> None:
    """From here on nobody filters by the key; should the deletion break off, the key is indexed anew."""
    if not PayloadKey.objects.filter(pk=key_id).update(is_complete=False, indexed_to=0):
        raise Failure(Code.NOT_FOUND, "No such key.", key_id=key_id)


def _delete_index(key_id: int, limit: int) -> int:
    ids = list(Attribute.objects.filter(key_id=key_id).values_list("id", flat=True)[:limit])
    Attribute.objects.filter(id__in=ids).delete()
    return len(ids)


def _announce(event: str, caller: Caller, key: PayloadKey) -> None:
    outbox.emit(event, caller=caller, entity=("payload_key", key.pk), name=key.name)
    db.after_commit(attributes.forget)


class Backfill:
    """Indexes what was stored before a key was declared, a slice a round."""

    def __init__(self) -> None:
        self._met_us: dict[int, int] = {}

    def work(self) -> None:
        """One slice of every key that is not complete."""
        keys = list(PayloadKey.objects.filter(is_complete=False))
        self._met_us = {key.pk: self._met_us.get(key.pk, clock.now_us()) for key in keys}
        for key in keys:
            is_known_to_all = clock.now_us() - self._met_us[key.pk] >= SETTLE_US
            head = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
            _, is_through = in_steps(partial(_index, key, head), limit=SLICE_ROWS)
            if is_through and is_known_to_all:
                one_step(partial(_complete, key.pk, head))


def _index(key: PayloadKey, head: int, limit: int) -> int:
    """Index the next events of a key; answers how many were looked at."""
    indexed_to = PayloadKey.objects.filter(pk=key.pk).values_list("indexed_to", flat=True).first()
    if indexed_to is None:
        return 0
    rows = execute(_NEXT, (indexed_to, head, limit)).fetchall()
    if rows:
        attributes.index([(key.pk, value, number) for number, value in _values(rows, key.name)])
        PayloadKey.objects.filter(pk=key.pk).update(indexed_to=rows[-1][0])
    return len(rows)


def _values(rows: list[tuple[int, str]], name: str) -> list[tuple[int, Any]]:
    """Number and value of the events that have the key; text without its spelling is not parsed."""
    spelling = json.dumps(name, ensure_ascii=False) + ":"
    payloads = [(number, json.loads(text)) for number, text in rows if spelling in text]
    return [(number, payload[name]) for number, payload in payloads if name in payload]


def _complete(key_id: int, head: int) -> None:
    """Unless somebody began to delete the key or its index meanwhile."""
    PayloadKey.objects.filter(pk=key_id, indexed_to__gte=_reached(head)).update(is_complete=True)


def _reached(head: int) -> int:
    """The newest event up to `head`: retention may have taken the last ones."""
    return Event.objects.filter(id__lte=head).order_by("-id").values_list("id", flat=True).first() or 0
