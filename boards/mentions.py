"""Who is named in a text: `@name` as a whole name of an agent on the board, in any case; the longest name wins."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from boards.call import BoardCall
from boards.models import Board, BoardGrant, Entity, Mention, SeenItem
from pulse_project.core import clock

COMMENT = "comment"
QUESTION: Mapping[str, str] = {
    "card": "qa",
    "spec": "spec_qa",
    "ideation": "ideation_qa",
    "refinement": "refinement_qa",
    "sprint": "sprint_qa",
}
# Which flag opens the texts of a type.
READ_FLAGS: Mapping[str, str] = {
    COMMENT: "card.comments.read",
    **{item_type: f"{kind}.qa.read" for kind, item_type in QUESTION.items()},
}
JOINS = frozenset("-.")  # between two letters these belong to a name: `@ann` is not in `@ann-marie`


def record(call: BoardCall, entity: Entity, item_type: str, item_id: UUID, text: str) -> None:
    """Bring the mentions of a text in line with what it says now. Who is named still keeps its seen mark."""
    named = agents_in(call.board, text)
    stored = Mention.objects.filter(item_id=item_id)
    stored.exclude(agent__in=named).delete()
    known = set(stored.values_list("agent_id", flat=True)) if named else set()
    now = clock.now()
    Mention.objects.bulk_create(
        Mention(agent_id=pk, entity=entity, item_type=item_type, item_id=item_id, created_at=now)
        for pk in sorted(named - known)
    )


def forget(item_id: UUID) -> None:
    """The text is gone, and with it who was named and who has seen it."""
    Mention.objects.filter(item_id=item_id).delete()
    SeenItem.objects.filter(item_id=item_id).delete()


def agents_in(board: Board, text: str) -> set[int]:
    """The agents on the board that the text names; no query when nothing in it looks like a name."""
    if "@" not in text:
        return set()
    names: dict[str, set[int]] = defaultdict(set)
    lengths = set()
    granted = BoardGrant.objects.filter(board=board).values_list("agent_id", "agent__agent_id", "agent__name")
    for pk, agent_id, name in granted:
        for one in {agent_id, name} - {""}:
            names[one.casefold()].add(pk)
            lengths.add(len(one))
    return {pk for name in _names_in(text, names, sorted(lengths, reverse=True)) for pk in names[name]}


def _names_in(text: str, names: Mapping[str, set[int]], lengths: Sequence[int]) -> Iterator[str]:
    initials = {name[0] for name in names}
    place = text.find("@")
    while place >= 0:
        begin = place + 1
        if not _is_inside_a_word(text, place) and text[begin : begin + 1].casefold()[:1] in initials:
            for length in lengths:
                name = text[begin : begin + length].casefold()
                if name in names and _ends(text, begin + length):
                    yield name
                    break
        place = text.find("@", begin)


def _is_inside_a_word(text: str, place: int) -> bool:
    return place > 0 and _is_letter(text[place - 1])


def _ends(text: str, place: int) -> bool:
    """Whether a name may end there: before anything that does not go on with the word."""
    following = text[place : place + 1]
    if following and following in JOINS:
        following = text[place + 1 : place + 2]
    return not following or not _is_letter(following)


def _is_letter(character: str) -> bool:
    return character.isalnum() or character == "_"
