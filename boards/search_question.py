"""What somebody looks for, and the kinds of documents that their rights open."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from boards.rights import Rights

MAX_TERMS = 20
TERM = re.compile(r'-?"[^"]*"|\S+')
WORD = re.compile(r"\w+")

# Which flag opens the documents of a kind; `{kind}` is the kind of the object they hang on.
READ_FLAGS: Mapping[str, str] = {
    "question": "{kind}.qa.read",
    "mockup": "{kind}.mockups.read",
    "architecture": "{kind}.architecture.read",
    "comment": "card.comments.read",
    "scenario": "spec.tests.read",
    "rule": "spec.rules.read",
    "contract": "spec.contracts.read",
}
OF_SPECS = ("requirement", "criterion", "technical_requirement", "rule", "contract", "scenario", "decision")
ENTITIES = ("card", "ideation", "refinement", "spec", "sprint")
ON_ENTITIES = ("question", "comment", "knowledge", "mockup", "architecture")
KINDS = (*ENTITIES, *OF_SPECS, *ON_ENTITIES)


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a query: words in sequence, wanted or unwanted, the last one possibly only begun (`pay*`)."""

    words: tuple[str, ...]
    is_wanted: bool
    is_prefix: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. `rights` are the caller's on each board where it looks; one value when alike on all.

    `without` are documents that are shown already.
    """

    terms: tuple[Term, ...]
    rights: Mapping[UUID, Rights] | Rights
    boards: tuple[UUID, ...] | None = None
    kinds: tuple[str, ...] = ()
    status: str = ""
    with_archived: bool = False
    without: tuple[int, ...] = ()


def terms_of(text: str) -> tuple[Term, ...]:
    """The parts of a query: words, "phrases", -unwanted, begun*. Everything else in it separates words."""
    found = []
    for raw in TERM.findall(text)[:MAX_TERMS]:
        words = tuple(WORD.findall(raw.lower()))
        if words:
            found.append(Term(words, not raw.startswith("-"), raw.endswith("*")))
    return tuple(found)


def groups_of(question: Question) -> dict[frozenset[str], tuple[UUID, ...] | None]:
    """Boards by the same rights; None = every board."""
    if isinstance(question.rights, Rights):
        return {question.rights.flags: question.boards}
    groups: dict[frozenset[str], list[UUID]] = defaultdict(list)
    for board_pk, rights in question.rights.items():
        if question.boards is None or board_pk in question.boards:
            groups[rights.flags].append(board_pk)
    return {flags: tuple(pks) for flags, pks in groups.items()}


def pairs_of(flags: Collection[str], kinds: Collection[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The kinds of documents that these flags open, each with the kinds of objects that they may hang on."""
    pairs = []
    for kind in kinds or KINDS:
        parents = tuple(parent for parent in _parents(kind) if _opens(flags, kind, parent))
        if parents:
            pairs.append((kind, parents))
    return pairs


def _parents(kind: str) -> tuple[str, ...]:
    if kind in ENTITIES:
        return (kind,)
    return ("spec",) if kind in OF_SPECS else ENTITIES


def _opens(flags: Collection[str], kind: str, parent: str) -> bool:
    extra = READ_FLAGS.get(kind)
    if kind == "knowledge" and f"{parent}.knowledge.read" in KNOWLEDGE_FLAGS:
        extra = f"{parent}.knowledge.read"
    return f"{parent}.entity.read" in flags and (extra is None or extra.format(kind=parent) in flags)


KNOWLEDGE_FLAGS = frozenset({"refinement.knowledge.read", "spec.knowledge.read"})
