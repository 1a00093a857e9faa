"""Everything that specs say: their items, links, tasks and evidence, of any number of specs in five queries."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from django.db.models import Max

from specs.models import ItemLink, ItemTask, ScenarioEvidence, Spec, SpecItem
from specs.queries.spec_content import PLACES, Kind, SpecContent, Task, task_of, text_of

__all__ = ["Kind", "SpecContent", "Task", "content_of", "contents_of", "outlines_of", "task_of", "text_of"]
ROWS = ("as_requirement", "as_rule", "as_contract", "as_scenario", "as_decision")
TASK_FIELDS = ("card__number", "card__title", "card__status", "card__card_type", "card__archived_at")


def content_of(spec: Spec) -> SpecContent:
    """The content of one loaded spec, in four queries."""
    return _load([spec])[spec.pk]


def contents_of(pks: Collection[UUID]) -> dict[UUID, SpecContent]:
    """The contents of specs by their ids; what does not exist is left out."""
    return _load(list(Spec.objects.filter(pk__in=pks))) if pks else {}


def outlines_of(specs: Sequence[Spec]) -> dict[UUID, SpecContent]:
    """The contents of loaded specs without the evidence of their scenarios, in three queries: enough for coverage."""
    return _load(specs, evidence=False)


def _load(specs: Sequence[Spec], *, evidence: bool = True) -> dict[UUID, SpecContent]:
    contents = {spec.pk: SpecContent(spec) for spec in specs}
    by_pk: dict[int, tuple[SpecContent, SpecItem]] = {}
    for item in _items(contents):
        content = contents[item.spec_id]
        content.add(item)
        by_pk[item.pk] = content, item
    if by_pk:
        _load_links(contents, by_pk)
        _load_tasks(contents, by_pk)
        if evidence:
            _load_evidence(contents, by_pk)
    return contents


def _items(pks: Iterable[UUID]) -> Iterator[SpecItem]:
    rows = SpecItem.objects.filter(spec_id__in=list(pks)).select_related(*ROWS).order_by("position", "number")
    for row in rows:
        item: SpecItem = getattr(row, PLACES[Kind(row.kind)][1])
        yield item


def _load_links(contents: dict[UUID, SpecContent], by_pk: dict[int, tuple[SpecContent, SpecItem]]) -> None:
    rows = ItemLink.objects.filter(source__spec_id__in=list(contents)).values_list("source_id", "target_id")
    for source, target in rows:
        by_pk[source][0].links.setdefault(source, []).append(by_pk[target][1])
    for content in contents.values():
        for targets in content.links.values():
            targets.sort(key=content.place_of)


def _load_tasks(contents: dict[UUID, SpecContent], by_pk: dict[int, tuple[SpecContent, SpecItem]]) -> None:
    rows = ItemTask.objects.filter(item__spec_id__in=list(contents)).select_related("card")
    for link in rows.only("item_id", *TASK_FIELDS).order_by("pk"):
        by_pk[link.item_id][0].tasks.setdefault(link.item_id, []).append(task_of(link.card))


def _load_evidence(contents: dict[UUID, SpecContent], by_pk: dict[int, tuple[SpecContent, SpecItem]]) -> None:
    rows = ScenarioEvidence.objects.filter(scenario__spec_id__in=list(contents)).order_by()
    newest = rows.values("scenario_id").annotate(newest=Max("pk")).values("newest")
    for proof in ScenarioEvidence.objects.filter(pk__in=newest):
        by_pk[proof.scenario_id][0].evidence[proof.scenario_id] = proof
