"""Turning decisions that were written as a list in the context of a spec into decisions of their own."""

from typing import TypedDict

from boards.call import BoardCall, check_revision
from boards.inputs import ExpectedVersion, Id, OnObject
from specs import decisions_block
from specs.catalog import specs
from specs.families import items as family
from specs.families.items import INTERACT
from specs.making import demand_room
from specs.queries.content import Kind, SpecContent


class MigrateDecisions(OnObject):
    spec_id: Id
    expected_version: ExpectedVersion = None


class NewDecisionHead(TypedDict):
    id: str
    ref: str
    title: str


class Migrated(TypedDict):
    """`note` says why nothing was done; null otherwise."""

    success: bool
    decisions_added: int
    context_modified: bool
    added: list[NewDecisionHead]
    note: str | None


@specs.operation(
    needs="spec.entity.edit_fields",
    may_need=INTERACT,
    writes=True,
    idempotent=True,
    rest="POST specs/<str:spec_id>/migrate-decisions",
    untrusted=("added[].title",),
)
def migrate_spec_decisions(call: BoardCall, data: MigrateDecisions) -> Migrated:
    """Make decisions of the bullets below a heading "## Decisions" in the context, and take the list out of it.

    A title is at most 200 characters; the whole bullet becomes the rationale. Titles that exist are not added again.
    A second call finds nothing to do. The changed context raises `version`.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT, LIMIT_EXCEEDED.
    Event: decision.added for each, spec.updated for the context.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_migrate_spec_decisions")
    check_revision(data.expected_version, content.spec.revision, "spec")
    block = decisions_block.parse(content.spec.context)
    if block is None:
        return _answer([], modified=False, note="The context has no list below a heading '## Decisions'.")
    added = _add(call, content, block.bullets)
    _shorten(call, content, block.rest)
    known = "Every decision of the list exists already; the list was taken out of the context."
    return _answer(added, modified=True, note=None if added else known)


def _answer(added: list[NewDecisionHead], *, modified: bool, note: str | None) -> Migrated:
    return {
        "success": True,
        "decisions_added": len(added),
        "context_modified": modified,
        "added": added,
        "note": note,
    }


def _add(call: BoardCall, content: SpecContent, bullets: tuple[str, ...]) -> list[NewDecisionHead]:
    known = {decision.title.casefold() for decision in content.decisions}
    fresh: dict[str, tuple[str, str]] = {}
    for bullet in bullets:
        title = decisions_block.title_of(bullet)
        if title.casefold() not in known:
            fresh.setdefault(title.casefold(), (title, bullet))
    demand_room(content, Kind.DECISION, len(fresh))
    made = [
        family.added(call, content, Kind.DECISION, {"title": title, "rationale": bullet})
        for title, bullet in fresh.values()
    ]
    return [{"id": item.public_id, "ref": item.ref, "title": item.title} for item in made]


def _shorten(call: BoardCall, content: SpecContent, context: str) -> None:
    spec = content.spec
    old, spec.context = spec.context, context
    spec.version += 1
    call.save(spec, "context", "version")
    changes = [{"field": "context", "old": old, "new": context}]
    call.tell("spec.updated", spec, changes=changes, fields=["context"])
