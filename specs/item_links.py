"""Links between items of a spec: how callers name them, and how they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulse_project.core.errors import Code, Failure
from pulse_project.core.logs_format import echoed
from specs.item_inputs import FORMS
from specs.models import ItemLink, SpecItem
from specs.queries.content import Kind, SpecContent, text_of

LISTS = {
    Kind.FUNCTIONAL: "functional_requirements",
    Kind.CRITERION: "acceptance_criteria",
    Kind.RULE: "business_rules",
}


def resolve(content: SpecContent, names: Sequence[int | str], kind: str, field: str) -> list[SpecItem]:
    """The items of a kind behind these names, each once, in the order of the list.

    A number is an index, and so is a text of digits; then id or reference, then the exact text count.
    Errors: VALIDATION_ERROR naming every name that fits nothing (the first ten).
    """
    if not names:
        return []
    items = content.of_kind(kind)
    known = _Names.of(items)
    found: dict[int, SpecItem] = {}
    unknown: list[str] = []
    for name in names:
        item = _named(content, items, known, name)
        if item is None:
            unknown.append(echoed(str(name)))
        else:
            found[item.pk] = item
    if unknown:
        listed = LISTS[Kind(kind)]
        many = f"0 to {len(items) - 1}" if items else "none, the list is empty"
        raise Failure(
            Code.VALIDATION_ERROR,
            f"{field} names what is not in {listed}. Name each by {FORMS}; indices: {many}.",
            field=field,
            unknown=unknown[:10],
            unknown_total=len(unknown),
        )
    return sorted(found.values(), key=content.index_of)


@dataclass(frozen=True, slots=True)
class _Names:
    """The items of a kind by what names them, so that many links of many items are found without a search for each."""

    by_id: Mapping[str, SpecItem]
    by_text: Mapping[str, SpecItem]

    @classmethod
    def of(cls, items: Sequence[SpecItem]) -> "_Names":
        """Of equal texts the first item is meant."""
        by_id = {name: item for item in items for name in (item.public_id, item.ref)}
        return cls(by_id, {text_of(item): item for item in reversed(items)})


def _named(content: SpecContent, items: Sequence[SpecItem], names: _Names, name: int | str) -> SpecItem | None:
    text = str(name).strip()
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal():
        place = int(text) if len(text) <= 6 else -1
        return items[place] if 0 <= place < len(items) else None
    now = names.by_id.get(text) or names.by_id.get(_ref(content, text)) or names.by_text.get(text)
    former = content.former.get(text)  # a list that was read before the rewording is sent back with it
    return now or (former if former in items else None)


def _ref(content: SpecContent, text: str) -> str:
    """A reference without its spec: `FR-1` of `S-3/FR-1`."""
    return text.upper().removeprefix(f"{content.spec.ref}/")


def by_id(content: SpecContent, kind: str, text: str) -> SpecItem | None:
    """The item of a kind with that public id or reference (`FR-1`, or `S-3/FR-1`)."""
    ref = _ref(content, text)
    return next((item for item in content.of_kind(kind) if item.public_id == text or item.ref == ref), None)


def link(content: SpecContent, source: SpecItem, kind: str, targets: Sequence[SpecItem]) -> dict[str, list[str]] | None:
    """Let `source` refer to exactly these items of a kind; answers the references before and after, None if equal."""
    before = content.links_of(source, kind)
    old, new = {item.pk for item in before}, {item.pk for item in targets}
    if old == new:
        return None
    ItemLink.objects.filter(source_id=source.pk, target_id__in=old - new).delete()
    ItemLink.objects.bulk_create(ItemLink(source_id=source.pk, target_id=pk) for pk in sorted(new - old))
    others = [item for item in content.links_of(source) if item.kind != kind]
    content.links[source.pk] = sorted([*others, *targets], key=content.place_of)
    return {"old": [item.ref for item in before], "new": [item.ref for item in targets]}
